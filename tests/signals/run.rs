//! One run: a server is led to a place, gets a signal there, and is let go; then how
//! its clients, its children and itself have fared.

use crate::cases::{Case, Moment};
use crate::clients::{Client, Done};
use crate::fate::Fate;
use crate::scene::{SAME_STOP, Scene};
use crate::server::Server;
use crate::stop_line;
use crate::tracee::Tracee;
use crate::walk::{self, At, Place};
use nix::sys::signal::Signal;
use std::fs;
use std::net::Ipv4Addr;

/// The trials of a run. All but one may be late, on a busy machine.
const TRIALS: usize = 10;

/// What came of a run.
#[derive(Default)]
pub struct Outcome {
    /// Clients who were answered.
    answered: u64,
    /// Clients who had to be answered and were not.
    pub lost: u64,
    /// All that went wrong.
    pub faults: Vec<String>,
}

/// All places of a case's moment.
pub fn places(case: &Case, host: Ipv4Addr) -> Vec<Place> {
    let mut scene = Scene::of(case, host).expect("a server");
    let places = walk::places(&mut scene.tracee);
    scene.server.clear();
    places
}

/// Sends the signal at the place, and sees what comes of it.
pub fn run(case: &Case, signal: Signal, place: &Place, host: Ipv4Addr) -> Outcome {
    let mut fault = String::new();
    let mut lost = 0;
    for _ in 0..TRIALS {
        let mut scene = match Scene::of(case, host) {
            Ok(scene) => scene,
            Err(reason) => {
                fault = reason;
                continue;
            }
        };
        match walk::lead(&mut scene.tracee, place) {
            Ok(()) if scene.is_late(case.moment) => fault = "the machine is too busy".into(),
            Ok(()) => {
                let stopping = scene.stopping;
                let outcome = signalled(case, signal, place, scene);
                // The server reads the clock itself: it may have seen the signal late, and
                // taken it for a second one. Whatever does not depend on time comes again.
                let is_late = stopping.is_some_and(|start| start.elapsed() > SAME_STOP);
                // Another program has taken the port meanwhile, on every address.
                let is_taken = outcome.faults.iter().any(|it| it.contains("EADDRINUSE"));
                if outcome.faults.is_empty() || !is_late && !is_taken {
                    return outcome;
                }
                fault = outcome.faults.join("; ");
                lost = outcome.lost;
                continue;
            }
            Err(other) => fault = format!("went another way: {other}"),
        }
        scene.server.clear();
    }
    Outcome {
        lost,
        faults: vec![fault],
        ..Outcome::default()
    }
}

/// The signal, and all that follows.
fn signalled(case: &Case, signal: Signal, place: &Place, scene: Scene) -> Outcome {
    let mut server = scene.server;
    let mut clients = scene.clients;
    let mut outcome = Outcome::default();
    let fate = Fate::of(case, signal, is_caught(&scene.tracee, signal, place));
    if case.moment == Moment::Group {
        server.signal_group(signal);
    }
    let killed = scene.tracee.leave(signal);

    for (index, client) in clients.iter_mut().enumerate() {
        outcome.see(client.answer(), fate.answers(index));
        if fate.goes_on() {
            client.leave(); // or it would keep an iterative server waiting
        }
    }
    if fate.goes_on() {
        match Client::come(server.address, Done::Sent, case.moment == Moment::Start) {
            Ok(mut further) => {
                outcome.see(further.answer(), true);
                clients.push(further);
            }
            Err(error) => outcome.see(Err(error.to_string()), true),
        }
        server.signal(Signal::SIGTERM);
    }

    let killed = killed.filter(|status| status.pid() == Some(server.pid));
    let ended = killed.or_else(|| server.ended());
    if ended == Some(fate.status(server.pid, signal)) {
        outcome.see_end(case, fate, &mut server, &mut clients);
    } else {
        server.clear(); // or its lines have no end
        let lines = server.lines();
        outcome
            .faults
            .push(format!("the server: {ended:?}, {lines:?}"));
    }
    server.clear();
    outcome
}

impl Outcome {
    /// What a client got, and whether it had to be an answer.
    fn see(&mut self, result: Result<(), String>, must: bool) {
        match result {
            Ok(()) => self.answered += 1,
            Err(reason) if must => {
                self.lost += 1;
                self.faults.push(format!("a client: {reason}"));
            }
            Err(_) => {}
        }
    }

    /// What a server leaves behind that has ended as it had to.
    fn see_end(&mut self, case: &Case, fate: Fate, server: &mut Server, clients: &mut [Client]) {
        for (index, client) in clients.iter_mut().enumerate() {
            if fate.answers(index) {
                self.faults.extend(client.end().err());
            }
        }
        if fate == Fate::Dies {
            clients.iter().for_each(Client::leave); // whom children still serve
        }
        let left = server.left();
        if left.contains(&None) || !left.is_empty() && !fate.leaves_children(case) {
            self.faults.push(format!("children left: {left:?}"));
        }
        server.clear(); // or its lines have no end
        let clients = clients.len() as u64;
        let fault = stop_line::fault(case, fate, &server.lines(), clients, self.answered);
        self.faults.extend(fault);
    }
}

/// Whether the process has a handler for the signal when it comes through: SigCgt in
/// proc_pid_status(5), and SigBlk, since only a handler blocks signals, which then wait
/// for its end. Inside the call that sets a handler they wait until it is set.
fn is_caught(tracee: &Tracee, signal: Signal, place: &Place) -> bool {
    if place.at == At::Call && tracee.sets_action(signal) {
        return true;
    }
    let text = fs::read_to_string(format!("/proc/{}/status", tracee.pid)).expect("/proc");
    let set = |name| {
        let value = text.lines().find_map(|line| line.strip_prefix(name));
        u64::from_str_radix(value.expect("a set").trim(), 16).expect("hex")
    };
    (set("SigCgt:") | set("SigBlk:")) & 1 << (signal as i32 - 1) != 0
}
