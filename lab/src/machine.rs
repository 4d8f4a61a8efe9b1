//! The machine on which the measurements ran.

use crate::servers::peers::Peer;
use crate::servers::programs::Programs;
use crate::statistics::short;
use anyhow::Result;
use procfs::{Current, CurrentSI, FromRead, KernelStats};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The machine and the versions.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
pub struct Machine {
    /// As /proc/cpuinfo names it.
    pub processor: String,
    /// How many of them.
    pub processors: usize,
    /// Bytes.
    pub memory: u64,
    /// Of the kernel.
    pub kernel: String,
    /// What each tool says of its version.
    pub versions: BTreeMap<String, String>,
}

impl Machine {
    /// Whether figures of both may stand on one page.
    pub fn is_same(&self, other: &Self) -> bool {
        let this = (&self.processor, self.processors, &self.kernel);
        this == (&other.processor, other.processors, &other.kernel)
    }

    /// This one, with the versions of `peers` and of the tools.
    pub fn here(programs: &Programs, peers: &[&'static Peer]) -> Self {
        let processors = procfs::CpuInfo::current().ok();
        let model = processors.as_ref().and_then(|cpus| cpus.model_name(0));
        let mut versions = BTreeMap::new();
        let peers = peers.iter().filter_map(|peer| peer.version);
        for line in [
            "gcc --version",
            "rustc --version",
            "wrk -v",
            "{acceptd} --version",
        ]
        .into_iter()
        .chain(peers)
        {
            if let Some(said) = programs.said_by(line) {
                let program = programs.fill(line.split(' ').next().unwrap_or_default());
                let name = program.rsplit('/').next().unwrap_or_default();
                versions.insert(name.to_string(), said);
            }
        }
        Self {
            processor: model.unwrap_or("unknown").to_string(),
            processors: processors.as_ref().map_or(0, |cpus| cpus.num_cores()),
            memory: procfs::Meminfo::current().map_or(0, |memory| memory.mem_total),
            kernel: programs.said_by("uname -srm").unwrap_or_default(),
            versions,
        }
    }
}

/// Processes that run or wait to, the mean of the last minute.
pub fn load() -> f64 {
    let load = procfs::LoadAverage::from_file("/proc/loadavg");
    load.map_or(0.0, |load| short(load.one.into()))
}

/// The processors' time so far, in ticks (proc_stat(5)).
pub struct Ticks {
    all: u64,
    stolen: u64,
}

impl Ticks {
    /// As of now.
    pub fn now() -> Result<Self> {
        let cpu = KernelStats::current()?.total;
        let stolen = cpu.steal.unwrap_or_default();
        let more = [cpu.iowait, cpu.irq, cpu.softirq].map(Option::unwrap_or_default);
        let counted = [cpu.user, cpu.nice, cpu.system, cpu.idle, stolen];
        Ok(Self {
            all: counted.iter().chain(&more).sum(),
            stolen,
        })
    }

    /// What part of the time since then the hypervisor gave to others.
    pub fn stolen(&self) -> Result<f64> {
        let now = Self::now()?;
        let all = now.all.saturating_sub(self.all).max(1);
        Ok(now.stolen.saturating_sub(self.stolen) as f64 / all as f64)
    }
}
