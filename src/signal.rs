//! The stop: what SIGTERM, SIGINT and, from then on, SIGALRM do.
//!
//! ```text
//! Starting --`arm`--> Serving --signal--> Stopping --`--grace`--> Cut
//!     |                  |                   ^
//!   signal             signal     signal, or `--stop-delay` is over
//!     v                  v                   |
//! status 0            Delayed ---------------+
//! ```
//!
//! A further signal in Stopping ends the program, with status 128 and its number. A
//! signal that comes within 250 ms of the one before is the same signal. `--exit-after`
//! leads to Stopping without a signal, so that the next one is the first.
//!
//! A child is told by a signal (Told), and then it ends by itself: a child of `fork`
//! when it has answered, a worker of `prefork` when the queue is empty as well. It does
//! not touch the listener, which is its parent's. It has no timer of its own, since fork
//! does not copy timers: its parent repeats SIGTERM, and sends SIGKILL after `--grace`.
//!
//! A handler may interrupt the program between any two instructions. The handlers here
//! make system calls, and share with the program the words below and nothing else.
//!
//! No signal is lost, and the fast path reads no flag. The handler makes the listener
//! non-blocking, so an accept that begins later does not wait, and one that waits ends
//! with EINTR. This holds in the model `thread`, too: the kernel gives a signal to the
//! first thread if that thread can take it. Other calls that wait (wait4, epoll_pwait,
//! futex) could begin just after the handler has run. From the signal on, SIGALRM ends
//! them: the tick. Its period is 100 ms, or `--grace` or `--stop-delay` if shorter.

mod idle;

use crate::sys::{self, HANDLED, Handler};
use core::sync::atomic::{
    AtomicI32, AtomicU8, AtomicU32, AtomicU64, Ordering::Relaxed, Ordering::SeqCst,
};
pub use idle::Idle;
use rustix::fd::{AsRawFd, BorrowedFd};
use rustix::io::{Result, ioctl_fionbio};
use rustix::process::{Pid, Signal, getpid, getppid, set_parent_process_death_signal};

/// How far the server has come. It only moves forward.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd)]
#[repr(u8)]
enum Phase {
    /// There is no listener yet.
    Starting,
    /// It accepts, until a signal comes.
    Serving,
    /// A signal has come: it still accepts, for `--stop-delay`.
    Delayed,
    /// This is a child, and a signal has come: the listener is its parent's.
    Told,
    /// Nobody new gets in; who has connected is answered.
    Stopping,
    /// `--grace` is over: what is left is cut off.
    Cut,
}

static PHASE: AtomicU8 = AtomicU8::new(Phase::Starting as u8);
/// When the phase ends, if it ends by time: milliseconds of the monotonic clock.
static PHASE_ENDS: AtomicU64 = AtomicU64::new(0);
/// When the last signal came that was not a repetition; 0: none has come.
static SIGNALLED: AtomicU64 = AtomicU64::new(0);
/// The pid of the server. A child inherits this word and the handlers, and sees
/// here that it is not the server.
static SERVER: AtomicI32 = AtomicI32::new(0);
static LISTENER: AtomicI32 = AtomicI32::new(0);
static STOP_DELAY: AtomicU32 = AtomicU32::new(0);
static GRACE: AtomicU32 = AtomicU32::new(0);

/// The connection that waits for its next request, for a process that serves
/// one connection at a time.
pub static IDLE: Idle = Idle::none();

/// From one tick to the next at most, milliseconds.
const TICK: u32 = 100;
/// Another SIGTERM or SIGINT within so many milliseconds is the same stop:
/// timeout(1) sends a signal to the process and to its group.
const REPEAT: u64 = 250;

/// Installs the handlers, before there is a listener: from here on SIGTERM and
/// SIGINT end the program with status 0. SIGPIPE is ignored: the reader of stderr
/// may go away. SIGALRM keeps its meaning until the stop, or [`stop_on_alarm`].
///
/// # Errors
///
/// Those of rt_sigaction: none that a kernel gives.
pub fn install_handlers() -> Result<()> {
    SERVER.store(getpid().as_raw_pid(), Relaxed);
    for signal in [Signal::TERM, Signal::INT] {
        sys::sigaction(signal, Handler::Call(on_stop_signal, HANDLED))?;
    }
    sys::sigaction(Signal::PIPE, Handler::Ignore)
}

/// Unblocks the signals that are handled: the parent process may have blocked them.
///
/// # Errors
///
/// Those of rt_sigprocmask: none that a kernel gives.
pub fn unblock() -> Result<()> {
    sys::unblock(HANDLED)
}

/// Arms the stop: from now on a signal stops the server that accepts from `listener`.
/// `stop_delay` and `grace` are milliseconds.
pub fn arm(listener: BorrowedFd<'_>, stop_delay: u32, grace: u32) {
    LISTENER.store(listener.as_raw_fd(), Relaxed);
    STOP_DELAY.store(stop_delay, Relaxed);
    GRACE.store(grace, Relaxed);
    PHASE.store(Phase::Serving as u8, SeqCst);
}

