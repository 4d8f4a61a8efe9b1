//! What `lab bench` is asked to measure.

use anyhow::{Context, Result, bail};
use clap::ValueEnum;
use std::path::PathBuf;

/// Measure acceptd beside its peers: write benchmarks.md, its plots and its numbers.
#[derive(clap::Args)]
pub struct Arguments {
    /// What to measure; the other parts stay as the page has them [default: all]
    #[arg(value_enum)]
    pub parts: Vec<Name>,
    /// One short round of each, for CI: whether it works, not how fast it is
    #[arg(long)]
    pub quick: bool,
    /// Write the page that is kept, docs/benchmarks.md
    #[arg(long, conflicts_with = "quick")]
    pub record: bool,
    /// Rounds of `load` [default: 7; quick: 1]
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..))]
    pub rounds: Option<u32>,
    /// Seconds of each round of `load` [default: 1]
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u32).range(1..))]
    pub duration: Option<u32>,
    /// Clients of `load` at once [default: 1,32,256; quick: 10]
    #[arg(long, value_delimiter = ',', value_parser = clap::value_parser!(u32).range(1..))]
    pub clients: Vec<u32>,
    /// Sleepers of `growth` at once [default: 10,100,1000,10000; quick: 10,100]
    #[arg(long, value_delimiter = ',', value_parser = clap::value_parser!(u32).range(1..))]
    pub sleepers: Vec<u32>,
    /// Only servers whose name contains one of these
    #[arg(long, value_name = "NAME", value_delimiter = ',')]
    pub only: Vec<String>,
    /// What the reader of the page has to know of this run
    #[arg(long, value_name = "TEXT")]
    pub note: Option<String>,
    /// The acceptd to measure
    #[arg(long, value_name = "FILE", default_value = "target/release/acceptd")]
    pub acceptd: PathBuf,
    /// Where `just bench` has unpacked the other servers
    #[arg(long, value_name = "DIRECTORY", default_value = "target/peers")]
    pub peers: PathBuf,
    /// Where benchmarks.md goes, and a directory benchmarks beside it
    /// [default: target/bench; with --record: docs]
    #[arg(long, value_name = "DIRECTORY")]
    pub output: Option<PathBuf>,
}

impl Arguments {
    /// Whether that part is to be measured.
    pub fn asks_for(&self, part: Name) -> bool {
        self.parts.is_empty() || self.parts.contains(&part)
    }

    /// Clients of `load` at once, one measurement for each number.
    pub fn clients(&self) -> Vec<u32> {
        self.given_or(&self.clients, &[1, 32, 256], &[10])
    }

    /// Sleepers of `growth` at once, one measurement for each number.
    pub fn sleepers(&self) -> Vec<u32> {
        self.given_or(&self.sleepers, &[10, 100, 1000, 10_000], &[10, 100])
    }

    fn given_or(&self, given: &[u32], full: &[u32], quick: &[u32]) -> Vec<u32> {
        let chosen = match (given, self.quick) {
            ([], true) => quick,
            ([], false) => full,
            _ => given,
        };
        chosen.to_vec()
    }

    /// # Errors
    ///
    /// An option is given that no part takes.
    pub fn check(&self) -> Result<()> {
        for (option, is_given, part) in [
            ("--rounds", self.rounds.is_some(), Name::Load),
            ("--duration", self.duration.is_some(), Name::Load),
            ("--clients", !self.clients.is_empty(), Name::Load),
            ("--sleepers", !self.sleepers.is_empty(), Name::Growth),
        ] {
            if is_given && !self.asks_for(part) {
                let part = part.to_possible_value().context("a part")?;
                bail!("{option}: only the part {} takes it", part.get_name());
            }
        }
        Ok(())
    }
}

/// The parts of the page.
#[derive(Clone, Copy, PartialEq, clap::ValueEnum)]
pub enum Name {
    /// Processor time of a connection, requests per second, latency
    Load,
    /// The article's three measurements
    Article,
    /// Ever more sleepers at once
    Growth,
    /// What a stop loses
    Stop,
    /// Replacing a server under load
    Restart,
    /// System calls, page faults, instructions, memory, bytes
    Counts,
}

/// The command line of this run, as `just` takes it. The page shows the note elsewhere.
pub fn command_line() -> String {
    let mut typed = Vec::new();
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        if argument == "--note" {
            arguments.next();
        } else if !argument.starts_with("--note=") {
            typed.push(quoted(argument));
        }
    }
    format!("just {}", typed.join(" "))
}

/// A word as a shell takes it.
fn quoted(word: String) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_=,./".contains(c);
    match word.chars().all(is_plain) {
        true => word,
        false => format!("'{}'", word.replace('\'', r"'\''")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_with_blanks_is_quoted() {
        let quoted = |word: &str| quoted(word.to_string());
        assert_eq!(quoted("--only=nginx"), "--only=nginx");
        assert_eq!(quoted("acceptd fork"), "'acceptd fork'");
        assert_eq!(quoted("it's"), r"'it'\''s'");
    }
}
