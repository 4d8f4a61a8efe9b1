//! The rooms of src/lib.rs: a file imports only what stands below it, and
//! `unsafe` has its two places.

use std::fs;
use std::path::{Path, PathBuf};

const ROOMS: [&str; 14] = [
    "options",
    "probe",
    "listener",
    "model",
    "children",
    "acceptor",
    "connection",
    "stream",
    "http",
    "signal",
    "report",
    "sys",
    "address",
    "text",
];

fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder)
        .expect("src")
        .map(|entry| entry.expect("an entry").path());
    entries
        .flat_map(|path| {
            if path.is_dir() {
                files(&path)
            } else {
                vec![path]
            }
        })
        .collect()
}

/// Each file of the library with its room and its text, but for the tests.
fn sources() -> Vec<(String, usize, String)> {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let sources = files(&src).into_iter().filter_map(|path| {
        let name = path
            .strip_prefix(&src)
            .expect("in src")
            .to_str()
            .expect("text")
            .to_string();
        let room = name.split(['/', '.']).next().expect("a name");
        let rank = ROOMS.iter().position(|known| *known == room)?;
        let is_code = name.ends_with(".rs") && !name.contains("tests");
        is_code.then(|| {
            (
                name.clone(),
                rank,
                fs::read_to_string(path).expect("a file"),
            )
        })
    });
    sources.collect()
}

#[test]
fn imports_run_one_way() {
    let mut imports = 0;
    for (name, rank, text) in sources() {
        for line in text.lines() {
            let Some(path) = line.trim_start().strip_prefix("use crate::") else {
                continue;
            };
            // `use crate::{report, signal};` would hide the names from this test.
            assert!(
                !path.starts_with('{'),
                "{name}: one `use crate::` for each room"
            );
            let room = path.split([':', ';']).next().expect("a name");
            let to = ROOMS.iter().position(|known| *known == room);
            assert!(to.is_some_and(|to| to > rank), "{name} imports {room}");
            imports += 1;
        }
    }
    assert!(imports > 20, "{imports} imports looked at");
}

#[test]
fn the_pure_rooms_touch_nothing_and_unsafe_stays_in_sys() {
    for (name, _, text) in sources() {
        let room = name.split(['/', '.']).next().expect("a name");
        if ["options", "http", "address", "text"].contains(&room) {
            assert!(
                !text.contains("rustix") && !text.contains("crate::sys"),
                "{name} is not pure"
            );
        }
        assert!(
            room == "sys" || !text.contains("unsafe"),
            "{name} has unsafe code"
        );
    }
}

#[test]
fn lib_lists_the_rooms_in_this_order() {
    let lib = include_str!("../../src/lib.rs");
    let listed = lib
        .lines()
        .filter_map(|line| line.strip_prefix("//! | [`")?.split('`').next());
    assert_eq!(listed.collect::<Vec<_>>(), ROOMS);
}
