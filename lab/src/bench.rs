//! `lab bench`: measures every model of acceptd beside its peers. This file calls the
//! measurements that were asked for, one after another.

pub mod arguments;
pub mod article;
pub mod check;
pub mod comparisons;
pub mod counts;
pub mod growth;
pub mod load;
mod progress;
pub mod restart;
pub mod stop;
mod trace;

use crate::machine::{self, Machine};
use crate::report;
use crate::results::{Part, Results, Run};
use crate::servers::cgroup::Cgroup;
use crate::servers::peers::Peer;
use crate::servers::programs::Programs;
use crate::servers::server::Server;
use crate::servers::started;
use crate::servers::table::PEERS;
use crate::statistics::Spread;
use anyhow::{Context, Result, bail, ensure};
use arguments::{Arguments, Name, command_line};
use clap::ValueEnum;
use counts::Counts;
use load::Plan;
use progress::progress;
use std::path::Path;

/// Measures, and writes what was found: part by part, so that what ends the run takes no
/// part with it that was measured before.
pub fn run(arguments: &Arguments) -> Result<()> {
    arguments.check()?;
    started::end_all_on_signal()?;
    let output = arguments
        .output
        .as_deref()
        .unwrap_or(Path::new(match arguments.record {
            true => "docs",
            false => "target/bench",
        }));
    let bench = Bench::new(arguments)?;
    let mut results = bench.beside(output)?;
    for &part in Name::value_variants() {
        if arguments.asks_for(part) {
            bench.measure(part, &mut results)?;
            report::write(output, &results)?;
        }
    }
    println!("{}", report::page_file(output).display());
    Ok(())
}

/// What all parts need.
struct Bench<'a> {
    arguments: &'a Arguments,
    programs: Programs,
    peers: Vec<&'static Peer>,
    /// What each part's run has in common.
    run: Run,
    /// Whether processor time can be accounted here.
    accounts: bool,
}

impl<'a> Bench<'a> {
    fn new(arguments: &'a Arguments) -> Result<Self> {
        if arguments.asks_for(Name::Growth) {
            growth::allow(&arguments.sleepers())?; // an error here costs no half hour
        }
        let programs = Programs::new(&arguments.acceptd, &arguments.peers)?;
        let mut run = Run {
            command: command_line(),
            date: programs
                .said_by("date -u +%Y-%m-%d_%H:%M")
                .unwrap_or_default()
                .replace('_', " "),
            load_before: machine::load(), // before the load that is ours
            rounds: 1,
            seconds: arguments.duration.unwrap_or(1),
            quick: arguments.quick,
            stolen: None,
            note: arguments.note.clone(),
            left_out: Vec::new(),
        };
        let peers = present(&programs, &arguments.only, &mut run.left_out);
        ensure!(!peers.is_empty(), "no server is left to measure");
        let [no_time, no_memory] = Cgroup::obstacles();
        let accounts = no_time.is_none();
        let name = |what, reason| format!("{what}: {reason}");
        run.left_out
            .extend(no_time.map(|reason| name("processor time", reason)));
        run.left_out
            .extend(no_memory.map(|reason| name("memory of a cgroup", reason)));
        for reason in &run.left_out {
            eprintln!("lab: left out: {reason}");
        }
        Ok(Self {
            arguments,
            programs,
            peers,
            run,
            accounts,
        })
    }

    /// The results that `output` has: this run's parts take the place of those.
    ///
    /// # Errors
    ///
    /// Some would stay that come from another machine, which the page could not tell, or that
    /// cannot be read.
    fn beside(&self, output: &Path) -> Result<Results> {
        let mut here = Machine::here(&self.programs, &self.peers);
        let all_go = self.arguments.parts.is_empty();
        let mut results = match report::read(output) {
            Err(_) if all_go => Results::default(),
            results => results?,
        };
        match results.machine.take() {
            None => {}
            // Its servers that are not measured now still stand on the page.
            Some(there) if there.is_same(&here) => {
                for (name, version) in there.versions {
                    here.versions.entry(name).or_insert(version);
                }
            }
            Some(_) if all_go => results = Results::default(),
            Some(there) => bail!(
                "{}: the other parts are of another machine or kernel ({}, {}): measure all \
                 parts, or give another --output",
                report::page_file(output).display(),
                there.processor,
                there.kernel
            ),
        }
        results.machine = Some(here);
        Ok(results)
    }

