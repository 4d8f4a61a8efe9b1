//! From what happened, in the order in which it took effect, to the model.

use super::connections::{self, Ports};
use super::{Client, Connection, Model, Object, Process, Span, What};
use crate::timeline::call::Call;
use crate::timeline::descriptors::{Change, Descriptor, Ending, Entry as Open, Table};
use crate::timeline::kind::{self, Kind};
use crate::timeline::line::Micros;
use crate::timeline::trace::{Entry, Event};
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
    let child = (Kind::of(&call.name, false) == Kind::Fork).then(|| call.returned())??;
    u32::try_from(child).ok().filter(|pid| *pid > 0)
}

#[derive(Default)]
pub(super) struct Builder {
    pub model: Model,
    /// The latest process of each pid: pids come again.
    by_pid: HashMap<u32, usize>,
    tables: Vec<Table>,
    /// For each process: its table, and whether it ignores SIGCHLD.
    table: Vec<usize>,
    ignores: Vec<bool>,
    /// For each table: whose list of descriptors is its record.
    owner: Vec<usize>,
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

    /// Whose line it is; one whose beginning was not seen has no parent.
    fn process(&mut self, pid: u32, time: Micros) -> usize {
        let known = self.by_pid.get(&pid).copied();
        if let Some(index) = known.filter(|index| self.model.processes[*index].ended.is_none()) {
            return index;
        }
        // In a pid namespace fork returned another number than strace uses.
        let unclaimed = self.model.processes.iter().position(|process| {
            let silent = process.spans.is_empty() && process.signals.is_empty();
            silent && process.parent.is_some() && process.ended.is_none()
        });
        let index = unclaimed.unwrap_or_else(|| {
            let owner = self.model.processes.len();
            self.new_table(owner, Table::default());
            self.new_process(pid, time, None, self.tables.len() - 1)
        });
        self.model.processes[index].pid = pid;
        self.by_pid.insert(pid, index);
        index
    }

    fn new_table(&mut self, owner: usize, table: Table) {
        self.tables.push(table);
        self.owner.push(owner);
    }

    fn new_process(
        &mut self,
        pid: u32,
        born: Micros,
        parent: Option<usize>,
        table: usize,
    ) -> usize {
        let name = parent.map_or(String::new(), |p| self.model.processes[p].name.clone());
        self.model.processes.push(Process {
            pid,
            name,
            parent,
            leader: None,
            born,
            ended: None,
            reaped: None,
            nobody_waits: false,
            spans: Vec::new(),
            signals: Vec::new(),
            descriptors: Vec::new(),
            is_client: false,
        });
        self.table.push(table);
        self.ignores.push(parent.is_some_and(|p| self.ignores[p]));
        self.model.processes.len() - 1
    }

    fn forked(&mut self, parent: usize, call: &Call, pid: u32) {
        let time = call.end.unwrap_or(call.start);
        let shared = call.arguments.contains("CLONE_FILES");
        let child = self.model.processes.len();
        let mut table = self.table[parent];
        if !shared {
            table = self.tables.len();
            self.new_table(child, self.tables[self.table[parent]].clone());
        }
        self.new_process(pid, time, Some(parent), table);
        if call.arguments.contains("CLONE_THREAD") {
            self.model.processes[child].leader = Some(self.model.leader(parent));
        }
        if !shared {
            let copies: Vec<(i64, usize)> = self.tables[table]
                .open
                .iter()
                .map(|(number, open)| (*number, open.object))
                .collect();
            for (number, object) in copies {
                self.opened(child, number, object, time, None);
            }
        }
        self.by_pid.insert(pid, child);
    }

    fn ended(&mut self, index: usize, time: Micros, how: String) {
        self.model.processes[index].ended = Some((time, how));
        let table = self.table[index];
        let mut sharers = (0..self.table.len()).filter(|other| self.table[*other] == table);
        if sharers.all(|other| self.model.processes[other].ended.is_some()) {
            self.closed(index, i64::MIN, i64::MAX, time, Ending::Exit);
        }
        if let Some(parent) = self.model.processes[index].parent {
            self.model.processes[index].nobody_waits = self.ignores[self.model.leader(parent)];
        }
    }

