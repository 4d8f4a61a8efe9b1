//! How a model grows: ever more sleepers at once, each for one second.

use super::progress::progress;
use crate::clients::wrk::Load;
use crate::servers::cgroup::Cgroup;
use crate::servers::peers::{Model, Peer};
use crate::servers::processes::{Memory, living};
use crate::servers::programs::Programs;
use crate::servers::server::Server;
use crate::statistics::short;
use anyhow::{Context, Result, ensure};
use nix::sys::resource::{Resource, getrlimit, setrlimit};
use nix::unistd::Pid;
use procfs::process::Process;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
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
    /// Processes at the moment when the server was seen to have the most threads. What
    /// follows is of this moment, too.
    pub processes: usize,
    /// Threads.
    pub threads: usize,
    /// Proportional memory of all processes, bytes.
    pub pss: u64,
    /// By how much the memory of the server's cgroup had grown, bytes. The kernel's part of
    /// each process and thread is in it. `None`: it cannot be measured here.
    pub grown: Option<u64>,
}

impl Row {
    /// The growth of the memory for each thread that there was at once or, where one
    /// thread serves all, for each sleeper: KiB.
    pub fn of_each(&self) -> Option<f64> {
        let served = match self.threads {
            0 | 1 => self.sleepers as usize,
            threads => threads - 1, // the first accepts
        };
        self.grown
            .map(|bytes| bytes as f64 / 1024.0 / served as f64)
    }
}

/// Raises the limit of open files as far as it may be raised.
///
/// # Errors
///
/// That is too low for one of `sleepers`.
pub fn allow(sleepers: &[u32]) -> Result<()> {
    let (_, hard) = getrlimit(Resource::RLIMIT_NOFILE).context("getrlimit RLIMIT_NOFILE")?;
    setrlimit(Resource::RLIMIT_NOFILE, hard, hard).context("setrlimit RLIMIT_NOFILE")?;
    for &n in sleepers {
        ensure!(
            u64::from(n) + 100 <= hard,
            "--sleepers {n}: more than the {hard} open files that `ulimit -Hn` allows"
        );
    }
    Ok(())
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
    let cgroup; // dropped after the server: it must be empty
    let server = Server::start(programs, peer, &arguments)?;
    let root = server.group.id();
    cgroup = match accounts {
        true => Some(Cgroup::around(root)?),
        false => None,
    };
    let load = Load {
        clients: sleepers,
        seconds,
        timeout: 10, // of 10,000 that connect at once, some must try again
        keeps_alive: false,
    };
    let idle = Look::at(root, cgroup.as_ref())?;
    let running = load.start(programs, server.port)?;
    let most = watch(root, cgroup.as_ref(), Duration::from_secs(seconds.into()))?;
    let found = running.finish()?;
    Ok(Row {
        server: peer.name.to_string(),
        sleepers,
        rate: short(found.rate),
        failures: found.failures(),
        p99: found.p99,
        processes: most.processes,
        threads: most.threads,
        pss: most.pss,
        grown: idle
            .memory
            .zip(most.memory)
            .map(|(idle, most)| most.saturating_sub(idle)),
    })
}

/// The server at one moment.
struct Look {
    memory: Option<u64>,
    processes: usize,
    threads: usize,
    pss: u64,
}

impl Look {
    /// One after the other, as fast as may be: the processes come and go.
    fn at(root: Pid, cgroup: Option<&Cgroup>) -> Result<Self> {
        let memory = match cgroup {
            Some(cgroup) => cgroup.memory()?,
            None => None,
        };
        // A walk through thousands of directories of /proc misses some of those that
        // come and go meanwhile; a cgroup has its list in one file.
        let (pids, threads) = match cgroup {
            Some(cgroup) => (cgroup.pids()?, cgroup.threads()?),
            None => {
                let living = living(root);
                let threads = living.iter().map(|stat| stat.num_threads);
                let threads: i64 = threads.sum();
                let pids = living.iter().map(|stat| stat.pid);
                (pids.collect(), threads.try_into()?)
            }
        };
        Ok(Self {
            memory,
            processes: pids.len(),
            threads,
            pss: pss(&pids),
        })
    }
}

/// The proportional memory of all `pids`, bytes: their number times the mean of some.
fn pss(pids: &BTreeSet<i32>) -> u64 {
    let step = pids.len().div_ceil(SAMPLE).max(1);
    let sample = pids.iter().step_by(step);
    // One that has ended meanwhile has no memory left.
    let sample = sample.filter_map(|&pid| Memory::of(&Process::new(pid).ok()?).ok());
    let sample = sample.map(|memory| memory.pss).filter(|&pss| pss > 0);
    let sample: Vec<u64> = sample.collect();
    let mean = sample.iter().sum::<u64>() / sample.len().max(1) as u64;
    mean * pids.len() as u64
}

/// Looks at the server four times a second while it works. Returns the look at which it had
/// the most threads and, where these are always as many, took the most memory.
fn watch(root: Pid, cgroup: Option<&Cgroup>, time: Duration) -> Result<Look> {
    let start = Instant::now();
    let mut most = Look::at(root, cgroup)?;
    while start.elapsed() < time {
        std::thread::sleep(Duration::from_millis(250));
        let now = Look::at(root, cgroup)?;
        if (now.threads, now.memory) >= (most.threads, most.memory) {
            most = now;
        }
    }
    Ok(most)
}
