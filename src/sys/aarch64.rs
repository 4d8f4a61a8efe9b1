//! aarch64: how a program starts, calls the kernel and returns from a signal.
//!
//! | | register |
//! |---|---|
//! | system call number | x8 |
//! | arguments | x0, x1, x2, x3, x4, x5 |
//! | result, or -errno | x0 |
//! | overwritten by the kernel | none |
//!
//! See syscall(2) and Arm's AAPCS64, 6.1 and 6.4.

use core::arch::asm;
use linux_raw_sys::general::{__NR_clone, SIGCHLD};

/// Defines `_start`, the address that execve(2) jumps to. It calls `$main` with
/// the stack as the kernel left it (argc, argv, environment) and with a buffer of
/// `$buffer` bytes, a multiple of 16.
///
/// The buffer stands on the stack, right above `$main`'s frame, so that a short
/// request is received on a page that is in use already. No function may have it as
/// a local: a frame of more than a page touches all of its pages.
#[macro_export]
macro_rules! start {
    ($main:path, $buffer:expr) => {
        core::arch::global_asm!(
            ".globl _start",
            "_start:",
            "mov x29, xzr",   // the outermost frame has no caller: the ABI marks it so
            "mov x30, xzr",   // nor is there an address to return to
            "mov x0, sp",     // first argument: where argc stands
            "and x9, x0, #-4096", // a call wants it 16-aligned; at a page, every run has the
            "mov x10, {size}", // same page faults
            "sub x1, x9, x10", // second argument: the buffer, whose first bytes share a page
            "mov sp, x1",     // with what is below
            "bl {main}",      // never returns
            "brk #1",         // and if it did: stop here
            main = sym $main,
            size = const $buffer + $crate::sys::ABOVE_BUFFER,
        );
    };
}

/// Nothing: a `kernel_sigaction` without a restorer returns through the
/// kernel's own rt_sigreturn, in the vDSO (vdso(7)).
pub fn restorer(_: &mut linux_raw_sys::general::kernel_sigaction) {}

/// A system call of up to five arguments.
///
/// # Safety
///
/// That of the call.
#[inline(always)]
pub unsafe fn syscall(number: u32, [a, b, c, d, e]: [usize; 5]) -> isize {
    let result;
    // SAFETY: the registers are those of the table above; memory is assumed changed.
    unsafe {
        asm!(
            "svc #0",
            in("x8") number as usize,
            inlateout("x0") a => result,
            in("x1") b,
            in("x2") c,
            in("x3") d,
            in("x4") e,
            in("x5") 0_usize, // a sixth argument that is nobody's garbage, for strace
            options(nostack),
        );
    }
    result
}

/// `clone(SIGCHLD, NULL, NULL, NULL, NULL)`, which is all that fork(2) is; this
/// CPU has no call of that name. The parent gets the child's pid, the child 0.
#[inline(always)]
pub fn fork() -> isize {
    // SAFETY: no pointer but null; the child has a copy of all that the parent has.
    unsafe { syscall(__NR_clone, [SIGCHLD as usize, 0, 0, 0, 0]) }
}

/// `clone(flags, stack, NULL, 0, tid)`: a thread that calls `main(number, buffer)`
/// on the stack that ends below `stack`. The caller gets the thread's id.
///
/// # Safety
///
/// The stack and the buffer are the thread's alone, `tid` may be written when
/// it ends, and `main` does not return.
#[inline(always)]
pub unsafe fn clone(
    flags: u32,
    stack: *mut u8,
    tid: *mut u32,
    main: usize,
    number: usize,
    buffer: *mut u8,
) -> isize {
    let result;
    // SAFETY: the registers are those of the table above; memory is assumed changed.
    unsafe {
        asm!(
            "svc #0",
            "cbnz x0, 2f",  // not 0: this is the caller, on its own stack
            "mov x29, xzr", // the thread: its outermost frame has no caller
            "mov x30, xzr",
            "mov x0, x10",  // first argument
            "mov x1, x11",  // second argument
            "blr x9",       // never returns
            "brk #1",       // and if it did: stop here
            "2:",
            in("x8") __NR_clone as usize,
            inlateout("x0") flags as usize => result,
            in("x1") stack,
            in("x2") 0_usize, // nobody asks for the id here
            in("x3") 0_usize, // no thread-local storage
            in("x4") tid,
            in("x9") main,
            in("x10") number,
            in("x11") buffer,
        );
    }
    result
}
