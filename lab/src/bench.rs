//! `lab bench`: every model of acceptd beside its peers.

mod article;
pub mod check;
mod client;
mod counts;
mod groups;
mod growth;
mod load;
mod machine;
mod peers;
mod plot;
mod processes;
mod report;
mod server;
mod statistics;
mod trace;
mod wrk;

use anyhow::{Context, Result, ensure};
use counts::Counts;
use load::{Measured, Plan};
use machine::Machine;
use peers::{PEERS, Peer};
use serde::Serialize;
use server::{Server, Site};
use std::path::PathBuf;

/// Measure acceptd beside its peers: write benchmarks.md, its plots and all numbers.
#[derive(clap::Args)]
pub struct Arguments {
    /// One short round of each, for CI: whether it works, not how fast it is
    #[arg(long)]
    quick: bool,
    /// Rounds of each measurement under load [default: 9; quick: 1]
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..))]
    rounds: Option<u32>,
    /// Seconds of each round [default: 1]
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u32).range(1..))]
    duration: Option<u32>,
    /// Clients at once [default: 1,10,32,128; quick: 10]
    #[arg(long, value_delimiter = ',', value_parser = clap::value_parser!(u32).range(1..))]
    clients: Vec<u32>,
    /// Sleepers at once [default: 10 to 10000 in steps of about 3; quick: 10,100]
    #[arg(long, value_delimiter = ',', value_parser = clap::value_parser!(u32).range(1..))]
    sleepers: Vec<u32>,
    /// Only servers whose name contains one of these
    #[arg(long, value_name = "NAME", value_delimiter = ',')]
    only: Vec<String>,
    /// The acceptd to measure
    #[arg(long, value_name = "FILE", default_value = "target/release/acceptd")]
    acceptd: PathBuf,
    /// Where benchmarks.md goes, and a directory benchmarks beside it
    #[arg(long, value_name = "DIRECTORY", default_value = "docs")]
    output: PathBuf,
}

/// All that was measured: what benchmarks.json holds.
#[derive(Serialize)]
struct Results {
    command: String,
    quick: bool,
    machine: Machine,
    rounds: u32,
    seconds: u32,
    /// Servers that could not be measured, and why.
    missing: Vec<(&'static str, String)>,
    load: Vec<Measured>,
    article: Vec<article::Row>,
    growth: Vec<growth::Grown>,
    counts: Vec<Counts>,
}

/// Measures, and writes what was found.
pub fn run(arguments: &Arguments) -> Result<()> {
    groups::end_all_on_signal()?;
    let most = growth::raise_descriptor_limit()?;
    let quick = arguments.quick;
    let or = |given: &[u32], full: &[u32], short: &[u32]| match (given, quick) {
        ([], true) => short.to_vec(),
        ([], false) => full.to_vec(),
        (given, _) => given.to_vec(),
    };
    let plan = Plan {
        clients: or(&arguments.clients, &[1, 10, 32, 128], &[10]),
        rounds: arguments.rounds.unwrap_or(if quick { 1 } else { 9 }),
        seconds: arguments.duration.unwrap_or(1),
    };
    let full = [10, 32, 100, 316, 1000, 3162, 10_000];
    let sleepers = or(&arguments.sleepers, &full, &[10, 100]);
    if let Some(n) = sleepers.iter().find(|&&n| u64::from(n) + 100 > most) {
        anyhow::bail!("{n} sleepers need more than {most} open files: raise `ulimit -Hn`");
    }
    let site = Site::new(arguments.acceptd.clone())?;
    let (peers, missing) = present(&site, &arguments.only)?;
    let machine = Machine::here(&site, &peers); // before the load that is ours
    let measured = load::run(&site, &peers, &plan)?;
    let article = article::run(&site, &peers, if quick { 3 } else { 10 })?;
    let growth = growth::run(&site, &sleepers, if quick { 4 } else { 10 })?;
    let counts = count(&site, &peers, if quick { 4 } else { 20 })?;
    let results = Results {
        command: command_line(),
        quick,
        machine,
        rounds: plan.rounds,
        seconds: plan.seconds,
        missing,
        load: measured,
        article,
        growth,
        counts,
    };
    report::write(&arguments.output, &results)
}

/// Those of the peers that answer, and why the others do not.
#[expect(clippy::type_complexity, reason = "two lists")]
fn present(
    site: &Site,
    only: &[String],
) -> Result<(Vec<&'static Peer>, Vec<(&'static str, String)>)> {
    let is_asked =
        |peer: &Peer| only.is_empty() || only.iter().any(|name| peer.name.contains(name.as_str()));
    let (mut present, mut missing) = (Vec::new(), Vec::new());
    for peer in PEERS {
        if !is_asked(peer) {
            missing.push((peer.name, "not asked for (--only)".to_string()));
        } else if site.program(peer).is_none() {
            missing.push((peer.name, "not installed".to_string()));
        } else {
            match Server::start(site, peer, &[]) {
                Ok(_) => present.push(peer),
                Err(error) => missing.push((peer.name, format!("{error:#}"))),
            }
        }
    }
    for (name, why) in &missing {
        eprintln!("lab: left out: {name}: {why}");
    }
    ensure!(!present.is_empty(), "no server is left to measure");
    Ok((present, missing))
}

fn count(site: &Site, peers: &[&'static Peer], starts: usize) -> Result<Vec<Counts>> {
    let bar = load::progress("counting", peers.len() as u64);
    let mut all = Vec::new();
    for peer in peers {
        bar.set_message(peer.name);
        all.push(Counts::of(site, peer, starts).context(peer.name)?);
        bar.inc(1);
    }
    bar.finish_and_clear();
    Ok(all)
}

/// What was typed, as the recipe takes it.
fn command_line() -> String {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    format!("just {}", arguments.join(" "))
}
