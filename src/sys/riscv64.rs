//! riscv64: how a program starts, calls the kernel and returns from a signal.
//!
//! | | register |
//! |---|---|
//! | system call number | a7 |
//! | arguments | a0, a1, a2, a3, a4, a5 |
//! | result, or -errno | a0 |
//! | overwritten by the kernel | none |
//!
//! See syscall(2) and the RISC-V ELF psABI, "Register Convention".

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
            "mv fp, zero",    // the outermost frame has no caller: the ABI marks it so
            "mv ra, zero",    // nor is there an address to return to
            "mv a0, sp",      // first argument: where argc stands
            "srli sp, sp, 12", // a call wants it 16-aligned; at a page, every run has the
            "slli sp, sp, 12", // same page faults
            "li t0, {size}",
            "sub sp, sp, t0", // the buffer, whose first bytes share a page with what is below
            "mv a1, sp",      // second argument: the buffer
            "call {main}",    // never returns; gp stays unset: the link relaxes nothing to it
            "unimp",          // and if it did: stop here
            main = sym $main,
            size = const $buffer + $crate::sys::ABOVE_BUFFER,
        );
    };
}

/// Nothing: this CPU's `kernel_sigaction` has no restorer. A handler returns
/// through the kernel's own rt_sigreturn, in the vDSO (vdso(7)).
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
            "ecall",
            in("a7") number as usize,
            inlateout("a0") a => result,
            in("a1") b,
            in("a2") c,
            in("a3") d,
            in("a4") e,
            in("a5") 0_usize, // a sixth argument that is nobody's garbage, for strace
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
            "ecall",
            "bnez a0, 2f", // not 0: this is the caller, on its own stack
            "mv s0, zero", // the thread: its outermost frame has no caller
            "mv a0, t1",   // first argument
            "mv a1, t2",   // second argument
            "jalr t0",     // never returns
            "ebreak",      // and if it did: stop here
            "2:",
            in("a7") __NR_clone as usize,
            inlateout("a0") flags as usize => result,
            in("a1") stack,
            in("a2") 0_usize, // nobody asks for the id here
            in("a3") 0_usize, // no thread-local storage
            in("a4") tid,
            in("t0") main,
            in("t1") number,
            in("t2") buffer,
        );
    }
    result
}
