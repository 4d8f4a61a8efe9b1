//! acceptd serves one HTTP response under the classic server models, with
//! system calls and nothing else, so that `strace -f` reads like this source.
//!
//! The rooms, in the order in which a run passes them; a file imports only
//! what stands below it:
//!
//! | room | what it does |
//! |---|---|
//! | [`options`] | argv to options |
//! | [`probe`] | the client, for health checks |
//! | [`listener`] | socket, setsockopt, bind, listen |
//! | [`model`] | `iterative`, `fork`, and `process`, a preset of `fork` |
//! | [`children`] | fork, and what a parent knows of its children |
//! | [`acceptor`] | accept, and its errors |
//! | [`connection`] | sleep, receive a request, send the response |
//! | [`stream`] | recv and send, whole and in time |
//! | [`http`] | bytes to a verdict, and the response |
//! | [`signal`] | stop, and reap |
//! | [`report`] | the lines on stderr |
//! | [`sys`] | what rustix does not offer |
//! | [`address`] | IP addresses from text |
//! | [`text`] | bytes into a fixed buffer |
//!
//! Where `#[inline]` stands, the binary is shorter for it than by the compiler's
//! own choice: found by trying each.
#![no_std]

#[cfg(test)]
extern crate std;

pub mod options;

pub mod probe;

pub mod listener;

pub mod model;

pub mod children;

pub mod acceptor;

pub mod connection;

pub mod stream;

pub mod http;

pub mod signal;

pub mod report;

pub mod sys;

pub mod address;

pub mod text;

use acceptor::Acceptor;
use children::Children;
use connection::Service;
use core::sync::atomic::{AtomicU64, Ordering::Relaxed};
use http::{HEAD_MAX, Response};
use model::{Model, fork, iterative};
use options::{Command, Options, Word};
use report::OrExit;
use rustix::fd::AsFd;

/// Runs the program with these arguments, its own name first, and returns
/// its exit status: 0 after a clean stop, 2 for a bad command line. Where the
/// system refuses, it ends with status 1 on the spot.
#[inline(always)] // into main, its one caller: shorter by two lines of calls
pub fn run(mut arguments: impl Iterator<Item = &'static [u8]>) -> u8 {
    arguments.next();
    let mut options = options::DEFAULTS;
    if let Err(reason) = options.parse(arguments) {
        report::refused(options.subject, options.value, reason);
        return 2;
    }
    match options.command {
        Command::Serve(model) => serve(model, &options),
        Command::Probe => return probe::probe(&options.address, options.number(Word::Timeout)),
        Command::Help => report::print(options::HELP),
        Command::Version => report::print(options::VERSION),
    }
    0
}

/// A server from its listener to its stop.
#[inline(never)]
fn serve(model: Model, options: &Options<'_>) {
    report::VERBOSE.store(options.number(Word::Verbose) != 0, Relaxed);
    let mut address = options.address;
    let listener = listener::open(
        &address,
        options.number(Word::Timeout),
        options.number(Word::NoReuseaddr) == 0,
        options.number(Word::Backlog) as i32,
    );
    signal::stop_on_signal(listener.as_fd(), options.number(Word::Grace));
    if address.port() == 0 {
        sys::getsockname(listener.as_fd(), &mut address).or_exit("getsockname");
    }
    report::listening(model.name(), &address);

    let acceptor = Acceptor::new(listener, options.number(Word::ExitAfter));
    let mut service = Service {
        sleep: options.number(Word::Sleep),
        timeout: options.number(Word::Timeout),
        response: Response::new(options.number(Word::Status), options.body.unwrap_or(b"A")),
        buffer: [0; HEAD_MAX],
    };
    let served = match model {
        Model::Iterative => iterative::serve(acceptor, &mut service),
        Model::Fork | Model::Process => {
            let max = options.number(Word::MaxChildren);
            let reaped = AtomicU64::new(0);
            signal::REAPED.lend(&reaped, || {
                let children = Children::new(&reaped, options.reap(), options.on_stop(), max);
                fork::serve(acceptor, &mut service, children, options.parent_close())
            })
        }
    };
    report::stopped(model.name(), &served);
}
