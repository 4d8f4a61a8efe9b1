//! A server at work, from its start to its end.

use super::peers::Peer;
use super::programs::Programs;
use super::started::{ProcessGroup, directory};
use crate::clients::get::get;
use anyhow::{Context, Result, bail};
use nix::sys::signal::{Signal, kill};
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::process::Stdio;
use std::time::{Duration, Instant};

/// A server that has not answered by then is not asked again.
const START: Duration = Duration::from_secs(10);

/// A running server.
pub struct Server {
    /// Its processes.
    pub group: ProcessGroup,
    /// Where it listens, on 127.0.0.1.
    pub port: u16,
    /// From fork to the end of the first answer.
    pub first_answer: Duration,
    name: &'static str,
    root: tempfile::TempDir,
}

impl Server {
    /// Starts `peer` with `more` arguments, and waits for a 200 from it.
    pub fn start(programs: &Programs, peer: &Peer, more: &[&str]) -> Result<Self> {
        let port = free_port()?;
        let start = Instant::now();
        let mut server = Self::spawn(programs, peer, more, port)?;
        loop {
            match get(port) {
                Ok(()) => break,
                Err(error) => server.complain_if_ended(start, &format!("no answer: {error:#}"))?,
            }
            std::thread::sleep(Duration::from_micros(100));
        }
        server.first_answer = start.elapsed();
        Ok(server)
    }

    /// Starts an acceptd on a port that another may listen on too, so that an
    /// answer does not tell which of them gave it: waits for its start line.
    pub fn start_beside(
        programs: &Programs,
        peer: &Peer,
        more: &[&str],
        port: u16,
    ) -> Result<Self> {
        let start = Instant::now();
        let mut server = Self::spawn(programs, peer, more, port)?;
        while !server.complaint().contains(": listening on ") {
            server.complain_if_ended(start, "no start line")?;
            std::thread::sleep(Duration::from_millis(1));
        }
        Ok(server)
    }

    fn spawn(programs: &Programs, peer: &Peer, more: &[&str], port: u16) -> Result<Self> {
        let root = directory()?;
        let fill = |text: &str| {
            programs
                .fill(text)
                .replace("{root}", &root.path().to_string_lossy())
                .replace("{port}", &port.to_string())
        };
        // mini_httpd gives root's rights up, and must still read its file.
        std::fs::set_permissions(root.path(), PermissionsExt::from_mode(0o755))?;
        std::fs::write(root.path().join("index.html"), "A")?;
        if let Some(file) = peer.configuration {
            let mut text = file.text.to_string();
            for (name, value) in file.values {
                text = text.replace(name, value);
            }
            std::fs::write(root.path().join(file.name), fill(&text))?;
        }
        // Each word is filled by itself: a path may have blanks.
        let mut words = peer.command.split(' ').map(fill);
        let mut command = programs.command(&words.next().unwrap_or_default())?;
        command
            .args(words)
            .args(more)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(std::fs::File::create(root.path().join("stderr"))?);
        Ok(Self {
            group: ProcessGroup::spawn(&mut command)?,
            port,
            first_answer: Duration::ZERO,
            name: peer.name,
            root,
        })
    }

    /// `kill(pid, signal)` to the process that was started, as its manual says.
    pub fn signal(&self, signal: Signal) -> Result<()> {
        kill(self.group.id(), signal).with_context(|| format!("{}: kill {signal}", self.name))
    }

    /// Waits for its end. Returns how long that took. `None`: longer than `limit`.
    pub fn ended(&mut self, limit: Duration) -> Result<Option<Duration>> {
        let start = Instant::now();
        loop {
            if self.group.child.try_wait()?.is_some() {
                return Ok(Some(start.elapsed()));
            }
            if start.elapsed() > limit {
                return Ok(None);
            }
            std::thread::sleep(Duration::from_millis(1));
        }
    }

    /// What it has written to stderr, on one line.
    fn complaint(&self) -> String {
        let text = std::fs::read_to_string(self.root.path().join("stderr"));
        text.unwrap_or_default().trim().replace('\n', "; ")
    }

    fn complain_if_ended(&mut self, start: Instant, what: &str) -> Result<()> {
        if let Some(status) = self.group.child.try_wait()? {
            bail!("ended with {status}: {}", self.complaint());
        }
        if start.elapsed() > START {
            bail!("{what}: {}", self.complaint());
        }
        Ok(())
    }
}

/// A port that the kernel has just found free. Not every server can ask for one itself,
/// and all are treated alike.
pub fn free_port() -> Result<u16> {
    let listener = TcpListener::bind(("127.0.0.1", 0)).context("bind 127.0.0.1:0")?;
    Ok(listener.local_addr()?.port())
}
