//! What a reader asks to see.

use crate::strace::stamp::Micros;

/// What to show of the recordings.
#[derive(Debug, Clone, Copy, Default)]
pub struct View {
    /// Files, pipes and the rest too, not sockets alone.
    pub all_descriptors: bool,
    /// A lane for each process and each descriptor, however many there are.
    pub tall: bool,
    /// The window, in microseconds after each recording's first line.
    pub from: Micros,
    pub to: Option<Micros>,
}
