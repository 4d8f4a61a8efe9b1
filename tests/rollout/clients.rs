//! Clients that go on asking the proxy, each on a connection for each request,
//! by IPv4 and by IPv6, and count what they get.

use crate::network::PROXY;
use crate::proxy::PORT;
use std::collections::BTreeMap;
use std::io::{self, Read, Write};
use std::net::{IpAddr, SocketAddr, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

const CLIENTS: usize = 16;

/// Longer than any time limit of the proxy.
const PATIENCE: Duration = Duration::from_secs(45);

#[derive(Default)]
pub struct Counts {
    /// How many requests each server has answered, by the body of its answers.
    pub answered: BTreeMap<String, usize>,
    /// How many requests were not answered, by what came instead.
    pub failed: BTreeMap<String, usize>,
    pub slowest: Duration,
}

impl Counts {
    pub fn requests(&self) -> usize {
        self.answered.values().chain(self.failed.values()).sum()
    }
}

pub struct Clients {
    counts: Arc<Mutex<Counts>>,
    enough: Arc<AtomicBool>,
    threads: Vec<JoinHandle<()>>,
}

impl Clients {
    pub fn start() -> Self {
        let counts = Arc::new(Mutex::new(Counts::default()));
        let enough = Arc::new(AtomicBool::new(false));
        let threads = (0..CLIENTS).map(|number| {
            let (counts, enough) = (counts.clone(), enough.clone());
            let address = if number % 2 == 0 { PROXY.0 } else { PROXY.1 };
            let address: IpAddr = address.parse().expect("an address");
            thread::spawn(move || {
                while !enough.load(Relaxed) {
                    let start = Instant::now();
                    let answer = ask((address, PORT).into());
                    let counts = &mut *counts.lock().expect("counts");
                    counts.slowest = counts.slowest.max(start.elapsed());
                    let (list, key) = match answer {
                        Ok(answer) => match body(&answer) {
                            Some(body) => (&mut counts.answered, body),
                            None => (&mut counts.failed, answer),
                        },
                        Err(error) => (&mut counts.failed, error.to_string()),
                    };
                    *list.entry(key).or_default() += 1;
                }
            })
        });
        let threads = threads.collect();
        Self {
            counts,
            enough,
            threads,
        }
    }

    /// How many requests a server has answered, by the body of its answers.
    pub fn answers_of(&self, body: &str) -> usize {
        let counts = self.counts.lock().expect("counts");
        counts.answered.get(body).copied().unwrap_or_default()
    }

    /// Waits until the server with this body has answered so many requests more.
    pub fn wait_for_answers(&self, body: &str, more: usize) {
        let wanted = self.answers_of(body) + more;
        let start = Instant::now();
        while self.answers_of(body) < wanted {
            let failed = &self.counts.lock().expect("counts").failed.clone();
            assert!(
                start.elapsed() < PATIENCE,
                "no answer of {body}: {failed:?}"
            );
            thread::sleep(Duration::from_millis(5));
        }
    }

    /// Waits for the answers under way, and returns the counts.
    pub fn stop(self) -> Counts {
        self.enough.store(true, Relaxed);
        for thread in self.threads {
            thread.join().expect("a client");
        }
        std::mem::take(&mut self.counts.lock().expect("counts"))
    }
}

/// One request: all that comes back, up to the end.
fn ask(place: SocketAddr) -> io::Result<String> {
    let mut stream = TcpStream::connect(place)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.write_all(b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    Ok(answer)
}

/// The body of a whole answer with status 200.
fn body(answer: &str) -> Option<String> {
    let rest = answer.strip_prefix("HTTP/1.1 200 OK\r\n")?;
    let (fields, body) = rest.split_once("\r\n\r\n")?;
    let length = format!("content-length: {}", body.len());
    let has_length = fields
        .to_ascii_lowercase()
        .lines()
        .any(|line| line == length);
    has_length.then(|| body.into())
}