fn is_at_least(phase: Phase) -> bool {
    PHASE.load(Relaxed) >= phase as u8
}

/// Whether nobody new gets in, or this is a child that a signal has told to end.
pub fn is_stopping() -> bool {
    is_at_least(Phase::Told)
}

/// Whether this is a child that a signal has told to end.
pub fn was_told() -> bool {
    PHASE.load(Relaxed) == Phase::Told as u8
}

/// Whether what is in flight has had its time.
pub fn is_cut() -> bool {
    is_at_least(Phase::Cut)
}

/// Whether a signal has come. A stop by `--exit-after` needs none.
pub fn was_signalled() -> bool {
    SIGNALLED.load(Relaxed) != 0
}

/// Moves to a phase that ends by itself after so many milliseconds.
fn enter(phase: Phase, now: u64, lasts: u32) {
    PHASE_ENDS.store(now + u64::from(lasts), SeqCst);
    PHASE.fetch_max(phase as u8, SeqCst);
    // If this fails, nothing ends by time, but a second signal still ends the program.
    // The timer is not started then: SIGALRM without a handler would end it at once.
    if sys::sigaction(Signal::ALARM, Handler::Call(on_tick, HANDLED)).is_ok() {
        sys::alarm_every(lasts.clamp(1, TICK));
    }
}

/// Handles SIGTERM and SIGINT.
extern "C" fn on_stop_signal(signal: i32) {
    if getpid().as_raw_pid() != SERVER.load(Relaxed) {
        // A child. The listener is the server's; this process only takes note.
        PHASE.fetch_max(Phase::Told as u8, SeqCst);
        IDLE.end();
        return;
    }
    let now = sys::monotonic();
    let last = SIGNALLED.load(Relaxed);
    if last != 0 && now < last + REPEAT {
        return;
    }
    // Two threads may be here at once: one of them goes on.
    if SIGNALLED
        .compare_exchange(last, now, SeqCst, Relaxed)
        .is_err()
    {
        return;
    }
    let delay = STOP_DELAY.load(Relaxed);
    if is_stopping() {
        // After a stop by `--exit-after` the first signal is the first: it does not end
        // the program here.
        if last != 0 {
            sys::exit_group(128 + signal as u8); // as a shell tells death by signal
        }
    } else if !is_at_least(Phase::Serving) {
        sys::exit_group(0);
    } else if is_at_least(Phase::Delayed) || delay == 0 {
        stop_listening(now);
    } else {
        enter(Phase::Delayed, now, delay);
    }
}

/// Handles SIGALRM: the tick, which begins with [`enter`]. It looks at the clock,
/// and it interrupts the call that waits.
extern "C" fn on_tick(_: i32) {
    // The phase is read first, and its end then: `enter` sets them in the other order.
    let was_stopping = is_stopping();
    let now = sys::monotonic();
    if now < PHASE_ENDS.load(SeqCst) {
        return;
    }
    if was_stopping {
        cut();
    } else {
        stop_listening(now);
    }
}

/// From now on only clients that have begun to connect get in. The first call can
/// fail in an old kernel or a sandbox; the stop goes on without it.
fn stop_listening(now: u64) {
    let listener = sys::fd(LISTENER.load(Relaxed));
    let _ = sys::refuse_new_handshakes(listener);
    let _ = ioctl_fionbio(listener, true); // an accept from now on does not wait
    enter(Phase::Stopping, now, GRACE.load(Relaxed));
    IDLE.end();
}

/// Stopping begins without a signal, by `--exit-after`, and with it `--grace`. The caller
/// closes the listener.
pub fn stop_without_signal() {
    if !is_stopping() {
        enter(Phase::Stopping, sys::monotonic(), GRACE.load(Relaxed));
    }
}

/// Cut begins now, whatever is left of `--grace`.
pub fn cut() {
    PHASE.fetch_max(Phase::Cut as u8, SeqCst);
}

/// Stopping begins now, whatever is left of `--stop-delay`. The listener is still
/// there: nobody new gets in.
pub fn stop_at_once() {
    stop_listening(sys::monotonic());
}

/// From now on SIGALRM begins Stopping, and a later SIGTERM is the first signal. A worker
/// of prefork sends it to its parent when there have been enough connections.
///
/// # Errors
///
/// Those of rt_sigaction: none that a kernel gives.
pub fn stop_on_alarm() -> Result<()> {
    sys::sigaction(Signal::ALARM, Handler::Call(on_tick, HANDLED))
}

/// `prctl(PR_SET_PDEATHSIG, SIGKILL)`: when the parent ends for any reason, the
/// kernel kills this child. If the parent has ended already, the child ends here.
///
/// # Errors
///
/// Those of prctl: none that a kernel gives.
///
/// # References
///
/// [PR_SET_PDEATHSIG(2const)](https://man7.org/linux/man-pages/man2/PR_SET_PDEATHSIG.2const.html)
pub fn die_with(parent: Pid) -> Result<()> {
    set_parent_process_death_signal(Some(Signal::KILL))?;
    if getppid() != Some(parent) {
        sys::exit_group(0);
    }
    Ok(())
}
