//! What a stop loses: clients in a loop, and the stop that each server's
//! manual recommends.

use super::progress::progress;
use crate::clients::looping::{After, Clients, Tally};
use crate::servers::peers::Peer;
use crate::servers::programs::Programs;
use crate::servers::server::Server;
use crate::statistics::Spread;
use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};
use std::time::{Duration, Instant};

/// Clients of each round.
pub const CLIENTS: u32 = 32;

/// How long they go round before the stop.
const BEFORE: Duration = Duration::from_millis(300);

/// A server that has not stopped by then is killed.
const LIMIT: Duration = Duration::from_secs(15);

/// One server, all its stops together.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Row {
    /// Its name.
    pub server: String,
    /// The signal that asks it to stop.
    pub signal: String,
    /// How often it was stopped.
    pub stops: u32,
    /// What became of the requests that ended after the signal. Each client
    /// ends with one that is not answered.
    pub requests: Tally,
    /// From the signal to the server's end, seconds. `None`: it never ended.
    pub end: Option<Spread>,
    /// How often it had to be killed.
    pub killed: u32,
}

/// Stops each of `peers`, `stops` times.
pub fn run(programs: &Programs, peers: &[&'static Peer], stops: u32) -> Result<Vec<Row>> {
    // A variant of another server stops as that does.
    let is_variant = |peer: &Peer| peer.keeps_alive || peer.name.ends_with("dynamic glibc");
    let peers: Vec<_> = peers.iter().filter(|peer| !is_variant(peer)).collect();
    let bar = progress("stops", peers.len() * stops as usize);
    let mut rows = Vec::new();
    for peer in peers {
        bar.set_message(peer.name);
        let (mut sum, mut ends, mut killed) = (Tally::default(), Vec::new(), 0);
        for _ in 0..stops {
            let (tally, end) = one(programs, peer).context(peer.name)?;
            sum = sum.plus(tally);
            match end {
                Some(end) => ends.push(end.as_secs_f64()),
                None => killed += 1,
            }
            bar.inc(1);
        }
        rows.push(Row {
            server: peer.name.to_string(),
            signal: peer.stop.to_string(),
            stops,
            requests: sum,
            end: Spread::of(ends),
            killed,
        });
    }
    bar.finish_and_clear();
    Ok(rows)
}

/// One stop: what became of the requests, and after how long the server ended.
fn one(programs: &Programs, peer: &Peer) -> Result<(Tally, Option<Duration>)> {
    let mut server = Server::start(programs, peer, &[])?;
    let clients = Clients::start(server.port, CLIENTS, After::Failure);
    clients.wait_until_ready()?;
    std::thread::sleep(BEFORE);
    clients.count();
    server.signal(peer.stop)?;
    let end = server.ended(LIMIT)?;
    if end.is_none() {
        server.group.kill();
    }
    // Children that outlive their parent may go on answering for ever.
    let start = Instant::now();
    while !clients.have_ended() {
        if start.elapsed() > LIMIT {
            clients.end();
        }
        std::thread::sleep(Duration::from_millis(1));
    }
    Ok((clients.finish()?, end))
}
