//! `straceview explain`: the trace in the terminal, each call with the line of source that
//! made it.

use crate::model::tree::{Member, tree};
use crate::model::{Model, Process};
use crate::say;
use crate::source::lines::{Source, SourceArguments};
use crate::strace::entry::Place;
use crate::strace::recording;
use anyhow::Context;
use clap::Args;
use std::fmt::Write as _;
use std::io::{IsTerminal, Write, stdout};
use std::path::PathBuf;

/// Print a recording of `strace -f -k`, each call with the line of source that made it
#[derive(Args)]
pub struct Arguments {
    /// The recording
    recording: PathBuf,
    #[command(flatten)]
    source: SourceArguments,
}

/// Reads, and prints. Whoever reads the output may leave early.
pub fn run(arguments: &Arguments) -> anyhow::Result<()> {
    let path = &arguments.recording;
    let recording = recording::read_file(path).with_context(|| path.display().to_string())?;
    let source = Source::open(&arguments.source)?;
    let model = Model::of(recording);
    let plain = !stdout().is_terminal() || std::env::var_os("NO_COLOR").is_some();
    let text = Printer {
        model: &model,
        source: &source,
        plain,
    }
    .all();
    let printed = stdout().write_all(text.as_bytes());
    if let Some(why) = nothing_found(&model, &source, &arguments.source) {
        say::complain(format_args!("{why}"));
    }
    match printed {
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => Ok(()),
        printed => Ok(printed?),
    }
}

/// Why no call has a line, if none has.
pub fn nothing_found(
    model: &Model,
    source: &Source,
    asked: &SourceArguments,
) -> Option<&'static str> {
    let mut places = model
        .processes
        .iter()
        .flat_map(|process| process.spans.iter().map(|span| &span.place));
    if places.clone().any(|place| !source.of(place).is_empty()) {
        return None;
    }
    let stacks = places.clone().any(|place| !place.stack.is_empty());
    let pointers = places.any(|place| place.pointer.is_some());
    Some(match (stacks, pointers) {
        (false, false) => "no call has its line of source: record with strace -k as well",
        _ if asked.symbols.is_empty() => {
            "no call has its line of source: name the program with its debug information, --symbols"
        }
        (false, true) if !source.reads_pointers() => {
            "no call has its line of source: the program runs at another address each time, for which strace -i does not tell enough; record with -k"
        }
        _ => {
            "no call has its line of source: none of the files is below --source, or --symbols is another program"
        }
    })
}

struct Printer<'a> {
    model: &'a Model,
    source: &'a Source,
    plain: bool,
}

/// The most callers of a line that are named. Those further out are the same for most calls.
const CALLERS: usize = 4;

/// What stands for the text of a line that is not known.
const MERGED: &str = "(the compiler has made one call of several)";

/// The colours of processes, in turn.
const COLOURS: [&str; 6] = ["36", "33", "35", "32", "34", "31"];

impl Printer<'_> {
    fn all(&self) -> String {
        let mut lines = Vec::new();
        for Member {
            process: index,
            label,
        } in tree(self.model)
        {
            let process = &self.model.processes[index];
            let label = self.label(index, process, &label);
            for span in &process.spans {
                let call = &span.call;
                let result = if call.result.is_empty() {
                    "?"
                } else {
                    &call.result
                };
                let text = format!("{label} {}({}) = {result}", call.name, call.arguments);
                // The stack of rt_sigreturn is the one to which it returned.
                let how = if call.name == "rt_sigreturn" {
                    "back to "
                } else {
                    ""
                };
                lines.push((span.step, text + &self.place(&span.place, how)));
            }
            for signal in &process.signals {
                let text = format!("{label} --- {} {} ---", signal.name, signal.details);
                lines.push((
                    signal.at.step,
                    text + &self.place(&signal.place, "came at "),
                ));
            }
            if let Some((at, how)) = &process.ended {
                lines.push((at.step, format!("{label} +++ {how} +++\n")));
            }
        }
        lines.sort_by_key(|(step, _)| *step);
        lines.into_iter().map(|(_, text)| text).collect()
    }

    /// The process that makes the call, and its pid, in the process' colour.
    fn label(&self, index: usize, process: &Process, label: &str) -> String {
        let mut all = self.model.processes.iter();
        let is_parent = all.any(|other| other.parent == Some(index));
        let label = match (process.parent, is_parent) {
            (Some(_), _) => label,
            (None, true) => "parent",
            (None, false) => "process",
        };
        let text = match process.pid {
            0 => label.to_string(),
            pid => format!("{label} {pid}"),
        };
        self.colour(COLOURS[index % COLOURS.len()], &format!("{text:<16}"))
    }

    fn colour(&self, code: &str, text: &str) -> String {
        if self.plain {
            return text.into();
        }
        format!("\x1b[{code}m{text}\x1b[0m")
    }

    /// The lines below a call: the source that made it, and who called that.
    fn place(&self, place: &Place, how: &str) -> String {
        let locations = self.source.of(place);
        let mut text = String::from("\n");
        let indent = " ".repeat(17);
        if let Some((first, callers)) = locations.split_first() {
            let (at, line) = match first.line {
                0 => (format!("{}:?", first.file), MERGED.to_string()),
                line => (format!("{}:{line}", first.file), self.source.text(first)),
            };
            let at = self.colour("1", &at);
            let _ = write!(text, "{indent}{how}{at}  {line}");
            let more = if callers.len() > CALLERS { ", ..." } else { "" };
            let callers: Vec<String> = callers
                .iter()
                .take(CALLERS)
                .map(|caller| format!("{}:{}", caller.file, caller.line))
                .collect();
            if !callers.is_empty() {
                let from = format!("  from {}{more}", callers.join(", "));
                text += &self.colour("2", &from);
            }
            text.push('\n');
        } else if let Some(symbol) = place.stack.iter().find_map(|frame| frame.symbol.as_ref()) {
            let _ = writeln!(text, "{indent}{how}{}+{:#x}", symbol.0, symbol.1);
        }
        text
    }
}
