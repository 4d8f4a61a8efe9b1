//! Replacing a server under load: how many requests fail.
//!
//! acceptd: the next one listens on the same port (`--reuseport`), then the
//! first is stopped. nginx, in its manual's way: `nginx -s reload`, by which new
//! workers take the listener over.

use super::progress::progress;
use super::stop::CLIENTS;
use crate::clients::looping::{After, Clients, Tally};
use crate::servers::descendants::children;
use crate::servers::peers::{MODELS, Peer};
use crate::servers::programs::Programs;
use crate::servers::server::{Server, free_port};
use anyhow::{Context, Result, ensure};
use nix::sys::signal::Signal;
use serde::{Deserialize, Serialize};
use std::time::{Duration, Instant};

/// From one replacement to the next.
const BETWEEN: Duration = Duration::from_millis(500);

/// How long a replaced server may take to its end.
const LIMIT: Duration = Duration::from_secs(15);

/// One server, replaced several times.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Row {
    /// Its name.
    pub server: String,
    /// How it was replaced.
    pub how: String,
    /// How often.
    pub restarts: u32,
    /// What became of all requests, from the first server's start on.
    pub requests: Tally,
}

/// Replaces acceptd in each model, and nginx, `restarts` times each.
pub fn run(
    programs: &Programs,
    peers: &[&'static Peer],
    restarts: u32,
) -> Result<(Vec<Row>, Vec<String>)> {
    let is_acceptd = |peer: &Peer| MODELS.iter().any(|model| model.subject() == peer.name);
    let is_taken = |peer: &Peer| is_acceptd(peer) || peer.name == "nginx, 1 worker, return 200";
    let peers: Vec<_> = peers.iter().filter(|peer| is_taken(peer)).collect();
    let bar = progress("restarts", peers.len());
    let (mut rows, mut left_out) = (Vec::new(), Vec::new());
    for peer in peers {
        bar.set_message(peer.name);
        let (how, requests) = match is_acceptd(peer) {
            true => ("--reuseport", replace(programs, peer, restarts)),
            false => ("nginx -s reload", reload(programs, peer, restarts)),
        };
        match requests {
            Ok(requests) => rows.push(Row {
                server: peer.name.to_string(),
                how: how.to_string(),
                restarts,
                requests,
            }),
            Err(error) => left_out.push(format!("{}: {how}: {error:#}", peer.name)),
        }
        bar.inc(1);
    }
    bar.finish_and_clear();
    Ok((rows, left_out))
}

/// Starts one beside the other, then stops the other.
fn replace(programs: &Programs, peer: &Peer, restarts: u32) -> Result<Tally> {
    let port = free_port()?;
    let start = || Server::start_beside(programs, peer, &["--reuseport"], port);
    let mut server = start()?;
    under_load(port, restarts, || {
        let mut old = std::mem::replace(&mut server, start()?);
        old.signal(peer.stop)?;
        ensure!(old.ended(LIMIT)?.is_some(), "it does not end");
        Ok(())
    })
}

/// Has nginx start new workers.
fn reload(programs: &Programs, peer: &Peer, restarts: u32) -> Result<Tally> {
    let server = Server::start(programs, peer, &[])?;
    let workers = || children(server.group.id().as_raw());
    under_load(server.port, restarts, || {
        let old = workers();
        server.signal(Signal::SIGHUP)?; // nginx -s reload
        let start = Instant::now();
        while workers().iter().all(|worker| old.contains(worker)) {
            ensure!(start.elapsed() < LIMIT, "no new worker");
            std::thread::sleep(Duration::from_millis(1));
        }
        Ok(())
    })
}

fn under_load(port: u16, times: u32, mut replace: impl FnMut() -> Result<()>) -> Result<Tally> {
    let clients = Clients::start(port, CLIENTS, After::Word);
    clients.count();
    let replaced = clients.wait_until_ready().and_then(|()| {
        for number in 1..=times {
            std::thread::sleep(BETWEEN);
            replace().with_context(|| format!("restart {number}"))?;
        }
        Ok(())
    });
    std::thread::sleep(BETWEEN);
    clients.end();
    let tally = clients.finish()?;
    replaced.map(|()| tally)
}
