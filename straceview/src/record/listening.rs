//! The port on which a traced server listens, as /proc lists it. So the server may print
//! what it likes, and any of its processes may listen.

use std::collections::HashSet;
use std::fs::{File, read_dir, read_link};
use std::io::{BufRead, BufReader};

/// The port that one of the processes listens on, if one does already.
pub fn port(processes: Vec<i32>) -> Option<u16> {
    let held: HashSet<u64> = processes.into_iter().flat_map(sockets).collect();
    let tables = ["/proc/net/tcp", "/proc/net/tcp6"].into_iter();
    let mut listening = tables
        .flat_map(|table| File::open(table).ok())
        .flat_map(listeners);
    listening
        .find(|(_, inode)| held.contains(inode))
        .map(|(port, _)| port)
}

/// The port and the inode of each listening socket. The kernel lists listening sockets first,
/// so the tens of thousands that may be in TIME_WAIT are not read.
fn listeners(table: File) -> impl Iterator<Item = (u16, u64)> {
    let lines = BufReader::new(table).lines().map_while(Result::ok).skip(1);
    lines.map_while(|line| {
        let fields: Vec<&str> = line.split_whitespace().collect();
        let (_, port) = fields.get(1)?.rsplit_once(':')?;
        let listens = *fields.get(3)? == "0A";
        let port = u16::from_str_radix(port, 16).ok()?;
        listens.then_some((port, fields.get(9)?.parse().ok()?))
    })
}

/// The inodes of a process' sockets: /proc/PID/fd/N is a link to `socket:[INODE]`.
fn sockets(pid: i32) -> Vec<u64> {
    let Ok(descriptors) = read_dir(format!("/proc/{pid}/fd")) else {
        return Vec::new();
    };
    let targets = descriptors
        .flatten()
        .filter_map(|entry| read_link(entry.path()).ok());
    let inode = |target: &str| -> Option<u64> {
        let inode = target.strip_prefix("socket:[")?.strip_suffix(']')?;
        inode.parse().ok()
    };
    targets
        .filter_map(|target| inode(target.to_str()?))
        .collect()
}
