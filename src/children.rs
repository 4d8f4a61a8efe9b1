//! The children that a parent has: forked, reaped, and how many at once.

use crate::report::{self, Counts, exit};
use crate::signal;
use rustix::io::Errno;
use rustix::process::{Pid, WaitOptions, wait};

/// The parent's account of its children.
pub struct Children {
    forked: u32,
    peak: u32,
}

impl Children {
    /// No child yet; each is reaped by SIGCHLD's handler when it ends.
    pub fn reaped_by_signal() -> Self {
        signal::reap_on_child_exit();
        Self { forked: 0, peak: 0 }
    }

    /// One more.
    pub fn add(&mut self, child: Pid) {
        self.forked = self.forked.wrapping_add(1);
        // Another's orphan is reaped here too when this is PID 1: never below 0.
        let alive = self.forked.saturating_sub(signal::reaped());
        self.peak = self.peak.max(alive);
        report::event("forked ", child.as_raw_pid());
    }

    /// `wait4(-1, ..)` until there is no child left.
    ///
    /// # References
    ///
    /// [wait(2)](https://man7.org/linux/man-pages/man2/wait.2.html)
    pub fn wait_for_all(self) -> Counts {
        loop {
            match wait(WaitOptions::empty()) {
                Ok(Some((child, status))) => signal::count_reaped(child, status),
                Ok(None) | Err(Errno::INTR) => {} // the handler took one
                Err(Errno::CHILD) => break,
                Err(errno) => exit("wait4", None, errno),
            }
        }
        Counts {
            forked: self.forked,
            reaped: signal::reaped(),
            peak: self.peak,
        }
    }
}
