//! The table of options, and the help that is printed from it.

use super::*;
use crate::options::table::{ALL, Opt};
use std::vec::Vec;

fn help_text() -> String {
    String::from_utf8(help(&mut [0; 4096]).to_vec()).expect("text")
}

/// An option's place in the table is its number.
#[test]
fn the_table_has_each_option_in_its_place() {
    let names: Vec<String> = TABLE
        .iter()
        .map(|option| option.name.replace('-', ""))
        .collect();
    for name in [
        Name::Bind,
        Name::Port,
        Name::Timeout,
        Name::Header,
        Name::Help,
        Name::Version,
        Name::Connect,
        Name::Target,
        Name::Backlog,
        Name::NoReuseaddr,
        Name::Reuseport,
        Name::Sleep,
        Name::Every,
        Name::Body,
        Name::Status,
        Name::KeepAlive,
        Name::ExitAfter,
        Name::StopDelay,
        Name::Grace,
        Name::Verbose,
        Name::Workers,
        Name::MaxConnections,
        Name::MaxChildren,
        Name::ParentClose,
        Name::Reap,
        Name::OnStop,
    ] {
        let spelled = format!("{name:?}").to_lowercase();
        assert_eq!(names[name as usize], spelled);
    }
    assert_eq!(Name::OnStop as usize + 1, TABLE.len());
}

/// Each option stands in the help once, under the title of those who take it,
/// with its default, and each line has room on a terminal.
#[test]
fn the_help_has_each_option_and_its_default() {
    let text = help_text();
    let title = |line: &str| {
        line.ends_with(':')
            .then(|| line.trim_end_matches(':').into())
    };
    let mut section = String::new(); // the first has no title
    let mut seen = 0;
    for line in text.lines() {
        assert!(line.len() <= 100, "{line}");
        if let Some(title) = title(line) {
            section = title;
        }
        let Some(name) = line.trim_start().split([' ', '[']).next() else {
            continue;
        };
        let Some(option) = TABLE.iter().find(|option| option.name == name) else {
            continue;
        };
        if !line.starts_with("      --") {
            continue; // not the line of the option: it is named in another's
        }
        seen += 1;
        let models: Vec<&str> = section.split(", ").collect();
        for model in [
            "iterative",
            "fork",
            "process",
            "prefork",
            "thread",
            "epoll",
            "probe",
        ] {
            let takes = match &models[..] {
                [""] => option.group == ALL,
                ["servers"] => model != "probe",
                models => models.contains(&model),
            };
            let known = command(&[model, name]) != Err(format!("{name}: no option of this model"));
            let taken = known || command(&[model, name]).is_ok();
            assert_eq!(taken, takes, "{model} {name}");
        }
        default_is_stated(line, option);
    }
    assert_eq!(seen, TABLE.len());
}

/// Each explanation begins in one column, but where the option itself is longer.
#[test]
fn the_explanations_stand_in_a_column() {
    let help = help_text();
    for option in &TABLE {
        let mut lines = help.lines().filter(|line| {
            let rest = line.trim_start().strip_prefix(option.name);
            line.starts_with("      --") && rest.is_some_and(|rest| rest.starts_with([' ', '[']))
        });
        let line = lines.next().expect(option.name);
        let explanation = if option.what.is_empty() {
            option.note
        } else {
            option.what
        };
        let place = line.find(&format!(" {explanation}")).expect(line) + 1;
        let is_long = place > 26 && line.as_bytes()[place - 2] != b' ';
        assert!(place == 26 || is_long, "{place}: {line}");
    }
}

/// `[9696]`: the default, or the first of several ways.
fn default_is_stated(line: &str, option: &Opt) {
    let stated = line
        .rsplit_once('[')
        .map(|(_, last)| last.trim_end_matches(']'));
    match option.takes {
        Takes::Number { default: 0, .. } if option.name != "--max-children" => {
            assert_eq!(stated, None, "{line}");
        }
        Takes::Number { default, .. } => {
            let default = if default == 0 { 1024 } else { default };
            assert_eq!(stated, Some(&*default.to_string()), "{line}");
        }
        Takes::Seconds { default, .. } => {
            assert_eq!(stated, Some(&*(default / 1000).to_string()), "{line}");
        }
        Takes::Choice(ways) => assert_eq!(stated, Some(ways[0]), "{line}"),
        _ => {}
    }
}

#[test]
fn the_default_of_max_children_is_there_where_children_are_counted() {
    for reap in ["signal", "before-fork"] {
        let options = fork(&["--reap", reap]);
        assert_eq!(options.number(Name::MaxChildren), 1024);
    }
}
