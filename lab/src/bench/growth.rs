//! How a model grows: ever more sleepers at once, each for one second.

use super::progress::progress;
use crate::clients::wrk::Load;
use crate::servers::cgroup::Cgroup;
use crate::servers::peers::{Model, Peer};
use crate::servers::processes::{Memory, tree};
use crate::servers::programs::Programs;
use crate::servers::server::Server;
use crate::statistics::short;
use anyhow::{Context, Result};
use nix::sys::resource::{Resource, getrlimit, setrlimit};
use nix::unistd::Pid;
use serde::{Deserialize, Serialize};
use std::time::{Duration, Instant};

/// The models that serve any number of sleepers at once, and the option by
/// which acceptd is allowed more of them than by default.
const GROWING: [(Model, [&str; 2]); 3] = [
    (Model::Fork, ["--max-children", "20000"]),
    (Model::Thread, ["--max-connections", "20000"]),
    (Model::Epoll, ["--max-connections", "20000"]),
];

/// PSS is asked of so many processes at most, and the mean taken for all.
const SAMPLE: usize = 30;

/// A server with so many sleepers at once.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Row {
    /// Its name.
    pub server: String,
    /// Clients at once, each of which waits for its answer for a second.
    pub sleepers: u32,
    /// Answers per second.
    pub rate: f64,
    /// What went wrong.
    pub failures: u64,
    /// 99th percentile of latency, milliseconds.
    pub p99: Option<f64>,
    /// The most processes seen at once.
    pub processes: usize,
    /// The most threads seen at once.
    pub threads: u64,
    /// Proportional memory of all processes, bytes, in the middle of the time.
    pub pss: u64,
    /// The most by which the memory of the server's cgroup grew, bytes. The kernel's part
    /// of each process and thread is in it. `None`: it cannot be measured here.
    pub grown: Option<u64>,
}

impl Row {
    /// The growth of the memory for each thread that there was at once or, where one
    /// thread serves all, for each sleeper: KiB.
    pub fn of_each(&self) -> Option<f64> {
        let served = match self.threads {
            0 | 1 => u64::from(self.sleepers),
            threads => threads - 1, // the first accepts
        };
        self.grown
            .map(|bytes| bytes as f64 / 1024.0 / served as f64)
    }
}

/// Raises the limit of open files as far as it may be raised. Returns the new limit.
pub fn raise_descriptor_limit() -> Result<u64> {
    let (_, hard) = getrlimit(Resource::RLIMIT_NOFILE).context("getrlimit RLIMIT_NOFILE")?;
    setrlimit(Resource::RLIMIT_NOFILE, hard, hard).context("setrlimit RLIMIT_NOFILE")?;
    Ok(hard)
}

/// Measures each number of sleepers for `seconds`: acceptd and the C
/// references, as far as they are among `peers`.
pub fn run(
    programs: &Programs,
    peers: &[&'static Peer],
    sleepers: &[u32],
    seconds: u32,
    accounts: bool,
) -> Result<Vec<Row>> {
    let mut growing = Vec::new();
    for (model, more) in &GROWING {
        let named = |name| peers.iter().find(|peer| peer.name == name);
        growing.extend(named(model.subject()).map(|peer| (peer, more.as_slice())));
        growing.extend(named(model.reference()).map(|peer| (peer, [].as_slice())));
    }
    let bar = progress("sleepers", growing.len() * sleepers.len());
    let mut rows = Vec::new();
    for (peer, more) in growing {
        for &sleepers in sleepers {
            bar.set_message(format!("{sleepers}: {}", peer.name));
            let row = one(programs, peer, more, sleepers, seconds, accounts);
            rows.push(row.with_context(|| format!("{}: {sleepers} sleepers", peer.name))?);
            bar.inc(1);
        }
    }
    bar.finish_and_clear();
    Ok(rows)
}

fn one(
    programs: &Programs,
    peer: &Peer,
    more: &[&str],
    sleepers: u32,
    seconds: u32,
    accounts: bool,
) -> Result<Row> {
    let mut arguments: Vec<&str> = peer.sleep.into_iter().collect();
    arguments.extend(more);
    let server = Server::start(programs, peer, &arguments)?;
    let root = server.group.id();
    let cgroup = match accounts {
        true => Some(Cgroup::around(root)?),
        false => None,
    };
    let load = Load {
        clients: sleepers,
        seconds,
        timeout: 10, // of 10,000 that connect at once, some must try again
        keeps_alive: false,
    };
    let running = load.start(programs, server.port)?;
    let seen = watch(root, cgroup.as_ref(), Duration::from_secs(seconds.into()))?;
    let found = running.finish()?;
    drop(server);
    Ok(Row {
        server: peer.name.to_string(),
        sleepers,
        rate: short(found.rate),
        failures: found.failures(),
        p99: found.p99,
        processes: seen.processes,
        threads: seen.threads,
        pss: seen.pss,
        grown: seen
            .first_memory
            .zip(seen.most_memory)
            .map(|(first, most)| most - first),
    })
}

#[derive(Default)]
struct Seen {
    processes: usize,
    threads: u64,
    pss: u64,
    first_memory: Option<u64>,
    most_memory: Option<u64>,
}

/// Looks at the server four times a second while it works.
fn watch(root: Pid, cgroup: Option<&Cgroup>, time: Duration) -> Result<Seen> {
    let start = Instant::now();
    let mut seen = Seen::default();
    while start.elapsed() < time {
        if let Some(cgroup) = cgroup {
            let memory = cgroup.memory()?;
            seen.first_memory = seen.first_memory.or(memory);
            seen.most_memory = seen.most_memory.max(memory);
        }
        let processes = tree(root);
        seen.processes = seen.processes.max(processes.len());
        if processes.len() == 1 {
            let threads = processes[0].stat()?.num_threads;
            seen.threads = seen.threads.max(threads.unsigned_abs());
        } else {
            seen.threads = seen.threads.max(processes.len() as u64);
        }
        if seen.pss == 0 && start.elapsed() > time / 2 {
            let step = processes.len().div_ceil(SAMPLE);
            // One that has ended meanwhile has no memory left.
            let sample = processes.iter().step_by(step);
            let sample = sample.filter_map(|process| Memory::of(process).ok());
            let sample = sample.map(|memory| memory.pss).filter(|&pss| pss > 0);
            let sample: Vec<u64> = sample.collect();
            let mean = sample.iter().sum::<u64>() / sample.len().max(1) as u64;
            seen.pss = mean * processes.len() as u64;
        }
        std::thread::sleep(Duration::from_millis(250));
    }
    Ok(seen)
}
