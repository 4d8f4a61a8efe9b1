//! On which port a traced server listens, as /proc tells: whatever it prints,
//! and whoever of its processes does.

use procfs::net::{TcpState, tcp, tcp6};
use procfs::process::{FDTarget, Process};
use std::collections::HashSet;

/// The port that strace's descendants listen on, if they do already.
pub fn port(strace: u32) -> Option<u16> {
    let held: HashSet<u64> = tree(strace).into_iter().flat_map(sockets).collect();
    let all = tcp().into_iter().chain(tcp6()).flatten();
    let mut listening = all.filter(|entry| entry.state == TcpState::Listen);
    listening
        .find(|entry| held.contains(&entry.inode))
        .map(|entry| entry.local_address.port())
}

/// A process' children; none where it has gone.
pub fn children(pid: u32) -> Vec<i32> {
    let process = i32::try_from(pid)
        .ok()
        .and_then(|pid| Process::new(pid).ok());
    let tasks = process.and_then(|process| process.tasks().ok());
    let children = tasks
        .into_iter()
        .flatten()
        .flatten()
        .flat_map(|task| task.children());
    children
        .flatten()
        .filter_map(|pid| pid.try_into().ok())
        .collect()
}

/// Its children, theirs, and so on.
pub fn tree(pid: u32) -> Vec<i32> {
    let mut all = children(pid);
    let mut next = 0;
    while next < all.len() {
        all.extend(children(all[next].unsigned_abs()));
        next += 1;
    }
    all
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
