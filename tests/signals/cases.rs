//! The table of cases: which server, which clients, from when to when, which signals.

use crate::clients::Done::{self, Begun, Connected, Sent, Twice};
use crate::tracee::Newborn::{self, First, Free, Held};
use nix::sys::signal::Signal::{self, SIGALRM, SIGCHLD, SIGINT, SIGKILL, SIGTERM};

/// The part of a run in which the signal comes, at each place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moment {
    /// From `_start` until the server waits for clients. There are none.
    Start,
    /// From the return of listen(2), when the clients come at once, until the server
    /// waits for something.
    Listen,
    /// The same, but from the start line on.
    Service,
    /// From the start line on, when the clients have come and a SIGTERM comes, until the
    /// server ends.
    Stop,
    /// The same, and --grace is over when the signal comes.
    Grace,
    /// The life of the first child, or thread.
    Child,
    /// The same, but the signal is for the whole process group: Ctrl-C.
    Group,
}

pub struct Case {
    /// The model and its options.
    pub words: &'static [&'static str],
    pub moment: Moment,
    pub clients: &'static [Done],
    pub newborn: Newborn,
    pub signals: &'static [Signal],
}

impl Case {
    /// The model and its options, as one types them.
    pub fn server(&self) -> String {
        self.words.join(" ")
    }

    pub fn moment(&self) -> String {
        format!("{:?}", self.moment).to_lowercase()
    }

    /// What the clients have done, and what happens to new processes: `sent sent held`.
    pub fn comers(&self) -> String {
        let done = self.clients.iter().map(|done| format!("{done:?}"));
        let done = done.collect::<Vec<_>>().join(" ");
        format!("{done} {:?}", self.newborn).trim().to_lowercase()
    }

    pub fn model(&self) -> &'static str {
        self.words[0]
    }

    /// Whether a thread, and no child, has each connection.
    pub fn has_threads(&self) -> bool {
        self.model() == "thread"
    }

    /// Whether a stop kills what is in flight.
    pub fn kills(&self) -> bool {
        let is_drain = self.words.contains(&"--on-stop=drain");
        self.words.contains(&"--on-stop=kill") || self.model() == "process" && !is_drain
    }
}

const ALL: &[Signal] = &[SIGTERM, SIGINT, SIGCHLD, SIGALRM];
const STOPS: &[Signal] = &[SIGTERM, SIGINT];
const ALARM: &[Signal] = &[SIGALRM];
const CHILD: &[Signal] = &[SIGTERM, SIGINT, SIGCHLD, SIGALRM, SIGKILL];
const KILL: &[Signal] = &[SIGKILL];

const fn case(
    words: &'static [&'static str],
    moment: Moment,
    clients: &'static [Done],
    newborn: Newborn,
    signals: &'static [Signal],
) -> Case {
    Case {
        words,
        moment,
        clients,
        newborn,
        signals,
    }
}

use Moment::{Child, Grace, Group, Listen, Service, Start, Stop};

