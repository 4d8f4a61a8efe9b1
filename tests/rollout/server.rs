//! A server on a host, `acceptd MODEL`, whose answer says which one it is.

use crate::network::on;
use std::io::{BufRead, BufReader, Lines};
use std::process::{Child, ChildStderr, Command, Stdio};

pub struct Server {
    child: Child,
    lines: Lines<BufReader<ChildStderr>>,
    /// The body of its answers: the host's name, and a number.
    pub body: String,
}

impl Server {
    /// Starts a server, and waits until it listens.
    pub fn start(host: &str, number: usize, arguments: &[&str]) -> Self {
        let body = format!("{host}-{number}");
        // Without any capability, as it is deployed.
        let mut command = on(host, "setpriv");
        command.args(["--bounding-set=-all", "--inh-caps=-all"]);
        command.arg(env!("CARGO_BIN_EXE_acceptd"));
        command
            .args(arguments)
            .args(["--bind", "::", "--body", &body]);
        let child = command.stderr(Stdio::piped()).spawn();
        let mut child = child.expect("ip netns exec");
        let mut lines = BufReader::new(child.stderr.take().expect("piped")).lines();
        let first = lines.next().expect("a first line").expect("text");
        assert!(first.contains(": listening on "), "{first}");
        Self { child, lines, body }
    }

    /// SIGTERM; waits for the end, which must have cut nobody off.
    pub fn stop(mut self) {
        let id = self.child.id().to_string();
        let sent = Command::new("kill").args(["-s", "TERM", &id]).status();
        assert!(sent.expect("kill runs").success());
        let last = self.lines.by_ref().map_while(Result::ok).last();
        let last = last.expect("a stop line");
        assert!(last.contains(": stopped: "), "{last}");
        assert!(!last.contains("cut"), "{last}");
        let status = self.child.wait().expect("wait");
        assert_eq!(status.code(), Some(0), "{last}");
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Ok(None) = self.child.try_wait() {
            let _ = self.child.kill();
            let _ = self.child.wait();
        }
    }
}
