//! The archive of `just image-all`: the same timestamp in, the same bytes out,
//! and the image of each CPU in it.

use crate::engine::{engine, path, printed};
use std::fs;
use std::process::Command;

/// Makes the archive with this timestamp, and reads it.
fn archive(timestamp: &str) -> Vec<u8> {
    let mut recipe = Command::new(path("deploy/image-all"));
    recipe.current_dir(env!("CARGO_MANIFEST_DIR"));
    printed(recipe.args([env!("CARGO_PKG_VERSION"), timestamp]));
    fs::read(archive_path()).expect("an archive")
}

fn archive_path() -> String {
    let version = env!("CARGO_PKG_VERSION");
    path(&format!("target/dist/image/acceptd-{version}-oci.tar"))
}

#[test]
fn the_same_timestamp_gives_the_same_bytes_and_leaves_the_store_as_it_was() {
    let images = engine(&["images", "--all", "--no-trunc", "--quiet"]);
    assert!(!images.is_empty(), "the image under test is there");
    let first = archive("1000000000");
    assert!(first == archive("1000000000"), "another archive");
    assert!(first != archive("1000000001"), "the timestamp is in it");
    assert_eq!(
        engine(&["images", "--all", "--no-trunc", "--quiet"]),
        images
    );
}

#[test]
fn skopeo_finds_an_image_for_each_cpu() {
    archive("1000000000");
    let source = format!("oci-archive:{}", archive_path());
    for cpu in ["amd64", "arm64", "riscv64"] {
        let mut skopeo = Command::new("skopeo");
        skopeo.args(["--override-arch", cpu, "inspect", "--config", &source]);
        let configuration = printed(&mut skopeo);
        let architecture = format!("\"architecture\":\"{cpu}\"");
        assert!(configuration.contains(&architecture), "{configuration}");
        let command = "\"Cmd\":[\"fork\",\"--bind\",\"::\"]";
        assert!(configuration.contains(command), "{configuration}");
    }
}
