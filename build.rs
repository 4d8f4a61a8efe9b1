//! The link line of the binary: a why for each flag.

fn main() {
    let here = std::env::var("CARGO_MANIFEST_DIR").expect("cargo sets CARGO_MANIFEST_DIR");
    // `just explain` builds with tables for unwinding, beside the same code at the same place.
    let unwinds = std::env::var_os("ACCEPTD_UNWIND").is_some();
    let name = if unwinds { "link-unwind.ld" } else { "link.ld" };
    let script = format!("{here}/src/sys/{name}");
    let flags = [
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
        "-Wl,-z,max-page-size=16",
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
        let own = flags.iter().filter(|flag| **flag != "-nostartfiles");
        own.flat_map(|flag| flag.trim_start_matches("-Wl,").split(','))
            .collect()
    } else {
        flags.to_vec()
    };
    for word in words {
        // -bins: a test harness linked so would crash.
        println!("cargo::rustc-link-arg-bins={word}");
    }
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-env-changed=ACCEPTD_UNWIND");
    println!("cargo::rerun-if-changed={script}");
}
