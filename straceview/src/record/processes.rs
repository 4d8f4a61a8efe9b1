//! Who descends from whom, as /proc lists it.

use rustix::process::getpid;
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

/// What this process has started since then: not the children that it had before, as after
/// `server & exec straceview`.
pub struct Started {
    before: Vec<i32>,
}

impl Started {
    /// Nothing yet.
    pub fn from_now_on() -> Self {
        Self {
            before: children(getpid().as_raw_pid()),
        }
    }

    /// This process' children, those included that have lost their own parents
    /// (PR_SET_CHILD_SUBREAPER).
    pub fn children(&self) -> Vec<i32> {
        let mut children = children(getpid().as_raw_pid());
        children.retain(|pid| !self.before.contains(pid));
        children
    }

    /// These, their children, and so on.
    pub fn descendants(&self) -> Vec<i32> {
        let mut all = self.children();
        let mut next = 0;
        while next < all.len() {
            all.extend(children(all[next]));
            next += 1;
        }
        all
    }
}
