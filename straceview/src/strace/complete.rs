//! Adds what strace was told to leave out, where what follows tells it.

use super::entry::{Entry, Event, Place};
use super::purpose;
use super::stamp::Micros;
use std::collections::{HashMap, HashSet};

/// The next thing that a process does, seen from the end of the recording.
struct Next {
    time: Micros,
    is_end: bool,
}

/// Ends each process whose last call is an exit (`-qq` leaves the line out), and each call
/// without a duration (no `-T`) at its process' next line, if it is one that can wait.
pub fn complete(mut entries: Vec<Entry>) -> Vec<Entry> {
    let mut next: HashMap<u32, Next> = HashMap::new();
    let mut ends = HashSet::new();
    for (index, entry) in entries.iter_mut().enumerate().rev() {
        let is_end = matches!(entry.event, Event::Ended(_));
        let after = next.insert(
            entry.pid,
            Next {
                time: entry.time,
                is_end,
            },
        );
        let Event::Call(call) = &mut entry.event else {
            continue;
        };
        let exits = matches!(call.name.as_str(), "exit" | "exit_group");
        if exits && call.end.is_none() && after.as_ref().is_none_or(|after| !after.is_end) {
            ends.insert(index);
        }
        if let Some(after) = after {
            if call.end.is_some() && call.lasted.is_none() && purpose::can_wait(call.acts_as()) {
                call.end = Some(after.time.max(call.start));
            }
        }
    }
    if ends.is_empty() {
        return entries;
    }
    let ending = |entry: &Entry| {
        let status = match &entry.event {
            Event::Call(call) => call.argument(0).unwrap_or("?").to_string(),
            _ => String::new(),
        };
        Entry {
            pid: entry.pid,
            name: None,
            time: entry.time,
            event: Event::Ended(format!("exited with {status}")),
            lines: (entry.lines.1, entry.lines.1),
            place: Place::default(),
        }
    };
    let with_end = |(index, entry): (usize, Entry)| {
        let end = ends.contains(&index).then(|| ending(&entry));
        std::iter::once(entry).chain(end)
    };
    entries.into_iter().enumerate().flat_map(with_end).collect()
}
