//! What a recording means, before it has a place on a picture: processes, what each
//! did when, which descriptors each held, and whom each connection served.

mod apply;
mod build;
pub mod change;
mod connections;
mod lives;
mod passing;
mod tables;
pub mod tree;

use crate::strace::call::Call;
use crate::strace::entry::Place;
use crate::strace::purpose::Purpose;
use crate::strace::stamp::{Micros, Precision};

/// A recording, understood.
///
/// Its entries take effect one after another: entry number N is step N, from 0. A call takes
/// effect when it returns, but fork and the sending of a descriptor when they begin, since
/// others see their effect before they return.
#[derive(Debug, Default)]
pub struct Model {
    pub start: Micros,
    pub end: Micros,
    pub steps: usize,
    pub precision: Precision,
    pub has_durations: bool,
    /// False if strace was told to leave close out: then nobody knows when a descriptor ends.
    pub has_closes: bool,
    /// In the order of their first line; a thread is one too. Parents come before children.
    pub processes: Vec<Process>,
    pub objects: Vec<Object>,
    /// In the order in which they were accepted: number 1 is the first.
    pub connections: Vec<Connection>,
    /// The other ends, where they were traced too.
    pub clients: Vec<Client>,
}

/// A moment of the recording: its time, and the step at which what it tells took effect.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Moment {
    pub time: Micros,
    pub step: usize,
}

/// A process, or a thread that strace followed.
#[derive(Debug)]
pub struct Process {
    pub pid: u32,
    /// `acceptd fork`, from its last execve; a child has its parent's.
    pub name: String,
    pub parent: Option<usize>,
    /// The process whose thread it is.
    pub leader: Option<usize>,
    pub born: Moment,
    pub ended: Option<(Moment, String)>,
    /// When a wait returned it, and by whom: until then it was a zombie.
    pub reaped: Option<(Moment, usize)>,
    /// SIGCHLD was ignored by its parent: no zombie.
    pub nobody_waits: bool,
    pub spans: Vec<Span>,
    pub signals: Vec<Signal>,
    /// When a signal stopped it, and when it ran on.
    pub stops: Vec<(Micros, Option<Micros>)>,
    /// Those of the table that it was the first to have, whoever of its sharers opened them.
    pub descriptors: Vec<Descriptor>,
    /// The process whose list holds its descriptors: itself, or one that shares its table.
    pub table_of: usize,
    /// It only connects to the others: shown as a client, not as a server.
    pub is_client: bool,
}

/// One call's place in time.
#[derive(Debug)]
pub struct Span {
    pub from: Micros,
    pub to: Micros,
    pub step: usize,
    pub purpose: Purpose,
    pub blocked: bool,
    pub call: Call,
    /// The object that the call uses.
    pub object: Option<usize>,
    pub place: Place,
}

/// A signal that a process got.
#[derive(Debug)]
pub struct Signal {
    pub at: Moment,
    pub name: String,
    /// The braces that strace prints behind the name.
    pub details: String,
    pub place: Place,
}

/// One descriptor of one process, from the call that made it to what ended it.
#[derive(Debug, PartialEq)]
pub struct Descriptor {
    pub number: i64,
    /// Which of the model's objects it refers to.
    pub object: usize,
    pub from: Moment,
    /// `None`: still open when the recording ends.
    pub to: Option<Moment>,
    pub ending: Ending,
    /// It was copied from the parent by fork.
    pub inherited: bool,
}

/// What ended a descriptor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// close, or dup2 onto it.
    Closed,
    /// Closed by a successful execve: close-on-exec.
    Exec,
    /// Nobody closed it: its process ended.
    Exit,
    /// Nobody closed it so far.
    Open,
    /// Its number was given out again, so somebody has closed it. The recording does not say when.
    Unseen,
}

