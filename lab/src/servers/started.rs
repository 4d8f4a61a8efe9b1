//! What this program has started, so that it ends with it: each command leads
//! a process group of its own, and a group is killed when its handle is
//! dropped, or all of them when a signal ends this program.

use anyhow::{Context, Result};
use nix::sys::signal::{Signal, killpg};
use nix::unistd::Pid;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

struct Started {
    groups: Vec<Pid>,
    directories: Vec<PathBuf>,
    cgroups: Vec<PathBuf>,
}

static STARTED: Mutex<Started> = Mutex::new(Started {
    groups: Vec::new(),
    directories: Vec::new(),
    cgroups: Vec::new(),
});

fn started() -> MutexGuard<'static, Started> {
    STARTED.lock().unwrap_or_else(PoisonError::into_inner)
}

/// From now on SIGINT, SIGTERM and SIGHUP end all groups, remove the
/// directories and cgroups, then end this program with status 130.
pub fn end_all_on_signal() -> Result<()> {
    ctrlc::set_handler(|| {
        // Held to the end: nothing is started any more.
        let started = started();
        for group in &started.groups {
            let _ = killpg(*group, Signal::SIGKILL);
        }
        for directory in &started.directories {
            let _ = std::fs::remove_dir_all(directory);
        }
        for directory in &started.cgroups {
            remove_cgroup(directory);
        }
        eprintln!("lab: interrupted; all servers have been ended");
        std::process::exit(130);
    })
    .context("signal handler")
}

/// A directory in the system's place for temporary ones, to be removed also
/// on a signal.
pub fn directory() -> Result<tempfile::TempDir> {
    let mut started = started();
    let directory = tempfile::tempdir().context("temporary directory")?;
    started.directories.push(directory.path().to_owned());
    Ok(directory)
}

/// A new cgroup, removed when this is dropped, or on a signal. Its processes
/// have to be ended before.
pub struct CgroupDirectory(PathBuf);

impl CgroupDirectory {
    /// `mkdir(path)`
    pub fn new(path: PathBuf) -> std::io::Result<Self> {
        let mut started = started();
        std::fs::create_dir(&path)?;
        started.cgroups.push(path.clone());
        Ok(Self(path))
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for CgroupDirectory {
    fn drop(&mut self) {
        remove_cgroup(&self.0);
        started().cgroups.retain(|path| *path != self.0);
    }
}

/// `rmdir(path)`, once the kernel has let go of the killed processes.
fn remove_cgroup(path: &Path) {
    for _ in 0..200 {
        match std::fs::remove_dir(path) {
            Err(error) if error.kind() == std::io::ErrorKind::ResourceBusy => {
                std::thread::sleep(Duration::from_millis(10));
            }
            _ => return,
        }
    }
}

/// A running command and all that it forks.
pub struct ProcessGroup {
    /// The command.
    pub child: Child,
}

impl ProcessGroup {
    /// Starts `command` at the head of a new group.
    pub fn spawn(command: &mut Command) -> Result<Self> {
        let mut started = started(); // no signal can fall between start and entry
        let child = command
            .process_group(0)
            .spawn()
            .with_context(|| format!("start {}", Path::new(command.get_program()).display()))?;
        let group = Self { child };
        started.groups.push(group.id());
        Ok(group)
    }

    /// The pid of the command, which is the number of its group too.
    pub fn id(&self) -> Pid {
        Pid::from_raw(self.child.id() as i32)
    }

    /// `kill(-group, SIGKILL)`
    pub fn kill(&self) {
        let _ = killpg(self.id(), Signal::SIGKILL); // ESRCH: it has ended
    }
}

impl Drop for ProcessGroup {
    fn drop(&mut self) {
        self.kill();
        let _ = self.child.wait(); // ECHILD: a tracer has waited for it
        let id = self.id();
        started().groups.retain(|&group| group != id);
    }
}
