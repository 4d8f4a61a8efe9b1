//! The models: how a server shares its time among connections.

pub mod fork;
pub mod iterative;

/// The server models, after Stevens: UNIX Network Programming, chapter 30.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Model {
    /// One connection at a time.
    Iterative,
    /// A child for every connection.
    Fork,
    /// The same, as Python's multiprocessing does it: other defaults.
    Process,
}

impl Model {
    /// Its name on the command line.
    #[inline(never)]
    pub fn name(self) -> &'static [u8] {
        match self {
            Self::Iterative => b"iterative",
            Self::Fork => b"fork",
            Self::Process => b"process",
        }
    }
}
