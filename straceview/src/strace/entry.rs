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
    /// By a signal. It runs on at SIGCONT.
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
    /// Of -i: the address behind the call's instruction.
    pub pointer: Option<u64>,
    /// Of -k: innermost first; empty without it.
    pub stack: Vec<Frame>,
}
