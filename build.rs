//! The link line of the binary, with the reason for each flag.

use std::process::Command;

fn main() {
    let here = std::env::var("CARGO_MANIFEST_DIR").expect("cargo sets CARGO_MANIFEST_DIR");
    // `just explain` builds with tables for unwinding, beside the same code at the same place.
    let unwinds = std::env::var_os("ACCEPTD_UNWIND").is_some();
    let name = if unwinds { "link-unwind.ld" } else { "link.ld" };
    let script = format!("{here}/src/sys/{name}");
    let flags = [
        // GNU ld, whatever RUSTFLAGS or the compiler choose: mold and gold do not
        // take such a layout, and one linker gives one sequence of bytes.
        "-fuse-ld=bfd",
        // No crt1.o, crti.o, crtn.o: `_start` is ours.
        "-nostartfiles",
        // No libc, no libgcc: nothing that is not in the source.
        "-nostdlib",
        // No interpreter, no loader: the kernel maps the file and jumps.
        "-static",
        // A fixed address: a PIE would have to relocate itself first.
        "-no-pie",
        // The memory layout, on one screen.
        &format!("-Wl,-T,{script}"),
        // Addresses are the layout's business; without this the file would be
        // padded to a page for a segment that has nothing in the file.
        // libunwind tells segments by their place in the file, so there it is padded.
        if unwinds {
            "-Wl,-z,max-page-size=4096"
        } else {
            "-Wl,-z,max-page-size=16"
        },
        // The same source gives the same bytes, and nobody asks for an id.
        "-Wl,--build-id=none",
        // An index to unwind tables, which the layout discards.
        if unwinds {
            "-Wl,--eh-frame-hdr"
        } else {
            "-Wl,--no-eh-frame-hdr"
        },
    ];
    // For another CPU the linker may be rust-lld, with no C compiler before it
    // that would add start files, or take the linker's own flags behind -Wl.
    let linker = std::env::var("RUSTC_LINKER").unwrap_or_default();
    let words: Vec<&str> = if linker.ends_with("rust-lld") {
        let of_the_compiler = ["-fuse-ld=bfd", "-nostartfiles"];
        let own = flags.iter().filter(|flag| !of_the_compiler.contains(flag));
        own.flat_map(|flag| flag.trim_start_matches("-Wl,").split(','))
            .collect()
    } else {
        flags.to_vec()
    };
    for word in words {
        // -bins: a test harness linked so would crash.
        println!("cargo::rustc-link-arg-bins={word}");
    }
    // `mold -run` puts mold in the place of every linker, by this variable.
    if std::env::var("LD_PRELOAD").is_ok_and(|libraries| libraries.contains("mold-wrapper")) {
        println!("cargo::error=mold does not take acceptd's layout: build without `mold -run`");
    }
    println!("cargo::rustc-env=ACCEPTD_COMPILER={}", compiler());
    println!("cargo::rerun-if-env-changed=LD_PRELOAD");
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-env-changed=ACCEPTD_UNWIND");
    println!("cargo::rerun-if-changed={script}");
}

/// The version of rustc, such as 1.85.1: a test limits the size for one of them.
fn compiler() -> String {
    let rustc = std::env::var_os("RUSTC").expect("cargo sets RUSTC");
    let output = Command::new(rustc).arg("--version").output();
    let text = String::from_utf8(output.expect("rustc --version").stdout).expect("text");
    let version = text.split_whitespace().nth(1).expect("rustc VERSION");
    version.into()
}
