//! Threads without libc: a stack for each from one reserved region, and clone(2).
//!
//! No thread-local storage is set up: neither this program nor core uses any,
//! and errno, for which libc needs it, is here a value that each call returns.

use super::{Mapping, cpu, result};
use core::sync::atomic::{AtomicU32, Ordering::Acquire, Ordering::Relaxed};
use linux_raw_sys::general::{
    __NR_exit, CLONE_CHILD_CLEARTID, CLONE_FILES, CLONE_FS, CLONE_SIGHAND, CLONE_SYSVSEM,
    CLONE_THREAD, CLONE_VM,
};
use rustix::io::{Errno, Result};
use rustix::mm::{MapFlags, ProtFlags, mmap_anonymous};

/// Bytes of a stack: room for the buffer, a few frames, and the frame of a
/// signal, which takes up to 11 KiB where the CPU has many registers.
const STACK: usize = 64 * 1024;
/// Bytes below a stack that nobody can read or write, so that a stack that
/// grows too far ends the process and does not write over another: one page,
/// of the largest size that any CPU here has.
const GUARD: usize = 64 * 1024;

/// What a thread runs: it gets the number of its stack, and a buffer that is
/// its own. It does not return, but ends with [`exit_thread`]: then nobody has the buffer,
/// and the next thread on this stack gets it.
pub type Main<const N: usize> = extern "C" fn(usize, &'static mut [u8; N]) -> !;

/// Stacks for threads, each with a buffer of `N` bytes at its upper end.
pub struct Stacks<const N: usize> {
    region: Mapping,
    /// For each stack a word: 1 while a thread uses it. The kernel sets it back to 0
    /// when the thread has left its stack for the last time.
    in_use: &'static [AtomicU32],
    /// How many stacks are mapped, from the first on. They stay mapped, for the next threads.
    mapped: usize,
}

impl<const N: usize> Stacks<N> {
    /// `mmap(NULL, .., PROT_NONE, ..)`: addresses for `count` stacks, no memory yet.
    ///
    /// # Errors
    ///
    /// Those of mmap: ENOMEM.
    pub fn reserve(count: usize) -> Result<Self> {
        let flags = MapFlags::PRIVATE | MapFlags::NORESERVE;
        Ok(Self {
            region: Mapping::new(count * (GUARD + STACK), ProtFlags::empty(), flags)?,
            in_use: Mapping::filled(count, || AtomicU32::new(0))?,
            mapped: 0,
        })
    }

    /// The first stack that no thread uses. The first use of a stack maps it, with mmap.
    ///
    /// # Errors
    ///
    /// EAGAIN: all are in use, so try again. Each error of mmap becomes ENOMEM: its
    /// EAGAIN would not mean that a stack becomes free soon.
    pub fn find_free(&mut self) -> Result<usize> {
        let mut words = self.in_use.iter();
        let free = words.position(|word| word.load(Acquire) == 0);
        let number = free.ok_or(Errno::AGAIN)?;
        if number >= self.mapped {
            let flags = MapFlags::PRIVATE | MapFlags::FIXED | MapFlags::STACK;
            let access = ProtFlags::READ | ProtFlags::WRITE;
            let stack = self.stack(number).cast();
            // SAFETY: this part of the region is nobody's until now.
            let mapped = unsafe { mmap_anonymous(stack, STACK, access, flags) };
            mapped.map_err(|_| Errno::NOMEM)?;
            self.mapped = number + 1;
        }
        Ok(number)
    }

    /// `clone(CLONE_VM | .., stack, ..)`: a thread that runs `main` on a stack
    /// that was free.
    ///
    /// # Errors
    ///
    /// EAGAIN: a limit on threads, or the stack is in use. ENOMEM.
    ///
    /// # References
    ///
    /// [clone(2)](https://man7.org/linux/man-pages/man2/clone.2.html)
    pub fn start(&mut self, number: usize, main: Main<N>) -> Result<()> {
        let free = self.in_use.get(..self.mapped).unwrap_or_default();
        let word = free.get(number).ok_or(Errno::AGAIN)?;
        if word.swap(1, Acquire) != 0 {
            return Err(Errno::AGAIN);
        }
        let flags = CLONE_VM // one memory for all: nothing is copied
            | CLONE_FS
            | CLONE_FILES // one table of descriptors: each is closed once
            | CLONE_SIGHAND // the same handlers
            | CLONE_THREAD // one process: the same pid, and exit_group ends all
            | CLONE_SYSVSEM
            | CLONE_CHILD_CLEARTID; // the kernel sets `word` to 0 at the end
        let buffer = self.stack(number).wrapping_add(STACK - N);
        // SAFETY: the stack, and the buffer above it, are this thread's alone until `word`
        // is 0 again; they are zeroed, or have what an earlier thread left there.
        let cloned = result(unsafe {
            cpu::clone(flags, buffer, word.as_ptr(), main as usize, number, buffer)
        });
        if cloned.is_err() {
            word.store(0, Relaxed);
        }
        cloned.map(drop)
    }

    /// Where a stack begins, above its guard.
    fn stack(&self, number: usize) -> *mut u8 {
        self.region
            .start
            .wrapping_add(number * (GUARD + STACK) + GUARD)
    }
}

/// `exit(0)`: ends this thread, not the process. The kernel marks its stack
/// as free when nothing runs on it any more.
///
/// # References
///
/// [_exit(2)](https://man7.org/linux/man-pages/man2/_exit.2.html)
pub fn exit_thread() -> ! {
    loop {
        // SAFETY: it takes no pointer, and does not return.
        unsafe { cpu::syscall(__NR_exit, [0; 5]) };
    }
}

#[cfg(test)]
mod tests {
    use super::{GUARD, STACK, Stacks};

    #[test]
    fn each_stack_has_a_guard_below_it() {
        let stacks = Stacks::<16>::reserve(3).expect("addresses");
        let mut end = stacks.region.start.addr();
        for number in 0..3 {
            let start = stacks.stack(number).addr();
            assert_eq!(start, end + GUARD, "{number}");
            end = start + STACK;
        }
        assert_eq!(end, stacks.region.start.addr() + 3 * (GUARD + STACK));
    }
}
