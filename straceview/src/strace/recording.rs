//! A recording: what happened, in the order of the lines, each with who did it.

use super::complete::complete;
use super::entry::Entry;
use super::join::Joining;
use super::line::{self, Line};
use super::stack::{self, Modules};
use super::stamp::{Clock, Precision};
use anyhow::bail;
use std::borrow::Cow;
use std::collections::BTreeSet;
use std::path::Path;

/// How to make a recording that this program reads; every refusal says it.
pub const HOW: &str = "record with: strace -f -ttt -T -o FILE COMMAND";

/// What strace wrote.
#[derive(Debug)]
pub struct Recording {
    pub entries: Vec<Entry>,
    pub precision: Precision,
    /// Whether any call says how long it took (-T, or two lines).
    pub has_durations: bool,
}

/// Reads a file of strace's text. Bytes that are not UTF-8 are replaced, and so are control
/// characters: strace writes none, and a terminal would obey them.
pub fn read_file(path: &Path) -> anyhow::Result<Recording> {
    let bytes = std::fs::read(path)?;
    let text = String::from_utf8_lossy(&bytes);
    let is_foreign = |c: char| c.is_control() && !"\t\r\n".contains(c);
    if text.contains(is_foreign) {
        return read(&text.replace(is_foreign, "\u{fffd}"));
    }
    read(&text)
}

/// Reads strace's text. Fails with the number of the line that is none of
/// strace's; a last line without its end is a recording cut short, and dropped.
pub fn read(text: &str) -> anyhow::Result<Recording> {
    let Lines { lines, attached } = Lines::of(text);
    let stamps = lines.iter().filter_map(|(_, line)| match line {
        Text::Event(line) => Line::parse(line).ok()?.stamp,
        Text::Frame(_) => None,
    });
    let mut clock = Clock::of(stamps);
    let mut joining = Joining::starting_with(first_pid(&lines, &attached));
    let mut modules = Modules::default();
    let last = lines.last().map(|(number, _)| *number);
    for (number, line) in &lines {
        let line = match line {
            Text::Event(line) => line,
            Text::Frame(line) => {
                joining.frame(stack::parse(line).map(|frame| modules.frame(&frame)));
                continue;
            }
        };
        let added = Line::parse(line).and_then(|line| {
            let time = clock.time(line.stamp);
            joining.add(*number, time, line)
        });
        if let Err(error) = added {
            // A recording that is being written may end within a line.
            if !text.ends_with('\n') && last == Some(*number) && *number > 0 {
                break;
            }
            bail!("line {}: {line:.80}: {error:#}; {HOW}", number + 1);
        }
    }
    let (entries, has_durations) = joining.finish();
    if entries.is_empty() {
        let counts = text.lines().any(line::is_summary);
        let what = if counts {
            "it is a table of counts (-c), and"
        } else {
            "it"
        };
        bail!("{what} records no call; {HOW}");
    }
    Ok(Recording {
        entries: complete(entries),
        precision: clock.precision(),
        has_durations,
    })
}

/// The pid that strace's stderr leaves out until there is a second process. 0 where it is never
/// named.
fn first_pid(lines: &[(usize, Text)], attached: &BTreeSet<u32>) -> u32 {
    let mut pids = lines.iter().filter_map(|(_, line)| match line {
        Text::Event(line) => Line::parse(line).ok()?.pid,
        Text::Frame(_) => None,
    });
    pids.find(|pid| !attached.contains(pid)).unwrap_or(0)
}

/// A line of the text, whole.
enum Text<'a> {
    Event(Cow<'a, str>),
    /// A line of the stack of the event before.
    Frame(&'a str),
}

/// The lines that tell what happened, each with its number, from 0; and the
/// pids of the processes that strace said it attached to.
struct Lines<'a> {
    lines: Vec<(usize, Text<'a>)>,
    attached: BTreeSet<u32>,
}

impl<'a> Lines<'a> {
    fn of(text: &'a str) -> Self {
        let (mut lines, mut attached) = (Vec::new(), BTreeSet::new());
        let mut before = "";
        for (number, line) in text.lines().enumerate() {
            if let Some((pid, beginning)) = line::attached(line) {
                attached.insert(pid);
                before = if before.is_empty() { beginning } else { before };
            } else if !before.is_empty() {
                lines.push((number, Text::Event(format!("{before}{line}").into())));
                before = "";
            } else if stack::is_frame(line) {
                lines.push((number, Text::Frame(line)));
            } else if line::is_summary(line) {
                break;
            } else if !line::is_note(line) {
                lines.push((number, Text::Event(line.into())));
            }
        }
        Self { lines, attached }
    }
}
