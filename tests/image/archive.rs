//! The archive of `just image-all`: the same timestamp in, the same bytes out,
//! and the image of each CPU in it.

use crate::engine::{path, printed};
use std::fs;
use std::process::Command;
use std::sync::Mutex;

/// The archive has one place, so one test at a time makes it.
static PLACE: Mutex<()> = Mutex::new(());

/// What makes the archive.
fn recipe(timestamp: &str) -> Command {
    let mut recipe = Command::new(path("deploy/image-all"));
    recipe.current_dir(env!("CARGO_MANIFEST_DIR"));
    recipe.args([env!("CARGO_PKG_VERSION"), timestamp]);
    recipe
}

/// Makes the archive with this timestamp, and reads it.
fn archive(timestamp: &str) -> Vec<u8> {
    printed(&mut recipe(timestamp));
    fs::read(archive_path()).expect("an archive")
}

fn archive_path() -> String {
    let version = env!("CARGO_PKG_VERSION");
    path(&format!("target/dist/image/acceptd-{version}-oci.tar"))
}

#[test]
fn the_same_timestamp_gives_the_same_bytes() {
    let _place = PLACE.lock();
    let first = archive("1000000000");
    assert!(first == archive("1000000000"), "another archive");
    assert!(first != archive("1000000001"), "the timestamp is in it");
}

#[test]
fn the_store_of_the_user_gets_none_of_its_images() {
    let _place = PLACE.lock();
    // A store for this test alone: podman cannot list one from which another test removes
    // an image meanwhile. deploy/engine removes its own HOME, and so this.
    let directory = format!("{}/user", std::env::var("HOME").expect("HOME"));
    fs::create_dir(&directory).expect("a directory");
    let (store, file) = (format!("{directory}/graph"), format!("{directory}/conf"));
    let text = format!(
        "[storage]\ndriver = \"overlay\"\ngraphroot = \"{store}\"\nrunroot = \"{directory}/run\"\n"
    );
    fs::write(&file, text).expect("a file");
    let by_the_user =
        |command: &mut Command| printed(command.env("CONTAINERS_STORAGE_CONF", &file));
    let podman = |arguments: &[&str]| by_the_user(Command::new("podman").args(arguments));

    by_the_user(&mut recipe("1000000000"));
    assert_eq!(podman(&["info", "--format", "{{.Store.GraphRoot}}"]), store);
    assert_eq!(podman(&["images", "--all"]).lines().nth(1), None);
}

#[test]
fn skopeo_finds_an_image_for_each_cpu() {
    let _place = PLACE.lock();
    archive("1000000000");
    let source = format!("oci-archive:{}", archive_path());
    for cpu in ["amd64", "arm64", "riscv64"] {
        let mut skopeo = Command::new("skopeo");
        let fields = "{{.Architecture}} {{.Config.User}} {{.Config.Entrypoint}} {{.Config.Cmd}}";
        skopeo.args([
            "--override-arch",
            cpu,
            "inspect",
            "--config",
            "--format",
            fields,
        ]);
        let expected = format!("{cpu} 65534:65534 [/acceptd] [fork --bind ::]");
        assert_eq!(printed(skopeo.arg(&source)), expected);
    }
}
