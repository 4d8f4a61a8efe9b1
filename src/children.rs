//! The children that a parent has: forked, reaped, and how many at once.

mod ledger;

use crate::report::{Counts, Failures, OrExit, event, exit};
use crate::signal;
use crate::sys::{self, Fork, Handler};
use ledger::Ledger;
use rustix::io::Result;
use rustix::process::{Pid, Signal, getpid};

/// The exit status of a child that was forked just when `--grace` was over, and has only
/// closed its connection.
pub const CUT_STATUS: u8 = 3;

/// Who waits for a child that has ended: `--reap`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reap {
    /// SIGCHLD's handler, when the child ends.
    Signal,
    /// The parent, before it forks the next, as multiprocessing does: the
    /// last ones stay zombies while the server is idle.
    BeforeFork,
    /// The kernel, since SIGCHLD is ignored: nobody learns how it ended.
    Ignore,
    /// Nobody, until the server stops: every child stays a zombie.
    Never,
}

impl Reap {
    /// Whether it waits for the children while the server serves, and so counts them.
    pub fn counts(self) -> bool {
        matches!(self, Self::Signal | Self::BeforeFork)
    }
}

/// What becomes of children when the parent stops: `--on-stop`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnStop {
    /// They finish, within `--grace`.
    Drain,
    /// The kernel kills them when the parent ends, even if it is killed or crashes.
    /// A stop by `--exit-after` lets them finish first.
    Kill,
}

/// The parent's account of its children.
pub struct Children {
    ledger: &'static Ledger,
    reap: Reap,
    on_stop: OnStop,
    /// `--max-children`
    max: u32,
    /// Whether children get SIGTERM at the stop. They need it if they may wait for
    /// something that never comes: another request, or a reader of stderr.
    term_at_stop: bool,
    /// The parent's own pid, for `--on-stop kill`.
    parent: Option<Pid>,
    forked: u64,
    peak: u64,
    failures: Failures,
}

impl Children {
    /// No child yet. `--reap ignore` and `never` have no `max`.
    ///
    /// # Errors
    ///
    /// mmap: ENOMEM, and what rt_sigaction refuses, end the program.
    pub fn new(reap: Reap, on_stop: OnStop, max: u32, term_at_stop: bool) -> Self {
        let ledger = ledger::open(reap, max);
        let handler = match reap {
            Reap::Signal => Handler::Call(ledger::on_child_exit, 0),
            Reap::Ignore => Handler::Ignore,
            // Whoever started this may have it ignored, and exec keeps that.
            Reap::BeforeFork | Reap::Never => Handler::Default,
        };
        sys::sigaction(Signal::CHILD, handler).or_exit("rt_sigaction");
        Self {
            ledger,
            reap,
            on_stop,
            max,
            term_at_stop,
            parent: (on_stop == OnStop::Kill).then(getpid),
            forked: 0,
            peak: 0,
            failures: Failures::of("fork"),
        }
    }

    /// How many have been forked and not reaped.
    pub fn alive(&self) -> u64 {
        self.forked - self.ledger.reaped()
    }

    /// Waits until there are fewer children than `--max-children`, and returns true;
    /// or false, if `--grace` is over or the server stops and does not wait for them.
    pub fn make_room(&self) -> bool {
        let is_full = || self.reap.counts() && self.alive() >= u64::from(self.max);
        while is_full() && !signal::is_cut() {
            if self.die_at_stop() {
                return false;
            }
            self.tell_stop();
            if !self.ledger.wait_for_one_if(is_full) {
                break; // there is no child at all
            }
        }
        !signal::is_cut()
    }

    /// `fork()`, with what `--reap` and `--on-stop` want before and after it.
    ///
    /// # Errors
    ///
    /// Those of fork.
    pub fn fork(&mut self) -> Result<Fork> {
        if self.reap == Reap::BeforeFork {
            self.ledger.reap_ended();
        }
        // The handler would not know a child that ends before it is in the ledger.
        self.ledger.hold();
        let forked = sys::fork();
        match forked {
            Ok(0) => {
                if let Some(parent) = self.parent {
                    signal::die_with(parent).or_exit("prctl");
                }
                return Ok(Fork::Child);
            }
            Ok(child) => {
                self.ledger.add(child);
                self.forked += 1;
                self.peak = self.peak.max(self.alive());
            }
            Err(errno) => self.failures.add(errno),
        }
        self.ledger.release();
        let child = forked?;
        self.failures.end();
        event("forked %", child);
        Ok(Fork::Parent)
    }

    /// Waits until a child ends, and reaps it, or until a signal comes. Returns
    /// whether there may be another child.
    pub fn wait_for_one(&self) -> bool {
        self.ledger.wait_for_one_if(|| true)
    }

    /// Waits until there is no child left. Those that are left when `--grace` is
    /// over are killed. With `--on-stop kill`, a stop by signal gives no grace.
    /// Returns what became of them, and how many were cut off.
    ///
    /// # Errors
    ///
    /// A child that cannot be killed (EPERM) is not waited for: the program
    /// ends with status 1.
    ///
    /// # References
    ///
    /// [wait(2)](https://man7.org/linux/man-pages/man2/wait.2.html)
    pub fn wait_for_all(self) -> (Counts, u64) {
        signal::stop_without_signal();
        let mut uncounted = 0;
        while self.has_any() {
            if self.die_at_stop() {
                signal::cut();
            }
            if signal::is_cut() {
                let (killed, refused) = self.ledger.signal_all(Signal::KILL);
                if let Some(errno) = refused {
                    exit("kill", errno);
                }
                // The kernel reaps them, and nobody learns how they ended.
                if self.reap == Reap::Ignore {
                    uncounted = killed;
                }
                while self.has_any() && self.wait_for_one() {}
                break;
            }
            self.tell_stop();
            if !self.wait_for_one() {
                break;
            }
        }
        let counts = Counts {
            forked: self.forked,
            reaped: self.ledger.reaped(),
            peak: (self.reap != Reap::Ignore).then_some(self.peak),
        };
        (counts, self.ledger.cut() + uncounted)
    }

    /// `kill(child, SIGTERM)` for each, if the server stops and they need it. It is
    /// repeated after each tick, for children that were just about to wait.
    fn tell_stop(&self) {
        if self.term_at_stop && signal::is_stopping() {
            self.ledger.signal_all(Signal::TERM);
        }
    }

    /// Whether the stop kills the children, and gives them no grace.
    fn die_at_stop(&self) -> bool {
        self.on_stop == OnStop::Kill && signal::was_signalled() && signal::is_stopping()
    }

    /// Whether there may be a child. With `--reap ignore` nobody counts the ends of
    /// children: only wait4 can tell that there is none left.
    fn has_any(&self) -> bool {
        self.reap == Reap::Ignore || self.alive() > 0
    }
}