#[rustfmt::skip] // a table
pub const CASES: &[Case] = &[
    // One GET and a SIGTERM: the sample takes every place of these.
    case(&["iterative"], Listen, &[Sent], Held, ALL),
    case(&["fork"], Listen, &[Sent], Held, ALL),

    case(&["iterative"], Start, &[], Held, ALL),
    case(&["iterative"], Service, &[Connected], Held, ALL),
    case(&["iterative", "--timeout=0"], Service, &[Begun], Held, ALL),
    case(&["iterative"], Service, &[Sent, Sent], Held, ALL),
    case(&["iterative"], Stop, &[Sent, Sent], Held, ALL),
    case(&["iterative", "--grace=0.1"], Grace, &[Sent, Sent], Held, ALARM),
    case(&["iterative", "--grace=0.1"], Grace, &[Connected, Sent], Held, ALARM),

    case(&["fork"], Start, &[], Held, &[SIGTERM, SIGCHLD]),
    case(&["fork"], Service, &[Connected], Held, ALL),
    case(&["fork"], Service, &[Sent, Sent], Held, ALL),
    case(&["fork"], Service, &[Sent, Sent], First, ALL),
    case(&["fork"], Stop, &[Sent, Sent], First, ALL),
    case(&["fork", "--grace=0.1"], Grace, &[Sent, Sent], First, ALARM),
    case(&["fork", "--grace=0.1"], Grace, &[Connected, Connected], Free, ALARM),
    case(&["fork"], Child, &[Sent, Sent], Free, CHILD),
    case(&["fork", "--timeout=0"], Child, &[Begun, Sent], Free, CHILD),
    case(&["fork"], Group, &[Sent, Sent], Free, STOPS),
    case(&["fork", "--max-children=1"], Service, &[Sent, Sent], Held, ALL),
    case(&["fork", "--max-children=1"], Service, &[Sent, Sent], First, ALL),
    case(&["fork", "--max-children=1"], Stop, &[Sent, Sent], First, ALL),
    case(&["fork", "--reap=before-fork"], Service, &[Sent, Sent], First, ALL),
    case(&["fork", "--reap=before-fork", "--max-children=1"], Service, &[Sent, Sent], First, ALL),
    case(&["fork", "--reap=ignore"], Service, &[Sent, Sent], First, ALL),
    case(&["fork", "--reap=never"], Service, &[Sent, Sent], First, ALL),
    case(&["fork", "--parent-close=late"], Service, &[Sent, Sent], First, ALL),
    case(&["fork", "--on-stop=kill"], Service, &[Sent, Sent], Held, STOPS),
    case(&["fork", "--on-stop=kill"], Service, &[Sent, Sent], Held, KILL),
    case(&["fork", "--on-stop=kill"], Service, &[Connected, Connected], Free, KILL),
    case(&["fork", "--on-stop=kill"], Child, &[Sent, Sent], Free, CHILD),

    case(&["process"], Listen, &[Sent], Held, ALL),
    case(&["process"], Service, &[Sent, Sent], First, ALL),
    case(&["process"], Service, &[Sent, Sent], Held, KILL),
    case(&["process", "--on-stop=drain"], Service, &[Sent, Sent], Held, ALL),
    case(&["process", "--on-stop=drain"], Stop, &[Sent, Sent], First, ALL),
    case(&["process", "--on-stop=drain"], Child, &[Sent, Sent], Free, CHILD),
    case(&["fork", "--exit-after=2"], Service, &[Sent, Sent], First, STOPS),

    case(&["iterative", "--keep-alive"], Service, &[Twice], Held, ALL),
    case(&["iterative", "--keep-alive"], Stop, &[Twice, Sent], Held, ALL),
    case(&["fork", "--keep-alive"], Service, &[Twice, Sent], Held, ALL),
    case(&["fork", "--keep-alive"], Stop, &[Twice, Sent], Held, ALL),
    case(&["fork", "--keep-alive"], Child, &[Twice, Sent], Free, CHILD),

    case(&["prefork", "--workers=2"], Listen, &[Sent], Free, ALL),
    case(&["prefork", "--workers=2"], Service, &[Sent, Sent], Free, ALL),
    case(&["prefork", "--workers=2"], Service, &[Sent, Sent], Held, ALL),
    case(&["prefork", "--workers=2"], Service, &[Sent, Sent], Held, KILL),
    case(&["prefork", "--workers=2"], Service, &[Connected, Connected], Free, KILL),
    case(&["prefork", "--workers=2"], Stop, &[Sent, Sent], Held, ALL),
    case(&["prefork", "--workers=2", "--grace=0.1"], Grace, &[Sent, Connected], Held, ALARM),
    case(&["prefork", "--workers=1"], Child, &[Sent], Free, CHILD),
    case(&["prefork", "--workers=1"], Group, &[Sent, Sent], Free, STOPS),
    case(&["prefork", "--workers=1", "--keep-alive"], Child, &[Twice], Free, CHILD),

    case(&["thread", "--max-connections=8"], Listen, &[Sent], Held, ALL),
    case(&["thread", "--max-connections=8"], Service, &[Sent, Sent], Held, ALL),
    case(&["thread", "--max-connections=8"], Service, &[Sent, Sent], First, ALL),
    case(&["thread", "--max-connections=8"], Stop, &[Sent, Sent], First, ALL),
    case(&["thread", "--max-connections=8", "--grace=0.1"], Grace, &[Sent, Connected], Held, ALARM),
    case(&["thread", "--max-connections=8"], Child, &[Sent, Sent], Free, ALL),
    case(&["thread", "--max-connections=8", "--timeout=0"], Child, &[Begun, Sent], Free, ALL),
    case(&["thread", "--max-connections=1"], Service, &[Sent, Sent], Held, ALL),
    case(&["thread", "--max-connections=1"], Stop, &[Sent, Sent], First, ALL),
    case(&["thread", "--max-connections=8", "--keep-alive"], Service, &[Twice, Sent], Held, ALL),
    case(&["thread", "--max-connections=8", "--keep-alive"], Child, &[Twice, Sent], Free, ALL),

    case(&["epoll"], Listen, &[Sent], Held, ALL),
    case(&["epoll"], Service, &[Connected, Begun], Held, ALL),
    case(&["epoll"], Service, &[Sent, Sent], Held, ALL),
    case(&["epoll"], Stop, &[Sent, Sent], Held, ALL),
    case(&["epoll"], Stop, &[Connected, Begun], Held, ALL),
    case(&["epoll", "--grace=0.1"], Grace, &[Sent, Connected], Held, ALARM),
    case(&["epoll", "--max-connections=1"], Service, &[Sent, Sent], Held, ALL),
    case(&["epoll", "--max-connections=1"], Stop, &[Connected, Sent], Held, ALL),
    case(&["epoll", "--keep-alive"], Service, &[Twice, Sent], Held, ALL),
    case(&["epoll", "--keep-alive"], Stop, &[Twice, Sent], Held, ALL),
];
