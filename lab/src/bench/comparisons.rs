//! The ratios of processor time that say what a model costs, each with the
//! most that acceptd allows itself.

use super::load::{Measured, find};
use crate::statistics::Spread;
use serde::{Deserialize, Serialize};

/// Who is compared with whom, and how many times the other's cost is allowed.
const COMPARISONS: [(&str, &str, f64); 8] = [
    ("acceptd iterative", "C iterative, static musl", 1.02),
    ("acceptd fork", "C fork, static musl", 1.02),
    ("acceptd fork", "busybox httpd, 1-byte file", 0.4),
    ("acceptd prefork", "acceptd iterative", 1.05),
    ("acceptd thread", "acceptd fork", 0.6),
    ("acceptd epoll", "acceptd iterative", 1.3),
    ("acceptd epoll", "nginx, 1 worker, return 200", 1.0),
    (
        "acceptd epoll, keep-alive",
        "nginx, 1 worker, keep-alive",
        1.0,
    ),
];

/// One comparison, measured.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Comparison {
    /// Whose cost.
    pub server: String,
    /// The server with whose cost it is compared.
    pub reference: String,
    /// The ratio of the two costs, over the rounds.
    pub ratio: Spread,
    /// The most that is allowed.
    pub limit: f64,
}

/// Those whose servers were both measured, at that number of clients.
pub fn of(measured: &[Measured], clients: u32) -> Vec<Comparison> {
    let compare = |&(server, reference, limit): &(&str, &str, f64)| {
        let one = find(measured, server, clients)?;
        let other = find(measured, reference, clients)?;
        Some(Comparison {
            server: server.to_string(),
            reference: reference.to_string(),
            ratio: one.ratio(other, |round| round.cost)?,
            limit,
        })
    };
    COMPARISONS.iter().filter_map(compare).collect()
}

#[cfg(test)]
mod tests {
    use super::COMPARISONS;
    use crate::servers::table::PEERS;

    #[test]
    fn every_name_is_one_of_the_table() {
        let is_known = |name| PEERS.iter().any(|peer| peer.name == name);
        for (server, reference, _) in COMPARISONS {
            assert!(is_known(server), "{server}");
            assert!(is_known(reference), "{reference}");
        }
    }
}
