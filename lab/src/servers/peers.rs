//! The description of a server that is measured.

use nix::sys::signal::Signal;
use serde::{Deserialize, Serialize};

/// How a server treats connections. Servers are compared within a model.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Model {
    /// One connection at a time.
    Iterative,
    /// Several processes, forked first, accept from one listener.
    Prefork,
    /// A thread for each connection.
    Thread,
    /// All connections at once in one process.
    Epoll,
    /// A process for each connection.
    Fork,
}

/// All of them, in the order of the page.
pub const MODELS: [Model; 5] = [
    Model::Iterative,
    Model::Prefork,
    Model::Epoll,
    Model::Thread,
    Model::Fork,
];

impl Model {
    /// What the page calls it.
    pub fn title(self) -> &'static str {
        match self {
            Self::Iterative => "One connection at a time",
            Self::Prefork => "Four processes, forked first",
            Self::Thread => "A thread for each connection",
            Self::Epoll => "All connections in one process",
            Self::Fork => "A process for each connection",
        }
    }

    /// acceptd's own server of this model.
    pub const fn subject(self) -> &'static str {
        match self {
            Self::Iterative => "acceptd iterative",
            Self::Prefork => "acceptd prefork",
            Self::Thread => "acceptd thread",
            Self::Epoll => "acceptd epoll",
            Self::Fork => "acceptd fork",
        }
    }

    /// The same calls in C, on static musl.
    pub const fn reference(self) -> &'static str {
        match self {
            Self::Iterative => "C iterative, static musl",
            Self::Prefork => "C prefork, static musl",
            Self::Thread => "C thread, static musl",
            Self::Epoll => "C epoll, static musl",
            Self::Fork => "C fork, static musl",
        }
    }
}

/// One server. In its texts `{port}`, `{root}` (a directory of its own, with
/// an index.html of one byte), `{acceptd}`, `{compiled}` (the C references),
/// `{sources}` (lab/peers) and `{python}` are filled in. Python runs without this
/// machine's site packages, which would add to the cost of each child.
#[derive(Clone, Copy)]
pub struct Peer {
    /// What the tables call it.
    pub name: &'static str,
    /// The servers of this model are compared.
    pub model: Model,
    /// The command line, split at blanks.
    pub command: &'static str,
    /// What makes it sleep one second before recv, if it can.
    pub sleep: Option<&'static str>,
    /// Whether a connection stays open for the next request. Such a server is
    /// loaded, and neither counted nor stopped: it is another's variant.
    pub keeps_alive: bool,
    /// Whether a connection takes few enough instructions to step through: a
    /// Python that ends takes millions, and minutes.
    pub steps: bool,
    /// The signal by which its manual stops it without loss, as far as it
    /// names one.
    pub stop: Signal,
    /// A file in `{root}`.
    pub configuration: Option<Configuration>,
    /// The command that prints its version. `None`: it is built from this repository.
    pub version: Option<&'static str>,
}

impl Peer {
    /// A server that SIGTERM stops.
    pub const fn new(name: &'static str, model: Model, command: &'static str) -> Self {
        Self {
            name,
            model,
            command,
            sleep: None,
            keeps_alive: false,
            steps: true,
            stop: Signal::SIGTERM,
            configuration: None,
            version: None,
        }
    }

    /// The same server. It sleeps if this argument is added.
    pub const fn sleeping(self, argument: &'static str) -> Self {
        Self {
            sleep: Some(argument),
            ..self
        }
    }

    /// The same server. This command prints its version.
    pub const fn versioned(self, command: &'static str) -> Self {
        Self {
            version: Some(command),
            ..self
        }
    }

    /// The same server. Its connections take too many instructions to step through.
    pub const fn not_stepped(self) -> Self {
        Self {
            steps: false,
            ..self
        }
    }

    /// Its variant that keeps connections alive.
    pub const fn kept_alive(self, name: &'static str, command: &'static str) -> Self {
        Self {
            name,
            command,
            sleep: None,
            keeps_alive: true,
            ..self
        }
    }
}

/// A server's configuration file, as lab/peers has it.
#[derive(Clone, Copy)]
pub struct Configuration {
    /// Its name.
    pub name: &'static str,
    /// Its text.
    pub text: &'static str,
    /// What stands in it in braces, and what is put there.
    pub values: &'static [(&'static str, &'static str)],
}
