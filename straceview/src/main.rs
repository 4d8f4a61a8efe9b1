//! The command line: each subcommand has a file of its name.

mod model;
mod picture;
mod record;
mod strace;
mod timeline;

#[cfg(test)]
mod tests;

use clap::Parser;

/// Draw what a recording of strace says.
#[derive(Parser)]
#[command(version)]
enum Command {
    Record(record::Arguments),
    #[command(hide = true)]
    Client(record::client::Arguments),
    Timeline(timeline::Arguments),
}

fn main() -> anyhow::Result<()> {
    match Command::parse() {
        Command::Record(arguments) => record::run(&arguments),
        Command::Client(arguments) => record::client::run(&arguments),
        Command::Timeline(arguments) => timeline::run(&arguments),
    }
}
