//! Signals: what each does, which are blocked, and the timer that sends SIGALRM.

use super::{cpu, result, timeval};
use core::mem::{transmute, zeroed};
use linux_raw_sys::general::{
    __NR_rt_sigaction, __NR_rt_sigprocmask, __NR_setitimer, __kernel_sighandler_t, ITIMER_REAL,
    SA_NOCLDSTOP, SIG_UNBLOCK, kernel_sigaction, kernel_sigset_t,
};
use rustix::io::Result;
use rustix::process::Signal;

/// The signals that acceptd handles, as a set: SIGTERM and SIGINT stop it, SIGALRM
/// is the tick of the stop, SIGCHLD is the end of a child.
pub const HANDLED: u64 =
    bit(Signal::INT) | bit(Signal::ALARM) | bit(Signal::TERM) | bit(Signal::CHILD);

/// The signal in a set of signals.
const fn bit(signal: Signal) -> u64 {
    1 << (signal.as_raw() - 1)
}

/// What a signal does.
pub enum Handler {
    /// SIG_DFL
    Default,
    /// SIG_IGN
    Ignore,
    /// The kernel calls this function with the signal's number. While it runs, the
    /// signals of this set wait, and the signal itself does.
    Call(extern "C" fn(i32), u64),
}

/// `rt_sigaction(signal, {handler, flags}, NULL, 8)`
///
/// No SA_RESTART: the call that the handler interrupts fails with EINTR. With
/// SA_NOCLDSTOP, SIGCHLD tells the end of a child, not that it was stopped.
///
/// # References
///
/// [sigaction(2)](https://man7.org/linux/man-pages/man2/sigaction.2.html)
pub fn sigaction(signal: Signal, handler: Handler) -> Result<()> {
    // SAFETY: all zeros is a sigaction: SIG_DFL, no flag, an empty mask.
    let mut action: kernel_sigaction = unsafe { zeroed() };
    action.sa_handler_kernel = match handler {
        Handler::Default => None,
        // SAFETY: SIG_IGN is the number 1 in the place of a function, and nobody here calls it.
        Handler::Ignore => unsafe { transmute::<usize, __kernel_sighandler_t>(1) },
        Handler::Call(handler, mask) => {
            action.sa_mask.sig = [mask];
            Some(handler)
        }
    };
    action.sa_flags = if signal == Signal::CHILD {
        SA_NOCLDSTOP.into()
    } else {
        0
    };
    cpu::restorer(&mut action);
    let new: *const kernel_sigaction = &action;
    let number = signal.as_raw() as usize;
    // SAFETY: the kernel reads `action`, and a null pointer asks for no old one.
    let returned = unsafe {
        cpu::syscall(
            __NR_rt_sigaction,
            [number, new as usize, 0, size_of::<kernel_sigset_t>(), 0],
        )
    };
    result(returned).map(drop)
}

/// `rt_sigprocmask(SIG_UNBLOCK, signals, NULL, 8)`: the parent process may have
/// blocked them, and exec keeps that.
///
/// # References
///
/// [sigprocmask(2)](https://man7.org/linux/man-pages/man2/sigprocmask.2.html)
pub fn unblock(signals: u64) -> Result<()> {
    let arguments = [
        SIG_UNBLOCK as usize,
        &raw const signals as usize,
        0,
        size_of_val(&signals),
        0,
    ];
    // SAFETY: the kernel reads `signals`, and a null pointer asks for no old set.
    result(unsafe { cpu::syscall(__NR_rt_sigprocmask, arguments) }).map(drop)
}

/// `setitimer(ITIMER_REAL, ..)`: SIGALRM after so many milliseconds, and again
/// each time that so many have passed.
///
/// # References
///
/// [setitimer(2)](https://man7.org/linux/man-pages/man2/setitimer.2.html)
pub fn alarm_every(milliseconds: u32) {
    let timer = [timeval(milliseconds); 2];
    let arguments = [ITIMER_REAL as usize, &raw const timer as usize, 0, 0, 0];
    // SAFETY: the kernel reads an itimerval, two timevals, from `timer`.
    unsafe { cpu::syscall(__NR_setitimer, arguments) };
}
