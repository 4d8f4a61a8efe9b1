//! A recording: the lines joined to what happened, each with who did it.

use super::call::Call;
use super::line::{self, Line, Micros, UNFINISHED, What};
use anyhow::{Context, bail};
use std::borrow::Cow;
use std::collections::{BTreeSet, HashMap};

/// What a process did or met.
#[derive(Debug)]
pub enum Event {
    Call(Call),
    /// The name, and the braces that follow it.
    Signal(String, String),
    /// `exited with 0`, `killed by SIGKILL`.
    Ended(String),
}

/// An event, and the lines (from 0) at which it began and was complete.
#[derive(Debug)]
pub struct Entry {
    pub pid: u32,
    pub time: Micros,
    pub event: Event,
    pub lines: (usize, usize),
}

/// A call whose end has not been read.
struct Begun {
    text: String,
    start: Micros,
    line: usize,
}

/// Reads strace's text. Fails with the number of the line that is none of
/// strace's; a last line without its end is a recording cut short, and dropped.
pub fn read(text: &str) -> anyhow::Result<Vec<Entry>> {
    let (lines, attached) = lines(text);
    let mut joining = Joining::of(&lines, &attached);
    let last = lines.last().map(|(number, _)| *number);
    for (number, line) in &lines {
        let cut_short = !text.ends_with('\n') && last == Some(*number) && *number > 0;
        match Line::parse(line).and_then(|line| joining.add(*number, line)) {
            Err(_) if cut_short => break,
            read => read.with_context(|| format!("line {}: {line:.80}", number + 1))?,
        }
    }
    for pid in joining.begun.keys().copied().collect::<Vec<_>>() {
        joining.never_returned(pid, usize::MAX);
    }
    if joining.entries.is_empty() {
        bail!("it records no call");
    }
    Ok(joining.entries)
}

/// The lines that tell what happened, each with its number, from 0; and the
/// pids of the processes that strace said it attached to.
fn lines(text: &str) -> (Vec<(usize, Cow<'_, str>)>, BTreeSet<u32>) {
    let (mut lines, mut attached) = (Vec::new(), BTreeSet::new());
    let mut before = "";
    for (number, line) in text.lines().enumerate() {
        if let Some((pid, beginning)) = line::attached(line) {
            attached.insert(pid);
            before = if before.is_empty() { beginning } else { before };
        } else if !before.is_empty() {
            lines.push((number, format!("{before}{line}").into()));
            before = "";
        } else if !line::is_note(line) {
            lines.push((number, line.into()));
        }
    }
    (lines, attached)
}

struct Joining {
    begun: HashMap<u32, Begun>,
    entries: Vec<Entry>,
    /// Whose lines may lack a pid: the only one there is, or the first.
    alive: BTreeSet<u32>,
    first: u32,
}

impl Joining {
    /// Looks ahead for the first process' pid, which strace's stderr names
    /// only once there are two. 0 where it never does.
    fn of(lines: &[(usize, Cow<str>)], attached: &BTreeSet<u32>) -> Self {
        let mut pids = lines
            .iter()
            .filter_map(|(_, line)| Line::parse(line).ok()?.pid);
        let first = pids.find(|pid| !attached.contains(pid)).unwrap_or(0);
        Self {
            begun: HashMap::new(),
            entries: Vec::new(),
            alive: BTreeSet::from([first]),
            first,
        }
    }

    fn add(&mut self, number: usize, line: Line) -> anyhow::Result<()> {
        let only = (self.alive.len() == 1).then(|| self.alive.first().copied());
        let pid = line.pid.or(only.flatten()).unwrap_or(self.first);
        self.alive.insert(pid);
        let time = line.time;
        if !matches!(line.what, What::Resumed(..)) {
            self.never_returned(pid, number);
        }
        let lines = (number, number);
        let event = match line.what {
            What::Call(text) => Event::Call(Call::parse(text, time, None).context("no call")?),
            What::Signal(text) => {
                let (name, details) = text.split_once(' ').unwrap_or((text, ""));
                Event::Signal(name.into(), details.into())
            }
            What::Ended(text) => {
                self.alive.remove(&pid);
                Event::Ended(text.into())
            }
            What::Begun(text) => {
                let (text, start) = (text.to_string(), time);
                self.begun.insert(
                    pid,
                    Begun {
                        text,
                        start,
                        line: number,
                    },
                );
                return Ok(());
            }
            What::Resumed(name, rest) => return self.resume(pid, number, time, name, rest),
        };
        self.entries.push(Entry {
            pid,
            time,
            event,
            lines,
        });
        Ok(())
    }

    /// Joins the halves. A call that was under way when strace came has no first half.
    fn resume(
        &mut self,
        pid: u32,
        number: usize,
        time: Micros,
        name: &str,
        rest: &str,
    ) -> anyhow::Result<()> {
        let begun = self.begun.remove(&pid);
        let begun = begun.filter(|begun| name.contains('?') || begun.text.starts_with(name));
        let mut begun = begun.unwrap_or(Begun {
            text: format!("{name}("),
            start: time,
            line: number,
        });
        begun.text += rest;
        // strace may leave off once more in the second half.
        if rest.ends_with(UNFINISHED) {
            self.begun.insert(pid, begun);
            return Ok(());
        }
        let call = Call::parse(&begun.text, begun.start, Some(time)).context("no call")?;
        self.entries.push(Entry {
            pid,
            time: begun.start,
            event: Event::Call(call),
            lines: (begun.line, number),
        });
        Ok(())
    }

    fn never_returned(&mut self, pid: u32, number: usize) {
        let Some(begun) = self.begun.remove(&pid) else {
            return;
        };
        if let Some(call) = Call::parse(&begun.text, begun.start, None) {
            self.entries.push(Entry {
                pid,
                time: begun.start,
                event: Event::Call(call),
                lines: (begun.line, number),
            });
        }
    }
}
