//! A server at the beginning of a case's moment: its clients have come, and nothing else
//! has happened.

use crate::cases::{Case, Moment};
use crate::clients::Client;
use crate::server::Server;
use crate::tracee::{Stop, Tracee};
use nix::sys::signal::Signal;
use std::net::Ipv4Addr;
use std::thread;
use std::time::{Duration, Instant};

/// A second signal is the same stop for a quarter of a second; this is less.
pub const SAME_STOP: Duration = Duration::from_millis(200);
/// What the cases of Moment::Grace say with --grace: each place is reached in less.
const GRACE: Duration = Duration::from_millis(100);
/// The grace is over, with some time for the handler that begins it.
const AFTER_GRACE: Duration = Duration::from_millis(130);
// The numbers of system calls, x86-64.
const WRITE: u64 = 1;
const LISTEN: u64 = 50;

pub struct Scene {
    pub server: Server,
    /// The process that is led to the place of the signal: the server, or its first child.
    pub tracee: Tracee,
    pub clients: Vec<Client>,
    /// When the first SIGTERM was sent, if one was.
    pub stopping: Option<Instant>,
}

impl Scene {
    /// # Errors
    ///
    /// What the server says if it does not come so far.
    pub fn of(case: &Case, host: Ipv4Addr) -> Result<Self, String> {
        let (mut server, mut tracee) = Server::start(case.words, host, case.newborn);
        let mut clients = Vec::new();
        if case.moment != Moment::Start {
            if !run_through(&mut tracee, LISTEN) {
                server.clear();
                return Err(format!("did not listen: {:?}", server.lines()));
            }
            for done in case.clients {
                clients.push(Client::connect(server.address, *done).expect("it listens"));
            }
            if case.moment != Moment::Listen && !run_through(&mut tracee, WRITE) {
                server.clear();
                return Err(format!("has no start line: {:?}", server.lines()));
            }
        }
        let stops = matches!(case.moment, Moment::Stop | Moment::Grace);
        let stopping = stops.then(|| {
            server.signal(Signal::SIGTERM);
            Instant::now()
        });
        if matches!(case.moment, Moment::Child | Moment::Group) {
            tracee = tracee.first_child();
        }
        Ok(Self {
            server,
            tracee,
            clients,
            stopping,
        })
    }

    /// Waits until the signal is due. Returns whether it is too late, on a busy machine.
    pub fn is_late(&self, moment: Moment) -> bool {
        let Some(start) = self.stopping else {
            return false;
        };
        if moment == Moment::Stop {
            return start.elapsed() >= SAME_STOP;
        }
        let is_late = start.elapsed() >= GRACE;
        thread::sleep(AFTER_GRACE.saturating_sub(start.elapsed()));
        is_late
    }
}

/// Goes on until this system call has returned; whether there was one.
fn run_through(tracee: &mut Tracee, call: u64) -> bool {
    loop {
        if tracee.next_call() != Stop::Call {
            return false;
        }
        let is_it = tracee.call_number() == call;
        if tracee.next_call() != Stop::Call {
            return false;
        }
        if is_it {
            return true;
        }
    }
}
