//! What execve(2) leaves on the stack: argc, argv, and the environment.

use core::ffi::{CStr, c_char};

/// The stack as the kernel handed it to `_start`: argc, the argument strings,
/// a null pointer, the environment strings, a null pointer.
pub struct Start<const N: usize> {
    argv: *const *const c_char,
    argc: usize,
    /// The buffer that `_start` has put on the stack.
    pub buffer: &'static mut [u8; N],
}

impl<const N: usize> Start<N> {
    /// Reads argc.
    ///
    /// # Safety
    ///
    /// `stack` is the stack pointer as the kernel handed it to `_start`, and `buffer`
    /// memory of the stack that nobody else uses.
    pub unsafe fn new(stack: *const usize, buffer: *mut [u8; N]) -> Self {
        // SAFETY: argc stands there.
        let argc = unsafe { stack.read() };
        // SAFETY: argv follows argc, one word further on.
        let argv = unsafe { stack.add(1) }.cast();
        // SAFETY: bytes that the kernel has set to 0, and nobody else's.
        let buffer = unsafe { &mut *buffer };
        Self { argv, argc, buffer }
    }

    /// The arguments, the program's own name first: byte strings, without the
    /// final NUL. They need not be UTF-8.
    pub fn arguments(&self) -> Strings {
        Strings { next: self.argv }
    }

    /// The value of an environment variable, if it is set.
    pub fn variable(&self, name: &[u8]) -> Option<&'static [u8]> {
        // SAFETY: the environment follows argv's null pointer.
        let next = unsafe { self.argv.add(self.argc + 1) };
        Strings { next }.find_map(|entry| entry.strip_prefix(name)?.strip_prefix(b"="))
    }
}

/// Strings, up to a null pointer.
pub struct Strings {
    next: *const *const c_char,
}

impl Iterator for Strings {
    type Item = &'static [u8];

    fn next(&mut self) -> Option<Self::Item> {
        // SAFETY: the list ends with a null pointer, at which this stops for good.
        let string = unsafe { self.next.read() };
        if string.is_null() {
            return None;
        }
        // SAFETY: it was not the null pointer, so there is one more.
        self.next = unsafe { self.next.add(1) };
        // SAFETY: the kernel ends each with a NUL, and they stay as long as the process.
        Some(unsafe { CStr::from_ptr(string) }.to_bytes())
    }
}
