//! acceptd runs, strace makes the call fail, and what becomes of the clients is compared
//! with what the table says.

use super::{Fault, Outcome, Scene};
use crate::builder::was_not_traced;
use crate::proc::{output, terminate_first_thread};
use crate::server::{BINARY, GET, LAST, RESPONSE, Server, children, state, status, wait_until};
use crate::stop::holder_has;
use std::fs;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::Command;
use std::thread::sleep;
use std::time::Duration;

impl Fault {
    /// Runs acceptd while the call fails; strace writes to `trace`.
    ///
    /// # Errors
    ///
    /// What differs from the table.
    pub fn inject(&self, trace: &Path, upstream: u16) -> Result<(), String> {
        let inject = format!(
            "inject={}:error={}:when={}",
            self.call, self.errno, self.when
        );
        let file = trace.to_str().expect("text");
        // -D: acceptd is our child, strace a bystander; -I 2: which a signal ends.
        let strace = ["strace", "-D", "-f", "-I", "2", "-o", file, "-e", &inject];
        let (status, lines) = match self.scene {
            Scene::Command(command) => self.command(&strace, command, upstream),
            Scene::Request(words, request) => self.serve(&strace, words, request, trace)?,
            Scene::Stop(words) => self.serve(&strace, words, &[], trace)?,
        };
        let text = fs::read_to_string(trace).expect("strace's output");
        let last = lines.last().map(String::as_str).unwrap_or_default();
        let good = match self.outcome {
            Outcome::ClientGets(_) => status == Some(0),
            Outcome::EndsNaming(call) => {
                let names_it = last.strip_prefix("acceptd: ").unwrap_or_default();
                let names_error = last.contains(self.error()) || last.contains(": errno ");
                status == Some(1) && names_it.starts_with(call) && names_error
            }
        };
        if !good || !text.contains("(INJECTED)") {
            return Err(format!("status {status:?}, {lines:?}\n{text}"));
        }
        Ok(())
    }

    /// The name in the message: a timeout is reported as ETIMEDOUT.
    fn error(&self) -> &'static str {
        match (self.scene, self.errno) {
            (Scene::Command("probe"), "EAGAIN" | "EINPROGRESS" | "EALREADY") => "ETIMEDOUT",
            _ => self.errno,
        }
    }

    fn command(&self, strace: &[&str], command: &str, port: u16) -> (Option<i32>, Vec<String>) {
        let mut run = Command::new(strace[0]);
        run.args(&strace[1..]).args([BINARY, command]);
        if command == "probe" {
            run.args(["--port", &port.to_string()]);
        }
        let mut output = output(&mut run);
        for _ in 0..5 {
            if was_not_traced(strace[0], output.status) {
                output = crate::proc::output(&mut run);
            }
        }
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
                holder_has(&server, &server.model) || server.is_over()
            });
            // strace counts the calls of each thread: the handler runs in this one.
            terminate_first_thread(server.pid);
        }
        for (n, piece) in request.iter().enumerate() {
            if n > 0 {
                wait_until("the call has failed", || injected(trace));
            }
            let _ = first.write_all(piece);
        }
        if let Outcome::ClientGets(expected) = self.outcome {
            let got = answer(&mut first, expected.len());
            drop(first);
            if got != expected {
                return Err(format!("answered {:?}", String::from_utf8_lossy(&got)));
            }
            if !request.is_empty() {
                wait_until("the call has failed", || injected(trace));
                wait_until("all is at rest", || is_at_rest(&server, trace));
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

/// Whether nobody does anything, strace among them, and has done nothing for a moment: strace
/// that leaves in the middle of a call that it makes fail leaves ENOSYS behind.
fn is_at_rest(server: &Server, trace: &Path) -> bool {
    let length = || fs::metadata(trace).expect("strace's output").len();
    let all_sleep = || {
        let tracer = status(server.pid, "TracerPid").and_then(|tracer| tracer.parse().ok());
        let processes = [&[server.pid][..], &children(server.pid)].concat();
        processes.into_iter().chain(tracer).all(sleeps)
    };
    let before = length();
    if !all_sleep() {
        return false;
    }
    sleep(Duration::from_millis(30));
    all_sleep() && length() == before
}

/// Whether each thread of a process waits in a system call, or has ended.
fn sleeps(process: u32) -> bool {
    let Ok(threads) = fs::read_dir(format!("/proc/{process}/task")) else {
        return true; // it is gone
    };
    let threads = threads.flatten();
    let mut numbers = threads.filter_map(|thread| thread.file_name().to_str()?.parse().ok());
    numbers.all(|thread| matches!(state(thread), None | Some('S' | 'Z' | 'X')))
}

fn injected(trace: &Path) -> bool {
    fs::read_to_string(trace)
        .unwrap_or_default()
        .contains("(INJECTED)")
}

fn answer_to_get(server: &Server) -> Vec<u8> {
    let mut stream = server.connect();
    let _ = stream.write_all(LAST);
    answer(&mut stream, RESPONSE.len())
}

/// So many bytes, or as many as come: a descriptor that was not closed keeps
/// a connection open, and an error resets it.
fn answer(stream: &mut TcpStream, length: usize) -> Vec<u8> {
    let mut bytes = Vec::new();
    let _ = stream.take(length.max(1) as u64).read_to_end(&mut bytes);
    bytes
}
