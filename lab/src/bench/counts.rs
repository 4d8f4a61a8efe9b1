//! What is counted, not timed, for each server.

use super::trace::{self, Stop};
use crate::clients::get::get;
use crate::servers::peers::{Model, Peer};
use crate::servers::processes::{Memory, mapped_bytes};
use crate::servers::programs::Programs;
use crate::servers::server::Server;
use crate::statistics::Spread;
use anyhow::Result;
use serde::{Deserialize, Serialize};

/// For one connection: a GET that comes in one piece.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct PerConnection {
    /// System calls, as strace counts them, of all processes.
    pub system_calls: u64,
    /// Minor page faults of all processes: the mean over many starts.
    pub page_faults: f64,
    /// Instructions in user mode, of all processes. `None`: too many to step
    /// through.
    pub instructions: Option<u64>,
}

impl PerConnection {
    /// The median of several connections of one start. On a busy machine a request may
    /// come later than its connection, and costs more; or a child ends before its parent
    /// is back in accept, and then SIGCHLD interrupts no accept that must be called again.
    /// The page faults are the mean over `starts` starts, with one connection each: at
    /// every start the kernel places the stack anew, anywhere in a page, and that decides
    /// how many pages are touched.
    pub fn of(programs: &Programs, peer: &Peer, starts: usize) -> Result<Self> {
        let calls = costs(programs, peer, Stop::Call, 5)?;
        let instructions = match peer.steps {
            true => Some(costs(programs, peer, Stop::Instruction, 3)?),
            false => None,
        };
        Ok(Self {
            system_calls: median(&calls),
            page_faults: Self::page_faults(programs, peer, starts)?,
            instructions: instructions.map(|costs| median(&costs)),
        })
    }

    /// The page faults alone.
    pub fn page_faults(programs: &Programs, peer: &Peer, starts: usize) -> Result<f64> {
        let mut faults = 0;
        for _ in 0..starts {
            let costs = costs(programs, peer, Stop::Call, 1)?;
            faults += costs.iter().map(|cost| cost.faults).sum::<u64>();
        }
        Ok(faults as f64 / starts as f64)
    }
}

/// The costs of `times` connections, after two that warm up: the one that
/// finds out whether the server answers, and the first under trace.
fn costs(programs: &Programs, peer: &Peer, stop: Stop, times: usize) -> Result<Vec<trace::Cost>> {
    let server = Server::start(programs, peer, &[])?;
    let port = server.port;
    let costs = trace::each(&server.group, stop, 1 + times, || get(port))?;
    Ok(costs[1..].to_vec())
}

fn median(costs: &[trace::Cost]) -> u64 {
    let counted = costs.iter().map(|cost| cost.counted as f64);
    Spread::of(counted).map_or(0, |spread| spread.median as u64)
}

/// The counts of one server.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Counts {
    /// Its name.
    pub server: String,
    /// The servers of this model are compared.
    pub model: Model,
    /// For one connection.
    pub per_connection: PerConnection,
    /// From fork to the end of the first answer, milliseconds. Timed.
    pub first_answer: Option<Spread>,
    /// Memory of all its processes, idle, after a request.
    pub memory: Memory,
    /// The bytes of its program, without the libraries that it loads.
    pub program_bytes: u64,
    /// The bytes of all files that its processes have mapped.
    pub mapped_bytes: u64,
}

impl Counts {
    /// Counts `peer`, in `starts` starts.
    pub fn of(programs: &Programs, peer: &Peer, starts: usize) -> Result<Self> {
        let mut times = Vec::new();
        let mut memory = Memory::default();
        let mut mapped = 0;
        for _ in 0..starts.max(1) {
            let server = Server::start(programs, peer, &[])?;
            times.push(server.first_answer.as_secs_f64() * 1000.0);
            trace::rest(server.group.id())?; // the child of that answer ends first
            memory = Memory::of_tree(server.group.id())?;
            mapped = mapped_bytes(server.group.id())?;
        }
        let program = programs.of(peer).map(std::fs::metadata).transpose()?;
        Ok(Self {
            server: peer.name.to_string(),
            model: peer.model,
            per_connection: PerConnection::of(programs, peer, starts)?,
            first_answer: Spread::of(times),
            memory,
            program_bytes: program.map_or(0, |file| file.len()),
            mapped_bytes: mapped,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neither_a_late_request_nor_an_early_end_of_a_child_counts() {
        let costs = [12, 16, 12, 11, 12].map(|counted| trace::Cost { counted, faults: 0 });
        assert_eq!(median(&costs), 12);
    }
}
