//! The server that most tests record: as it ships, and the build with symbols.

use crate::drawn::draws;
use std::path::{Path, PathBuf};

pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

pub fn built(path: &str) -> PathBuf {
    let path = root().join(path);
    assert!(
        path.exists(),
        "no {}: just test-straceview builds it",
        path.display()
    );
    path
}

/// The build with symbols.
pub fn symbols() -> String {
    built("target/symbols/release/acceptd")
        .display()
        .to_string()
}

/// Records it, its stacks too. `options` are record's, `server` acceptd's.
pub fn record_stacks(trace: &str, options: &[&str], server: &[&str]) {
    let symbols = symbols();
    let start = ["record", "--stacks", "--output", trace];
    let address = ["--bind", "127.0.0.1", "--port", "0"];
    draws(&[&start, options, &["--", &symbols], server, &address].concat());
}

/// The options of explain and page that name its source.
pub fn source_options() -> Vec<String> {
    let (symbols, source) = (symbols(), root().display().to_string());
    let options = [
        "--symbols",
        &symbols,
        "--source",
        &source,
        "--skip",
        "src/sys",
    ];
    options.map(String::from).to_vec()
}
