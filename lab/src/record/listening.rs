//! On which port a traced server listens, as /proc tells: whatever it prints,
//! and whoever of its processes does.

use crate::descendants::descendants;
use procfs::process::{FDTarget, Process};
use std::collections::HashSet;
use std::fs::File;
use std::io::{BufRead, BufReader};

/// The port that strace's descendants listen on, if they do already.
pub fn port(strace: i32) -> Option<u16> {
    let held: HashSet<u64> = descendants(strace).into_iter().flat_map(sockets).collect();
    let tables = ["/proc/net/tcp", "/proc/net/tcp6"].into_iter();
    let mut listening = tables
        .flat_map(|table| File::open(table).ok())
        .flat_map(listeners);
    listening
        .find(|(_, inode)| held.contains(inode))
        .map(|(port, _)| port)
}

/// The port and inode of each listening socket. They come before the others,
/// which can be tens of thousands in TIME_WAIT: those are not read.
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

/// The inodes of a process' sockets.
fn sockets(pid: i32) -> Vec<u64> {
    let descriptors = Process::new(pid).and_then(|process| process.fd());
    let inode = |target| match target {
        FDTarget::Socket(inode) => Some(inode),
        _ => None,
    };
    descriptors
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|fd| inode(fd.target))
        .collect()
}
