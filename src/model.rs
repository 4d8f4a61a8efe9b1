//! The models: how a server shares its time among connections.

pub mod fork;
pub mod iterative;

use crate::connection::{Acceptor, Service};
use crate::report::Served;

/// The server models, after Stevens: UNIX Network Programming, chapter 30.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Model {
    /// One connection at a time.
    Iterative,
    /// A child for every connection.
    Fork,
}

impl Model {
    /// The models, by their names on the command line.
    pub const NAMES: [(&'static [u8], Self); 2] =
        [(b"iterative", Self::Iterative), (b"fork", Self::Fork)];

    /// Its name on the command line.
    pub fn name(self) -> &'static [u8] {
        match self {
            Self::Iterative => b"iterative",
            Self::Fork => b"fork",
        }
    }

    /// Serves until there are no more connections, and all are answered.
    pub fn serve(self, acceptor: Acceptor, service: &mut Service<'_>) -> Served {
        match self {
            Self::Iterative => iterative::serve(acceptor, service),
            Self::Fork => fork::serve(acceptor, service),
        }
    }
}
