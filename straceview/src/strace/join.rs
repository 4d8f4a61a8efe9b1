//! Joins the two halves of a call that another process' line cuts in two.

use super::call::Call;
use super::line::{Line, UNFINISHED, What};
use super::recording::{Entry, Event, Place};
use super::stack::Frame;
use super::stamp::Micros;
use anyhow::Context;
use std::collections::{BTreeSet, HashMap};

/// The first half of a call.
struct Begun {
    text: String,
    start: Micros,
    line: usize,
    pointer: Option<u64>,
}

/// What has been read so far.
pub struct Joining {
    begun: HashMap<u32, Begun>,
    entries: Vec<Entry>,
    /// The processes that have not ended. Of a single one strace leaves the pid out.
    alive: BTreeSet<u32>,
    first: u32,
    has_durations: bool,
    /// Whether the line before completed an entry, to which a stack may belong.
    takes_frames: bool,
}

impl Joining {
    /// `first` is the pid of lines that have none.
    pub fn starting_with(first: u32) -> Self {
        Self {
            begun: HashMap::new(),
            entries: Vec::new(),
            alive: BTreeSet::from([first]),
            first,
            has_durations: false,
            takes_frames: false,
        }
    }

    /// A line of the stack of the entry before. `None`: it says that there is no stack.
    pub fn frame(&mut self, frame: Option<Frame>) {
        let last = self.entries.last_mut().filter(|_| self.takes_frames);
        if let (Some(entry), Some(frame)) = (last, frame) {
            entry.place.stack.push(frame);
        }
    }

    /// The next line.
    pub fn add(&mut self, number: usize, time: Micros, line: Line) -> anyhow::Result<()> {
        let only = (self.alive.len() == 1).then(|| self.alive.first().copied());
        let pid = line.pid.or(only.flatten()).unwrap_or(self.first);
        self.alive.insert(pid);
        if !matches!(line.what, What::Resumed(..)) {
            self.never_returned(pid, number);
        }
        let event = match line.what {
            What::Call(text) => Event::Call(Call::parse(text, time, None).context("no call")?),
            What::Signal(text) => {
                let (name, details) = text.split_once(' ').unwrap_or((text, ""));
                Event::Signal(name.into(), details.into())
            }
            What::Stopped => Event::Stopped,
            What::Ended(text) => {
                self.alive.remove(&pid);
                Event::Ended(text.into())
            }
            What::Begun(text) => {
                let begun = Begun {
                    text: text.to_string(),
                    start: time,
                    line: number,
                    pointer: line.pointer,
                };
                self.begun.insert(pid, begun);
                self.takes_frames = false;
                return Ok(());
            }
            What::Resumed(name, rest) => return self.resume(pid, number, time, name, rest),
        };
        self.push(Entry {
            pid,
            name: line.name.map(String::from),
            time,
            event,
            lines: (number, number),
            place: Place {
                pointer: line.pointer,
                stack: Vec::new(),
            },
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
            pointer: None,
        });
        begun.text += rest;
        // strace may leave off once more in the second half.
        if rest.ends_with(UNFINISHED) {
            self.begun.insert(pid, begun);
            return Ok(());
        }
        let call = Call::parse(&begun.text, begun.start, Some(time)).context("no call")?;
        self.push(begun.entry(pid, call, number));
        Ok(())
    }

    /// The call of `pid` that has a first half has no second one.
    fn never_returned(&mut self, pid: u32, number: usize) {
        let Some(begun) = self.begun.remove(&pid) else {
            return;
        };
        if let Some(call) = Call::parse(&begun.text, begun.start, None) {
            self.push(begun.entry(pid, call, number));
        }
    }

    fn push(&mut self, entry: Entry) {
        if let Event::Call(call) = &entry.event {
            self.has_durations |= call.lasted.is_some();
        }
        if let Event::Ended(how) = &entry.event {
            self.superseded(entry.pid, how);
        }
        self.entries.push(entry);
        self.takes_frames = true;
    }

    /// `superseded by execve in pid N`: the thread that called execve ends, and the call
    /// returns in the first thread, whose own call does not return.
    fn superseded(&mut self, pid: u32, how: &str) {
        let leader = how.strip_prefix("superseded by execve in pid ");
        let leader = leader.and_then(|rest| super::call::number(rest)?.try_into().ok());
        let Some(leader) = leader else { return };
        let call = self.entries.iter().rposition(|entry| entry.pid == pid);
        let is_execve =
            |event: &Event| matches!(event, Event::Call(call) if call.name.starts_with("execve"));
        // `never_returned` has just completed it, since a line of its process followed.
        let Some(at) = call.filter(|at| is_execve(&self.entries[*at].event)) else {
            return;
        };
        let Entry {
            time,
            lines,
            event: Event::Call(call),
            place,
            ..
        } = self.entries.remove(at)
        else {
            return;
        };
        self.never_returned(leader, lines.1);
        let begun = Begun {
            text: format!("{}({}", call.name, call.arguments),
            start: time,
            line: lines.0,
            pointer: place.pointer,
        };
        self.begun.insert(leader, begun);
    }

    /// All entries, and whether any call says how long it took.
    pub fn finish(mut self) -> (Vec<Entry>, bool) {
        let mut left: Vec<u32> = self.begun.keys().copied().collect();
        left.sort_unstable();
        for pid in left {
            self.never_returned(pid, usize::MAX);
        }
        (self.entries, self.has_durations)
    }
}

impl Begun {
    fn entry(&self, pid: u32, call: Call, last_line: usize) -> Entry {
        Entry {
            pid,
            name: None,
            time: self.start,
            event: Event::Call(call),
            lines: (self.line, last_line),
            place: Place {
                pointer: self.pointer,
                stack: Vec::new(),
            },
        }
    }
}
