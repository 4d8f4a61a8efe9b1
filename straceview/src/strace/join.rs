//! Joins the two halves of a call that another process' line cuts in two.

use super::call::{Call, number};
use super::entry::{Entry, Event, Place};
use super::line::{Line, UNFINISHED, What};
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
    /// The entry that a stack in the next lines belongs to.
    stack_of: Option<usize>,
    /// The last call or signal of each process.
    last_of: HashMap<u32, usize>,
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
            stack_of: None,
            last_of: HashMap::new(),
        }
    }

    /// A line of the stack of the entry before. `None`: it says that there is no stack.
    pub fn frame(&mut self, frame: Option<Frame>) {
        if let (Some(entry), Some(frame)) = (self.stack_of, frame) {
            self.entries[entry].place.stack.push(frame);
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
                self.stack_of = None;
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

    /// The call that `pid` has begun never returned: no second half comes.
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
            // strace prints the stack of exit behind the end.
            self.stack_of = self.last_of.get(&entry.pid).copied();
            if let Some(leader) = superseded_by(how) {
                self.execve_moves(entry, leader);
                return;
            }
        } else {
            self.stack_of = Some(self.entries.len());
            self.last_of.insert(entry.pid, self.entries.len());
        }
        self.entries.push(entry);
    }

    /// A thread that is not the first has called execve: the thread ends, and the call returns
    /// in the first thread, whose own call does not return. `never_returned` has just put the
    /// call into the entries, since a line of its thread followed.
    fn execve_moves(&mut self, end: Entry, leader: u32) {
        let last = self
            .last_of
            .remove(&end.pid)
            .map(|index| &mut self.entries[index]);
        let begun = last.and_then(|entry| match &entry.event {
            Event::Call(call) if call.name.starts_with("execve") => {
                let begun = Begun {
                    text: format!("{}({}", call.name, call.arguments),
                    start: entry.time,
                    line: entry.lines.0,
                    pointer: entry.place.pointer,
                };
                Some((begun, entry))
            }
            _ => None,
        });
        let line = end.lines.1;
        match begun {
            Some((begun, entry)) => {
                *entry = end;
                self.never_returned(leader, line);
                self.begun.insert(leader, begun);
            }
            None => self.entries.push(end),
        }
        self.stack_of = None;
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

/// The first thread of `superseded by execve in pid N`.
fn superseded_by(how: &str) -> Option<u32> {
    let pid = how.strip_prefix("superseded by execve in pid ")?;
    number(pid)?.try_into().ok()
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
