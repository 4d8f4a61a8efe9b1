//! When and how the parts of benchmarks.md were measured.

use crate::results::{Results, Run};
use anyhow::Result;
use std::fmt::Write;

/// One command: which parts it has measured, and what it left out.
struct Command<'a> {
    run: &'a Run,
    parts: Vec<&'static str>,
    left_out: Vec<&'a str>,
}

/// The commands that the page's parts come from.
fn commands(results: &Results) -> Vec<Command<'_>> {
    let parts = [
        ("costs", results.load.as_ref().map(|part| &part.run)),
        ("growth", results.growth.as_ref().map(|part| &part.run)),
        ("stops", results.stop.as_ref().map(|part| &part.run)),
        ("restarts", results.restart.as_ref().map(|part| &part.run)),
        ("counts", results.counts.as_ref().map(|part| &part.run)),
        (
            "the article's",
            results.article.as_ref().map(|part| &part.run),
        ),
    ];
    let mut commands: Vec<Command<'_>> = Vec::new();
    for (name, run) in parts {
        let Some(run) = run else { continue };
        let is_same = |other: &Run| (&other.command, &other.date) == (&run.command, &run.date);
        let position = commands.iter().position(|command| is_same(command.run));
        let position = position.unwrap_or_else(|| {
            commands.push(Command {
                run,
                parts: Vec::new(),
                left_out: Vec::new(),
            });
            commands.len() - 1
        });
        let command = &mut commands[position];
        command.parts.push(name);
        for reason in &run.left_out {
            if !command.left_out.contains(&reason.as_str()) {
                command.left_out.push(reason);
            }
        }
    }
    commands
}

/// Each command, and what the reader has to know of it.
pub fn text(results: &Results) -> Result<String> {
    let mut text = String::new();
    for command in commands(results) {
        tell(&mut text, &command)?;
    }
    Ok(text)
}

fn tell(page: &mut String, command: &Command<'_>) -> Result<()> {
    let run = command.run;
    let parts = command.parts.join(", ");
    write!(
        page,
        "Measured {} UTC by `{}`: {parts}. ",
        run.date, run.command
    )?;
    write!(page, "Load of the machine before: {:.2}.", run.load_before)?;
    if let Some(stolen) = run.stolen {
        write!(
            page,
            " The hypervisor gave {:.0} % of the processors' time to others in the median round, \
             {:.0} % in the worst.",
            stolen.median, stolen.max
        )?;
    }
    if run.quick {
        page.push_str(
            " **A quick run: it shows that everything works, and its timings tell nothing.**",
        );
    }
    if let Some(note) = &run.note {
        write!(page, " {note}")?;
    }
    page.push_str("\n\n");
    for reason in &command.left_out {
        writeln!(page, "- Left out: {reason}")?;
    }
    if !command.left_out.is_empty() {
        page.push('\n');
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::results::Part;

    fn part<T>(command: &str, left_out: &[&str]) -> Option<Part<T>> {
        let run = Run {
            command: command.to_string(),
            date: "2026-01-01 00:00".to_string(),
            load_before: 0.0,
            rounds: 1,
            seconds: 1,
            quick: false,
            stolen: None,
            note: None,
            left_out: left_out.iter().map(|reason| reason.to_string()).collect(),
        };
        Some(Part {
            run,
            rows: Vec::new(),
        })
    }

    #[test]
    fn parts_of_one_command_are_told_together() {
        let results = Results {
            load: part("just bench", &["a"]),
            stop: part("just bench stop", &[]),
            restart: part("just bench", &["a", "b"]),
            ..Results::default()
        };
        let text = text(&results).unwrap();
        assert!(text.contains("`just bench`: costs, restarts."), "{text}");
        assert!(text.contains("`just bench stop`: stops."), "{text}");
        assert_eq!(text.matches("Left out: a").count(), 1, "{text}");
        assert_eq!(text.matches("Left out: b").count(), 1, "{text}");
    }
}