    fn call(&mut self, index: usize, call: Call) {
        let end = call.end.unwrap_or(call.start);
        let object = self.used(index, &call);
        let on_socket = object.is_some_and(|object| self.model.is_socket(object));
        let kind = Kind::of(call.acts_as(), on_socket);
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
            blocked: kind::blocked(&call, end - call.start),
            call,
            object,
        });
    }

    /// The object that the first argument refers to.
    fn used(&mut self, index: usize, call: &Call) -> Option<usize> {
        let number = call.descriptor(0)?;
        let table = self.table[index];
        if let Some(open) = self.tables[table].open.get(&number) {
            return Some(open.object);
        }
        // A socket that was there before strace was, or came by means unseen.
        let what = match Kind::of(&call.name, false) {
            Kind::Accept => What::Listener,
            Kind::Receive | Kind::Send => What::Socket,
            _ => return None,
        };
        let failed = call.result.contains("EBADF") || call.result.contains("ENOTSOCK");
        (!failed).then(|| {
            let object = self.new_object(what, call);
            let born = self.model.processes[self.owner[table]].born;
            self.opened(index, number, object, born, None);
            object
        })
    }

    fn new_object(&mut self, what: What, call: &Call) -> usize {
        self.model.objects.push(Object {
            what,
            made_by: call.name.clone(),
            last_use: call.end.unwrap_or(call.start),
            local_port: None,
        });
        self.model.objects.len() - 1
    }

    fn opened(&mut self, index: usize, number: i64, object: usize, at: Micros, on: Option<bool>) {
        let table = self.table[index];
        let list = &mut self.model.processes[self.owner[table]].descriptors;
        list.push(Descriptor {
            number,
            object,
            from: at,
            to: None,
            ending: Ending::Open,
        });
        let record = list.len() - 1;
        let before = self.tables[table].open.get(&number);
        let close_on_exec = on
            .or(before.map(|open| open.close_on_exec))
            .unwrap_or(false);
        let open = Open {
            object,
            record,
            close_on_exec,
        };
        self.tables[table].open.insert(number, open);
    }

    fn closed(&mut self, index: usize, first: i64, last: i64, at: Micros, ending: Ending) {
        if first > last {
            return;
        }
        let table = self.table[index];
        let list = &mut self.model.processes[self.owner[table]].descriptors;
        self.tables[table].open.retain(|number, open| {
            let stays =
                !(first..=last).contains(number) || (ending == Ending::Exec && !open.close_on_exec);
            if !stays {
                list[open.record].to = Some(at);
                list[open.record].ending = ending;
            }
            stays
        });
    }

    fn took_effect(
        &mut self,
        index: usize,
        call: &Call,
        object: Option<usize>,
        kind: Kind,
        end: Micros,
    ) {
        if let Some(object) = object {
            let ports = Ports::of(call);
            let object = &mut self.model.objects[object];
            match call.name.as_str() {
                "listen" => object.what = What::Listener,
                "bind" | "getsockname" => object.local_port = ports.shown.or(object.local_port),
                _ => {}
            }
            if matches!(kind, Kind::Receive | Kind::Send) || call.name == "shutdown" {
                object.last_use = object.last_use.max(end);
            }
        }
        match call.name.as_str() {
            "execve" | "execveat" if call.returned() == Some(0) => self.executed(index, call, end),
            "connect" => self.connects(index, call, object),
            "rt_sigaction" if call.argument(0) == Some("SIGCHLD") => {
                self.ignores[index] = match call.argument(1) {
                    Some("NULL") | None => self.ignores[index],
                    Some(action) => action.contains("SIG_IGN") || action.contains("NOCLDWAIT"),
                };
            }
            _ => {}
        }
        if kind == Kind::Wait {
            self.waited(index, call, end);
        }
        self.change(index, call, object, end);
    }

    fn change(&mut self, index: usize, call: &Call, listener: Option<usize>, end: Micros) {
        let on_exec = Some(call.arguments.contains("CLOEXEC"));
        match Change::of(call) {
            Change::Nothing => {}
            Change::Close(first, last) => self.closed(index, first, last, end, Ending::Closed),
            Change::CloseOnExec(first, last, on) => {
                let open = &mut self.tables[self.table[index]].open;
                for (_, open) in open.range_mut(first..=last.max(first)) {
                    open.close_on_exec = on;
                }
            }
            Change::Copy(old, new) if old != new => {
                let open = &self.tables[self.table[index]].open;
                if let Some(object) = open.get(&old).map(|open| open.object) {
                    self.closed(index, new, new, end, Ending::Closed);
                    self.opened(index, new, object, end, on_exec);
                }
            }
            Change::Copy(..) => {}
            Change::Make(numbers) => {
                for number in numbers {
                    let what = self.made(call, listener, end);
                    let object = self.new_object(what, call);
                    self.closed(index, number, number, end, Ending::Closed);
                    self.opened(index, number, object, end, on_exec);
                }
            }
        }
    }

    fn made(&mut self, call: &Call, listener: Option<usize>, end: Micros) -> What {
        match call.name.as_str() {
            "socket" | "socketpair" => What::Socket,
            "accept" | "accept4" => {
                self.model.connections.push(Connection {
                    accepted: end,
                    listener_port: listener.and_then(|l| self.model.objects[l].local_port),
                    peer_port: Ports::of(call).peer,
                    client: None,
                });
                What::Connection(self.model.connections.len())
            }
            _ => What::File,
        }
    }

    fn connects(&mut self, index: usize, call: &Call, object: Option<usize>) {
        let under_way = call.returned().is_some() || call.result.contains("EINPROGRESS");
        let (Some(object), Some(server_port), true) = (object, Ports::of(call).shown, under_way)
        else {
            return;
        };
        self.model.clients.push(Client {
            object,
            process: index,
            connect: (call.start, call.end.unwrap_or(call.start)),
            server_port,
            connection: None,
            closed: None,
        });
    }

    fn executed(&mut self, index: usize, call: &Call, end: Micros) {
        self.closed(index, i64::MIN, i64::MAX, end, Ending::Exec);
        // An argument that strace cut short ends in dots, and says too little.
        let base = |quoted: &str| {
            let bare = quoted.strip_prefix('"')?.strip_suffix('"')?;
            Some(bare.rsplit('/').next()?.to_string())
        };
        let mut name = call.argument(0).and_then(base).unwrap_or_default();
        let list = call.argument(1).unwrap_or("").trim_matches(['[', ']']);
        let word = list.split(", ").nth(1).and_then(base);
        if let Some(word) = word.filter(|word| !word.starts_with('-') && !word.is_empty()) {
            name += &format!(" {word}");
        }
        self.model.processes[index].name = name;
    }

    fn waited(&mut self, index: usize, call: &Call, end: Micros) {
        let by_waitid = || {
            let text = call.arguments.split("si_pid=").nth(1)?;
            crate::timeline::call::number(text).filter(|_| !call.arguments.contains("WNOWAIT"))
        };
        let pid = match call.returned() {
            Some(0) => by_waitid(),
            returned => returned,
        };
        let child = pid.and_then(|pid| self.by_pid.get(&u32::try_from(pid).ok()?));
        if let Some(child) = child.copied() {
            let stopped = [
                "WIFSTOPPED(s)",
                "WIFCONTINUED(s)",
                "CLD_STOPPED",
                "CLD_CONTINUED",
            ];
            if !stopped.iter().any(|word| call.arguments.contains(word)) {
                self.model.processes[child].reaped = Some((end, index));
            }
        }
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
                span.blocked = kind::blocked(&span.call, span.to - span.from);
            }
        }
        connections::join(&mut self.model);
        self.model
    }
}
