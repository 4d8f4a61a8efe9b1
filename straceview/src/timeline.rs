//! `straceview timeline`: who blocks where, drawn from strace's recording.
//!
//! [`crate::strace`] reads the recording, [`crate::model`] is what it means, and
//! [`crate::picture`] draws it.

use crate::model::{Model, Process};
use crate::picture;
use crate::say;
use crate::strace::recording::{self, HOW};
use crate::strace::stamp::Precision;
use anyhow::{Context, bail, ensure};
use clap::{Args, ValueEnum};
use std::path::{Path, PathBuf};

/// Draw a recording of `strace -f -ttt -T` as one SVG
#[derive(Args)]
pub struct Arguments {
    /// Recordings; several are drawn under one another, on one time scale
    #[arg(required = true)]
    traces: Vec<PathBuf>,
    /// The picture to write
    #[arg(short, long)]
    output: PathBuf,
    /// The heading of each recording; otherwise its file's name
    #[arg(long = "title", value_name = "TEXT", allow_hyphen_values = true)]
    titles: Vec<String>,
    /// Which descriptors get a lane
    #[arg(long, value_enum, default_value = "sockets")]
    descriptors: Shown,
    /// A lane for each process and each descriptor, however tall the picture gets
    #[arg(long)]
    tall: bool,
    /// Begin so many seconds (from 0) after the recording's start
    #[arg(long, value_name = "SECONDS", default_value = "0", value_parser = seconds)]
    from: i64,
    /// End so many seconds after the recording's start
    #[arg(long, value_name = "SECONDS", value_parser = seconds)]
    to: Option<i64>,
}

#[derive(Clone, Copy, PartialEq, ValueEnum)]
enum Shown {
    Sockets,
    All,
}

/// Seconds with decimals, as microseconds.
fn seconds(text: &str) -> anyhow::Result<i64> {
    let seconds: f64 = text.parse()?;
    ensure!(
        (0.0..1e9).contains(&seconds),
        "seconds after the start, from 0"
    );
    Ok((seconds * 1e6).round() as i64)
}

/// Reads, draws, and says where the picture is.
pub fn run(arguments: &Arguments) -> anyhow::Result<()> {
    let Arguments {
        traces,
        output,
        titles,
        from,
        to,
        ..
    } = arguments;
    ensure!(
        titles.len() <= traces.len(),
        "--title: more of them than recordings"
    );
    ensure!(to.is_none_or(|to| to > *from), "--to: not after --from");
    let mut recordings = Vec::new();
    for (index, path) in traces.iter().enumerate() {
        let entries = recording::read_file(path).with_context(|| path.display().to_string())?;
        let name = path.file_stem().unwrap_or_default().to_string_lossy();
        let title = titles.get(index).cloned().unwrap_or(name.into_owned());
        if entries.precision != Precision::Micros {
            let what = match entries.precision {
                Precision::None => "has no times",
                _ => "has whole seconds only (-t)",
            };
            bail!("{}: the recording {what}; {HOW}", path.display());
        }
        let model = Model::of(entries);
        warn(path, &model);
        recordings.push((title, model));
    }
    let view = picture::View {
        all_descriptors: arguments.descriptors == Shown::All,
        tall: arguments.tall,
        from: *from,
        to: *to,
    };
    let picture = picture::draw(&recordings, view);
    for sentence in &picture.left_out {
        say::complain(format_args!(
            "{sentence}; --tall draws all, --from and --to a part of the time"
        ));
    }
    let text = picture.svg;
    std::fs::write(output, &text).with_context(|| output.display().to_string())?;
    say::tell(format_args!("{}: {} bytes", output.display(), text.len()));
    Ok(())
}

/// What is missing or inexact, and how to record it.
fn warn(path: &Path, model: &Model) {
    let path = path.display();
    if !model.has_closes {
        say::complain(format_args!(
            "{path}: no close is recorded, so nobody knows when a descriptor ends; record close too, or without -e trace"
        ));
    }
    if !model.has_durations {
        say::complain(format_args!(
            "{path}: no durations are recorded (-T), so a call that can wait is drawn until the next line of its process"
        ));
    }
    let did_nothing = |process: &Process| process.spans.is_empty() && process.signals.is_empty();
    let is_child = |process: &&Process| process.parent.is_some();
    let mut children = model.processes.iter().filter(is_child).peekable();
    if children.peek().is_some() && children.all(did_nothing) {
        say::complain(format_args!(
            "{path}: nothing that a child did is recorded; strace -f records children, too"
        ));
    }
}
