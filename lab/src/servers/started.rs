//! What this program has started, so that it ends with it: each command leads
//! a process group of its own, and a group is killed when its handle is
//! dropped, or all of them when a signal ends this program.

use anyhow::{Context, Result};
use nix::sys::signal::{Signal, killpg};
use nix::unistd::Pid;
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::{Child, Command};
use std::sync::{Mutex, MutexGuard, PoisonError};

struct Started {
    groups: Vec<Pid>,
    directories: Vec<PathBuf>,
}

static STARTED: Mutex<Started> = Mutex::new(Started {
    groups: Vec::new(),
    directories: Vec::new(),
});

fn started() -> MutexGuard<'static, Started> {
    STARTED.lock().unwrap_or_else(PoisonError::into_inner)
}

/// From now on SIGINT, SIGTERM and SIGHUP end all groups, remove the
/// directories, then end this program with status 130.
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

/// A running command and all that it forks.
pub struct Group {
    /// The command.
    pub child: Child,
}

impl Group {
    /// Starts `command` at the head of a new group.
    pub fn spawn(command: &mut Command) -> Result<Self> {
        let mut started = started(); // no signal can fall between start and entry
        let child = command
            .process_group(0)
            .spawn()
            .with_context(|| format!("start {}", command.get_program().display()))?;
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

impl Drop for Group {
    fn drop(&mut self) {
        self.kill();
        let _ = self.child.wait(); // ECHILD: a tracer has waited for it
        let id = self.id();
        started().groups.retain(|&group| group != id);
    }
}
