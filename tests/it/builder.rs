//! How a server is started: see [`Server::of`].

use crate::proc::{PATIENCE, address_of_its_own, children};
use crate::server::Server;
use nix::libc::SIGALRM;
use std::fs;
use std::io::{BufRead, BufReader};
use std::net::Ipv4Addr;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread;

/// Whether `strace -D` was killed by its own alarm(2): on a busy machine the process that is to
/// trace may not attach within three seconds. Then nothing has happened yet.
pub fn was_not_traced(program: &str, status: ExitStatus) -> bool {
    program == "strace" && status.signal() == Some(SIGALRM)
}

/// Starts a command; the lines that it writes to stderr.
fn spawn(words: &[String]) -> (Child, Receiver<String>) {
    let mut child = Command::new(&words[0])
        .args(&words[1..])
        .env_remove("PORT")
        .stdin(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap_or_else(|error| panic!("cannot start {}: {error}", words[0]));
    let mut lines = BufReader::new(child.stderr.take().expect("piped")).lines();
    let (to, stderr) = channel();
    thread::spawn(move || {
        while let Some(Ok(line)) = lines.next() {
            let _ = to.send(line);
        }
    });
    (child, stderr)
}

/// What is tested; for another CPU a script that runs its binary under qemu.
pub const BINARY: &str = match option_env!("ACCEPTD_BINARY") {
    Some(script) => script,
    None => env!("CARGO_BIN_EXE_acceptd"),
};

pub struct Builder {
    binary: PathBuf,
    before: Vec<String>,
    arguments: Vec<String>,
}

impl Builder {
    pub fn of(arguments: &[&str]) -> Self {
        Self {
            binary: BINARY.into(),
            before: Vec::new(),
            arguments: arguments.iter().map(|word| word.to_string()).collect(),
        }
    }

    /// One more argument.
    pub fn with(mut self, argument: &str) -> Self {
        self.arguments.push(argument.into());
        self
    }

    /// At an address of its own: when it has ended, no server of another test answers there.
    pub fn alone(self) -> Self {
        let address = address_of_its_own().to_string();
        self.with("--bind").with(&address)
    }

    /// Started by this command instead of directly: strace, unshare.
    pub fn under(mut self, command: &[&str]) -> Self {
        self.before = command.iter().map(|word| word.to_string()).collect();
        self
    }

    /// Under strace, which makes calls fail or wait: `call:error=..`, `call:delay_enter=..`.
    pub fn injecting(self, faults: &[&str]) -> Self {
        let faults: Vec<String> = faults
            .iter()
            .flat_map(|fault| ["-e".into(), format!("inject={fault}")])
            .collect();
        let mut strace = vec!["strace", "-f", "-o", "/dev/null"];
        strace.extend(faults.iter().map(String::as_str));
        self.under(&strace)
    }

    /// A copy of the binary, where every user can reach it.
    pub fn copied(mut self) -> Self {
        let name = format!("acceptd-{}", std::process::id());
        self.binary = std::env::temp_dir().join(name);
        // cp is a process of its own. If this process wrote the copy, another test's child could
        // have it open for writing between fork and exec, and nobody could run it (ETXTBSY).
        let copied = Command::new("cp").arg(BINARY).arg(&self.binary).status();
        assert!(copied.expect("cp").success());
        self
    }

    pub fn start(self) -> Server {
        self.try_start()
            .unwrap_or_else(|(status, lines)| panic!("no start: {status}, {lines:?}"))
    }

    /// The server, or how it ended and what it said instead of its start line.
    pub fn try_start(self) -> Result<Server, (ExitStatus, Vec<String>)> {
        let mut words = self.before;
        if words.is_empty() {
            // `just memcheck`: valgrind 3.19 takes the lowest words of a frame, on a stack that
            // clone(2) got from a program of its own, for memory that nobody may touch.
            let is_checked = self.arguments.first().is_none_or(|model| model != "thread");
            let under = std::env::var("ACCEPTD_UNDER").unwrap_or_default();
            let under = if is_checked { under } else { String::new() };
            words.extend(under.split_whitespace().map(String::from));
        }
        let wrapped = !words.is_empty();
        words.push(self.binary.to_str().expect("text").into());
        let model = self.arguments[0].clone();
        words.extend(self.arguments);
        let wrapper = words[0].clone();
        let mut trials = 5;
        let (child, stderr, first) = loop {
            trials -= 1;
            let (mut child, stderr) = spawn(&words);
            match stderr.recv_timeout(PATIENCE) {
                Ok(first) => break (child, stderr, first),
                // It has said nothing, and ended.
                Err(RecvTimeoutError::Disconnected)
                    if trials > 0 && was_not_traced(&words[0], child.wait().expect("wait")) => {}
                Err(error) => {
                    let _ = child.kill();
                    panic!("a first line: {error}");
                }
            }
        };
        if self.binary != Path::new(BINARY) {
            fs::remove_file(self.binary).expect("removed");
        }
        let place = first.split_once(": listening on ");
        let place = place.and_then(|(_, place)| place.rsplit_once(':'));
        let port = place.and_then(|(_, port)| port.parse().ok());
        let address = place.and_then(|(address, _)| address.parse().ok());
        // strace and unshare have it as their child; setsid, prlimit and strace -D become it.
        let comm = fs::read_to_string(format!("/proc/{}/comm", child.id())).unwrap_or_default();
        let below = children(child.id());
        let server = Server {
            model,
            address: address
                .filter(|address: &Ipv4Addr| !address.is_unspecified())
                .unwrap_or(Ipv4Addr::LOCALHOST),
            port: port.unwrap_or_default(),
            pid: *below
                .first()
                .filter(|_| wrapped && comm.trim() == wrapper)
                .unwrap_or(&child.id()),
            child,
            start_line: first.clone(),
            stderr,
        };
        if port.is_some() {
            return Ok(server);
        }
        let (status, rest) = server.ended();
        Err((status, [vec![first], rest].concat()))
    }
}
