//! How fork grows: ever more sleepers at once, each for one second.

use super::load::progress;
use super::peers::{SUBJECTS, named};
use super::processes::Memory;
use super::server::{Server, Site};
use super::statistics::Spread;
use super::wrk::{Found, Load};
use anyhow::{Context, Result};
use nix::sys::resource::{Resource, getrlimit, setrlimit};
use nix::unistd::Pid;
use procfs::{Current, Meminfo};
use serde::Serialize;
use std::time::{Duration, Instant};

/// Children and descriptors that acceptd may have, at least as many as clients.
const MOST: &str = "20000";

/// acceptd with so many sleepers at once.
#[derive(Serialize)]
pub struct Grown {
    /// Clients at once, each of which waits for its answer for a second.
    pub sleepers: u32,
    /// What wrk found.
    pub found: Found,
    /// The most children seen at once.
    pub children: u64,
    /// What a child has to itself, bytes: of some thirty in the middle.
    pub private: Option<Spread>,
    /// The same, its share of common pages included.
    pub pss: Option<Spread>,
    /// By how much the system's available memory fell at most, bytes: all
    /// children, the kernel's part of them, sockets on both sides, and wrk.
    pub peak: u64,
}

/// Raises the limit of open files as far as may be. How many may be open.
pub fn raise_descriptor_limit() -> Result<u64> {
    let (_, hard) = getrlimit(Resource::RLIMIT_NOFILE).context("getrlimit RLIMIT_NOFILE")?;
    setrlimit(Resource::RLIMIT_NOFILE, hard, hard).context("setrlimit RLIMIT_NOFILE")?;
    Ok(hard)
}

/// Measures each number of sleepers for `seconds`.
pub fn run(site: &Site, sleepers: &[u32], seconds: u32) -> Result<Vec<Grown>> {
    let bar = progress("sleepers", sleepers.len() as u64);
    let mut all = Vec::new();
    for &sleepers in sleepers {
        bar.set_message(sleepers.to_string());
        all.push(one(site, sleepers, seconds).with_context(|| format!("{sleepers} sleepers"))?);
        bar.inc(1);
    }
    bar.finish_and_clear();
    Ok(all)
}

fn one(site: &Site, sleepers: u32, seconds: u32) -> Result<Grown> {
    let peer = named(SUBJECTS[1]);
    let server = Server::start(site, peer, &["--sleep", "--max-children", MOST])?;
    let root = server.group.id();
    let before = Meminfo::current()?.mem_available.unwrap_or_default();
    let load = Load {
        clients: sleepers,
        seconds,
        timeout: 10, // of 10,000 that connect at once, some must try again
    };
    let running = load.start(server.port)?;
    let watched = watch(root, Duration::from_secs(seconds.into()))?;
    let found = running.finish()?;
    Ok(Grown {
        sleepers,
        found,
        children: watched.children,
        private: Spread::of(watched.sample.iter().map(|memory| memory.private as f64)),
        pss: Spread::of(watched.sample.iter().map(|memory| memory.pss as f64)),
        peak: before.saturating_sub(watched.available),
    })
}

struct Watched {
    children: u64,
    available: u64,
    sample: Vec<Memory>,
}

/// Looks at the server four times a second while it works.
fn watch(root: Pid, time: Duration) -> Result<Watched> {
    let start = Instant::now();
    let mut watched = Watched {
        children: 0,
        available: u64::MAX,
        sample: Vec::new(),
    };
    while start.elapsed() < time {
        let available = Meminfo::current()?.mem_available.unwrap_or_default();
        watched.available = watched.available.min(available);
        let parent = procfs::process::Process::new(root.as_raw())?;
        let children = parent.task_main_thread()?.children()?;
        watched.children = watched.children.max(children.len() as u64);
        if watched.sample.is_empty() && start.elapsed() > time / 2 {
            let step = (children.len() / 30).max(1);
            let some = children.into_iter().step_by(step);
            let some = some.filter_map(|pid| procfs::process::Process::new(pid as i32).ok());
            // One that has ended meanwhile has no memory left to ask for.
            watched.sample = some
                .filter_map(|process| Memory::of(&process).ok())
                .collect();
            watched.sample.retain(|memory| memory.rss > 0);
        }
        std::thread::sleep(Duration::from_millis(250));
    }
    Ok(watched)
}
