//! What rustix does not offer: the start of a program, `fork`, `exit_group`,
//! signal handlers, a clock that costs one call. All `unsafe` of the library
//! stands here and in this CPU's file: the kernel's side of a system call is
//! nothing that Rust can check.
//!
//! rustix keeps these in a module that is hidden and renamed on purpose (its
//! issue 1314), so they are ours, over linux-raw-sys' numbers.
#![allow(unsafe_code)]

#[cfg_attr(target_arch = "x86_64", path = "sys/x86_64.rs")]
#[cfg_attr(target_arch = "aarch64", path = "sys/aarch64.rs")]
#[cfg_attr(target_arch = "riscv64", path = "sys/riscv64.rs")]
mod cpu;

#[cfg(not(all(
    target_os = "linux",
    target_pointer_width = "64", // not x32, which calls itself x86_64
    any(target_arch = "x86_64", target_arch = "aarch64", target_arch = "riscv64")
)))]
compile_error!("acceptd makes raw system calls of Linux on x86-64, aarch64 and riscv64");

use crate::address::Address;
use core::ffi::{CStr, c_char};
use core::mem::{MaybeUninit, transmute, zeroed};
use linux_raw_sys::general::{
    __NR_clock_gettime, __NR_exit_group, __NR_getsockname, __NR_openat, __NR_rt_sigaction,
    __NR_rt_sigprocmask, __NR_setitimer, __NR_setsockopt, __kernel_sighandler_t, AT_FDCWD,
    CLOCK_MONOTONIC, ITIMER_REAL, SIG_BLOCK, SIG_UNBLOCK, kernel_sigaction, kernel_sigset_t,
    timespec,
};
use linux_raw_sys::net::{SO_RCVTIMEO_OLD, SO_SNDTIMEO_OLD, SOL_SOCKET, sockaddr_in6};
use rustix::fd::{AsRawFd, BorrowedFd, FromRawFd, OwnedFd};
use rustix::io::{Errno, Result};
use rustix::net::addr::{SocketAddrArg, SocketAddrLen, SocketAddrOpaque};
use rustix::process::Signal;

/// The argument strings of execve(2), without their final NUL, which is all
/// that they lack to be anything: bytes.
pub struct Arguments {
    next: *const *const c_char,
}

impl Arguments {
    /// The arguments of this process, its own name first.
    ///
    /// # Safety
    ///
    /// `stack` is the stack pointer as the kernel handed it to `_start`.
    pub unsafe fn new(stack: *const usize) -> Self {
        // SAFETY: argv follows argc, one word further on.
        let argv = unsafe { stack.add(1) };
        Self { next: argv.cast() }
    }
}

impl Iterator for Arguments {
    type Item = &'static [u8];

    fn next(&mut self) -> Option<Self::Item> {
        // SAFETY: argv ends with a null pointer, at which this stops for good.
        let argument = unsafe { self.next.read() };
        if argument.is_null() {
            return None;
        }
        // SAFETY: it was not the null pointer, so there is one more.
        self.next = unsafe { self.next.add(1) };
        // SAFETY: the kernel ends each with a NUL, and they stay as long as the process.
        Some(unsafe { CStr::from_ptr(argument) }.to_bytes())
    }
}

/// Descriptor `number`, which this process does not own or cannot close: the
/// standard streams, or the listener as its signal handler sees it. If it is
/// not open, a call on it fails with EBADF.
pub(crate) fn fd(number: i32) -> BorrowedFd<'static> {
    // SAFETY: none of these numbers is -1, and nobody relies on what it names.
    unsafe { BorrowedFd::borrow_raw(number) }
}

/// `exit_group(status)`
///
/// # References
///
/// [exit_group(2)](https://man7.org/linux/man-pages/man2/exit_group.2.html)
pub fn exit_group(status: u8) -> ! {
    loop {
        // SAFETY: it takes no pointer, and does not return.
        unsafe { cpu::syscall(__NR_exit_group, [usize::from(status), 0, 0, 0, 0]) };
    }
}

/// Which of the two processes that come out of a fork this one is.
pub enum Fork {
    /// The new one.
    Child,
    /// The old one.
    Parent,
}

