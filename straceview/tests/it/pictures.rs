//! The pictures that the documentation shows.

use crate::browser::{Scheme, looked_at};
use crate::drawn::Drawn;
use std::path::PathBuf;

fn all() -> Vec<PathBuf> {
    let directory = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/timelines");
    let entries = std::fs::read_dir(directory).expect("a directory");
    let mut paths: Vec<_> = entries
        .map(|entry| entry.expect("an entry").path())
        .collect();
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "svg"));
    paths.sort();
    assert!(!paths.is_empty(), "no picture in {directory}");
    paths
}

#[test]
fn each_is_seen_in_light() {
    looked_at(Scheme::Light, &all());
}

#[test]
fn each_is_seen_in_dark() {
    looked_at(Scheme::Dark, &all());
}

#[test]
fn each_is_small_and_whole() {
    for picture in all() {
        let drawn = Drawn::read(&picture);
        assert!(
            drawn.bytes < 80_000,
            "{}: {} bytes",
            picture.display(),
            drawn.bytes
        );
    }
}

/// The page shows all, and shows none that is not there.
#[test]
fn the_page_shows_each() {
    let page = include_str!("../../../docs/timelines.md");
    let shown = page.split("](timelines/").skip(1);
    let mut shown: Vec<&str> = shown.filter_map(|rest| rest.split(')').next()).collect();
    shown.sort_unstable();
    shown.dedup();
    let name = |path: &PathBuf| {
        path.file_name()
            .expect("a name")
            .to_string_lossy()
            .into_owned()
    };
    assert_eq!(shown, all().iter().map(name).collect::<Vec<_>>());
}
