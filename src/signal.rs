//! What signals do: stop the server, cut what takes too long to stop, reap
//! children. A handler may interrupt the program between any two instructions,
//! so it makes system calls, and shares words with the program: those below,
//! and `report::VERBOSE`. Only `stop` interrupts another handler.

use crate::report::{self, OrExit};
use crate::sys::{self, Handler, Lent};
use core::sync::atomic::{AtomicBool, AtomicI32, AtomicU32, AtomicU64, Ordering::Relaxed};
use linux_raw_sys::general::SA_NOCLDSTOP;
use rustix::fd::{AsRawFd, BorrowedFd};
use rustix::net::{Shutdown, shutdown};
use rustix::process::{
    Pid, Signal, WaitOptions, WaitStatus, getppid, set_parent_process_death_signal, wait,
};

/// In the place of the listener's number, once a signal has had it shut down.
const STOPPED: i32 = -1;
/// The same, once `--grace` is over.
const CUT: i32 = -2;
/// The same, once `--exit-after` has had enough connections, and no signal came.
const ENOUGH: i32 = -3;

static LISTENER: AtomicI32 = AtomicI32::new(0);
static GRACE: AtomicU32 = AtomicU32::new(0);
/// How many children have been reaped: a word of the parent's stack, whose page
/// it writes to after each fork in any case. A page with a word of its own would
/// be one more that the kernel copies for each connection.
pub(crate) static REAPED: Lent<AtomicU64> = Lent::new();
/// There are so many children that they are better reaped in rounds.
static CROWDED: AtomicBool = AtomicBool::new(false);
/// SIGALRM means the next round.
static IN_ROUNDS: AtomicBool = AtomicBool::new(false);

/// From one round of reaping to the next, milliseconds.
const ROUND: u32 = 50;
/// From one SIGALRM to the next when `--grace` is over, milliseconds.
const AGAIN: u32 = 100;

/// From now on SIGTERM and SIGINT stop the server: `listener` is shut down,
/// so that every accept from then on fails with EINVAL, the one that waits
/// now included. No flag to ask, no moment in which the signal is lost.
/// `grace` milliseconds later, SIGALRM cuts what still waits.
///
/// SIGPIPE is ignored: who reads the lines on stderr may go away.
pub fn stop_on_signal(listener: BorrowedFd<'_>, grace: u32) {
    LISTENER.store(listener.as_raw_fd(), Relaxed);
    GRACE.store(grace, Relaxed);
    set(Signal::TERM, Handler::Call(stop));
    set(Signal::INT, Handler::Call(stop));
    set(Signal::ALARM, Handler::Call(alarm));
    set(Signal::PIPE, Handler::Ignore);
}

#[inline(never)]
fn set(signal: Signal, handler: Handler) {
    sys::sigaction(signal, handler, 0).or_exit("rt_sigaction");
}

/// Handles SIGTERM and SIGINT. The second one ends the process as if it had
/// no handler. In a child the first finds no listener to shut down (EBADF):
/// the child finishes its answer.
extern "C" fn stop(signal: i32) {
    match LISTENER.swap(STOPPED, Relaxed) {
        STOPPED | CUT => sys::exit_group(128 + signal as u8), // as a shell tells death by signal
        ENOUGH => {}
        listener => drop(shutdown(sys::fd(listener), Shutdown::Read)),
    }
    sys::alarm(GRACE.load(Relaxed), AGAIN);
}

/// The server stops without a signal, as `--exit-after` has it: `--grace`
/// begins all the same.
pub fn begin_grace() {
    let listener = LISTENER.load(Relaxed);
    let exchange = |listener| LISTENER.compare_exchange(listener, ENOUGH, Relaxed, Relaxed);
    if listener >= 0 && exchange(listener).is_ok() {
        sys::alarm(GRACE.load(Relaxed), AGAIN);
    }
}

