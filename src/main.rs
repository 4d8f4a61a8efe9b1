//! The binary: what a `no_std` program must define itself, and nothing else.
//! The program itself is the library, and starts at [`acceptd::run`].
#![no_std]
#![no_main]
// The entry point and the symbols below are called by the kernel and by the
// compiler, neither of which Rust can check.
#![allow(unsafe_code)]

mod builtins;

use acceptd::connection::Buffer;
use acceptd::http::HEAD_MAX;
use acceptd::{report, sys};

acceptd::start!(main, HEAD_MAX);

/// Where `_start` hands over: `stack` is the stack as execve(2) left it.
unsafe extern "C" fn main(stack: *const usize, buffer: *mut Buffer) -> ! {
    // SAFETY: the kernel wrote argc and argv there, and `_start` left room for the buffer.
    let start = unsafe { sys::Start::new(stack, buffer) };
    sys::exit_group(acceptd::run(start))
}

/// Reports the panic, and ends the program. A dev build says where. The release build would
/// have a file name for each place that could panic, with a path of the machine that built it.
#[panic_handler]
fn panic(info: &core::panic::PanicInfo<'_>) -> ! {
    report::panicked(info.location().filter(|_| cfg!(debug_assertions)));
    sys::exit_group(101)
}