    /// Measures one part, into `results`.
    fn measure(&self, part: Name, results: &mut Results) -> Result<()> {
        let quick = self.arguments.quick;
        let (programs, peers) = (&self.programs, &self.peers[..]);
        match part {
            Name::Load => self.load(results)?,
            Name::Article => {
                let seconds = if quick { 3 } else { 10 };
                results.article = Some(Part {
                    run: self.run_of(1, seconds),
                    rows: article::run(programs, peers, seconds)?,
                });
            }
            Name::Growth => {
                let seconds = if quick { 4 } else { 8 };
                let sleepers = self.arguments.sleepers();
                results.growth = Some(Part {
                    run: self.run_of(1, seconds),
                    rows: growth::run(programs, peers, &sleepers, seconds, self.accounts)?,
                });
            }
            Name::Stop => {
                let stops = if quick { 1 } else { 5 };
                results.stop = Some(Part {
                    run: self.run_of(stops, 0),
                    rows: stop::run(programs, peers, stops)?,
                });
            }
            Name::Restart => {
                let restarts = if quick { 2 } else { 10 };
                let (rows, left_out) = restart::run(programs, peers, restarts)?;
                let mut run = self.run_of(restarts, 0);
                run.left_out.extend(left_out);
                results.restart = Some(Part { run, rows });
            }
            Name::Counts => results.counts = Some(self.counts(if quick { 4 } else { 20 })?),
        }
        Ok(())
    }

    fn load(&self, results: &mut Results) -> Result<()> {
        let quick = self.arguments.quick;
        let plan = Plan {
            clients: self.arguments.clients(),
            rounds: self.arguments.rounds.unwrap_or(if quick { 1 } else { 7 }),
            seconds: self.run.seconds,
            accounts: self.accounts,
        };
        let measured = load::run(&self.programs, &self.peers, &plan)?;
        let rounds = measured.iter().flat_map(|measured| &measured.rounds);
        let mut run = self.run_of(plan.rounds, plan.seconds);
        run.stolen = Spread::of(rounds.map(|round| 100.0 * round.found.stolen));
        let rows: Vec<load::Row> = measured.iter().map(|one| one.row(&measured)).collect();
        let shown = report::shown(&rows);
        results.comparisons = Some(Part {
            run: run.clone(),
            rows: comparisons::of(&measured, shown),
        });
        results.load = Some(Part { run, rows });
        Ok(())
    }

    fn counts(&self, starts: usize) -> Result<Part<Counts>> {
        let peers = self.peers.iter().filter(|peer| !peer.keeps_alive);
        let peers: Vec<_> = peers.collect();
        let bar = progress("counting", peers.len());
        let mut rows = Vec::new();
        for peer in peers {
            bar.set_message(peer.name);
            rows.push(Counts::of(&self.programs, peer, starts).context(peer.name)?);
            bar.inc(1);
        }
        bar.finish_and_clear();
        Ok(Part {
            run: self.run_of(starts as u32, 0),
            rows,
        })
    }

    fn run_of(&self, rounds: u32, seconds: u32) -> Run {
        Run {
            rounds,
            seconds,
            ..self.run.clone()
        }
    }
}

/// The servers of the table that were asked for and that answer. If one does not answer,
/// `left_out` gets the reason.
fn present(programs: &Programs, only: &[String], left_out: &mut Vec<String>) -> Vec<&'static Peer> {
    let is_asked =
        |peer: &&Peer| only.is_empty() || only.iter().any(|name| peer.name.contains(name.as_str()));
    let mut present = Vec::new();
    for peer in PEERS.iter().filter(is_asked) {
        if programs.of(peer).is_none() {
            left_out.push(format!("{}: not installed", peer.name));
            continue;
        }
        match Server::start(programs, peer, &[]) {
            Ok(_) => present.push(peer),
            Err(error) => left_out.push(format!("{}: {error:#}", peer.name)),
        }
    }
    present
}
