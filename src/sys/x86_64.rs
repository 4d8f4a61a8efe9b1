//! x86-64: how a program starts, calls the kernel and returns from a signal.
//!
//! | | register |
//! |---|---|
//! | system call number | rax |
//! | arguments | rdi, rsi, rdx, r10, r8, r9 |
//! | result, or -errno | rax |
//! | overwritten by the kernel | rcx (the return address), r11 (the flags) |
//!
//! See syscall(2) and the System V ABI's AMD64 supplement, 3.4 and A.2.

use core::arch::{asm, global_asm};
use linux_raw_sys::general::{__NR_clone, __NR_fork};

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
            "xor ebp, ebp",   // the outermost frame has no caller: the ABI marks it so
            "mov rdi, rsp",   // first argument: where argc stands
            "and rsp, -4096", // a call wants it 16-aligned; at a page, every run has the same page faults
            "sub rsp, {size}", // the buffer, whose first bytes share a page with what is below
            "mov rsi, rsp",   // second argument: the buffer
            "call {main}",    // never returns
            "ud2",            // and if it did: stop here
            main = sym $main,
            size = const $buffer + $crate::sys::ABOVE_BUFFER,
        );
    };
}

// `rt_sigreturn()`: where a handler returns to. It must not touch the stack,
// on which the kernel's frame lies: that is why it is no Rust function.
global_asm!(
    ".globl acceptd_sigreturn",
    "acceptd_sigreturn:",
    "mov eax, {number}", // rt_sigreturn
    "syscall",           // puts everything back as it was, rip and rsp too
    number = const linux_raw_sys::general::__NR_rt_sigreturn,
);

unsafe extern "C" {
    fn acceptd_sigreturn();
}

/// The restorer of a `kernel_sigaction`, and the flag that announces it.
pub fn restorer(action: &mut linux_raw_sys::general::kernel_sigaction) {
    action.sa_restorer = Some(acceptd_sigreturn);
    action.sa_flags |= u64::from(linux_raw_sys::general::SA_RESTORER);
}

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
            "syscall",
            inlateout("rax") number as usize => result,
            in("rdi") a,
            in("rsi") b,
            in("rdx") c,
            in("r10") d,
            in("r8") e,
            in("r9") 0_usize, // a sixth argument that is nobody's garbage, for strace
            lateout("rcx") _,
            lateout("r11") _,
            options(nostack),
        );
    }
    result
}

/// `fork()`: the parent gets the child's pid, the child 0.
#[inline(always)]
pub fn fork() -> isize {
    // SAFETY: fork takes no pointer; the child has a copy of all that the parent has.
    unsafe { syscall(__NR_fork, [0; 5]) }
}

/// `clone(flags, stack, NULL, tid, 0)`: a thread that calls `main(number, buffer)`
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
            "syscall",
            "test rax, rax",
            "jnz 2f",       // not 0: this is the caller, on its own stack
            "xor ebp, ebp", // the thread: its outermost frame has no caller
            "mov rdi, r12", // first argument
            "mov rsi, r13", // second argument
            "call r9",      // never returns
            "ud2",          // and if it did: stop here
            "2:",
            inlateout("rax") __NR_clone as usize => result,
            in("rdi") flags as usize,
            in("rsi") stack,
            in("rdx") 0_usize, // nobody asks for the id here
            in("r10") tid,
            in("r8") 0_usize, // no thread-local storage
            in("r9") main,
            in("r12") number,
            in("r13") buffer,
            lateout("rcx") _,
            lateout("r11") _,
        );
    }
    result
}
