//! A cgroup of its own for a server: the processor time and the memory of all
//! its processes, those that have ended included, as the kernel accounts them.

mod hierarchy;

use super::processes::living;
use anyhow::{Context, Result, bail, ensure};
use hierarchy::{Account, Hierarchy};
use nix::unistd::Pid;
use std::collections::BTreeSet;
use std::time::{Duration, Instant};

/// The cgroup, in the one or two hierarchies that it takes.
pub struct Cgroup {
    time: Hierarchy,
    /// `None`: no memory controller is to be had here.
    memory: Option<Hierarchy>,
}

impl Cgroup {
    /// Makes one, and moves `root` and its descendants into it.
    ///
    /// # Errors
    ///
    /// No hierarchy that accounts processor time lets this process make one, or the
    /// processes cannot be moved.
    pub fn around(root: Pid) -> Result<Self> {
        let cgroup = Self::new()?;
        // A child is born where its parent is. One that was forked just before its parent
        // was moved is still outside: look again until nobody is.
        for _ in 0..1000 {
            let inside = cgroup.pids()?;
            let living = living(root).into_iter().map(|stat| stat.pid);
            let outside: Vec<i32> = living.filter(|pid| !inside.contains(pid)).collect();
            if outside.is_empty() {
                return Ok(cgroup);
            }
            for pid in outside {
                // Time last: who is inside by its list is inside both.
                if let Some(memory) = &cgroup.memory {
                    memory.take(pid)?;
                }
                cgroup.time.take(pid)?;
            }
            std::thread::sleep(Duration::from_millis(1)); // one may be about to end
        }
        bail!("{}: processes stay outside", cgroup.time.path().display())
    }

    fn new() -> Result<Self> {
        let memory = Hierarchy::new(Account::Memory).ok();
        let time = match &memory {
            // Version 2 has one hierarchy, and a process is in one directory of it.
            Some(memory) if memory.is_second() => memory.with(Account::Time),
            _ => Hierarchy::new(Account::Time)?,
        };
        Ok(Self { time, memory })
    }

    /// The processes in it, as one read of the kernel's list tells.
    pub fn pids(&self) -> Result<BTreeSet<i32>> {
        numbers(&self.time.read("cgroup.procs")?)
    }

    /// How many threads are in it.
    pub fn threads(&self) -> Result<usize> {
        let file = match self.time.is_second() {
            true => "cgroup.threads",
            false => "tasks",
        };
        Ok(self.time.read(file)?.lines().count())
    }

    /// Why processor time, and why memory, cannot be accounted here. `None`: it can.
    pub fn obstacles() -> [Option<String>; 2] {
        [Account::Time, Account::Memory].map(|account| {
            let error = Hierarchy::new(account).err()?;
            Some(format!("{error:#}"))
        })
    }

    /// Processor time so far, of all processes that are or were in it.
    pub fn time(&self) -> Result<Duration> {
        let text = self.time.account()?;
        match self.time.is_second() {
            true => Ok(Duration::from_micros(field(&text, "usage_usec")?)),
            false => Ok(Duration::from_nanos(text.trim().parse()?)),
        }
    }

    /// As [`Cgroup::time`], once nothing more is added to it.
    pub fn time_at_rest(&self) -> Result<Duration> {
        let end = Instant::now() + Duration::from_secs(10);
        let mut before = self.time()?;
        loop {
            std::thread::sleep(Duration::from_millis(20));
            let now = self.time()?;
            if now == before {
                return Ok(now);
            }
            ensure!(Instant::now() < end, "the server is not at rest after 10 s");
            before = now;
        }
    }

    /// Memory now, bytes, the kernel's part of it included. `None`: it cannot be told.
    pub fn memory(&self) -> Result<Option<u64>> {
        let Some(memory) = &self.memory else {
            return Ok(None);
        };
        Ok(Some(memory.account()?.trim().parse()?))
    }
}

/// One number on each line.
fn numbers(text: &str) -> Result<BTreeSet<i32>> {
    text.lines().map(|line| Ok(line.parse()?)).collect()
}

/// The number beside `name` in lines of `name number`.
fn field(text: &str, name: &str) -> Result<u64> {
    let mut lines = text.lines().filter_map(|line| line.split_once(' '));
    let (_, number) = lines
        .find(|(found, _)| *found == name)
        .with_context(|| format!("no field {name}"))?;
    Ok(number.trim().parse()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_is_known_by_its_whole_name() {
        let text = "usage_usec 12\nuser_usec 7\n";
        assert_eq!(field(text, "user_usec").unwrap(), 7);
        assert!(field(text, "usec").is_err());
    }
}
