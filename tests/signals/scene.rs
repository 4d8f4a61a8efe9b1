//! A server at the begin of a case's moment: its clients have come, nothing else has
//! happened.

use crate::cases::{Case, Moment};
use crate::clients::Client;
use crate::server::Server;
use crate::tracee::{Stop, Tracee};
use nix::sys::signal::Signal;
use std::net::Ipv4Addr;
use std::time::{Duration, Instant};

/// The second of two SIGTERMs is the same stop for a quarter of a second; this is less.
const SAME_STOP: Duration = Duration::from_millis(200);
/// The number of listen(2), x86-64.
const LISTEN: u64 = 50;

pub struct Scene {
    pub server: Server,
    /// Who is led to the place of the signal: the server, or its first child.
    pub tracee: Tracee,
    pub clients: Vec<Client>,
    /// When the first SIGTERM was sent, if one was.
    stopping: Option<Instant>,
}

impl Scene {
    pub fn of(case: &Case, host: Ipv4Addr) -> Self {
        let (server, mut tracee) = Server::start(case.words, host, case.newborn);
        let mut clients = Vec::new();
        if case.moment != Moment::Start {
            until_it_listens(&mut tracee);
            for done in case.clients {
                clients.push(Client::connect(server.address, *done).expect("it listens"));
            }
        }
        let mut stopping = None;
        if case.moment == Moment::Stop {
            server.signal(Signal::SIGTERM);
            stopping = Some(Instant::now());
        }
        if case.moment == Moment::Child {
            tracee = tracee.first_child();
        }
        Self {
            server,
            tracee,
            clients,
            stopping,
        }
    }

    /// Whether a second SIGTERM would be another stop by now, on a busy machine.
    pub fn is_late(&self) -> bool {
        self.stopping
            .is_some_and(|start| start.elapsed() > SAME_STOP)
    }
}

fn until_it_listens(tracee: &mut Tracee) {
    loop {
        assert_eq!(tracee.next_call(), Stop::Call, "before listen");
        let is_listen = tracee.call_number() == LISTEN;
        assert_eq!(tracee.next_call(), Stop::Call, "before listen");
        if is_listen {
            return;
        }
    }
}
