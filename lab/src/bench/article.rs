//! The article's own three measurements, again: `wrk` with its default two
//! threads and ten connections, plain and with one second of sleep.

use super::progress::progress;
use crate::clients::wrk::{Found, Load};
use crate::servers::peers::Peer;
use crate::servers::programs::Programs;
use crate::servers::server::Server;
use anyhow::Result;
use serde::{Deserialize, Serialize};

/// The model, whether each request sleeps for a second, and the article's
/// requests per second and socket errors.
const MEASUREMENTS: [(&str, bool, f64, u64); 3] = [
    ("iterative", false, 1593.65, 230),
    ("iterative", true, 0.89, 17),
    ("fork", true, 9.05, 26),
];

/// Requests per second, and what went wrong.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Answers {
    /// Requests per second.
    pub rate: f64,
    /// Socket errors, and answers that were no success.
    pub failures: u64,
}

/// One measurement of the article, and the same here.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Row {
    /// The model.
    pub model: String,
    /// Whether each request sleeps for a second.
    pub sleep: bool,
    /// What the article found.
    pub article: Answers,
    /// Its program in Python 3, on this machine.
    pub python: Option<Answers>,
    /// acceptd, on this machine.
    pub acceptd: Option<Answers>,
}

/// Measures those of `peers` that the article has, for `seconds` each.
pub fn run(programs: &Programs, peers: &[&'static Peer], seconds: u32) -> Result<Vec<Row>> {
    let bar = progress("the article's", 2 * MEASUREMENTS.len());
    let measure = |name: String, sleep| -> Result<Option<Answers>> {
        bar.inc(1);
        let Some(peer) = peers.iter().find(|peer| peer.name == name) else {
            return Ok(None);
        };
        let more: Vec<&str> = peer.sleep.filter(|_| sleep).into_iter().collect();
        let found = one(programs, peer, &more, seconds)?;
        Ok(Some(Answers {
            rate: found.rate,
            failures: found.failures(),
        }))
    };
    let mut rows = Vec::new();
    for (model, sleep, rate, failures) in MEASUREMENTS {
        rows.push(Row {
            model: model.to_string(),
            sleep,
            article: Answers { rate, failures },
            python: measure(format!("Python {model}"), sleep)?,
            acceptd: measure(format!("acceptd {model}"), sleep)?,
        });
    }
    bar.finish_and_clear();
    Ok(rows)
}

fn one(programs: &Programs, peer: &Peer, more: &[&str], seconds: u32) -> Result<Found> {
    let server = Server::start(programs, peer, more)?;
    let load = Load {
        clients: 10,
        seconds,
        timeout: 2,
        keeps_alive: false,
    };
    load.start(programs, server.port)?.finish()
}
