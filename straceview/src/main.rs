//! The command line: each subcommand has a file of its name.

mod explain;
mod model;
mod page;
mod picture;
mod record;
mod say;
mod source;
mod strace;
mod timeline;

#[cfg(test)]
mod tests;

use clap::Parser;
use std::process::ExitCode;

/// Draw what a recording of strace says.
#[derive(Parser)]
#[command(version)]
enum Command {
    Record(record::Arguments),
    #[command(hide = true)]
    Client(record::client::Arguments),
    Timeline(timeline::Arguments),
    Explain(explain::Arguments),
    Page(page::Arguments),
}

fn main() -> ExitCode {
    let done = match Command::parse() {
        Command::Record(arguments) => record::run(&arguments),
        Command::Client(arguments) => record::client::run(&arguments),
        Command::Timeline(arguments) => timeline::run(&arguments),
        Command::Explain(arguments) => explain::run(&arguments),
        Command::Page(arguments) => page::run(&arguments),
    };
    // Not by returning the error: then RUST_BACKTRACE would add a stack to it.
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            say::complain(format_args!("{error:#}"));
            ExitCode::FAILURE
        }
    }
}
