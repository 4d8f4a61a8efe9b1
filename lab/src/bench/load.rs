//! The servers under load, in turn: A B C, A B C, ... A disturbance of the
//! machine then falls on one round of each, not on all rounds of one.

use super::peers::Peer;
use super::server::{Server, Site};
use super::statistics::Spread;
use super::wrk::{Found, Load};
use anyhow::{Context, Result};
use indicatif::ProgressBar;
use serde::Serialize;

/// What is asked of all servers alike.
pub struct Plan {
    /// How many clients at once, one measurement for each.
    pub clients: Vec<u32>,
    /// How often each is measured.
    pub rounds: u32,
    /// How long, seconds.
    pub seconds: u32,
}

/// One server at one number of clients.
#[derive(Clone, Debug, Serialize)]
pub struct Measured {
    /// Its name.
    pub name: &'static str,
    /// Clients at once.
    pub clients: u32,
    /// What wrk found in each round.
    pub rounds: Vec<Found>,
}

impl Measured {
    /// Of all rounds: what `value` takes from each.
    pub fn spread(&self, value: impl Fn(&Found) -> Option<f64>) -> Option<Spread> {
        Spread::of(self.rounds.iter().filter_map(value))
    }

    /// How many times the requests per second of `other`, round by round.
    pub fn ratio(&self, other: &Self) -> Option<Spread> {
        let pairs = self.rounds.iter().zip(&other.rounds);
        let pairs = pairs.filter(|(_, b)| b.rate > 0.0);
        Spread::of(pairs.map(|(a, b)| a.rate / b.rate))
    }

    /// What went wrong in all rounds.
    pub fn failures(&self) -> u64 {
        self.rounds.iter().map(Found::failures).sum()
    }
}

/// Measures all `peers`, each time started anew.
pub fn run(site: &Site, peers: &[&'static Peer], plan: &Plan) -> Result<Vec<Measured>> {
    let mut all = Vec::new();
    let steps = plan.clients.len() * plan.rounds as usize * peers.len();
    let bar = progress("under load", steps as u64);
    for &clients in &plan.clients {
        let mut measured: Vec<Measured> = peers
            .iter()
            .map(|peer| Measured {
                name: peer.name,
                clients,
                rounds: Vec::new(),
            })
            .collect();
        for _ in 0..plan.rounds {
            for (peer, measured) in peers.iter().zip(&mut measured) {
                bar.set_message(format!("{clients} clients: {}", peer.name));
                let load = Load {
                    clients,
                    seconds: plan.seconds,
                    timeout: 2,
                };
                let found = one(site, peer, &[], load).context(peer.name)?;
                measured.rounds.push(found);
                bar.inc(1);
            }
        }
        all.extend(measured);
    }
    bar.finish_and_clear();
    Ok(all)
}

/// One server, started for this load alone.
pub fn one(site: &Site, peer: &Peer, more: &[&str], load: Load) -> Result<Found> {
    let server = Server::start(site, peer, more)?;
    load.start(server.port)?.finish()
}

/// A bar on stderr, if that is a terminal.
pub fn progress(what: &'static str, steps: u64) -> ProgressBar {
    let style = indicatif::ProgressStyle::with_template("{prefix} {bar:30} {pos}/{len} {msg}")
        .expect("a template that is right");
    ProgressBar::new(steps).with_style(style).with_prefix(what)
}
