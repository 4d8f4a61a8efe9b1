//! The symbols that the compiler may call by itself. Without libc, the binary
//! defines them. The volatile reads and writes keep LLVM
//! from finding a memcpy in memcpy, and making the loop a call of itself.

use core::ffi::c_int;

/// `memcpy(dest, src, n)`
#[unsafe(no_mangle)]
unsafe extern "C" fn memcpy(dest: *mut u8, src: *const u8, n: usize) -> *mut u8 {
    for i in 0..n {
        // SAFETY: the caller has n bytes at src and at dest.
        unsafe { copy(dest, src, i) }
    }
    dest
}

/// `memmove(dest, src, n)`: they may overlap.
#[unsafe(no_mangle)]
unsafe extern "C" fn memmove(dest: *mut u8, src: *const u8, n: usize) -> *mut u8 {
    if dest.addr() < src.addr() {
        // SAFETY: the caller has n bytes at src and at dest; what is read
        // has not been overwritten, as src lies ahead.
        return unsafe { memcpy(dest, src, n) };
    }
    for i in (0..n).rev() {
        // SAFETY: the same, from the other end.
        unsafe { copy(dest, src, i) }
    }
    dest
}

/// `memset(dest, byte, n)`
#[unsafe(no_mangle)]
unsafe extern "C" fn memset(dest: *mut u8, byte: c_int, n: usize) -> *mut u8 {
    for i in 0..n {
        // SAFETY: the caller has n bytes at dest.
        let place = unsafe { dest.add(i) };
        // SAFETY: the same.
        unsafe { place.write_volatile(byte as u8) }
    }
    dest
}

/// `memcmp(a, b, n)`: the difference of the first bytes that differ.
#[unsafe(no_mangle)]
unsafe extern "C" fn memcmp(a: *const u8, b: *const u8, n: usize) -> c_int {
    for i in 0..n {
        // SAFETY: the caller has n bytes at a.
        let x = unsafe { load(a, i) };
        // SAFETY: the caller has n bytes at b.
        let y = unsafe { load(b, i) };
        if x != y {
            return c_int::from(x) - c_int::from(y);
        }
    }
    0
}

/// `bcmp(a, b, n)`: 0 if they are equal.
#[unsafe(no_mangle)]
unsafe extern "C" fn bcmp(a: *const u8, b: *const u8, n: usize) -> c_int {
    // SAFETY: the caller has n bytes at each.
    unsafe { memcmp(a, b, n) }
}

/// `strlen(text)`
#[unsafe(no_mangle)]
unsafe extern "C" fn strlen(text: *const u8) -> usize {
    let mut n = 0;
    // SAFETY: the caller's text ends with a NUL, and n has not passed it.
    while unsafe { load(text, n) } != 0 {
        n += 1;
    }
    n
}

/// The name that unwinding tables carry. Nothing unwinds: never called.
#[unsafe(no_mangle)]
extern "C" fn rust_eh_personality() {}

unsafe fn copy(dest: *mut u8, src: *const u8, i: usize) {
    // SAFETY: the caller has i + 1 bytes at src.
    let byte = unsafe { load(src, i) };
    // SAFETY: the caller has i + 1 bytes at dest.
    let place = unsafe { dest.add(i) };
    // SAFETY: the same.
    unsafe { place.write_volatile(byte) }
}

unsafe fn load(at: *const u8, i: usize) -> u8 {
    // SAFETY: the caller has i + 1 bytes there.
    let place = unsafe { at.add(i) };
    // SAFETY: the same.
    unsafe { place.read_volatile() }
}
