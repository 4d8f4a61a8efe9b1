//! The children that a parent has: forked, reaped, and how many at once.

use crate::report::{Burst, Counts, OrExit, event, exit};
use crate::signal;
use crate::sys::{self, Fork};
use crate::text::{parse_number, split};
use core::sync::atomic::{AtomicU64, Ordering::Relaxed};
use rustix::io::{Errno, Result, read};
use rustix::process::{Pid, Signal, WaitOptions, getpid, kill_process, wait};

/// How many children make a crowd, for `--reap signal`: to look through so many
/// at each end costs what is felt.
const CROWD: u64 = 1_000;

/// Who waits for a child that has ended: `--reap`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd)]
pub enum Reap {
    /// SIGCHLD's handler, when it ends; of a crowd, in rounds.
    Signal,
    /// The parent, before it forks the next, as multiprocessing does: the
    /// last ones stay zombies while the server is idle.
    BeforeFork,
    /// The kernel, since SIGCHLD is ignored: nobody learns how it ended.
    Ignore,
    /// Nobody, until the server stops: every child stays a zombie.
    Never,
}

/// What becomes of children when the parent stops: `--on-stop`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnStop {
    /// They finish, within `--grace`.
    Drain,
    /// They die with it, however it dies. What it stops for is a signal: after
    /// `--exit-after` they finish.
    Kill,
}

/// The parent's account of its children.
pub struct Children<'a> {
    /// What [`signal::REAPED`] lends to the handlers.
    reaped: &'a AtomicU64,
    reap: Reap,
    on_stop: OnStop,
    /// `--max-children`
    max: u32,
    /// The parent's own pid.
    parent: Option<Pid>,
    forked: u64,
    /// Reaped and never forked: what others left, which PID 1 inherits.
    orphans: u64,
    peak: u64,
    failures: Burst,
}

impl<'a> Children<'a> {
    /// No child yet.
    pub fn new(reaped: &'a AtomicU64, reap: Reap, on_stop: OnStop, max: u32) -> Self {
        match reap {
            Reap::Signal => signal::reap_on_child_exit(),
            Reap::Ignore => signal::ignore_child_exit(),
            // Who started this may have it ignored, and exec keeps that.
            Reap::BeforeFork | Reap::Never => signal::leave_child_exit(),
        }
        Self {
            reaped,
            reap,
            on_stop,
            max,
            parent: (on_stop == OnStop::Kill).then(getpid),
            forked: 0,
            orphans: 0,
            peak: 0,
            failures: Burst::of("fork"),
        }
    }

    #[inline(never)]
    fn alive(&self) -> u64 {
        let ours = self.forked + self.orphans;
        ours.saturating_sub(self.reaped.load(Relaxed)) // not below 0 where an orphan is reaped meanwhile
    }

    /// Waits until there are fewer children than `--max-children`, or the
    /// server stops.
    pub fn make_room(&self) {
        while self.alive() >= u64::from(self.max) && !signal::stopped() {
            // Else the handler could take the child between count and wait.
            signal::hold_child_exit(true);
            let some = self.alive() < u64::from(self.max) || self.wait_for_one();
            signal::hold_child_exit(false);
            if !some {
                break; // the count is wrong: there is no child at all
            }
        }
    }

    /// `fork()`, and what `--reap` and `--on-stop` have around it.
    pub fn fork(&mut self) -> Result<Fork> {
        if self.reap == Reap::BeforeFork {
            signal::reap_ended();
        }
        let strangers = self.reaped.load(Relaxed).saturating_sub(self.forked);
        self.orphans = self.orphans.max(strangers);
        let alive = self.alive() + 1; // before it can have ended, and been reaped
        match sys::fork() {
            Ok(0) => {
                if let Some(parent) = self.parent {
                    signal::die_with(parent);
                }
                Ok(Fork::Child)
            }
            Ok(child) => {
                self.failures.over();
                self.forked += 1;
                self.peak = self.peak.max(alive);
                if alive > CROWD && self.reap == Reap::Signal {
                    signal::reap_in_rounds();
                }
                event("forked %", child);
                Ok(Fork::Parent)
            }
            Err(errno) => {
                self.failures.failed(errno);
                Err(errno)
            }
        }
    }

    /// `wait4(-1, ..)`: whether there is still a child.
    fn wait_for_one(&self) -> bool {
        match wait(WaitOptions::empty()) {
            Ok(Some((child, status))) => signal::count_reaped(child, status),
            Err(Errno::INTR) if signal::is_cut() => kill_all(),
            Ok(None) | Err(Errno::INTR) => {} // the handler took one, or the server stops
            Err(Errno::CHILD) => return false,
            Err(errno) => exit("wait4", errno),
        }
        true
    }

    /// Waits until there is no child left; those that are left when `--grace`
    /// is over are killed. With `--on-stop kill` a signal waits for none.
    ///
    /// # References
    ///
    /// [wait(2)](https://man7.org/linux/man-pages/man2/wait.2.html)
    pub fn wait_for_all(self) -> Counts {
        signal::begin_grace();
        let leave = || self.on_stop == OnStop::Kill && signal::is_told();
        while !leave() && self.wait_for_one() {}
        Counts {
            forked: self.forked,
            reaped: self.reaped.load(Relaxed).saturating_sub(self.orphans),
            peak: (self.reap != Reap::Ignore).then_some(self.peak),
        }
    }
}

/// SIGKILL for each child, as the kernel lists them; if there are more than
/// fit, the next alarm gets to them. To remember them would cost every fork a
/// page, and most servers never need it.
///
/// # Errors
///
/// ENOENT: there is no /proc, or no list in it (CONFIG_PROC_CHILDREN); ends the
/// program. As PID 1 it takes its children along all the same.
///
/// # References
///
/// [proc_tid_children(5)](https://man7.org/linux/man-pages/man5/proc_tid_children.5.html)
#[inline(never)] // its list would stand between what a child writes on the stack
fn kill_all() {
    signal::leave_child_exit(); // so that a pid stays its own until it is killed
    let mut list = [0; 4096];
    let file = sys::open(c"/proc/thread-self/children").or_exit("open /proc/thread-self/children");
    let length = read(file, &mut list).or_exit("read /proc/thread-self/children");
    let mut pids = list.get(..length).unwrap_or_default();
    while let Some(pid) = split(&mut pids, b' ') {
        let pid = parse_number(pid, 1, i32::MAX as u32);
        let pid = pid.and_then(|pid| Pid::from_raw(pid as i32));
        let killed = pid.map_or(Err(Errno::SRCH), |pid| kill_process(pid, Signal::KILL));
        // ESRCH: a /proc of another PID namespace, whose numbers mean others here.
        killed.or_exit("kill");
    }
}
