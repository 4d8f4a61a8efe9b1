//! Signals: their handlers, what those may touch, their mask, the alarm.

use super::{cpu, result, timeval};
use core::mem::{transmute, zeroed};
use core::ptr::{from_ref, null_mut};
use core::sync::atomic::{AtomicPtr, Ordering::Acquire, Ordering::Release};
use linux_raw_sys::general::{
    __NR_rt_sigaction, __NR_rt_sigprocmask, __NR_setitimer, __kernel_sighandler_t, ITIMER_REAL,
    SIG_BLOCK, SIG_UNBLOCK, kernel_sigaction, kernel_sigset_t,
};
use rustix::io::Result;
use rustix::process::Signal;

/// Through which a signal handler reaches a value on the stack of the program
/// that it interrupts. For a process that has one thread, and that a panic ends.
pub(crate) struct Lent<T>(AtomicPtr<T>);

impl<T: Sync> Lent<T> {
    /// Nothing is lent yet.
    pub const fn new() -> Self {
        Self(AtomicPtr::new(null_mut()))
    }

    /// Lends `value` while `body` runs.
    pub fn lend<R>(&self, value: &T, body: impl FnOnce() -> R) -> R {
        self.0.store(from_ref(value).cast_mut(), Release);
        let result = body();
        self.0.store(null_mut(), Release);
        result
    }

    /// Uses the value, if one is lent.
    pub fn with<R>(&self, body: impl FnOnce(&T) -> R) -> Option<R> {
        // SAFETY: it is null, or lent: then `lend` has not returned, and cannot before this
        // has, whether a handler calls it or the body: there is one thread.
        unsafe { self.0.load(Acquire).as_ref() }.map(body)
    }
}

/// What a signal does.
pub enum Handler {
    /// SIG_DFL
    Default,
    /// SIG_IGN
    Ignore,
    /// It calls this function with the signal's number.
    Call(extern "C" fn(i32)),
}

/// `rt_sigaction(signal, {handler, flags}, NULL, 8)`
///
/// While the handler runs, SIGALRM and SIGCHLD are blocked, besides the signal
/// itself. No SA_RESTART: the call that it interrupts fails with EINTR.
///
/// # References
///
/// [sigaction(2)](https://man7.org/linux/man-pages/man2/sigaction.2.html)
pub(crate) fn sigaction(signal: Signal, handler: Handler, flags: u32) -> Result<()> {
    // SAFETY: all zeros is a sigaction: SIG_DFL, no flag, an empty mask.
    let mut action: kernel_sigaction = unsafe { zeroed() };
    action.sa_handler_kernel = match handler {
        Handler::Default => None,
        // SAFETY: SIG_IGN is the number 1 in the place of a function, and nobody here calls it.
        Handler::Ignore => unsafe { transmute::<usize, __kernel_sighandler_t>(1) },
        Handler::Call(handler) => {
            action.sa_mask.sig = [bit(Signal::ALARM) | bit(Signal::CHILD)];
            Some(handler)
        }
    };
    action.sa_flags = flags.into();
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

/// The signal in a set of signals.
fn bit(signal: Signal) -> u64 {
    1 << (signal.as_raw() - 1)
}

/// `rt_sigprocmask(SIG_BLOCK, [signal], NULL, 8)`, or SIG_UNBLOCK.
///
/// # References
///
/// [sigprocmask(2)](https://man7.org/linux/man-pages/man2/sigprocmask.2.html)
pub fn sigprocmask(block: bool, signal: Signal) {
    let how = if block { SIG_BLOCK } else { SIG_UNBLOCK };
    let set = bit(signal);
    let arguments = [
        how as usize,
        &raw const set as usize,
        0,
        size_of_val(&set),
        0,
    ];
    // SAFETY: the kernel reads `set`, and a null pointer asks for no old one.
    unsafe { cpu::syscall(__NR_rt_sigprocmask, arguments) };
}

/// `setitimer(ITIMER_REAL, ..)`: SIGALRM after so many milliseconds, and then
/// again and again with so many between; 0: once.
///
/// # References
///
/// [setitimer(2)](https://man7.org/linux/man-pages/man2/setitimer.2.html)
pub fn alarm(milliseconds: u32, interval: u32) {
    let timer = [timeval(interval), timeval(milliseconds.max(1))]; // 0 would mean never
    let arguments = [ITIMER_REAL as usize, &raw const timer as usize, 0, 0, 0];
    // SAFETY: the kernel reads an itimerval, two timevals, from `timer`.
    unsafe { cpu::syscall(__NR_setitimer, arguments) };
}
