//! The processes below strace: what it traces, as /proc lists it.

use std::fs::{read_dir, read_to_string};

/// The children of a process, whichever of its threads made them. Empty if the process is gone.
pub fn children(pid: i32) -> Vec<i32> {
    let Ok(threads) = read_dir(format!("/proc/{pid}/task")) else {
        return Vec::new();
    };
    let lists = threads
        .flatten()
        .filter_map(|thread| read_to_string(thread.path().join("children")).ok());
    let pids = |list: String| -> Vec<i32> {
        list.split_whitespace()
            .filter_map(|pid| pid.parse().ok())
            .collect()
    };
    lists.flat_map(pids).collect()
}

/// The children of a process, their children, and so on.
pub fn descendants(pid: i32) -> Vec<i32> {
    let mut all = children(pid);
    let mut next = 0;
    while next < all.len() {
        all.extend(children(all[next]));
        next += 1;
    }
    all
}
