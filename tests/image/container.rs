//! A container for a test: `Container::run(HARDENED, &["fork"])`. Removed when
//! it is dropped, by its id.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::process::{Command, Output};
use std::thread;
use std::time::{Duration, Instant};

/// What a careful user would give: nothing to write to, no capability, no way
/// to one, little memory.
pub const HARDENED: &[&str] = &[
    "--read-only",
    "--cap-drop=ALL",
    "--security-opt=no-new-privileges",
    "--user=65534",
    "--network=host",
    "--pids-limit=64",
    "--memory=8m",
];

/// The same with a network of its own, so that port 9696, which the image's
/// health check asks, is free.
pub const ALONE: &[&str] = &[
    "--read-only",
    "--cap-drop=ALL",
    "--security-opt=no-new-privileges",
    "--network=none",
];

const GET: &[u8] = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n";
pub const RESPONSE: &str = "HTTP/1.1 200 OK\r\nConnection: Close\r\nContent-Length: 1\r\n\r\nA";

/// Longer than anything here takes unless it hangs.
const PATIENCE: Duration = Duration::from_secs(30);

/// A file of the project.
pub fn path(name: &str) -> String {
    format!("{}/{name}", env!("CARGO_MANIFEST_DIR"))
}

/// `podman ...`, whatever comes of it.
pub fn try_podman(arguments: &[&str]) -> Output {
    Command::new("podman")
        .args(arguments)
        .env("CONTAINERS_CONF", path("tests/image/containers.conf"))
        .env("DISABLE_HC_SYSTEMD", "true") // the tests say when to probe
        .output()
        .expect("podman runs")
}

/// `podman ...`: what it prints.
pub fn podman(arguments: &[&str]) -> String {
    let output = try_podman(arguments);
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).trim().to_string();
    let errors = text(&output.stderr);
    assert!(output.status.success(), "podman {arguments:?}: {errors}");
    text(&output.stdout)
}

pub struct Container {
    id: String,
    /// Address and port, from the start line.
    place: String,
}

impl Container {
    /// Starts the image with these options of the engine, and these arguments
    /// of acceptd, on a port that the kernel chooses.
    pub fn run(engine: &[&str], arguments: &[&str]) -> Self {
        let port = ["--bind=127.0.0.1", "--port=0"];
        Self::run_as_is(engine, &[arguments, &port].concat())
    }

    pub fn run_as_is(engine: &[&str], arguments: &[&str]) -> Self {
        let all = [&["run", "--detach"], engine, &["acceptd"], arguments].concat();
        let mut container = Self {
            id: podman(&all),
            place: String::new(),
        };
        container.wait_for_line("listening on");
        let logs = container.logs();
        let line = logs.lines().next().unwrap_or_default();
        container.place = line.split(' ').next_back().unwrap_or_default().into();
        container
    }

    /// `podman COMMAND` on this container.
    pub fn told(&self, command: &str) {
        podman(&[command, &self.id]);
    }

    pub fn inspect(&self, field: &str) -> String {
        podman(&["inspect", "--format", &format!("{{{{{field}}}}}"), &self.id])
    }

    pub fn probe(&self) -> Output {
        try_podman(&["healthcheck", "run", &self.id])
    }

    /// Its stdout and stderr.
    pub fn logs(&self) -> String {
        let logs = try_podman(&["logs", &self.id]);
        String::from_utf8_lossy(&[logs.stdout, logs.stderr].concat()).into_owned()
    }

    pub fn wait_for_line(&self, part: &str) {
        let start = Instant::now();
        while !self.logs().contains(part) {
            let waited = start.elapsed();
            assert!(waited < PATIENCE, "no '{part}': {}", self.logs());
            thread::sleep(Duration::from_millis(20));
        }
    }

    /// A request sent on a connection of its own.
    pub fn request(&self) -> TcpStream {
        let mut stream = TcpStream::connect(&self.place).expect("connect");
        stream.set_read_timeout(Some(PATIENCE)).expect("a timeout");
        stream.write_all(GET).expect("send");
        stream
    }

    /// SIGTERM, and after a second the engine's SIGKILL: the exit status says
    /// which of the two it was.
    pub fn stop(&self) -> String {
        podman(&["stop", "--time", "1", &self.id]);
        self.inspect(".State.ExitCode")
    }
}

impl Drop for Container {
    fn drop(&mut self) {
        try_podman(&["rm", "--force", "--time", "0", &self.id]);
    }
}

/// What comes back, up to the length of the response: `process` closes its
/// copy of a connection late, so the end may be long in coming.
pub fn received(stream: TcpStream) -> String {
    let mut text = String::new();
    let mut stream = stream.take(RESPONSE.len() as u64);
    stream.read_to_string(&mut text).expect("receive");
    text
}
