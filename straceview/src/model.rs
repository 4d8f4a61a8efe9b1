//! What the picture shows, before it has a place on it: processes, what each
//! did when, which descriptors each held, and whom each connection served.

mod apply;
pub mod build;
pub mod connections;
pub mod descriptor;
mod holding;
mod lives;

use crate::strace::call::Call;
use crate::strace::line::Micros;
use crate::strace::purpose::Purpose;
use descriptor::Descriptor;

/// A recording, understood.
#[derive(Debug, Default)]
pub struct Model {
    pub start: Micros,
    pub end: Micros,
    /// In the order of their first line; a thread is one too.
    pub processes: Vec<Process>,
    pub objects: Vec<Object>,
    /// In the order in which they were accepted: number 1 is the first.
    pub connections: Vec<Connection>,
    /// The other ends, where they were traced too.
    pub clients: Vec<Client>,
}

/// A process, or a thread that strace followed.
#[derive(Debug)]
pub struct Process {
    pub pid: u32,
    /// `acceptd fork`, from its last execve; a child has its parent's.
    pub name: String,
    pub parent: Option<usize>,
    /// Whose thread it is.
    pub leader: Option<usize>,
    pub born: Micros,
    pub ended: Option<(Micros, String)>,
    /// When a wait returned it, and by whom: until then it was a zombie.
    pub reaped: Option<(Micros, usize)>,
    /// SIGCHLD was ignored by its parent: no zombie.
    pub nobody_waits: bool,
    pub spans: Vec<Span>,
    pub signals: Vec<(Micros, String, String)>,
    pub descriptors: Vec<Descriptor>,
    /// It only connects to the others: shown as a client, not as a server.
    pub is_client: bool,
}

/// One call's place in time.
#[derive(Debug)]
pub struct Span {
    pub from: Micros,
    pub to: Micros,
    pub kind: Purpose,
    pub blocked: bool,
    pub call: Call,
    /// Of which object it is a use.
    pub object: Option<usize>,
}

/// What a descriptor refers to: one, however many descriptors do.
#[derive(Debug, Default)]
pub struct Object {
    pub what: What,
    /// The name of the call that made it.
    pub made_by: String,
    /// When a process last sent, received, or shut down: after that, it is only held.
    /// `None`: nobody did.
    pub last_use: Option<Micros>,
    /// Whether a recv brought anything.
    pub received: bool,
    /// Ports of a socket, where a call told them.
    pub local_port: Option<u16>,
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
    pub closed: Option<Micros>,
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
        let (from, _) = process.ended.as_ref()?;
        let parent = self.leader(process.parent?);
        if process.leader.is_some() || process.nobody_waits {
            return None;
        }
        let until = process.reaped.map(|(when, _)| when);
        let orphaned = self.processes[parent].ended.as_ref().map(|(when, _)| *when);
        let to = until.or(orphaned).unwrap_or(self.end);
        (to > *from).then_some((*from, to))
    }

    /// The thread group's first.
    pub fn leader(&self, process: usize) -> usize {
        self.processes[process].leader.unwrap_or(process)
    }
}
