//! On what the measurements ran.

use super::peers::Peer;
use super::server::{Site, output};
use anyhow::Result;
use procfs::{Current, CurrentSI, FromRead, KernelStats};
use serde::Serialize;
use std::collections::BTreeMap;

/// The machine and the versions.
#[derive(Serialize)]
pub struct Machine {
    /// As /proc/cpuinfo names it.
    pub processor: String,
    /// How many of them.
    pub processors: usize,
    /// Bytes.
    pub memory: u64,
    /// Of the kernel.
    pub kernel: String,
    /// When it began, UTC.
    pub date: String,
    /// Processes that were running or waiting to, in the last minute before.
    pub load_before: f32,
    /// What each tool says of its version.
    pub versions: BTreeMap<String, String>,
}

impl Machine {
    /// This one, with the versions of `peers` and of the tools.
    pub fn here(site: &Site, peers: &[&'static Peer]) -> Self {
        let processors = procfs::CpuInfo::current().ok();
        let model = processors.as_ref().and_then(|cpus| cpus.model_name(0));
        let acceptd = format!("{} --version", site.acceptd.display());
        let mut versions = BTreeMap::new();
        let peers = peers.iter().filter_map(|peer| peer.version);
        for line in ["gcc --version", "rustc --version", "wrk -v", &acceptd]
            .into_iter()
            .chain(peers)
        {
            let line = site.fill(line);
            let words: Vec<&str> = line.split(' ').collect();
            let name = words[0].rsplit('/').next().unwrap_or_default();
            // Debian keeps servers where only root's PATH looks.
            let said = output(words[0], &words[1..])
                .or_else(|| output(&format!("/usr/sbin/{}", words[0]), &words[1..]));
            if let Some(said) = said {
                versions.insert(name.to_string(), said);
            }
        }
        Self {
            processor: model.unwrap_or("unknown").to_string(),
            processors: processors.as_ref().map_or(0, |cpus| cpus.num_cores()),
            memory: procfs::Meminfo::current().map_or(0, |memory| memory.mem_total),
            kernel: output("uname", &["-srm"]).unwrap_or_default(),
            date: output("date", &["-u", "+%Y-%m-%d %H:%M"]).unwrap_or_default(),
            load_before: procfs::LoadAverage::from_file("/proc/loadavg")
                .map_or(f32::NAN, |load| load.one),
            versions,
        }
    }
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
