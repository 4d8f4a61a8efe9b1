//! The engine, podman or docker. deploy/engine gives the tests one of their own
//! and says which it is.

use std::env;
use std::process::{Command, Output};

/// `podman` or `docker`.
pub fn name() -> String {
    env::var("ACCEPTD_ENGINE").expect("started by `just test-image` or `just test-docker`")
}

pub fn is_docker() -> bool {
    name() == "docker"
}

/// A file of the project.
pub fn path(name: &str) -> String {
    format!("{}/{name}", env!("CARGO_MANIFEST_DIR"))
}

/// `podman ...` or `docker ...`, whatever comes of it.
pub fn try_engine(arguments: &[&str]) -> Output {
    let output = command().args(arguments).output();
    output.expect("the engine runs")
}

/// `podman ...` or `docker ...`: what it prints.
pub fn engine(arguments: &[&str]) -> String {
    printed(command().args(arguments))
}

/// The engine, in a folder of the tests: podman's conmon writes a file `oom` where it is
/// when a container runs out of memory.
fn command() -> Command {
    let mut command = Command::new(name());
    command.current_dir(env!("CARGO_TARGET_TMPDIR"));
    command
}

/// What a command prints; it must succeed.
pub fn printed(command: &mut Command) -> String {
    let output = command.output().expect("the command runs");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).trim().to_string();
    let errors = text(&output.stderr);
    assert!(output.status.success(), "{command:?}: {errors}");
    text(&output.stdout)
}

/// A field of the image `acceptd`, as a template of `inspect`.
pub fn inspect_image(field: &str) -> String {
    engine(&["image", "inspect", "--format", field, "acceptd"])
}
