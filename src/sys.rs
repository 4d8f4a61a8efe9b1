//! What rustix does not offer: the start of a program, `fork`, `clone`,
//! `exit_group`, signal handlers, a clock that costs one call, memory that
//! outlives the stack. All `unsafe` of the library stands here and in the files
//! below: Rust cannot check the kernel's side of a system call.
//!
//! rustix keeps some of these in a module that is hidden and renamed on purpose
//! (rustix issue 1314), so they are ours, over linux-raw-sys' numbers.
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

mod arguments;
mod memory;
mod pool;
mod signal;
mod socket;
mod thread;

pub use arguments::Start;
pub use memory::{Handover, Mapping, Once, shared_counters};
pub use pool::Pool;
pub use signal::{HANDLED, Handler, alarm_every, sigaction, unblock};
pub use socket::{
    RECEIVE, SEND, discard, own_address, peer_address, refuse_new_handshakes, set_timeout,
};
pub use thread::{Stacks, exit_thread};

use linux_raw_sys::general::{__NR_clock_gettime, __NR_exit_group, CLOCK_MONOTONIC, timespec};
use rustix::fd::BorrowedFd;
use rustix::io::{Errno, Result};

/// Unused bytes above the buffer on the stack. They move as many of the buffer's
/// first bytes, enough for most requests, to the page that the frames below it use.
pub const ABOVE_BUFFER: usize = 512;

/// Descriptor `number`, which the caller does not own: a standard stream, or, in a
/// signal handler, the listener or a connection that waits for its next request.
/// If it is not open, a call on it fails with EBADF.
pub(crate) fn fd(number: i32) -> BorrowedFd<'static> {
    // SAFETY: none of these numbers is -1, and nobody relies on what it names.
    unsafe { BorrowedFd::borrow_raw(number) }
}

/// `exit_group(status)`: ends the process, with all its threads.
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

/// Which of the two processes after fork(2) this one is.
pub enum Fork {
    /// The new one.
    Child,
    /// The old one.
    Parent,
}

/// `fork()`: 0 in the child, the child's pid in the parent.
///
/// Safe here: the models that fork have one thread, and no lock that the child
/// could find locked. The child returns on a copy of the parent's stack.
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
    let mut now = timespec {
        tv_sec: 0,
        tv_nsec: 0,
    };
    let place = &raw mut now;
    // SAFETY: the kernel writes a timespec.
    unsafe {
        cpu::syscall(
            __NR_clock_gettime,
            [CLOCK_MONOTONIC as usize, place as usize, 0, 0, 0],
        )
    };
    now.tv_sec as u64 * 1000 + u64::from(now.tv_nsec as u32 / 1_000_000)
}

/// A timeval: seconds and microseconds.
fn timeval(milliseconds: u32) -> [u64; 2] {
    let microseconds = milliseconds % 1000 * 1000;
    [u64::from(milliseconds / 1000), microseconds.into()]
}

/// The result of a system call: a number from -4095 to -1 is an errno, negated.
fn result(returned: isize) -> Result<isize> {
    if returned < 0 {
        Err(Errno::from_raw_os_error(-returned as i32))
    } else {
        Ok(returned)
    }
}
