//! From what happened, in the order in which it took effect, to the model.

use super::connections;
use super::{Model, Span};
use crate::model::descriptor::Table;
use crate::strace::call::Call;
use crate::strace::purpose::{self, Purpose};
use crate::strace::recording::{Entry, Event};
use std::collections::HashMap;

impl Model {
    /// What the recording tells.
    pub fn of(mut entries: Vec<Entry>) -> Self {
        // A call acts when it returns; a fork's child may run before that.
        entries.sort_by_key(|entry| match &entry.event {
            Event::Call(call) if born(call).is_some() => entry.lines.0,
            _ => entry.lines.1,
        });
        let mut builder = Builder::default();
        let times = entries.iter().map(|entry| entry.time);
        builder.model.start = times.min().unwrap_or(0);
        for entry in entries {
            builder.add(entry);
        }
        builder.finish()
    }
}

/// The pid of the child, if that is what the call returned.
fn born(call: &Call) -> Option<u32> {
    let child = (Purpose::of(&call.name, false) == Purpose::Fork).then(|| call.returned())??;
    u32::try_from(child).ok().filter(|pid| *pid > 0)
}

#[derive(Default)]
pub(super) struct Builder {
    pub model: Model,
    /// The latest process of each pid: pids come again.
    pub by_pid: HashMap<u32, usize>,
    pub tables: Vec<Table>,
    /// For each process: its table, and whether it ignores SIGCHLD.
    pub table: Vec<usize>,
    pub ignores: Vec<bool>,
    /// For each table: whose list of descriptors is its record.
    pub owner: Vec<usize>,
}

impl Builder {
    fn add(&mut self, entry: Entry) {
        let index = self.process(entry.pid, entry.time);
        let process = &mut self.model.processes[index];
        if entry.time < process.born {
            // A child may run before its parent's fork has returned.
            let inherited = process.descriptors.iter_mut();
            for descriptor in inherited.filter(|held| held.from == process.born) {
                descriptor.from = entry.time;
            }
            process.born = entry.time;
        }
        self.model.end = self.model.end.max(entry.time);
        match entry.event {
            Event::Signal(name, details) => process.signals.push((entry.time, name, details)),
            Event::Ended(how) => self.ended(index, entry.time, how),
            Event::Call(call) => {
                self.model.end = self.model.end.max(call.end.unwrap_or(call.start));
                self.call(index, call);
            }
        }
    }

    fn call(&mut self, index: usize, call: Call) {
        let end = call.end.unwrap_or(call.start);
        let object = self.used(index, &call);
        let on_socket = object.is_some_and(|object| self.model.is_socket(object));
        let kind = Purpose::of(call.acts_as(), on_socket);
        if let Some(pid) = born(&call) {
            self.forked(index, &call, pid);
        }
        if call.end.is_some() {
            self.took_effect(index, &call, object, kind, end);
        }
        self.model.processes[index].spans.push(Span {
            from: call.start,
            to: end,
            kind,
            blocked: purpose::blocked(&call, end - call.start),
            call,
            object,
        });
    }

    fn finish(mut self) -> Model {
        for process in &mut self.model.processes {
            process.spans.sort_by_key(|span| span.from);
            // What did not return lasted as long as its process.
            let end = process
                .ended
                .as_ref()
                .map_or(self.model.end, |(when, _)| *when);
            for span in process
                .spans
                .iter_mut()
                .filter(|span| span.call.end.is_none())
            {
                span.to = end.max(span.from);
                span.blocked = purpose::blocked(&span.call, span.to - span.from);
            }
        }
        connections::join(&mut self.model);
        // Clients that were ready before the server are no part of its time.
        let servers = self
            .model
            .processes
            .iter()
            .filter(|process| !process.is_client);
        let first = servers.map(|process| process.born).min();
        self.model.start = first.unwrap_or(self.model.start);
        self.model
    }
}
