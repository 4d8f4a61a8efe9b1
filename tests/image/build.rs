//! The images as files: the same timestamp in, the same bytes out, for each CPU.

use crate::container::podman;
use std::process::Command;

/// The list of the images by their digests, which cover configuration and layers.
fn manifest(timestamp: &str) -> String {
    let mut recipe = Command::new("just");
    recipe.args(["--no-deps", "image-all"]);
    let output = recipe.env("SOURCE_DATE_EPOCH", timestamp).output();
    let output = output.expect("just runs");
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{errors}");
    podman(&["manifest", "inspect", "acceptd-all"])
}

#[test]
fn the_same_timestamp_gives_the_same_images() {
    let first = manifest("1000000000");
    assert_eq!(first, manifest("1000000000"));
    for architecture in ["amd64", "arm64", "riscv64"] {
        let line = format!("\"architecture\": \"{architecture}\"");
        assert_eq!(first.matches(&line).count(), 1, "{first}");
    }
    assert_ne!(
        first,
        manifest("1000000001"),
        "the timestamp is in the image"
    );
}
