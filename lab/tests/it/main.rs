//! `lab` as a user runs it, on a short leash.

mod bench;
mod counts;
mod interrupted;

use std::path::{Path, PathBuf};
use std::process::Command;

/// acceptd as it ships, built here and now: what is measured is this source.
fn acceptd() -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let link = "target/release/acceptd";
    let built = Command::new("tools/build")
        .args([link, "--quiet", "--release", "--locked"])
        .current_dir(&root)
        .status();
    assert!(built.expect("tools/build").success());
    root.join(link)
}

fn lab(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_lab"));
    command.args(arguments).arg("--acceptd").arg(acceptd());
    command
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// The servers that `just test-lab` has unpacked.
fn peers() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/peers")
}

/// `lab bench`, with these.
fn bench(arguments: &[&str]) -> Command {
    let mut command = lab(&["bench"]);
    command.args(arguments).arg("--peers").arg(peers());
    command
}

fn read(file: &Path) -> String {
    std::fs::read_to_string(file).unwrap_or_else(|error| panic!("{}: {error}", file.display()))
}

fn must_succeed(command: &mut Command) {
    let output = command.output().expect("it starts");
    assert!(output.status.success(), "{}", text(&output.stderr));
}

/// `lab report` on that directory.
fn report(directory: &Path) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_lab"));
    must_succeed(command.arg("report").arg("--output").arg(directory));
}
