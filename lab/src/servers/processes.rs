//! What /proc says about a server's processes.

use super::descendants::descendants;
use anyhow::Result;
use nix::unistd::Pid;
use procfs::process::{MMapPath, Process, Stat};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// `root` and all its descendants, as they are now. One that ends meanwhile
/// is left out.
pub fn tree(root: Pid) -> Vec<Process> {
    let pids = std::iter::once(root.as_raw()).chain(descendants(root.as_raw()));
    pids.filter_map(|pid| Process::new(pid).ok()).collect()
}

/// The living ones' states; zombies are no longer at work.
pub fn living(root: Pid) -> Vec<Stat> {
    let stats = tree(root)
        .into_iter()
        .filter_map(|process| process.stat().ok());
    stats.filter(|stat| stat.state != 'Z').collect()
}

/// Whether every thread of `root` and of its descendants waits for something.
pub fn all_wait(root: Pid) -> bool {
    let threads = tree(root)
        .into_iter()
        .filter_map(|process| process.tasks().ok());
    let mut stats = threads
        .flatten()
        .flatten()
        .filter_map(|thread| thread.stat().ok());
    stats.all(|stat| matches!(stat.state, 'S' | 'Z'))
}

/// Memory, in bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Memory {
    /// Resident: each process counts all its pages.
    pub rss: u64,
    /// Proportional: a page that n processes share counts 1/n in each.
    pub pss: u64,
    /// What no other process has.
    pub private: u64,
}

impl Memory {
    /// Of one process, from its smaps_rollup.
    pub fn of(process: &Process) -> Result<Self> {
        let rollup = process.smaps_rollup()?.memory_map_rollup;
        let mut memory = Self::default();
        for map in rollup.iter() {
            let field = |name: &str| map.extension.map.get(name).copied().unwrap_or_default();
            memory.rss += field("Rss");
            memory.pss += field("Pss");
            memory.private += field("Private_Clean") + field("Private_Dirty");
        }
        Ok(memory)
    }

    /// Of all processes of a server together.
    pub fn of_tree(root: Pid) -> Result<Self> {
        let mut sum = Self::default();
        for process in tree(root) {
            if process.stat()?.state == 'Z' {
                continue; // it has no memory left
            }
            let one = Self::of(&process)?;
            sum.rss += one.rss;
            sum.pss += one.pss;
            sum.private += one.private;
        }
        Ok(sum)
    }
}

/// The bytes of all files that a server's processes have mapped: program,
/// loader, libraries. An image for it holds these at least.
pub fn mapped_bytes(root: Pid) -> Result<u64> {
    let mut files = BTreeSet::new();
    for process in living(root) {
        for map in Process::new(process.pid)?.maps()? {
            if let MMapPath::Path(file) = map.pathname {
                files.insert(file);
            }
        }
    }
    // Shared memory has a path too, but none to a file.
    let files = files.iter().filter_map(|file| file.metadata().ok());
    Ok(files.map(|file| file.len()).sum())
}
