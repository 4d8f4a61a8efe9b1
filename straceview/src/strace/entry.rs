//! What a recording is made of: what a process did or met, when and where.

use super::call::Call;
use super::stack::Frame;
use super::stamp::Micros;

/// What a process did or met.
#[derive(Debug)]
pub enum Event {
    Call(Call),
    /// The name, and the braces that follow it.
    Signal(String, String),
    /// A signal has stopped it. It runs on at SIGCONT.
    Stopped,
    /// `exited with 0`, `killed by SIGKILL`.
    Ended(String),
}

/// An event, and the lines (from 0) at which it began and was complete.
#[derive(Debug)]
pub struct Entry {
    pub pid: u32,
    /// What -Y says that the process is called.
    pub name: Option<String>,
    pub time: Micros,
    pub event: Event,
    pub lines: (usize, usize),
    pub place: Place,
}

/// Where in the program a call was made.
#[derive(Debug, Default, Clone)]
pub struct Place {
    /// The address behind the call's instruction, from -i.
    pub pointer: Option<u64>,
    /// The stack from -k, innermost first; empty without -k.
    pub stack: Vec<Frame>,
}
