//! What a call that returned has changed.

use super::build::Builder;
use super::connections::Ports;
use super::{Client, Connection, What};
use crate::model::descriptor::{Change, Ending};
use crate::strace::call::{self, Call};
use crate::strace::line::Micros;
use crate::strace::purpose::Purpose;

impl Builder {
    pub(super) fn took_effect(
        &mut self,
        index: usize,
        call: &Call,
        object: Option<usize>,
        kind: Purpose,
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
            if matches!(kind, Purpose::Receive | Purpose::Send) || call.name == "shutdown" {
                object.last_use = object.last_use.max(Some(end));
                object.received |= kind == Purpose::Receive && call.returned() > Some(0);
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
        if kind == Purpose::Wait {
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
            call::number(text).filter(|_| !call.arguments.contains("WNOWAIT"))
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
}