/// What a descriptor refers to: an open file description. Descriptors of several processes may
/// refer to one.
#[derive(Debug, Default)]
pub struct Object {
    pub what: What,
    /// The name of the call that made it.
    pub made_by: String,
    /// When a process last sent, received, or shut down: after that, it is only held.
    /// `None`: nobody did.
    pub last_use: Option<Moment>,
    /// Whether a recv brought anything.
    pub received: bool,
    /// When listen made it a listener.
    pub listening: Option<Moment>,
    /// When shutdown sent the peer its end, though descriptors may be open.
    pub shut_down: Option<Moment>,
    /// When a recv returned 0: the peer has closed, or shut down, its end.
    pub peer_ended: Option<Moment>,
    /// Ports of a socket, where a call told them.
    pub local_port: Option<u16>,
    /// The other end of a socketpair or a pipe.
    pub pair: Option<usize>,
}

/// The kinds of object.
#[derive(Debug, Default, Clone, PartialEq)]
pub enum What {
    Listener,
    /// Its number, from 1.
    Connection(usize),
    Socket,
    #[default]
    File,
}

/// A connection that the server accepted.
#[derive(Debug)]
pub struct Connection {
    pub accepted: Micros,
    pub listener_port: Option<u16>,
    pub peer_port: Option<u16>,
    pub client: Option<usize>,
}

/// A connection that a traced process asked for.
#[derive(Debug)]
pub struct Client {
    pub object: usize,
    pub process: usize,
    pub connect: (Micros, Micros),
    pub server_port: u16,
    /// Which of the server's connections it became: its number, from 1.
    pub connection: Option<usize>,
    /// When all its descriptors were closed.
    pub closed: Option<Moment>,
}

impl Model {
    /// A connection's number in what a descriptor refers to.
    pub fn connection_of(&self, object: usize) -> Option<usize> {
        match self.objects[object].what {
            What::Connection(number) => Some(number),
            _ => None,
        }
    }

    /// Whether sockets alone would show it.
    pub fn is_socket(&self, object: usize) -> bool {
        self.objects[object].what != What::File
    }

    /// The time between a process' end and the wait that returned it, or
    /// what ended the zombie otherwise: its parent's end, or nothing.
    pub fn zombie(&self, process: usize) -> Option<(Micros, Micros)> {
        let process = &self.processes[process];
        let from = process.ended.as_ref()?.0.time;
        let parent = self.leader(process.parent?);
        if process.leader.is_some() || process.nobody_waits {
            return None;
        }
        let until = process.reaped.map(|(when, _)| when.time);
        let orphaned = self.processes[parent].ended.as_ref();
        let orphaned = orphaned.map(|(when, _)| when.time);
        let to = until.or(orphaned).unwrap_or(self.end);
        (to > from).then_some((from, to))
    }

    /// When nothing of a process is left, not even a zombie.
    pub fn gone(&self, process: usize) -> Micros {
        let ended = self.processes[process].ended.as_ref();
        let zombie = self.zombie(process).map(|(_, to)| to);
        let ended = ended.map(|(when, _)| when.time);
        zombie.or(ended).unwrap_or(self.end)
    }

    /// The thread group's first.
    pub fn leader(&self, process: usize) -> usize {
        self.processes[process].leader.unwrap_or(process)
    }

    /// What a descriptor refers to, in a word or two.
    pub fn name_of(&self, object: usize) -> String {
        match self.objects[object].what {
            What::Listener => "listener".into(),
            What::Connection(number) => format!("conn {number}"),
            What::Socket | What::File => self.objects[object].made_by.clone(),
        }
    }

    /// When a descriptor ended, or else the recording.
    pub fn until(&self, descriptor: &Descriptor) -> Micros {
        descriptor.to.map_or(self.end, |to| to.time)
    }

    /// A connection is used until the last send, recv or shutdown by anybody. After that it is
    /// only held. `None` for what is no connection, and for one that nobody has used.
    pub fn used_until(&self, descriptor: &Descriptor) -> Option<Micros> {
        self.connection_of(descriptor.object)?;
        let last_use = self.objects[descriptor.object].last_use?;
        Some(last_use.time.max(descriptor.from.time))
    }
}
