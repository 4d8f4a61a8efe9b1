//! The modules of src/lib.rs: a file imports only what stands below it, and
//! `unsafe` has its place.

use std::fs;
use std::path::{Path, PathBuf};

/// In call order, as src/lib.rs lists them.
const MODULES: [&str; 14] = [
    "probe",
    "options",
    "listener",
    "model",
    "children",
    "threads",
    "acceptor",
    "connection",
    "limits",
    "http",
    "report",
    "signal",
    "sys",
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

/// Each file of the library, without its tests: its name, the place of its module in
/// [`MODULES`], and its text.
fn sources() -> Vec<(String, usize, String)> {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let sources = files(&src).into_iter().filter_map(|path| {
        let name = path
            .strip_prefix(&src)
            .expect("in src")
            .to_str()
            .expect("text")
            .to_string();
        let module = name.split(['/', '.']).next().expect("a name");
        let rank = MODULES.iter().position(|known| *known == module)?;
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
                "{name}: one `use crate::` for each module"
            );
            let module = path.split([':', ';']).next().expect("a name");
            let to = MODULES.iter().position(|known| *known == module);
            assert!(to.is_some_and(|to| to > rank), "{name} imports {module}");
            imports += 1;
        }
    }
    assert!(imports > 20, "{imports} imports looked at");
}

#[test]
fn the_pure_modules_touch_nothing_and_unsafe_stays_in_sys() {
    for (name, _, text) in sources() {
        let module = name.split(['/', '.']).next().expect("a name");
        if ["options", "http", "text"].contains(&module) {
            let calls = ["rustix", "crate::sys", "crate::report", "crate::signal"];
            let found = calls.into_iter().find(|call| text.contains(call));
            assert_eq!(found, None, "{name} is not pure");
        }
        assert!(
            module == "sys" || !text.contains("unsafe"),
            "{name} has unsafe code"
        );
    }
}

#[test]
fn lib_lists_the_modules_in_this_order() {
    let lib = include_str!("../../src/lib.rs");
    let listed = lib
        .lines()
        .filter_map(|line| line.strip_prefix("//! | [`")?.split('`').next());
    assert_eq!(listed.collect::<Vec<_>>(), MODULES);
}
