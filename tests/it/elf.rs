//! The file: what the kernel maps, and how long it is.

use crate::server::BINARY;
use std::fs;
#[cfg(not(debug_assertions))]
use std::io::Write;

const PT_LOAD: u32 = 1;
const PT_GNU_STACK: u32 = 0x6474_e551;
const PF_X: u32 = 1;
const PF_W: u32 = 2;
#[cfg(not(debug_assertions))]
const EM_X86_64: u64 = 62;

#[cfg(not(debug_assertions))]
const COMPILER_OF_THE_LIMIT: &str = "1.95.";

fn number(bytes: &[u8], at: usize, length: usize) -> u64 {
    bytes[at..at + length]
        .iter()
        .rev()
        .fold(0, |number, &byte| number << 8 | u64::from(byte))
}

/// Type and flags of each program header (elf(5)).
fn program_headers(file: &[u8]) -> Vec<(u32, u32)> {
    let (start, size, count) = (
        number(file, 32, 8),
        number(file, 54, 2),
        number(file, 56, 2),
    );
    let place = |n| (start + n * size) as usize;
    (0..count)
        .map(|n| {
            (
                number(file, place(n), 4) as u32,
                number(file, place(n) + 4, 4) as u32,
            )
        })
        .collect()
}

#[test]
fn static_at_a_fixed_place_and_nothing_both_writable_and_executable() {
    let file = fs::read(BINARY).expect("the binary");
    assert_eq!(file[..4], *b"\x7fELF");
    assert_eq!(number(&file, 16, 2), 2, "ET_EXEC: not PIE");
    let headers = program_headers(&file);
    let kinds: Vec<u32> = headers.iter().map(|header| header.0).collect();
    assert_eq!(
        kinds,
        [PT_LOAD, PT_LOAD, PT_GNU_STACK],
        "no interpreter, nothing dynamic"
    );
    for (kind, flags) in headers {
        assert_ne!(flags & (PF_W | PF_X), PF_W | PF_X, "segment {kind:x}");
        assert!(kind != PT_GNU_STACK || flags & PF_X == 0, "the stack");
    }
}

/// The size depends on the compiler: for another than the limit was set for it is
/// printed, past the harness, which hides what a passing test prints.
#[test]
#[cfg(not(debug_assertions))]
fn the_release_binary_is_small() {
    let file = fs::read(BINARY).expect("the binary");
    let is_x86_64 = number(&file, 18, 2) == EM_X86_64;
    let most = if is_x86_64 { 40_960 } else { 49_152 }; // ten pages; longer instructions
    let compiler = env!("ACCEPTD_COMPILER"); // build.rs
    if compiler.starts_with(COMPILER_OF_THE_LIMIT) {
        assert!(file.len() <= most, "{} bytes, {most} allowed", file.len());
    } else {
        let message = format!("rustc {compiler}: {} bytes", file.len());
        writeln!(std::io::stderr(), "{message}").expect("stderr");
    }
}

#[test]
#[cfg(not(debug_assertions))]
fn the_release_binary_names_no_place_of_its_build() {
    let file = fs::read(BINARY).expect("the binary");
    for trace in [&b".cargo"[..], b"/src/", b".rs"] {
        let found = file.windows(trace.len()).any(|window| window == trace);
        assert!(!found, "{:?} in the binary", String::from_utf8_lossy(trace));
    }
}
