//! What signals do: stop the server, reap a child. A handler may interrupt
//! the program between any two instructions, so it makes system calls, and
//! shares one word with the program: for `stop` the listener's number, for
//! `reap` how many children have been reaped.

use crate::report::{self, OrExit};
use crate::sys;
use core::sync::atomic::{AtomicI32, AtomicU32, Ordering::Relaxed};
use linux_raw_sys::general::SA_NOCLDSTOP;
use rustix::fd::{AsRawFd, BorrowedFd};
use rustix::net::{Shutdown, shutdown};
use rustix::process::{Pid, Signal, WaitOptions, WaitStatus, wait};

/// In the place of the listener's number, once that is shut down.
const STOPPED: i32 = -1;

static LISTENER: AtomicI32 = AtomicI32::new(0);
static REAPED: AtomicU32 = AtomicU32::new(0);

/// From now on SIGTERM and SIGINT stop the server: `listener` is shut down,
/// so that every accept from then on fails with EINVAL, the one that waits
/// now included. No flag to ask, no moment in which the signal is lost.
pub fn stop_on_signal(listener: BorrowedFd<'_>) {
    LISTENER.store(listener.as_raw_fd(), Relaxed);
    sys::sigaction(Signal::TERM, stop, 0).or_exit("rt_sigaction");
    sys::sigaction(Signal::INT, stop, 0).or_exit("rt_sigaction");
}

/// Handles SIGTERM and SIGINT. The second one ends the process as if it had
/// no handler. In a child the first finds no listener to shut down (EBADF):
/// the child finishes its answer.
extern "C" fn stop(signal: i32) {
    let listener = LISTENER.swap(STOPPED, Relaxed);
    if listener == STOPPED {
        sys::exit_group(128 + signal as u8); // what a shell reports of a death by signal
    }
    let _ = shutdown(sys::fd(listener), Shutdown::Read);
}

/// Whether a signal has come that stops the server: for when accept cannot
/// tell, because it fails of another cause first.
pub fn stopped() -> bool {
    LISTENER.load(Relaxed) == STOPPED
}

/// From now on a child is reaped when it ends, whatever the program does.
pub fn reap_on_child_exit() {
    sys::sigaction(Signal::CHILD, reap, SA_NOCLDSTOP).or_exit("rt_sigaction");
}

/// Handles SIGCHLD. Children that end together send one signal, so: all that
/// have ended.
extern "C" fn reap(_: i32) {
    while let Ok(Some((child, status))) = wait(WaitOptions::NOHANG) {
        count_reaped(child, status);
    }
}

/// Counts a child that was waited for.
pub fn count_reaped(child: Pid, status: WaitStatus) {
    REAPED.fetch_add(1, Relaxed);
    report::reaped(child, status);
}

/// How many children have been reaped.
pub fn reaped() -> u32 {
    REAPED.load(Relaxed)
}
