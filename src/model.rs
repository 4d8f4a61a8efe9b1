//! The models: how a server shares its time among connections.

pub mod epoll;
pub mod fork;
pub mod iterative;
pub mod prefork;
pub mod thread;

/// The server models, after Stevens: UNIX Network Programming, chapter 30.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Model {
    /// One connection at a time.
    Iterative,
    /// A child for every connection.
    Fork,
    /// The same, as Python's multiprocessing does it: other defaults.
    Process,
    /// Workers that are forked first.
    Prefork,
    /// A thread for every connection.
    Thread,
    /// One process for all connections at once.
    Epoll,
}

impl Model {
    /// Its name on the command line.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Iterative => "iterative",
            Self::Fork => "fork",
            Self::Process => "process",
            Self::Prefork => "prefork",
            Self::Thread => "thread",
            Self::Epoll => "epoll",
        }
    }
}
