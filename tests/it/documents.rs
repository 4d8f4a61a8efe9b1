//! The help, the table of README.md and the manual page name the same options,
//! with the same defaults.

use crate::proc::output;
use crate::server::BINARY;
use std::process::Command;

/// An option as the help has it: `--port`, and what stands in brackets at its end.
struct Listed {
    name: String,
    default: Option<String>,
}

fn listed() -> Vec<Listed> {
    let output = output(Command::new(BINARY).arg("--help"));
    let help = String::from_utf8(output.stdout).expect("text");
    let options = help.lines().filter(|line| line.starts_with("      --"));
    options
        .map(|line| {
            let name = line.trim_start().split([' ', '[']).next().expect("a name");
            let default = line
                .strip_suffix(']')
                .and_then(|line| line.rsplit_once('['));
            Listed {
                name: name.into(),
                default: default.map(|(_, default)| default.into()),
            }
        })
        .collect()
}

#[test]
fn readme_has_a_row_for_each_option() {
    let readme = include_str!("../../README.md");
    let rows: Vec<&str> = readme
        .lines()
        .filter(|line| line.starts_with("| `--"))
        .collect();
    let options = listed();
    assert!(options.len() > 20, "{}", options.len());
    for option in &options {
        let mut row = rows.iter().filter(|row| {
            let first = row.split(" | ").next().expect("a cell");
            let mut words = first.split(|c: char| !(c.is_ascii_alphanumeric() || c == '-'));
            words.any(|word| word == option.name)
        });
        let row = row
            .next()
            .unwrap_or_else(|| panic!("{} has no row", option.name));
        if let Some(default) = &option.default {
            assert!(
                row.ends_with(&format!("| `{default}` |")),
                "{default}: {row}"
            );
        }
    }
    let named = rows.iter().flat_map(|row| row.split(" | ").next()).count();
    assert_eq!(named, options.len() - 1, "--help and --version share a row");
}

#[test]
fn the_manual_page_has_each_option() {
    let page = include_str!("../../docs/acceptd.1");
    let items: Vec<&str> = page.split(".It Fl -").skip(1).collect();
    let options = listed();
    for option in &options {
        let name = option.name.trim_start_matches("--");
        let mut item = items.iter().filter(|item| {
            item.strip_prefix(name)
                .is_some_and(|rest| rest.starts_with([' ', '\n']))
        });
        let item = item.next().unwrap_or_else(|| panic!("no {name}"));
        let flat = item.replace("\n.Cm ", " ").replace('\n', " ");
        if let Some(default) = &option.default {
            let says = [
                format!("default is {default}"),
                format!("without that {default}"),
            ];
            assert!(
                says.iter().any(|says| flat.contains(says)),
                "{name}: {flat}"
            );
        }
    }
    assert_eq!(items.len(), options.len());
}
