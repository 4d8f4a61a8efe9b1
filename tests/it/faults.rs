//! What if a system call fails? Each call of the table fails once with each
//! errno, made to by strace: then the server goes on and answers the next
//! client, or it leaves with status 1 and a message that names the call.

mod table;

use crate::server::{BINARY, GET, RESPONSE, Server, children, wait_until};
use std::collections::BTreeSet;
use std::fs;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::panic::catch_unwind;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::thread;
use table::{NEVER_FAIL, TABLE};

/// How acceptd runs while the call fails.
#[derive(Clone, Copy, Debug)]
pub enum Run {
    /// This server; a client sends a request, perhaps in pieces. Then the
    /// calls work again, another client sends a GET, and the server stops.
    Serve(&'static str, &'static [&'static [u8]]),
    /// This server; SIGTERM comes while a GET is in flight.
    Stop(&'static str),
    /// A command that ends by itself.
    Command(&'static str),
}

/// What a fault leads to.
#[derive(Clone, Copy, Debug)]
pub enum Outcome {
    /// The first client gets this, every other its response, and status is 0.
    Answers(&'static [u8]),
    /// Status 1, and a message that begins with the call.
    Ends(&'static str),
}

struct Fault {
    call: &'static str,
    errno: &'static str,
    when: &'static str,
    run: Run,
    outcome: Outcome,
}

fn faults() -> Vec<Fault> {
    let mut faults = Vec::new();
    for row in TABLE {
        for errno in row.errnos.split_whitespace() {
            for &when in row.when {
                faults.extend(row.runs.iter().map(|&run| Fault {
                    call: row.call,
                    errno,
                    when,
                    run,
                    outcome: row.outcome,
                }));
            }
        }
    }
    faults
}

impl Fault {
    /// Runs acceptd with it, strace's lines going to `trace`; or what was unexpected.
    fn meet(&self, trace: &Path, upstream: u16) -> Result<(), String> {
        let inject = format!(
            "inject={}:error={}:when={}",
            self.call, self.errno, self.when
        );
        let file = trace.to_str().expect("text");
        // -D: acceptd is our child, strace a bystander; -I 2: which a signal ends.
        let strace = ["strace", "-D", "-f", "-I", "2", "-o", file, "-e", &inject];
        let (status, lines) = match self.run {
            Run::Command(command) => self.command(&strace, command, upstream),
            Run::Serve(words, request) => self.serve(&strace, words, request, trace)?,
            Run::Stop(words) => self.serve(&strace, words, &[], trace)?,
        };
        let text = fs::read_to_string(trace).expect("strace's output");
        let last = lines.last().map(String::as_str).unwrap_or_default();
        let good = match self.outcome {
            Outcome::Answers(_) => status == Some(0),
            Outcome::Ends(call) => {
                let names_it = last.strip_prefix("acceptd: ").unwrap_or_default();
                let names_error = last.contains(self.errno) || last.contains(": errno ");
                status == Some(1) && names_it.starts_with(call) && names_error
            }
        };
        if !good || !text.contains("(INJECTED)") {
            return Err(format!("status {status:?}, {lines:?}\n{text}"));
        }
        Ok(())
    }

    fn command(&self, strace: &[&str], command: &str, port: u16) -> (Option<i32>, Vec<String>) {
        let mut run = Command::new(strace[0]);
        run.args(&strace[1..]).args([BINARY, command]);
        if command == "probe" {
            run.args(["--port", &port.to_string()]);
        }
        let output = run.output().expect("strace");
        let lines = String::from_utf8_lossy(&output.stderr);
        (
            output.status.code(),
            lines.lines().map(String::from).collect(),
        )
    }

    fn serve(
        &self,
        strace: &[&str],
        words: &str,
        request: &[&[u8]],
        trace: &Path,
    ) -> Result<(Option<i32>, Vec<String>), String> {
        let mut words = words.split(' ');
        let server = Server::of(words.next().expect("a model")).under(strace);
        let server = match words
            .fold(server, |server, word| server.with(word))
            .try_start()
        {
            Ok(server) => server,
            Err((status, lines)) => return Ok((status.code(), lines)),
        };
        let Ok(mut first) = server.try_connect() else {
            let (status, lines) = server.ended();
            return Ok((status.code(), lines));
        };
        if request.is_empty() {
            // Stopped once the connection is accepted.
            let _ = first.write_all(GET);
            wait_until("a request is in flight", || {
                let holder = *children(server.pid).first().unwrap_or(&server.pid);
                fs::exists(format!("/proc/{holder}/fd/4")).unwrap_or(false) || server.is_over()
            });
            server.signal("TERM");
        }
        for (n, piece) in request.iter().enumerate() {
            if n > 0 {
                wait_until("the piece before has met its fault", || injected(trace));
            }
            let _ = first.write_all(piece);
        }
        if let Outcome::Answers(expected) = self.outcome {
            let got = answer(&mut first, expected.len());
            drop(first);
            if got != expected {
                return Err(format!("answered {:?}", String::from_utf8_lossy(&got)));
            }
            if !request.is_empty() {
                wait_until("the call has failed", || injected(trace));
                server.leave_trace();
                let got = answer_to_get(&server);
                if got != RESPONSE {
                    return Err(format!("then answered {:?}", String::from_utf8_lossy(&got)));
                }
                server.signal("TERM");
            }
        } else {
            drop(first);
        }
        let (status, lines) = server.ended();
        Ok((status.code(), lines))
    }
}

fn injected(trace: &Path) -> bool {
    fs::read_to_string(trace)
        .unwrap_or_default()
        .contains("(INJECTED)")
}

fn answer_to_get(server: &Server) -> Vec<u8> {
    let mut stream = server.connect();
    let _ = stream.write_all(GET);
    answer(&mut stream, RESPONSE.len())
}

/// So many bytes, or as many as come: a descriptor that was not closed keeps
/// a connection open, and an error resets it.
fn answer(stream: &mut TcpStream, length: usize) -> Vec<u8> {
    let mut bytes = Vec::new();
    let _ = stream.take(length.max(1) as u64).read_to_end(&mut bytes);
    bytes
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
                    // What hangs panics in the end: of which fault, it does not know.
                    let met = catch_unwind(|| fault.meet(&trace, port));
                    if let Err(what) = met.unwrap_or_else(|_| Err("it hung".into())) {
                        let Fault {
                            call,
                            errno,
                            when,
                            run,
                            outcome,
                        } = fault;
                        let line =
                            format!("{call} {errno} {when}, {run:?}, not {outcome:?}: {what}");
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
