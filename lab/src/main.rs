//! acceptd's instruments. They run beside it on the host, on std and on
//! well-kept crates: nothing of this is in the binary that ships.

mod bench;
mod clients;
mod descendants;
mod machine;
mod record;
mod report;
mod response;
mod results;
mod servers;
mod set;
mod statistics;
mod timeline;

use clap::Parser;

/// Measure acceptd beside its peers, and draw what it does.
#[derive(Parser)]
#[command(version)]
enum Command {
    Bench(bench::Arguments),
    Counts(bench::check::Arguments),
    Report(report::Arguments),
    Record(record::Arguments),
    #[command(hide = true)]
    Client(record::client::Arguments),
    Timeline(timeline::Arguments),
    Timelines(set::Arguments),
}

fn main() -> anyhow::Result<()> {
    match Command::parse() {
        Command::Bench(arguments) => bench::run(&arguments),
        Command::Counts(arguments) => bench::check::run(&arguments),
        Command::Report(arguments) => report::run(&arguments),
        Command::Record(arguments) => record::run(&arguments),
        Command::Client(arguments) => record::client::run(&arguments),
        Command::Timeline(arguments) => timeline::run(&arguments),
        Command::Timelines(arguments) => set::run(&arguments),
    }
}
