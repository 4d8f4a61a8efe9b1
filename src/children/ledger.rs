//! The pids of the children that have not been reaped, and how many have been:
//! what the parent shares with its SIGCHLD handler.
//!
//! It stands in shared memory, although the children do not use it: a private page
//! would be copied after each fork, which costs a page fault.

use super::Reap;
use crate::report::{self, OrExit};
use crate::signal;
use crate::sys::{self, Once};
use core::sync::atomic::{AtomicU64, Ordering::Relaxed};
use rustix::io::{Errno, Result};
use rustix::process::{Pid, Signal, WaitOptions, WaitStatus, kill_process, wait, waitpid};

static LEDGER: Once<Ledger> = Once::empty();

/// How many pids are remembered if nobody counts the children. After that, with `--reap
/// ignore`, a new pid replaces that of a child which has ended, and with `never` the oldest.
const UNCOUNTED: u32 = 65_536;

/// The parent's children.
pub struct Ledger {
    /// How many of them have been waited for.
    reaped: &'static AtomicU64,
    /// How many of those were cut off: killed, or they have said so with their exit status.
    cut: &'static AtomicU64,
    /// 1 while the SIGCHLD handler must not reap: the program does.
    held: &'static AtomicU64,
    /// 1 if the handler has run in that time.
    missed: &'static AtomicU64,
    /// How many places of `pids` have been used so far. Places that have become free
    /// again are counted too. If nobody counts the children, places are used in turn, and
    /// each turn counts.
    used: &'static AtomicU64,
    /// Who waits for the children. If they are counted, a place becomes free when its child
    /// is reaped.
    reap: Reap,
    /// A pid each; 0: free.
    pids: &'static [AtomicU64],
}

/// The ledger of this process, for up to `max` children; if `reap` does not count them,
/// for [`UNCOUNTED`].
///
/// # Errors
///
/// mmap: ENOMEM ends the program.
pub fn open(reap: Reap, max: u32) -> &'static Ledger {
    let capacity = if reap.counts() { max } else { UNCOUNTED };
    let words = sys::shared_counters(capacity as usize + 5).or_exit("mmap");
    let [reaped, cut, held, missed, used, pids @ ..] = words else {
        unreachable!("there are at least five");
    };
    LEDGER.set(Ledger {
        reaped,
        cut,
        held,
        missed,
        used,
        reap,
        pids,
    })
}

/// Handles SIGCHLD. Children that end at the same time may send one signal only, so
/// it reaps all that have ended.
pub extern "C" fn on_child_exit(_: i32) {
    if let Some(ledger) = LEDGER.get() {
        if ledger.held.load(Relaxed) == 0 {
            ledger.reap_ended();
        } else {
            ledger.missed.store(1, Relaxed);
        }
    }
}

impl Ledger {
    /// How many children have been reaped.
    pub fn reaped(&self) -> u64 {
        self.reaped.load(Relaxed)
    }

    /// How many of those were killed when `--grace` was over, or found that it was.
    pub fn cut(&self) -> u64 {
        self.cut.load(Relaxed)
    }

    /// From now on the handler does not reap.
    pub fn hold(&self) {
        self.held.store(1, Relaxed);
    }

    /// The handler may reap again. The children that it has left are reaped now.
    pub fn release(&self) {
        self.held.store(0, Relaxed);
        if self.missed.swap(0, Relaxed) != 0 {
            self.reap_ended();
        }
    }

    /// A child has been forked.
    pub fn add(&self, child: i32) {
        let is_free = |pid: &&AtomicU64| self.reap.counts() && pid.load(Relaxed) == 0;
        let place = self.pids().iter().find(is_free);
        if let Some(place) = place.or_else(|| self.next_place()) {
            place.store(child as u64, Relaxed);
        }
    }

    /// The next place in turn. With `--reap ignore` it is none of a child that still runs,
    /// unless all places are.
    fn next_place(&self) -> Option<&AtomicU64> {
        for _ in self.pids {
            let used = self.used.fetch_add(1, Relaxed) as usize;
            let place = self.pids.get(used % self.pids.len())?;
            let child = Pid::from_raw(place.load(Relaxed) as i32);
            if self.reap != Reap::Ignore || child.is_none_or(|child| !is_running(child)) {
                return Some(place);
            }
        }
        self.pids.first()
    }

