//! The article's own three measurements, again: `wrk` with its default two
//! threads and ten connections, plain and with one second of sleep.

use super::load::{one, progress};
use super::peers::{Peer, named};
use super::server::Site;
use super::wrk::{Found, Load};
use anyhow::Result;
use serde::Serialize;

/// One measurement of the article, and the same here.
#[derive(Serialize)]
pub struct Row {
    /// The model.
    pub model: &'static str,
    /// Whether each request sleeps for a second.
    pub sleep: bool,
    /// The article's requests per second, and its socket errors.
    pub article: (f64, u64),
    /// Its program in Python 3, on this machine.
    pub python: Option<Found>,
    /// acceptd, on this machine.
    pub acceptd: Option<Found>,
}

/// Measures those of `peers` that the article has, for `seconds` each.
pub fn run(site: &Site, peers: &[&'static Peer], seconds: u32) -> Result<Vec<Row>> {
    let rows = [
        ("iterative", false, (1593.65, 230)),
        ("iterative", true, (0.89, 17)),
        ("fork", true, (9.05, 26)),
    ];
    let bar = progress("the article's", 2 * rows.len() as u64);
    let measure = |subject: &str, model: &str, sleep| {
        bar.inc(1);
        let peer = named(&format!("{subject} {model}"));
        let is_taken = peers.iter().any(|taken| taken.name == peer.name);
        let load = Load {
            clients: 10,
            seconds,
            timeout: 2,
        };
        let more: Vec<&str> = peer.sleep.filter(|_| sleep).into_iter().collect();
        is_taken.then(|| one(site, peer, &more, load)).transpose()
    };
    let mut done = Vec::new();
    for (model, sleep, article) in rows {
        done.push(Row {
            model,
            sleep,
            article,
            python: measure("Python", model, sleep)?,
            acceptd: measure("acceptd", model, sleep)?,
        });
    }
    bar.finish_and_clear();
    Ok(done)
}
