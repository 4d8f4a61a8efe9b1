//! What if a system call fails? strace makes each call of the table fail once with each
//! errno. Then the server goes on and answers the next client, or it ends with status 1
//! and a message that names the call.

mod errnos;
mod inject;
mod table;

use crate::server::Server;
use std::collections::BTreeSet;
use std::fs;
use std::io::Write;
use std::panic::catch_unwind;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::thread;
use table::{NEVER_FAIL, Row, TABLE};

/// What happens while the call fails.
#[derive(Clone, Copy, Debug)]
pub enum Scene {
    /// This server; a client sends a request, perhaps in pieces. Then the
    /// calls work again, another client sends a GET, and the server stops.
    Request(&'static str, &'static [&'static [u8]]),
    /// This server; SIGTERM comes while a GET is in flight.
    Stop(&'static str),
    /// A command that ends by itself.
    Command(&'static str),
}

/// What a failure leads to.
#[derive(Clone, Copy, Debug)]
pub enum Outcome {
    /// The first client gets this, every other its response, and status is 0.
    ClientGets(&'static [u8]),
    /// acceptd ends with status 1, and a message that begins with the call.
    EndsNaming(&'static str),
}

/// A row of the table, taken apart: one failure in one scene.
#[derive(Debug)]
struct Fault {
    call: &'static str,
    errno: &'static str,
    when: &'static str,
    scene: Scene,
    outcome: Outcome,
}

fn faults() -> Vec<Fault> {
    let mut faults = Vec::new();
    // In a dev build rustix asserts that close does not fail.
    let injected = |row: &&Row| !(cfg!(debug_assertions) && row.call == "close");
    for row in TABLE.iter().filter(injected) {
        for errno in row.errnos.split_whitespace() {
            for &when in row.when {
                faults.extend(row.scenes.iter().map(|&scene| Fault {
                    call: row.call,
                    errno,
                    when,
                    scene,
                    outcome: row.outcome,
                }));
            }
        }
    }
    faults
}

#[test]
fn every_call_may_fail_with_every_errno() {
    let upstream = Server::of("fork").start();
    let port = upstream.port;
    let faults = faults();
    let next = AtomicUsize::new(0);
    let failures = Mutex::new(Vec::new());
    let calls = Mutex::new(BTreeSet::new());
    thread::scope(|scope| {
        for worker in 0..8 {
            let (faults, next, failures, calls) = (&faults, &next, &failures, &calls);
            scope.spawn(move || {
                let trace = trace_file(worker);
                while let Some(fault) = faults.get(next.fetch_add(1, Relaxed)) {
                    // A fault that hangs panics in the end. The panic does not name the fault.
                    let seen = catch_unwind(|| fault.inject(&trace, port));
                    if let Err(what) = seen.unwrap_or_else(|_| Err("it hung".into())) {
                        let line = format!("{fault:?}: {what}");
                        failures.lock().expect("whole").push(line);
                    }
                    let text = fs::read_to_string(&trace).expect("strace's output");
                    calls.lock().expect("whole").extend(names(&text));
                }
                fs::remove_file(trace).expect("removed");
            });
        }
    });
    let failures = failures.into_inner().expect("whole");
    assert!(
        failures.is_empty(),
        "{} of {}: {}",
        failures.len(),
        faults.len(),
        failures.join("\n")
    );
    for name in calls.into_inner().expect("whole") {
        assert_has_row(&name);
    }
    let pairs: BTreeSet<_> = faults
        .iter()
        .map(|fault| (fault.call, fault.errno))
        .collect();
    let line = format!(
        "faults: {} pairs of call and errno, injected {} times\n",
        pairs.len(),
        faults.len()
    );
    std::io::stderr()
        .write_all(line.as_bytes())
        .expect("a line");
}

fn trace_file(worker: usize) -> PathBuf {
    let name = format!("faults-{worker}-{}.strace", std::process::id());
    Path::new(env!("CARGO_TARGET_TMPDIR")).join(name)
}

/// The calls that stand in a trace.
fn names(text: &str) -> BTreeSet<String> {
    let lines = text
        .lines()
        .map(|line| line.trim_start_matches(|c: char| c.is_ascii_digit() || c == ' '));
    let is_name = |name: &&str| name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    lines
        .filter_map(|line| Some(line.split_once('(')?.0))
        .filter(is_name)
        .map(String::from)
        .collect()
}

fn assert_has_row(name: &str) {
    let known =
        TABLE.iter().any(|row| row.call == name) || NEVER_FAIL.iter().any(|row| row.0 == name);
    assert!(
        known,
        "{name}: a system call without a row in the table of faults"
    );
}

#[test]
fn every_call_of_the_golden_traces_has_a_row() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden");
    let mut checked = 0;
    for entry in fs::read_dir(folder).expect("the golden traces") {
        let text = fs::read_to_string(entry.expect("an entry").path()).expect("a trace");
        for name in names(&text) {
            assert_has_row(&name);
            checked += 1;
        }
    }
    assert!(checked > 20, "{checked} names looked at");
}
