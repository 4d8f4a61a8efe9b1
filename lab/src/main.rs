//! acceptd's instruments. They run beside it on the host, on std and on
//! well-kept crates: nothing of this is in the binary that ships.

mod bench;
mod clients;
mod machine;
mod report;
mod results;
mod servers;
mod statistics;

use clap::Parser;

/// Measure acceptd beside its peers.
#[derive(Parser)]
#[command(version)]
enum Command {
    Bench(bench::arguments::Arguments),
    Counts(bench::check::Arguments),
    Report(report::Arguments),
}

fn main() -> anyhow::Result<()> {
    match Command::parse() {
        Command::Bench(arguments) => bench::run(&arguments),
        Command::Counts(arguments) => bench::check::run(&arguments),
        Command::Report(arguments) => report::run(&arguments),
    }
}