/// Handles SIGALRM, which after a stop comes when `--grace` is over, and then
/// again and again: no call waits on because it began too late to be interrupted.
/// Before that it is for a round of reaping; one that is due when the stop comes
/// may be taken for the other, so that a stop in rounds has a tenth of a second more.
extern "C" fn alarm(_: i32) {
    if IN_ROUNDS.swap(false, Relaxed) {
        reap_a_round();
    } else if stopped() {
        LISTENER.store(CUT, Relaxed);
    }
}

/// Whether the server stops: for when accept cannot tell, because it fails of
/// another cause first.
pub fn stopped() -> bool {
    LISTENER.load(Relaxed) < 0
}

/// Whether it stops because a signal said so, or `--grace` is over.
pub fn is_told() -> bool {
    matches!(LISTENER.load(Relaxed), STOPPED | CUT)
}

/// Whether what is in flight has had its time.
pub fn is_cut() -> bool {
    LISTENER.load(Relaxed) == CUT
}

/// From now on a child is reaped when it ends, whatever the program does; of
/// a crowd, in rounds.
pub fn reap_on_child_exit() {
    sys::sigaction(Signal::CHILD, Handler::Call(reap), SA_NOCLDSTOP).or_exit("rt_sigaction");
}

/// From now on the kernel reaps a child when it ends.
pub fn ignore_child_exit() {
    set(Signal::CHILD, Handler::Ignore);
}

/// From now on only wait reaps.
pub fn leave_child_exit() {
    set(Signal::CHILD, Handler::Default);
}

/// Holds SIGCHLD's handler up, or lets it run.
pub fn hold_child_exit(hold: bool) {
    sys::sigprocmask(hold, Signal::CHILD);
}

/// Handles SIGCHLD.
extern "C" fn reap(_: i32) {
    reap_ended();
    if CROWDED.load(Relaxed) && !stopped() {
        CROWDED.store(false, Relaxed);
        leave_child_exit();
        begin_round();
    }
}

/// There is a crowd of children: the kernel passes all of them by to say that
/// none has ended. From the next SIGCHLD on, they are waited for twenty times
/// a second, not at each end, until there is a round in which none has ended.
///
/// Says so once: a write after each fork would cost a page for each.
pub fn reap_in_rounds() {
    if !CROWDED.load(Relaxed) && !IN_ROUNDS.load(Relaxed) {
        CROWDED.store(true, Relaxed);
    }
}

fn begin_round() {
    IN_ROUNDS.store(true, Relaxed);
    sys::alarm(ROUND, 0);
    if stopped() {
        sys::alarm(GRACE.load(Relaxed), AGAIN); // it came meanwhile, and its alarm is gone
    }
}

fn reap_a_round() {
    let some = reap_ended();
    if stopped() {
        return; // SIGALRM is for --grace now
    }
    if some {
        begin_round();
    } else {
        reap_on_child_exit(); // who has ended meanwhile has sent a signal that waits
    }
}

/// `wait4(-1, .., WNOHANG)` for all children that have ended: those that end
/// together send one signal. Whether there were any.
pub fn reap_ended() -> bool {
    let mut some = false;
    while let Ok(Some((child, status))) = wait(WaitOptions::NOHANG) {
        count_reaped(child, status);
        some = true;
    }
    some
}

/// Counts a child that was waited for.
pub fn count_reaped(child: Pid, status: WaitStatus) {
    REAPED.with(|reaped| reaped.fetch_add(1, Relaxed));
    report::reaped(child, status);
}

/// `prctl(PR_SET_PDEATHSIG, SIGKILL)`: when the parent dies, however it dies,
/// the kernel kills this child. If it has died before that was said: now.
///
/// # References
///
/// [PR_SET_PDEATHSIG(2const)](https://man7.org/linux/man-pages/man2/PR_SET_PDEATHSIG.2const.html)
pub fn die_with(parent: Pid) {
    set_parent_process_death_signal(Some(Signal::KILL)).or_exit("prctl");
    if getppid() != Some(parent) {
        sys::exit_group(0);
    }
}
