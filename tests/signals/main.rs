//! A signal at every instruction: `just signals`. The binary runs under ptrace(2), gets
//! a signal before each instruction, inside each system call and while it sleeps, and
//! must lose nobody.
//!
//! Without arguments: each place of two cases, and a sample of all others. `--all`: each
//! place of all cases. Any other argument is part of the rows to run, as in
//! `--all 'fork stop' SIGTERM`.

mod cases;
#[path = "../it/client.rs"]
#[allow(dead_code)] // the other tests use the rest
mod client;
mod clients;
mod fate;
mod registers;
mod run;
mod scene;
mod server;
mod stop_line;
mod symbols;
mod table;
mod tracee;
mod wait;
mod walk;

use cases::{CASES, Case};
use nix::sched::{CpuSet, sched_getaffinity, sched_setaffinity};
use nix::sys::prctl::set_child_subreaper;
use nix::sys::signal::Signal;
use nix::unistd::Pid;
use run::Outcome;
use std::net::Ipv4Addr;
use std::process::ExitCode;
use std::sync::Mutex;
use std::thread;
use std::time::Instant;
use symbols::Symbols;
use table::Table;
use walk::{At, Place};

/// Workers for each processor. A run mostly sleeps, in the server's naps.
const WORKERS_PER_CPU: usize = 4;
/// The most workers: each has an address of its own, from 100 to 255.
const WORKERS_MAX: usize = 156;
/// The cases at the head of the table that a sample takes as a whole, with SIGTERM.
const WHOLE: usize = 2;
/// A sample takes about this many places of each other case.
const SAMPLE: usize = 100;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let is_all = arguments.iter().any(|word| word == "--all");
    let wanted: Vec<_> = arguments.iter().filter(|word| *word != "--all").collect();
    set_child_subreaper(true).expect("PR_SET_CHILD_SUBREAPER");
    let symbols = Symbols::read();
    let start = Instant::now();
    let mut table = Table::head();
    let rows = CASES.iter().enumerate();
    for (index, case) in rows {
        let mut places = Vec::new();
        for (turn, signal) in case.signals.iter().enumerate() {
            let columns = [case.server(), case.moment(), case.comers()];
            let row = format!("{} {signal}", columns.join(" "));
            if !wanted.iter().all(|words| row.contains(*words)) {
                continue;
            }
            if places.is_empty() {
                places = run::places(case, host(0));
            }
            let is_whole = is_all || index < WHOLE && *signal == Signal::SIGTERM;
            let chosen = if is_whole {
                places.clone()
            } else {
                sample(&places, index + turn)
            };
            let outcomes = run_all(case, *signal, chosen);
            table.row(case, *signal, &places, &outcomes, &symbols);
        }
    }
    if table.foot(start.elapsed().as_secs()) {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

/// Some of the places, others for each `turn`; and always where the process sleeps.
fn sample(places: &[Place], turn: usize) -> Vec<Place> {
    let step = places.len().div_ceil(SAMPLE).max(1);
    let places = places.iter().enumerate();
    let taken =
        places.filter(|(index, place)| index % step == turn % step || place.at == At::Sleep);
    taken.map(|(_, place)| *place).collect()
}

/// Runs for all these places, several at a time.
fn run_all(case: &Case, signal: Signal, places: Vec<Place>) -> Vec<(Place, Outcome)> {
    let cpus = cpus();
    let next = Mutex::new(places.iter().enumerate());
    let outcomes = Mutex::new(Vec::new());
    thread::scope(|scope| {
        for worker in 0..(cpus.len() * WORKERS_PER_CPU).min(WORKERS_MAX) {
            let cpu = cpus[worker % cpus.len()];
            let (next, outcomes) = (&next, &outcomes);
            scope.spawn(move || {
                stay_on(cpu);
                loop {
                    let Some((turn, place)) = next.lock().expect("places").next() else {
                        return;
                    };
                    let outcome = run::run(case, signal, place, host(worker));
                    let mut outcomes = outcomes.lock().expect("outcomes");
                    outcomes.push((turn, *place, outcome));
                }
            });
        }
    });
    let mut outcomes = outcomes.into_inner().expect("outcomes");
    outcomes.sort_by_key(|(turn, ..)| *turn);
    let outcomes = outcomes.into_iter();
    outcomes
        .map(|(_, place, outcome)| (place, outcome))
        .collect()
}

/// An address of the loopback interface for each worker of each test process. All are of
/// the same length, so that all servers take the same way when they print it.
fn host(worker: usize) -> Ipv4Addr {
    let [high, low] = (std::process::id() as u16).to_be_bytes();
    Ipv4Addr::new(127, 64 | high & 0x3f, low, 100 + worker as u8)
}

/// The processors that this process may use.
fn cpus() -> Vec<usize> {
    let allowed = sched_getaffinity(Pid::from_raw(0)).expect("sched_getaffinity");
    let is_allowed = |cpu: &usize| allowed.is_set(*cpu).unwrap_or(false);
    (0..CpuSet::count()).filter(is_allowed).collect()
}

/// A step is a switch from this thread to the server and back: faster on one processor.
fn stay_on(cpu: usize) {
    let mut one = CpuSet::new();
    one.set(cpu).expect("a processor");
    sched_setaffinity(Pid::from_raw(0), &one).expect("sched_setaffinity");
}
