//! All that was measured, as benchmarks.json holds it: what the page is made
//! from, and no more.

use crate::bench::{article, comparisons::Comparison, counts::Counts, growth, load, restart, stop};
use crate::machine::Machine;
use crate::statistics::Spread;
use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::path::Path;

/// When and how a part was measured. Parts can be measured apart.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Run {
    /// What was typed.
    pub command: String,
    /// When it began, UTC.
    pub date: String,
    /// Processes that were running or waiting to, in the last minute before.
    pub load_before: f64,
    /// Rounds of each measurement.
    pub rounds: u32,
    /// Seconds of each.
    pub seconds: u32,
    /// Whether it was a quick run, whose timings tell nothing.
    pub quick: bool,
    /// The part of the processors' time that the hypervisor gave to others, in
    /// hundredths, over the rounds under load.
    pub stolen: Option<Spread>,
    /// What else the reader has to know (`--note`).
    pub note: Option<String>,
    /// Servers and columns that were left out, and why.
    pub left_out: Vec<String>,
}

/// One part of the page.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Part<T> {
    /// Its run.
    pub run: Run,
    /// Its rows.
    pub rows: Vec<T>,
}

/// All parts. `None`: not measured yet.
#[derive(Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Results {
    /// The machine of the last run.
    pub machine: Option<Machine>,
    /// Under load.
    pub load: Option<Part<load::Row>>,
    /// Ratios of what was measured under load.
    pub comparisons: Option<Part<Comparison>>,
    /// The article's measurements.
    pub article: Option<Part<article::Row>>,
    /// Ever more sleepers.
    pub growth: Option<Part<growth::Row>>,
    /// What a stop loses.
    pub stop: Option<Part<stop::Row>>,
    /// Replaced under load.
    pub restart: Option<Part<restart::Row>>,
    /// Counted, not timed.
    pub counts: Option<Part<Counts>>,
}

impl Results {
    /// Reads the results of a file.
    pub fn read(file: &Path) -> Result<Self> {
        let name = || file.display().to_string();
        let text = std::fs::read_to_string(file).with_context(name)?;
        serde_json::from_str(&text).with_context(name)
    }

    /// Writes them to a file, each row on a line of its own.
    pub fn write(&self, file: &Path) -> Result<()> {
        let value = serde_json::to_value(self)?;
        let text = lines(&value)?;
        std::fs::write(file, text).with_context(|| file.display().to_string())
    }
}

/// JSON in which a list of objects has a line for each, and all else is on one.
fn lines(value: &Value) -> Result<String> {
    let Value::Object(parts) = value else {
        return Ok(serde_json::to_string(value)?);
    };
    let mut text = Vec::new();
    for (name, part) in parts {
        text.push(format!("\"{name}\": {}", part_lines(part)?));
    }
    Ok(format!("{{\n{}\n}}\n", text.join(",\n")))
}

fn part_lines(part: &Value) -> Result<String> {
    let Some(rows) = part.get("rows").and_then(Value::as_array) else {
        return Ok(serde_json::to_string(part)?);
    };
    let run = serde_json::to_string(&part["run"])?;
    let rows: Result<Vec<String>, _> = rows.iter().map(serde_json::to_string).collect();
    let rows = rows?.join(",\n  ");
    Ok(format!(
        "{{\n \"run\": {run},\n \"rows\": [\n  {rows}\n ]}}"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bench::article::{Answers, Row};

    #[test]
    fn what_is_written_is_read_again_and_each_row_has_a_line() {
        let answers = Answers {
            rate: 1.5,
            failures: 0,
        };
        let row = |model: &str| Row {
            model: model.to_string(),
            sleep: false,
            article: answers,
            python: None,
            acceptd: Some(answers),
        };
        let run = Run {
            command: "just bench".to_string(),
            date: "2026-01-01 00:00".to_string(),
            load_before: 0.25,
            rounds: 1,
            seconds: 1,
            quick: true,
            stolen: None,
            note: None,
            left_out: vec!["nginx: not installed".to_string()],
        };
        let results = Results {
            article: Some(Part {
                run,
                rows: vec![row("one"), row("two")],
            }),
            ..Results::default()
        };
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("benchmarks.json");
        results.write(&file).unwrap();
        assert_eq!(Results::read(&file).unwrap(), results);
        let text = std::fs::read_to_string(&file).unwrap();
        let rows = text.lines().filter(|line| line.contains("\"model\""));
        assert_eq!(rows.count(), 2, "{text}");
    }
}
