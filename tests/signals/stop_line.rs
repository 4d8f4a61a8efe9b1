//! The last line of a server: `acceptd: fork: stopped: connections 6, forked 6, reaped
//! 6, peak 2`, and `, cut 1` where --grace has cut somebody.

use crate::cases::{Case, Moment};
use crate::fate::Fate;

/// What is wrong with a server's lines, if its clients were so many, and so many of
/// them were answered.
pub fn fault(
    case: &Case,
    fate: Fate,
    lines: &[String],
    clients: u64,
    answered: u64,
) -> Option<String> {
    let start = format!("acceptd: {}: listening on ", case.model());
    let stop = format!("acceptd: {}: stopped: ", case.model());
    let mut others = lines.iter().filter(|line| !line.starts_with(&start));
    let line = others.next();
    if others.next().is_some() {
        return Some(format!("more lines: {lines:?}"));
    }
    let Some(counts) = line.map(|line| line.strip_prefix(&stop)) else {
        // Before it listens there is nothing to stop.
        let is_early = fate == Fate::Dies || case.moment == Moment::Start && !fate.goes_on();
        return (!is_early).then(|| format!("no stop line: {lines:?}"));
    };
    let is_right = counts.is_some_and(|counts| {
        let count = |name| count(counts, name);
        let connections = count("connections").unwrap_or(u64::MAX);
        let forked = count("forked").unwrap_or(connections);
        let reaped = count("reaped").unwrap_or(forked);
        let peak = count("peak").unwrap_or(forked.min(1));
        let cut = count("cut").unwrap_or(0);
        let is_prefork = case.model() == "prefork"; // it forks its workers, who accept
        let all_accepted = connections == clients
            // A worker may be killed before it has counted whom it has accepted.
            || is_prefork && fate == Fate::LosesChild && connections + 1 == clients;
        (forked.min(1)..=forked).contains(&peak)
            && match fate {
                Fate::Dies => false,
                // A child may be killed between its answer and its end: its client is both.
                Fate::Kills => {
                    forked <= connections
                        && connections <= clients
                        && reaped == forked
                        && connections <= answered + cut
                        && cut <= connections
                }
                Fate::Cuts => reaped == forked && answered + cut == clients,
                _ => {
                    all_accepted
                        && (forked == connections || is_prefork)
                        && reaped == forked
                        && (cut == 0 || case.kills() && cut <= forked)
                }
            }
    });
    (!is_right).then(|| format!("{clients} clients, {answered} answered: {lines:?}"))
}

/// The number after this name.
fn count(counts: &str, name: &str) -> Option<u64> {
    let mut pairs = counts.split(", ").filter_map(|pair| pair.rsplit_once(' '));
    let (_, number) = pairs.find(|(key, _)| *key == name)?;
    number.parse().ok()
}
