//! The servers under load, in turn: A B C, A B C, ... A disturbance of the
//! machine then falls on one round of each, not on all rounds of one.

use super::progress::progress;
use crate::clients::wrk::{Found, Load};
use crate::servers::cgroup::Cgroup;
use crate::servers::peers::{Model, Peer};
use crate::servers::programs::Programs;
use crate::servers::server::Server;
use crate::statistics::{Spread, short};
use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};

/// What is asked of all servers alike.
pub struct Plan {
    /// How many clients at once, one measurement for each.
    pub clients: Vec<u32>,
    /// How often each is measured.
    pub rounds: u32,
    /// How long, seconds.
    pub seconds: u32,
    /// Whether processor time can be accounted here.
    pub accounts: bool,
}

/// One round of one server.
pub struct Round {
    /// What wrk found.
    pub found: Found,
    /// Processor time of the server and all its children, microseconds for
    /// each connection; of a server that keeps it alive, for each request.
    pub cost: Option<f64>,
}

/// One server at one number of clients.
pub struct Measured {
    /// The server.
    pub peer: &'static Peer,
    /// Clients at once.
    pub clients: u32,
    /// Each round.
    pub rounds: Vec<Round>,
}

/// One server at one number of clients, as the page shows it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Row {
    /// Its name.
    pub server: String,
    /// The servers of this model are compared.
    pub model: Model,
    /// Whether requests follow one another on the same connection.
    pub keeps_alive: bool,
    /// Clients at once.
    pub clients: u32,
    /// Processor time for each connection, microseconds.
    pub cost: Option<Spread>,
    /// The same, as a multiple of the C reference's.
    pub cost_ratio: Option<Spread>,
    /// Requests per second.
    pub rate: Option<Spread>,
    /// The same, as a multiple of the C reference's.
    pub rate_ratio: Option<Spread>,
    /// Latency, milliseconds: the median of the rounds' medians.
    pub p50: Option<f64>,
    /// The median of the rounds' 99th percentiles.
    pub p99: Option<f64>,
    /// What went wrong in all rounds.
    pub failures: u64,
}

impl Measured {
    fn spread(&self, value: impl Fn(&Round) -> Option<f64>) -> Option<Spread> {
        Spread::of(self.rounds.iter().filter_map(value))
    }

    /// The ratio of its `value` to that of `other`, round by round: what slowed the machine
    /// down in a round is in both.
    pub fn ratio(&self, other: &Self, value: impl Fn(&Round) -> Option<f64>) -> Option<Spread> {
        let pairs = self.rounds.iter().zip(&other.rounds);
        let pairs = pairs.filter_map(|(a, b)| value(a).zip(value(b)));
        Spread::of(pairs.filter(|(_, b)| *b > 0.0).map(|(a, b)| a / b))
    }

    /// Its row. `all` contains its reference.
    pub fn row(&self, all: &[Self]) -> Row {
        let reference = match self.peer.keeps_alive {
            true => "C epoll, keep-alive",
            false => self.peer.model.reference(),
        };
        let reference = find(all, reference, self.clients);
        let rate = |round: &Round| Some(round.found.rate);
        let cost = |round: &Round| round.cost;
        let median = |spread: Option<Spread>| spread.map(|spread| short(spread.median));
        Row {
            server: self.peer.name.to_string(),
            model: self.peer.model,
            keeps_alive: self.peer.keeps_alive,
            clients: self.clients,
            cost: self.spread(cost),
            cost_ratio: reference.and_then(|reference| self.ratio(reference, cost)),
            rate: self.spread(rate),
            rate_ratio: reference.and_then(|reference| self.ratio(reference, rate)),
            p50: median(self.spread(|round| round.found.p50)),
            p99: median(self.spread(|round| round.found.p99)),
            failures: self.rounds.iter().map(|round| round.found.failures()).sum(),
        }
    }
}

/// The server of that name at that number of clients.
pub fn find<'a>(all: &'a [Measured], name: &str, clients: u32) -> Option<&'a Measured> {
    all.iter()
        .find(|measured| measured.peer.name == name && measured.clients == clients)
}

/// Measures all `peers`, each time started anew.
pub fn run(programs: &Programs, peers: &[&'static Peer], plan: &Plan) -> Result<Vec<Measured>> {
    let mut all = Vec::new();
    let steps = plan.clients.len() * plan.rounds as usize * peers.len();
    let bar = progress("under load", steps);
    for &clients in &plan.clients {
        let measured = peers.iter().map(|peer| Measured {
            peer,
            clients,
            rounds: Vec::new(),
        });
        let mut measured: Vec<Measured> = measured.collect();
        for _ in 0..plan.rounds {
            for measured in &mut measured {
                let peer = measured.peer;
                bar.set_message(format!("{clients} clients: {}", peer.name));
                let load = Load {
                    clients,
                    seconds: plan.seconds,
                    timeout: 2,
                    keeps_alive: peer.keeps_alive,
                };
                let round = one(programs, peer, load, plan.accounts).context(peer.name)?;
                measured.rounds.push(round);
                bar.inc(1);
            }
        }
        all.extend(measured);
    }
    bar.finish_and_clear();
    Ok(all)
}

/// One server, started for this load alone.
fn one(programs: &Programs, peer: &Peer, load: Load, accounts: bool) -> Result<Round> {
    let cgroup; // dropped after the server: it must be empty
    let server = Server::start(programs, peer, &[])?;
    cgroup = match accounts {
        true => Some(Cgroup::around(server.group.id())?),
        false => None,
    };
    let before = cgroup.as_ref().map(Cgroup::time_at_rest).transpose()?;
    let found = load.start(programs, server.port)?.finish()?;
    let after = cgroup.as_ref().map(Cgroup::time_at_rest).transpose()?;
    // When the time is over, each client has one more connection under way, which the
    // server serves and wrk does not count. acceptd's stop line counts them, and one more,
    // by which wrk finds out whether somebody listens.
    let connections = found.requests + u64::from(load.clients);
    let cost = after
        .zip(before)
        .map(|(after, before)| (after - before).as_secs_f64() * 1e6 / connections as f64);
    Ok(Round { found, cost })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::servers::table::named;

    fn measured(name: &str, rates: &[f64], costs: &[f64]) -> Measured {
        let rounds = rates.iter().zip(costs).map(|(&rate, &cost)| Round {
            found: Found {
                requests: 1,
                seconds: 1.0,
                rate,
                p50: None,
                p99: None,
                errors: [0; 4],
                refused: 1,
                stolen: 0.0,
            },
            cost: Some(cost),
        });
        Measured {
            peer: named(name),
            clients: 8,
            rounds: rounds.collect(),
        }
    }

    #[test]
    fn ratios_are_taken_round_by_round() {
        // A slow second round slows both: the ratio does not see it.
        let all = [
            measured("acceptd fork", &[100.0, 10.0], &[2.0, 20.0]),
            measured("C fork, static musl", &[50.0, 5.0], &[4.0, 40.0]),
        ];
        let row = all[0].row(&all);
        let same = |value| Spread::of([value]);
        assert_eq!((row.rate_ratio, row.cost_ratio), (same(2.0), same(0.5)));
        assert_eq!(row.failures, 2);
        assert_eq!(all[1].row(&all).cost_ratio, same(1.0));
        assert_eq!(all[0].row(&all[..1]).cost_ratio, None);
    }
}