    /// The places that have been used.
    fn pids(&self) -> &[AtomicU64] {
        let used = self.used.load(Relaxed) as usize;
        self.pids.get(..used).unwrap_or(self.pids)
    }

    /// The children that are in it, each with its place.
    fn children(&self) -> impl Iterator<Item = (&AtomicU64, Pid)> {
        let child = |place: &AtomicU64| Pid::from_raw(place.load(Relaxed) as i32);
        self.pids()
            .iter()
            .filter_map(move |place| Some((place, child(place)?)))
    }

    /// `wait4(-1, .., WNOHANG)` for all children that have ended.
    pub fn reap_ended(&self) {
        while let Ok(Some((child, status))) = wait(WaitOptions::NOHANG) {
            self.remove(child, status);
        }
    }

    /// `wait4(-1, .., 0)`: waits until a child ends, or a signal comes. Returns whether
    /// there may be another child. It waits only if `is_needed` returns true. The handler is
    /// held first: else it could reap the last child between the two, and wait4 would wait
    /// for a child that is gone.
    ///
    /// # Errors
    ///
    /// Those that wait4 does not have end the program.
    pub fn wait_for_one_if(&self, is_needed: impl FnOnce() -> bool) -> bool {
        self.hold();
        let waited = match is_needed() {
            true if self.reap == Reap::Ignore => self.wait_for_unreaped(),
            true => wait(WaitOptions::empty()),
            false => Ok(None),
        };
        match waited {
            Ok(Some((child, status))) => self.remove(child, status),
            Ok(None) | Err(Errno::INTR | Errno::CHILD) => {}
            Err(errno) => report::exit("wait4", errno),
        }
        self.release();
        !matches!(waited, Err(Errno::CHILD))
    }

    /// `wait4(child, .., 0)` for each child, with `--reap ignore`: wait4(-1) would wait for the
    /// children of somebody else, too.
    ///
    /// # Errors
    ///
    /// ECHILD: no child is left. EINTR: a signal came.
    fn wait_for_unreaped(&self) -> Result<Option<(Pid, WaitStatus)>> {
        for (place, child) in self.children() {
            match waitpid(Some(child), WaitOptions::empty()) {
                Err(Errno::CHILD) => place.store(0, Relaxed), // the kernel has reaped it
                waited => return waited,
            }
        }
        Err(Errno::CHILD)
    }

    /// A child has been waited for: removes its pid. A child that is not in the ledger
    /// was there before exec, or this process has adopted it as PID 1: not counted.
    fn remove(&self, child: Pid, status: WaitStatus) {
        let number = child.as_raw_pid() as u64;
        let mut places = self.pids().iter();
        let place = places.find(|pid| pid.load(Relaxed) == number);
        if let Some(place) = place {
            place.store(0, Relaxed);
            let kill = Signal::KILL.as_raw();
            let was_killed = signal::is_cut() && status.terminating_signal() == Some(kill);
            if was_killed || status.exit_status() == Some(super::CUT_STATUS.into()) {
                self.cut.fetch_add(1, Relaxed);
            }
            self.reaped.fetch_add(1, Relaxed);
            report::reaped(child, status);
        }
    }

    /// `kill(child, signal)` for each child. Returns how many were signalled, and an
    /// error of those that could not be. A child that has ended is reaped instead. A
    /// pid that is no child any more (ECHILD) is removed: it may be another process now.
    /// With `--reap ignore` a child may end and be gone just before kill (ESRCH).
    pub fn signal_all(&self, signal: Signal) -> (u64, Option<Errno>) {
        let mut signalled = 0;
        let mut refused = None;
        self.hold(); // so that a pid stays its own until it is signalled
        for (place, child) in self.children() {
            match waitpid(Some(child), WaitOptions::NOHANG) {
                Ok(None) => match kill_process(child, signal) {
                    Ok(()) => signalled += 1,
                    Err(Errno::SRCH) if self.reap == Reap::Ignore => place.store(0, Relaxed),
                    Err(errno) => refused = Some(errno),
                },
                Ok(Some((child, status))) => self.remove(child, status),
                Err(_) => place.store(0, Relaxed),
            }
        }
        self.release();
        (signalled, refused)
    }
}

/// `wait4(child, .., WNOHANG)`: whether this is a child that has not ended.
fn is_running(child: Pid) -> bool {
    matches!(waitpid(Some(child), WaitOptions::NOHANG), Ok(None))
}
