//! The directories of the cgroup file systems: where one can be made, for what.

use crate::servers::started::CgroupDirectory;
use anyhow::{Context, Result, bail};
use procfs::ProcessCGroups;
use procfs::process::Process;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};

/// What can be accounted, and in which file, by the version of cgroups.
#[derive(Clone, Copy, PartialEq)]
pub enum Account {
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

    /// The file, of version 2 or else of 1.
    fn file(self, is_second: bool) -> &'static str {
        match (self, is_second) {
            (Self::Time, false) => "cpuacct.usage",
            (Self::Time, true) => "cpu.stat",
            (Self::Memory, false) => "memory.usage_in_bytes",
            (Self::Memory, true) => "memory.current",
        }
    }
}

/// One directory of the cgroup file systems.
pub struct Hierarchy {
    directory: Rc<CgroupDirectory>,
    account: Account,
    is_second: bool,
}

impl Hierarchy {
    /// A new directory below this process' own cgroup, or else below the
    /// topmost: whichever may be written and has the account.
    pub fn new(account: Account) -> Result<Self> {
        let mut complaint = format!("no cgroup hierarchy has {}", account.controller());
        for (parent, is_second) in parents(account)? {
            let file = account.file(is_second);
            let path = parent.join(name());
            match CgroupDirectory::new(path) {
                Err(error) => complaint = format!("mkdir below {}: {error}", parent.display()),
                Ok(directory) if directory.path().join(file).exists() => {
                    return Ok(Self {
                        directory: Rc::new(directory),
                        account,
                        is_second,
                    });
                }
                Ok(_) => complaint = format!("{}: no {file}", parent.display()),
            }
        }
        bail!(complaint)
    }

    /// The same directory, for another account of the same version.
    pub fn with(&self, account: Account) -> Self {
        Self {
            directory: Rc::clone(&self.directory),
            account,
            is_second: self.is_second,
        }
    }

    /// Whether it is of version 2.
    pub fn is_second(&self) -> bool {
        self.is_second
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        self.directory.path()
    }

    /// Moves a process into it.
    pub fn take(&self, pid: i32) -> Result<()> {
        let procs = self.path().join("cgroup.procs");
        match std::fs::write(&procs, pid.to_string()) {
            Err(error) if error.raw_os_error() == Some(nix::libc::ESRCH) => Ok(()), // it has ended
            done => done.with_context(|| format!("{}: {pid}", procs.display())),
        }
    }

    /// What the account's file says.
    pub fn account(&self) -> Result<String> {
        self.read(self.account.file(self.is_second))
    }

    /// What one of its files says.
    pub fn read(&self, file: &str) -> Result<String> {
        let path = self.path().join(file);
        std::fs::read_to_string(&path).with_context(|| path.display().to_string())
    }
}

/// Directories in which a cgroup for `account` may be made, and whether of version 2.
fn parents(account: Account) -> Result<Vec<(PathBuf, bool)>> {
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
        if let Some(mine) = mine {
            let below = below_mount(&mine.pathname, &mount.root);
            parents.push((mount.mount_point.join(below), is_second));
        }
        parents.push((mount.mount_point, is_second));
    }
    // Version 1 first: where both are mounted, it has the controllers.
    parents.sort_by_key(|(_, is_second)| *is_second);
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
}
