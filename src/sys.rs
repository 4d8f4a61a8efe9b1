//! What rustix does not offer: the start of a program, `fork`, `exit_group`,
//! signal handlers, a clock that costs one call. All `unsafe` of the library
//! stands here, in the files below, and in this CPU's: the kernel's side of a system call is
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

mod signal;
mod socket;

pub use signal::{Handler, alarm, sigprocmask};
pub(crate) use signal::{Lent, sigaction};
pub use socket::{RECEIVE, SEND, getsockname, set_timeout};

use core::ffi::{CStr, c_char};
use core::mem::MaybeUninit;
use linux_raw_sys::general::{
    __NR_clock_gettime, __NR_exit_group, __NR_openat, AT_FDCWD, CLOCK_MONOTONIC, timespec,
};
use rustix::fd::{BorrowedFd, FromRawFd, OwnedFd};
use rustix::io::{Errno, Result};

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

/// Seconds and microseconds.
fn timeval(milliseconds: u32) -> [u64; 2] {
    let microseconds = milliseconds % 1000 * 1000;
    [u64::from(milliseconds / 1000), microseconds.into()]
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

/// The kernel's answer: an error is a number from -4095 to -1.
#[inline(always)]
fn result(returned: isize) -> Result<isize> {
    if returned < 0 {
        Err(Errno::from_raw_os_error(-returned as i32))
    } else {
        Ok(returned)
    }
}
