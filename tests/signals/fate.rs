//! What a signal has to lead to: see README.md, "Models and options".

use crate::cases::{Case, Moment};
use nix::sys::signal::Signal;
use nix::sys::wait::WaitStatus;
use nix::unistd::Pid;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// The server answers all clients, and ends with status 0.
    Stops,
    /// The same, but its children die with it: --on-stop kill.
    Kills,
    /// The server stops, and cuts who is not yet answered: --grace is over.
    Cuts,
    /// The server answers all clients, and further ones.
    GoesOn,
    /// The same, but for the client of the child that the signal kills.
    LosesChild,
    /// The signal kills the server, which has no handler for it.
    Dies,
}

impl Fate {
    /// The fate of a server when the signal comes in this moment; whether the process
    /// that gets it has a handler for it.
    pub fn of(case: &Case, signal: Signal, is_caught: bool) -> Self {
        use Signal::{SIGALRM, SIGCHLD, SIGKILL};
        match (case.moment, signal) {
            // A signal to a thread is one to its process.
            (Moment::Child, SIGKILL) if !case.has_threads() => Self::LosesChild,
            (Moment::Child, SIGALRM) if !case.has_threads() && !is_caught => Self::LosesChild,
            (Moment::Child, _) if !case.has_threads() => Self::GoesOn,
            (_, SIGKILL) => Self::Dies,
            // An alarm that somebody set before exec keeps its meaning.
            (_, SIGALRM) if !is_caught => Self::Dies,
            // No program can have a handler before its first instructions.
            (Moment::Start, signal) if signal != SIGCHLD && !is_caught => Self::Dies,
            (Moment::Grace, _) => Self::Cuts,
            (Moment::Stop, _) => Self::Stops,
            (_, SIGALRM | SIGCHLD) => Self::GoesOn,
            _ if case.kills() => Self::Kills,
            _ => Self::Stops,
        }
    }

    /// Whether the client with this number, from 0, must be answered.
    pub fn answers(self, client: usize) -> bool {
        match self {
            Self::Stops | Self::GoesOn => true,
            Self::LosesChild => client > 0,
            Self::Kills | Self::Cuts | Self::Dies => false,
        }
    }

    /// Whether the server goes on, until a SIGTERM stops it.
    pub fn goes_on(self) -> bool {
        matches!(self, Self::GoesOn | Self::LosesChild)
    }

    /// How the server must end.
    pub fn status(self, server: Pid, signal: Signal) -> WaitStatus {
        match self {
            Self::Dies => WaitStatus::Signaled(server, signal, false),
            _ => WaitStatus::Exited(server, 0),
        }
    }

    /// Whether children may outlive the server, for as long as it takes to end.
    pub fn leaves_children(self, case: &Case) -> bool {
        matches!(self, Self::Dies | Self::Kills) || case.kills()
    }
}