/// `fork()`: 0 in the child, the child's pid in the parent.
///
/// Safe here: this process has one thread and no lock that the child could
/// find locked. The child returns on a copy of the parent's stack.
///
/// # Errors
///
/// EAGAIN: a limit on processes (RLIMIT_NPROC, pids.max). ENOMEM.
///
/// # References
///
/// [fork(2)](https://man7.org/linux/man-pages/man2/fork.2.html)
pub fn fork() -> Result<i32> {
    result(cpu::fork()).map(|pid| pid as i32)
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
/// No other signal is blocked while the handler runs, and no SA_RESTART:
/// the call that it interrupts fails with EINTR.
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
        Handler::Call(handler) => Some(handler),
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

/// `clock_gettime(CLOCK_MONOTONIC, ..)`: milliseconds since some fixed moment.
///
/// # References
///
/// [clock_gettime(2)](https://man7.org/linux/man-pages/man2/clock_gettime.2.html)
pub fn monotonic() -> u64 {
    let mut now = MaybeUninit::<timespec>::uninit();
    let place = now.as_mut_ptr();
    // SAFETY: the kernel writes a timespec; with this clock it cannot fail.
    unsafe {
        cpu::syscall(
            __NR_clock_gettime,
            [CLOCK_MONOTONIC as usize, place as usize, 0, 0, 0],
        )
    };
    // SAFETY: written just now.
    let now = unsafe { now.assume_init() };
    now.tv_sec as u64 * 1000 + u64::from(now.tv_nsec as u32 / 1_000_000)
}

/// `rt_sigprocmask(SIG_BLOCK, [signal], NULL, 8)`, or SIG_UNBLOCK.
///
/// # References
///
/// [sigprocmask(2)](https://man7.org/linux/man-pages/man2/sigprocmask.2.html)
pub fn sigprocmask(block: bool, signal: Signal) {
    let how = if block { SIG_BLOCK } else { SIG_UNBLOCK };
    let set = 1_u64 << (signal.as_raw() - 1);
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
/// every tenth of a second.
///
/// # References
///
/// [setitimer(2)](https://man7.org/linux/man-pages/man2/setitimer.2.html)
pub fn alarm(milliseconds: u32) {
    let timer = [timeval(100), timeval(milliseconds.max(1))]; // 0 would mean never
    let arguments = [ITIMER_REAL as usize, &raw const timer as usize, 0, 0, 0];
    // SAFETY: the kernel reads an itimerval, two timevals, from `timer`.
    unsafe { cpu::syscall(__NR_setitimer, arguments) };
}

/// Seconds and microseconds.
fn timeval(milliseconds: u32) -> [u64; 2] {
    let microseconds = milliseconds % 1000 * 1000;
    [u64::from(milliseconds / 1000), microseconds.into()]
}

/// What [`set_timeout`] limits: how long a recv may wait.
pub const RECEIVE: u32 = SO_RCVTIMEO_OLD;
/// What [`set_timeout`] limits: how long a send or a connect may wait.
pub const SEND: u32 = SO_SNDTIMEO_OLD;

/// `setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO_OLD, {seconds, microseconds}, 16)`:
/// a call that waits longer than `milliseconds` fails with EAGAIN. rustix has
/// this too, with a fallback for 32 bits that costs a fiftieth of the binary.
///
/// # References
///
/// [socket(7)](https://man7.org/linux/man-pages/man7/socket.7.html)
pub fn set_timeout(socket: BorrowedFd<'_>, option: u32, milliseconds: u32) -> Result<()> {
    let time = timeval(milliseconds);
    let arguments = [
        socket.as_raw_fd() as usize,
        SOL_SOCKET as usize,
        option as usize,
        &raw const time as usize,
        size_of_val(&time),
    ];
    // SAFETY: the kernel reads a timeval, two words, from `time`.
    let returned = unsafe { cpu::syscall(__NR_setsockopt, arguments) };
    result(returned).map(drop)
}

/// `openat(AT_FDCWD, path, O_RDONLY)`
///
/// # References
///
/// [open(2)](https://man7.org/linux/man-pages/man2/open.2.html)
pub fn open(path: &CStr) -> Result<OwnedFd> {
    let arguments = [AT_FDCWD as usize, path.as_ptr() as usize, 0, 0, 0];
    // SAFETY: the kernel reads the path up to its NUL.
    let fd = result(unsafe { cpu::syscall(__NR_openat, arguments) })?;
    // SAFETY: it was opened just now, and nobody else has it.
    Ok(unsafe { OwnedFd::from_raw_fd(fd as i32) })
}

/// `getsockname(socket, address, ..)`: the port that it is bound to.
///
/// # References
///
/// [getsockname(2)](https://man7.org/linux/man-pages/man2/getsockname.2.html)
pub fn getsockname(socket: BorrowedFd<'_>, address: &mut Address<'_>) -> Result<()> {
    let mut length = size_of::<sockaddr_in6>() as u32;
    let arguments = [
        socket.as_raw_fd() as usize,
        &raw mut *address as usize,
        &raw mut length as usize,
        0,
        0,
    ];
    // SAFETY: the kernel writes a sockaddr of at most `length` bytes, and its length.
    result(unsafe { cpu::syscall(__NR_getsockname, arguments) }).map(drop)
}

// SAFETY: an Address begins with a sockaddr_in6, of which sockaddr_in is the first half.
unsafe impl SocketAddrArg for Address<'_> {
    unsafe fn with_sockaddr<R>(
        &self,
        call: impl FnOnce(*const SocketAddrOpaque, SocketAddrLen) -> R,
    ) -> R {
        call(
            (&raw const *self).cast(),
            if self.is_v6() { 28 } else { 16 },
        )
    }
}

/// The kernel's answer: an error is a number from -4095 to -1.
#[inline(always)]
fn result(returned: isize) -> Result<isize> {
    if returned < 0 {
        Err(Errno::from_raw_os_error(-returned as i32))
    } else {
        Ok(returned)
    }
}
