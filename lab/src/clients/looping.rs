//! Clients in a loop, each of which asks again as soon as it is answered: what
//! becomes of the requests while a server stops, or is replaced by another.

use super::response::{is_whole, receive};
use anyhow::{Context, Result, bail};
use serde::{Deserialize, Serialize};
use std::io::{Error, ErrorKind, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering::Relaxed};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// A request without an outcome for so long hangs.
const LIMIT: Duration = Duration::from_secs(5);

/// A request that takes so long has had its SYN repeated, which TCP does after a second.
const LATE: Duration = Duration::from_millis(900);

/// What became of requests.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Tally {
    /// Answered in full.
    pub answered: u64,
    /// Answered in full, but about a second late or more.
    pub answered_late: u64,
    /// Refused: the client may go elsewhere, and nothing was lost.
    pub refused: u64,
    /// Refused, but about a second late or more.
    pub refused_late: u64,
    /// Connected, then reset: the client cannot know what was done.
    pub reset: u64,
    /// Connected, then closed without a whole answer.
    pub closed: u64,
    /// No outcome within five seconds, connected or not.
    pub hung: u64,
}

impl Tally {
    /// Those that got neither an answer nor a refusal.
    pub fn lost(&self) -> u64 {
        self.reset + self.closed + self.hung
    }

    /// The sum of both.
    pub fn plus(self, other: Self) -> Self {
        Self {
            answered: self.answered + other.answered,
            answered_late: self.answered_late + other.answered_late,
            refused: self.refused + other.refused,
            refused_late: self.refused_late + other.refused_late,
            reset: self.reset + other.reset,
            closed: self.closed + other.closed,
            hung: self.hung + other.hung,
        }
    }

    fn add(&mut self, outcome: Outcome, took: Duration) {
        let is_late = took >= LATE;
        *match outcome {
            Outcome::Answered if is_late => &mut self.answered_late,
            Outcome::Answered => &mut self.answered,
            Outcome::Refused if is_late => &mut self.refused_late,
            Outcome::Refused => &mut self.refused,
            Outcome::Reset => &mut self.reset,
            Outcome::Closed => &mut self.closed,
            Outcome::Hung => &mut self.hung,
        } += 1;
    }
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Outcome {
    Answered,
    Refused,
    Reset,
    Closed,
    Hung,
}

/// Whether a client goes on after a request that was not answered.
#[derive(Clone, Copy, PartialEq)]
pub enum After {
    /// It ends: its last request tells how it came to know of the stop.
    Failure,
    /// It ends only when told to.
    Word,
}

#[derive(Default)]
struct Shared {
    /// Requests count from now on.
    counts: AtomicBool,
    /// No further request is to begin.
    is_over: AtomicBool,
    /// Clients that have been answered once.
    ready: AtomicU32,
}

/// The clients, each in a thread of its own.
pub struct Clients {
    threads: Vec<JoinHandle<Result<Tally>>>,
    shared: Arc<Shared>,
}

impl Clients {
    /// Starts `number` clients of the server on `port`.
    pub fn start(port: u16, number: u32, end: After) -> Self {
        let shared = Arc::new(Shared::default());
        let threads = (0..number).map(|_| {
            let shared = Arc::clone(&shared);
            std::thread::spawn(move || one(port, end, &shared))
        });
        Self {
            threads: threads.collect(),
            shared,
        }
    }

    /// Waits until each has been answered once.
    ///
    /// # Errors
    ///
    /// One is not, for ten seconds.
    pub fn wait_until_ready(&self) -> Result<()> {
        let start = Instant::now();
        while self.shared.ready.load(Relaxed) < self.threads.len() as u32 {
            if start.elapsed() > Duration::from_secs(10) {
                bail!("a client has had no answer for 10 s");
            }
            std::thread::sleep(Duration::from_millis(1));
        }
        Ok(())
    }

    /// Requests that end from now on count.
    pub fn count(&self) {
        self.shared.counts.store(true, Relaxed);
    }

    /// Tells them to begin no further request.
    pub fn end(&self) {
        self.shared.is_over.store(true, Relaxed);
    }

    /// Whether all have ended.
    pub fn have_ended(&self) -> bool {
        self.threads.iter().all(JoinHandle::is_finished)
    }

    /// Waits for all clients. Returns what became of their requests.
    pub fn finish(self) -> Result<Tally> {
        let mut sum = Tally::default();
        for thread in self.threads {
            sum = sum.plus(thread.join().expect("no panic")?);
        }
        Ok(sum)
    }
}

fn one(port: u16, end: After, shared: &Shared) -> Result<Tally> {
    let mut tally = Tally::default();
    let mut is_ready = false;
    while !shared.is_over.load(Relaxed) {
        let start = Instant::now();
        let outcome = request(port)?;
        if shared.counts.load(Relaxed) {
            tally.add(outcome, start.elapsed());
        }
        if outcome == Outcome::Answered && !is_ready {
            is_ready = true;
            shared.ready.fetch_add(1, Relaxed);
        }
        if outcome != Outcome::Answered && end == After::Failure {
            break;
        }
    }
    Ok(tally)
}

/// One GET on a connection of its own.
fn request(port: u16) -> Result<Outcome> {
    let address = SocketAddr::from(([127, 0, 0, 1], port));
    let mut stream = match TcpStream::connect_timeout(&address, LIMIT) {
        Ok(stream) => stream,
        Err(error) if error.kind() == ErrorKind::ConnectionRefused => return Ok(Outcome::Refused),
        Err(error) => return failure(error).context("connect"),
    };
    stream.set_read_timeout(Some(LIMIT))?;
    let request = b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n";
    if let Err(error) = stream.write_all(request) {
        return failure(error).context("send");
    }
    let mut response = Vec::new();
    while !is_whole(&response)? {
        match receive(&mut stream, &mut response) {
            Ok(0) => return Ok(Outcome::Closed),
            Ok(_) => {}
            Err(error) => return failure(error).context("recv"),
        }
    }
    Ok(Outcome::Answered)
}

/// The outcome that an error stands for. Any other error is a fault of this machine.
fn failure(error: Error) -> Result<Outcome> {
    match error.kind() {
        ErrorKind::ConnectionReset | ErrorKind::BrokenPipe => Ok(Outcome::Reset),
        ErrorKind::TimedOut | ErrorKind::WouldBlock => Ok(Outcome::Hung),
        _ => Err(error.into()),
    }
}

#[cfg(test)]
#[path = "looping_tests.rs"]
mod tests;
