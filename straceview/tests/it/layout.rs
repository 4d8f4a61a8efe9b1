//! No files import each other in a circle, so that each can be read before those that use it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// Each file's module path, as `picture::blocks`, and its text.
fn modules(folder: &Path, prefix: &str, found: &mut BTreeMap<String, String>) {
    for entry in std::fs::read_dir(folder).expect("a directory") {
        let path = entry.expect("an entry").path();
        let name = path
            .file_stem()
            .expect("a name")
            .to_string_lossy()
            .into_owned();
        let module = if prefix.is_empty() {
            name
        } else {
            format!("{prefix}::{name}")
        };
        if path.is_dir() {
            modules(&path, &module, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.insert(module, std::fs::read_to_string(&path).expect("a file"));
        }
    }
}

/// The modules that a file names in its `use` lines, among those that there are.
fn imports(module: &str, text: &str, all: &BTreeMap<String, String>) -> BTreeSet<String> {
    let parent = module.rsplit_once("::").map_or("", |(parent, _)| parent);
    let paths = text.lines().filter_map(|line| {
        let path = line.trim_start_matches("pub ").strip_prefix("use ")?;
        let path = path.trim_end_matches(';');
        Some(match path.strip_prefix("crate::") {
            Some(path) => path.to_string(),
            None => match path.strip_prefix("super::") {
                Some(path) => format!("{parent}::{path}"),
                None => format!("{module}::{path}"),
            },
        })
    });
    let module_of = |path: String| {
        let bare = path.trim_start_matches("::").replace('{', "");
        let parts: Vec<&str> = bare
            .split([':', ',', ' '])
            .filter(|part| !part.is_empty())
            .collect();
        (1..=parts.len())
            .rev()
            .map(|length| parts[..length].join("::"))
            .find(|name| all.contains_key(name))
    };
    paths
        .filter_map(module_of)
        .filter(|found| found != module)
        .collect()
}

#[test]
fn no_files_import_each_other_in_a_circle() {
    let mut all = BTreeMap::new();
    modules(
        &Path::new(env!("CARGO_MANIFEST_DIR")).join("src"),
        "",
        &mut all,
    );
    assert!(all.contains_key("picture::blocks"), "{:?}", all.keys());
    let imports: BTreeMap<&String, BTreeSet<String>> = all
        .iter()
        .map(|(module, text)| (module, imports(module, text, &all)))
        .collect();
    assert!(imports[&"picture::blocks".to_string()].contains("picture::scale"));
    for module in imports.keys() {
        // All that it imports, directly or through others.
        let mut reached: Vec<&String> = imports[module].iter().collect();
        let mut looked_at = 0;
        while let Some(&next) = reached.get(looked_at) {
            for other in &imports[next] {
                if !reached.contains(&other) {
                    reached.push(other);
                }
            }
            looked_at += 1;
        }
        assert!(!reached.contains(module), "{module}: {reached:?}");
    }
}
