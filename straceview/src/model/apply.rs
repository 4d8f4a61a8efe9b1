//! What a call that returned has changed.

use super::build::Builder;
use super::change::{Change, makes_close_on_exec};
use super::connections::Ports;
use super::{Client, Connection, Ending, Moment, What};
use crate::strace::call::{self, Call};
use crate::strace::purpose::Purpose;

impl Builder {
    pub fn took_effect(
        &mut self,
        index: usize,
        call: &Call,
        object: Option<usize>,
        purpose: Purpose,
        at: Moment,
    ) {
        if let Some(object) = object {
            self.used_object(object, call, purpose, at);
        }
        match call.name.as_str() {
            "execve" | "execveat" if call.returned() == Some(0) => self.executed(index, call, at),
            "connect" => self.connects(index, call, object),
            "rt_sigaction" if call.is_constant(0, "SIGCHLD", 17) => {
                self.ignores_child[index] = match call.argument(1) {
                    Some("NULL") | None => self.ignores_child[index],
                    Some(action) => action.contains("SIG_IGN") || action.contains("NOCLDWAIT"),
                };
            }
            _ => {}
        }
        if purpose == Purpose::Wait {
            self.waited(index, call, at);
        }
        self.change(index, call, object, at);
    }

    fn used_object(&mut self, object: usize, call: &Call, purpose: Purpose, at: Moment) {
        let ports = Ports::of(call);
        let object = &mut self.model.objects[object];
        let succeeded = call.returned().is_some();
        match call.name.as_str() {
            "accept" | "accept4" if object.what == What::Socket => object.what = What::Listener,
            _ if !succeeded => {}
            "listen" => {
                object.what = What::Listener;
                object.listening.get_or_insert(at);
            }
            "shutdown" if !call.is_constant(1, "SHUT_RD", 0) => {
                object.shut_down.get_or_insert(at);
            }
            "bind" | "getsockname" => object.local_port = ports.shown.or(object.local_port),
            _ => {}
        }
        let shuts_down = succeeded && call.name == "shutdown";
        if shuts_down || matches!(purpose, Purpose::Receive | Purpose::Send) {
            object.last_use = Some(at);
        }
        if purpose == Purpose::Receive {
            object.received |= call.returned() > Some(0);
            // A datagram may be empty; a recv of no bytes asks for none.
            if call.returned() == Some(0) && matches!(object.what, What::Connection(_)) {
                object.peer_ended.get_or_insert(at);
            }
        }
    }

    fn change(&mut self, index: usize, call: &Call, object: Option<usize>, at: Moment) {
        let on_exec = makes_close_on_exec(call);
        match Change::of(call) {
            Change::Nothing => {}
            Change::Close(first, last) => {
                self.tables.close(index, first..=last, at, Ending::Closed)
            }
            Change::CloseOnExec(first, last, on) => {
                self.tables.set_close_on_exec(index, first..=last, on);
            }
            Change::Copy(old, new) if old != new => {
                if let Some(object) = self.tables.object(index, old) {
                    self.tables.close(index, new..=new, at, Ending::Closed);
                    self.tables.open(index, new, object, at, on_exec);
                }
            }
            Change::Copy(..) => {}
            Change::Make(numbers) => {
                for number in numbers {
                    let what = self.what_it_makes(call, object, at);
                    let object = self.new_object(what, call);
                    self.tables.open(index, number, object, at, on_exec);
                }
            }
            Change::MakePair(one, other) => {
                let ends = [one, other].map(|number| {
                    let what = self.what_it_makes(call, None, at);
                    let object = self.new_object(what, call);
                    self.tables.open(index, number, object, at, on_exec);
                    object
                });
                self.model.objects[ends[0]].pair = Some(ends[1]);
                self.model.objects[ends[1]].pair = Some(ends[0]);
            }
            Change::Send(numbers) => {
                let sent = numbers
                    .iter()
                    .map(|number| self.tables.object(index, *number));
                let sent: Option<Vec<usize>> = sent.collect();
                let to = object.and_then(|object| self.model.objects[object].pair);
                self.passing.send(to, sent.unwrap_or_default());
            }
            Change::Receive(numbers) => {
                let received = self.passing.receive(object, numbers.len());
                for (place, number) in numbers.into_iter().enumerate() {
                    let known = received.as_ref().map(|received| received[place]);
                    let object = known.unwrap_or_else(|| self.new_object(What::File, call));
                    self.tables.open(index, number, object, at, on_exec);
                }
            }
            Change::Unshare => self.tables.unshare(index, at),
        }
    }

    /// The kind of the object that the call has made.
    fn what_it_makes(&mut self, call: &Call, listener: Option<usize>, at: Moment) -> What {
        match call.name.as_str() {
            "socket" | "socketpair" => What::Socket,
            "accept" | "accept4" => {
                self.model.connections.push(Connection {
                    accepted: at.time,
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

    fn executed(&mut self, index: usize, call: &Call, at: Moment) {
        self.other_threads_end(index, at);
        self.tables.exec(index, at);
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
        if !name.is_empty() {
            self.model.processes[index].name = name;
        }
    }

    fn waited(&mut self, index: usize, call: &Call, at: Moment) {
        let by_waitid = || {
            let text = call.arguments.split("si_pid=").nth(1)?;
            call::number(text).filter(|_| !call.arguments.contains("WNOWAIT"))
        };
        let pid = match call.returned() {
            Some(0) => by_waitid(),
            returned => returned,
        };
        let child = pid.and_then(|pid| self.by_pid.get(&u32::try_from(pid).ok()?));
        let Some(child) = child.copied() else { return };
        let stopped = [
            "WIFSTOPPED(s)",
            "WIFCONTINUED(s)",
            "CLD_STOPPED",
            "CLD_CONTINUED",
        ];
        if !stopped.iter().any(|word| call.arguments.contains(word)) {
            // -qq leaves its end out, and a signal leaves no call that tells it.
            if self.model.processes[child].ended.is_none() {
                self.ended(child, at, "ended".into());
            }
            self.model.processes[child].reaped = Some((at, index));
        }
    }
}
