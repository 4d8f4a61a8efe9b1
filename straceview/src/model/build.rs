//! Reads the entries in the order in which they took effect, into the model.

use super::tables::Tables;
use super::{Model, Moment, Object, Signal, Span, What, connections, passing::Passing};
use crate::strace::call::Call;
use crate::strace::entry::{Entry, Event, Place};
use crate::strace::purpose::{self, Purpose};
use crate::strace::recording::Recording;
use std::collections::{HashMap, HashSet, VecDeque};

impl Model {
    /// What the recording tells.
    pub fn of(recording: Recording) -> Self {
        let mut entries = recording.entries;
        // Others may act on a fork, or on a descriptor that is sent, before the call returns.
        entries.sort_by_key(|entry| match &entry.event {
            Event::Call(call) if child(call).is_some() || sends_descriptor(call) => entry.lines.0,
            _ => entry.lines.1,
        });
        let mut builder = Builder {
            pids: entries.iter().map(|entry| entry.pid).collect(),
            ..Builder::default()
        };
        let times = entries.iter().map(|entry| entry.time);
        builder.model.start = times.min().unwrap_or(0);
        builder.model.steps = entries.len();
        builder.model.precision = recording.precision;
        builder.model.has_durations = recording.has_durations;
        builder.model.has_closes = has_closes(&entries);
        for (step, entry) in entries.into_iter().enumerate() {
            builder.add(step, entry);
        }
        builder.finish()
    }
}

/// The pid of the child, if that is what the call returned.
pub fn child(call: &Call) -> Option<u32> {
    let forks = Purpose::of(&call.name, false) == Purpose::Fork;
    let child = forks.then(|| call.returned())??;
    u32::try_from(child).ok().filter(|pid| *pid > 0)
}

fn sends_descriptor(call: &Call) -> bool {
    call.name.starts_with("sendm") && call.arguments.contains("SCM_RIGHTS")
}

/// False if connections are accepted and nobody ever closes anything: strace was told to leave
/// close out, as by `-e trace=%network`.
fn has_closes(entries: &[Entry]) -> bool {
    let calls = |names: &[&str]| {
        entries.iter().any(|entry| match &entry.event {
            Event::Call(call) => names.contains(&call.name.as_str()),
            _ => false,
        })
    };
    calls(&["close", "close_range"]) || !calls(&["accept", "accept4"])
}

#[derive(Default)]
pub struct Builder {
    pub model: Model,
    /// The latest process of each pid: pids come again.
    pub by_pid: HashMap<u32, usize>,
    /// The pids of all lines.
    pub pids: HashSet<u32>,
    pub tables: Tables,
    pub passing: Passing,
    /// For each process: whether it ignores SIGCHLD.
    pub ignores_child: Vec<bool>,
    /// For each process: the threads that it leads, and that have not ended.
    pub threads: Vec<Vec<usize>>,
    /// Children that have done nothing yet.
    pub silent: VecDeque<usize>,
}

impl Builder {
    fn add(&mut self, step: usize, entry: Entry) {
        let at = Moment {
            time: entry.time,
            step,
        };
        let index = self.process(entry.pid, at);
        let process = &mut self.model.processes[index];
        if entry.time < process.born.time {
            let born = process.born;
            process.born.time = entry.time;
            self.tables.born_earlier(index, born, process.born);
        }
        if let Some(name) = entry.name.filter(|_| process.name.is_empty()) {
            process.name = name;
        }
        self.model.end = self.model.end.max(entry.time);
        if let Some(stop) = process.stops.last_mut() {
            stop.1.get_or_insert(entry.time);
        }
        match entry.event {
            Event::Signal(name, details) => {
                let place = entry.place;
                process.signals.push(Signal {
                    at,
                    name,
                    details,
                    place,
                });
            }
            Event::Stopped => process.stops.push((entry.time, None)),
            Event::Ended(how) => self.ended(index, at, how),
            Event::Call(call) => {
                self.model.end = self.model.end.max(call.end.unwrap_or(call.start));
                self.call(index, step, call, entry.place);
            }
        }
    }

    fn call(&mut self, index: usize, step: usize, call: Call, place: Place) {
        let end = call.end.unwrap_or(call.start);
        let object = self.used(index, &call);
        let on_socket = object.is_some_and(|object| self.model.is_socket(object));
        let purpose = Purpose::of(call.acts_as(), on_socket);
        let at = Moment { time: end, step };
        if let Some(pid) = child(&call) {
            self.forked(index, &call, pid, at);
        }
        if call.end.is_some() {
            self.took_effect(index, &call, object, purpose, at);
        }
        self.model.processes[index].spans.push(Span {
            from: call.start,
            to: end,
            step,
            purpose,
            blocked: purpose::blocked(&call, end - call.start),
            call,
            object,
            place,
        });
    }

    /// The object that the first argument refers to.
    fn used(&mut self, index: usize, call: &Call) -> Option<usize> {
        let number = call.descriptor(0)?;
        if let Some(object) = self.tables.object(index, number) {
            return Some(object);
        }
        // A socket that was there before strace was, or came by means unseen.
        let what = match Purpose::of(&call.name, false) {
            Purpose::Accept => What::Listener,
            Purpose::Receive | Purpose::Send => What::Socket,
            _ => return None,
        };
        let failed = call.result.contains("EBADF") || call.result.contains("ENOTSOCK");
        (!failed).then(|| {
            let object = self.new_object(what, call);
            let born = self.model.processes[self.tables.owner(index)].born;
            self.tables.open(index, number, object, born, false);
            object
        })
    }

    pub fn new_object(&mut self, what: What, call: &Call) -> usize {
        self.model.objects.push(Object {
            what,
            made_by: call.name.clone(),
            ..Object::default()
        });
        self.model.objects.len() - 1
    }

    fn finish(mut self) -> Model {
        for process in 0..self.model.processes.len() {
            self.model.processes[process].table_of = self.tables.owner(process);
        }
        for (owner, list) in self.tables.into_lists() {
            self.model.processes[owner].descriptors.extend(list);
        }
        for process in &mut self.model.processes {
            process.spans.sort_by_key(|span| span.from);
            // What did not return lasted until its process did something else, or ended.
            let ended = process.ended.as_ref();
            let mut until = ended.map_or(self.model.end, |(when, _)| when.time);
            for span in process.spans.iter_mut().rev() {
                if span.call.end.is_none() {
                    span.to = until.max(span.from);
                    span.blocked = purpose::blocked(&span.call, span.to - span.from);
                }
                until = span.from;
            }
        }
        connections::join(&mut self.model);
        // Clients that were ready before the server are no part of its time.
        let servers = self
            .model
            .processes
            .iter()
            .filter(|process| !process.is_client);
        let first = servers.map(|process| process.born.time).min();
        self.model.start = first.unwrap_or(self.model.start);
        self.model
    }
}
