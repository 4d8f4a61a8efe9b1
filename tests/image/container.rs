//! A container for a test: `Container::run(HARDENED, &["fork"])`. Dropping it
//! removes it, by its id.

use crate::engine::{engine, is_docker, try_engine};
use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::process::Output;
use std::thread;
use std::time::{Duration, Instant};

pub const MODELS: [&str; 6] = ["iterative", "fork", "process", "prefork", "thread", "epoll"];

/// The options of a careful user: nothing to write to, no capability, no way to
/// one, little memory.
pub const HARDENED: &[&str] = &[
    "--read-only",
    "--cap-drop=ALL",
    "--security-opt=no-new-privileges",
    "--user=65534",
    "--network=host",
    "--pids-limit=64",
    "--memory=8m",
];

/// The same with a network of its own, in which port 9696 is free.
pub const ALONE: &[&str] = &[
    "--read-only",
    "--cap-drop=ALL",
    "--security-opt=no-new-privileges",
    "--network=none",
];

const GET: &[u8] = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n";
pub const RESPONSE: &str = "HTTP/1.1 200 OK\r\nConnection: Close\r\nContent-Length: 1\r\n\r\nA";

/// Longer than anything here takes unless it hangs.
const PATIENCE: Duration = Duration::from_secs(60);

pub struct Container {
    id: String,
    /// Address and port, from the start line.
    place: String,
}

impl Container {
    /// Starts the image with these options of the engine and these arguments of
    /// acceptd, on a port that the kernel chooses.
    pub fn run(options: &[&str], arguments: &[&str]) -> Self {
        let port = ["--bind=127.0.0.1", "--port=0"];
        Self::run_as_is(options, &[arguments, &port].concat())
    }

    pub fn run_as_is(options: &[&str], arguments: &[&str]) -> Self {
        // Docker checks by itself, and at once. Podman checks when it is told to.
        let often = ["--health-interval=200ms"];
        let often: &[&str] = if is_docker() { &often } else { &[] };
        let all = [
            &["run", "--detach"],
            often,
            options,
            &["acceptd"],
            arguments,
        ]
        .concat();
        let mut container = Self {
            id: engine(&all),
            place: String::new(),
        };
        wait_until("it listens, or has ended", || {
            container.logs().contains("listening on")
                || container.inspect(".State.Running") == "false"
        });
        let logs = container.logs();
        assert!(logs.contains("listening on"), "{arguments:?}: {logs}");
        let line = logs.lines().next().unwrap_or_default();
        container.place = line.split(' ').next_back().unwrap_or_default().into();
        container
    }

    /// `podman COMMAND` on this container.
    pub fn told(&self, command: &str) {
        engine(&[command, &self.id]);
    }

    pub fn inspect(&self, field: &str) -> String {
        engine(&["inspect", "--format", &format!("{{{{{field}}}}}"), &self.id])
    }

    /// A program of the image, run beside the server.
    pub fn exec(&self, command: &[&str]) -> Output {
        try_engine(&[&["exec", &self.id], command].concat())
    }

    /// What the engine says of its health, once it has checked often enough to know.
    pub fn health(&self) -> String {
        let status = || self.inspect(".State.Health.Status");
        if is_docker() {
            wait_until("the engine has checked", || status() != "starting");
        } else {
            for _ in 0..3 {
                try_engine(&["healthcheck", "run", &self.id]);
            }
        }
        status()
    }

    /// Its stdout and stderr.
    pub fn logs(&self) -> String {
        let logs = try_engine(&["logs", &self.id]);
        String::from_utf8_lossy(&[logs.stdout, logs.stderr].concat()).into_owned()
    }

    pub fn wait_for_line(&self, part: &str) {
        wait_until(part, || self.logs().contains(part));
    }

    /// Where it listens.
    pub fn place(&self) -> SocketAddr {
        self.place.parse().expect("an address and a port")
    }

    /// A request sent on a connection of its own.
    pub fn request(&self) -> TcpStream {
        let mut stream = TcpStream::connect(self.place()).expect("connect");
        stream.set_read_timeout(Some(PATIENCE)).expect("a timeout");
        stream.write_all(GET).expect("send");
        stream
    }

    /// SIGTERM, and after four seconds, less than `--grace`, the engine's SIGKILL:
    /// the exit status says which of the two it was.
    pub fn stop(&self) -> String {
        engine(&["stop", "--time", "4", &self.id]);
        self.inspect(".State.ExitCode")
    }
}

impl Drop for Container {
    fn drop(&mut self) {
        // Podman's `rm --force` alone would give it ten seconds to stop.
        try_engine(&["kill", &self.id]);
        try_engine(&["rm", "--force", &self.id]);
    }
}

/// Sends a request; all that comes back, up to the end.
pub fn exchange(mut stream: TcpStream) -> io::Result<String> {
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.write_all(GET)?;
    let mut text = String::new();
    stream.read_to_string(&mut text)?;
    Ok(text)
}

/// What comes back, up to the length of the response: `process` closes its
/// copy of a connection late, so the end may be long in coming.
pub fn received(stream: TcpStream) -> String {
    let mut text = String::new();
    let mut stream = stream.take(RESPONSE.len() as u64);
    stream.read_to_string(&mut text).expect("receive");
    text
}

/// Asks again and again, until it is so.
pub fn wait_until(what: &str, mut so: impl FnMut() -> bool) {
    let start = Instant::now();
    while !so() {
        assert!(start.elapsed() < PATIENCE, "waited in vain until {what}");
        thread::sleep(Duration::from_millis(20));
    }
}
