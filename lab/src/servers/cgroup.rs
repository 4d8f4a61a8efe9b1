//! A cgroup of its own for a server: the processor time and the memory of all
//! its processes, those that have ended included, as the kernel accounts them.

use super::processes::living;
use super::started::CgroupDirectory;
use anyhow::{Context, Result, bail, ensure};
use nix::unistd::Pid;
use procfs::ProcessCGroups;
use procfs::process::Process;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
use std::time::{Duration, Instant};

/// What can be accounted, and in which file, by the version of cgroups.
#[derive(Clone, Copy, PartialEq)]
enum Account {
    /// Processor time: nanoseconds in version 1, `usage_usec` in 2.
    Time,
    /// Memory, the kernel's for these processes included: bytes.
    Memory,
}

impl Account {
    /// The controller of version 1.
    fn controller(self) -> &'static str {
        match self {
            Self::Time => "cpuacct",
            Self::Memory => "memory",
        }
    }

    /// The file of version 1, and that of version 2.
    fn file(self) -> [&'static str; 2] {
        match self {
            Self::Time => ["cpuacct.usage", "cpu.stat"],
            Self::Memory => ["memory.usage_in_bytes", "memory.current"],
        }
    }
}

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
            // Version 2 has one hierarchy, and a process is in one directory of it: this
            // one has the file of both accounts.
            Some(memory) if memory.file == Account::Memory.file()[1] => Hierarchy {
                directory: Rc::clone(&memory.directory),
                file: Account::Time.file()[1],
            },
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
        let file = match self.time.file {
            "cpu.stat" => "cgroup.threads",
            _ => "tasks",
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
        let text = self.time.read(self.time.file)?;
        match self.time.file {
            "cpu.stat" => Ok(Duration::from_micros(field(&text, "usage_usec")?)),
            _ => Ok(Duration::from_nanos(text.trim().parse()?)),
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
        Ok(Some(memory.read(memory.file)?.trim().parse()?))
    }
}

/// One directory of the cgroup file systems.
struct Hierarchy {
    directory: Rc<CgroupDirectory>,
    file: &'static str,
}

impl Hierarchy {
    /// A new directory below this process' own cgroup, or else below the
    /// topmost: whichever may be written and has the account.
    fn new(account: Account) -> Result<Self> {
        let mut complaint = format!("no cgroup hierarchy has {}", account.controller());
        for (parent, file) in parents(account)? {
            let path = parent.join(name());
            match CgroupDirectory::new(path) {
                Err(error) => complaint = format!("mkdir below {}: {error}", parent.display()),
                Ok(directory) if directory.path().join(file).exists() => {
                    return Ok(Self {
                        directory: Rc::new(directory),
                        file,
                    });
                }
                Ok(_) => complaint = format!("{}: no {file}", parent.display()),
            }
        }
        bail!(complaint)
    }

    fn path(&self) -> &Path {
        self.directory.path()
    }

    fn take(&self, pid: i32) -> Result<()> {
        let procs = self.path().join("cgroup.procs");
        match std::fs::write(&procs, pid.to_string()) {
            Err(error) if error.raw_os_error() == Some(nix::libc::ESRCH) => Ok(()), // it has ended
            done => done.with_context(|| format!("{}: {pid}", procs.display())),
        }
    }

    fn read(&self, file: &str) -> Result<String> {
        let path = self.path().join(file);
        std::fs::read_to_string(&path).with_context(|| path.display().to_string())
    }
}

/// Directories in which a cgroup for `account` may be made, and its file there.
fn parents(account: Account) -> Result<Vec<(PathBuf, &'static str)>> {
    let this = Process::myself()?;
    let own: ProcessCGroups = this.cgroups()?;
    let mut parents = Vec::new();
    for mount in this.mountinfo()? {
        let is_second = mount.fs_type == "cgroup2";
        let has_account = mount.super_options.contains_key(account.controller());
        if !(is_second || mount.fs_type == "cgroup" && has_account) {
            continue;
        }
        let mine = own.0.iter().find(|group| match is_second {
            true => group.controllers.iter().all(String::is_empty),
            false => group
                .controllers
                .iter()
                .any(|name| name == account.controller()),
        });
        let file = account.file()[usize::from(is_second)];
        if let Some(mine) = mine {
            let below = below_mount(&mine.pathname, &mount.root);
            parents.push((mount.mount_point.join(below), file));
        }
        parents.push((mount.mount_point, file));
    }
    // Version 1 first: where both are mounted, it has the controllers.
    parents.sort_by_key(|(_, file)| *file == account.file()[1]);
    Ok(parents)
}

/// The path of a cgroup as seen below a mount that shows `root` of its hierarchy.
fn below_mount<'a>(cgroup: &'a str, root: &str) -> &'a Path {
    let below = Path::new(cgroup).strip_prefix(root);
    let below = below.unwrap_or(Path::new(cgroup));
    below.strip_prefix("/").unwrap_or(below)
}

/// A name that no other cgroup has.
fn name() -> String {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let number = NEXT.fetch_add(1, Relaxed);
    format!("acceptd-lab-{}-{number}", std::process::id())
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
    fn a_cgroup_is_found_below_its_mount() {
        let below = |cgroup, root| below_mount(cgroup, root).display().to_string();
        assert_eq!(below("/", "/"), "");
        assert_eq!(below("/user.slice/a", "/"), "user.slice/a");
        assert_eq!(below("/docker/0123", "/docker/0123"), "");
        assert_eq!(below("/docker/0123/b", "/docker/0123"), "b");
    }

    #[test]
    fn a_field_is_known_by_its_whole_name() {
        let text = "usage_usec 12\nuser_usec 7\n";
        assert_eq!(field(text, "user_usec").unwrap(), 7);
        assert!(field(text, "usec").is_err());
    }
}
