//! acceptd serves one HTTP response under the classic server models, with
//! system calls and nothing else, so that `strace -f` reads like this source.
//!
//! The rooms, in the order in which a run passes them; a file imports only
//! what stands below it:
//!
//! | room | what it does |
//! |---|---|
//! | [`options`] | argv to options |
//! | [`listener`] | socket, setsockopt, bind, listen |
//! | [`model`] | `iterative` or `fork` |
//! | [`children`] | what a parent knows of its children |
//! | [`connection`] | accept, sleep, recv, send |
//! | [`http`] | bytes to a verdict, and the response |
//! | [`signal`] | stop, and reap |
//! | [`report`] | the lines on stderr |
//! | [`text`] | bytes into a fixed buffer |
//! | [`sys`] | what rustix does not offer |
#![no_std]

#[cfg(test)]
extern crate std;

pub mod options;

pub mod listener;

pub mod model;

pub mod children;

pub mod connection;

pub mod http;

pub mod signal;

pub mod report;

pub mod text;

pub mod sys;

use connection::{Acceptor, Service};
use core::sync::atomic::Ordering::Relaxed;
use http::{HEAD_MAX, Response};
use model::Model;
use options::{Command, Options};
use report::{OrExit, Place};
use rustix::fd::AsFd;

/// Runs the program with these arguments, its own name first, and returns
/// its exit status: 0 after a clean stop, 2 for a bad command line. Where the
/// system refuses, it ends with status 1 on the spot.
#[inline(always)] // into main, its one caller: shorter by two lines of calls
pub fn run(mut arguments: impl Iterator<Item = &'static [u8]>) -> u8 {
    arguments.next();
    let mut options = options::DEFAULTS;
    match options.parse(arguments) {
        Ok(Command::Serve(model)) => serve(model, &options),
        Ok(Command::Help) => report::print(options::HELP),
        Ok(Command::Version) => report::print(options::VERSION),
        Err(refusal) => {
            report::refused(refusal.subject, refusal.value, refusal.reason);
            return 2;
        }
    }
    0
}

/// A server from its listener to its stop.
#[inline(never)]
fn serve(model: Model, options: &Options<'_>) {
    report::VERBOSE.store(options.verbose, Relaxed);
    let mut place = Place {
        address: options.bind,
        port: options.port,
    };
    let listener = listener::open(options.ip, place, options.backlog);
    signal::stop_on_signal(listener.as_fd());
    if place.port == 0 {
        place.port = sys::port(listener.as_fd()).or_exit("getsockname");
    }
    report::listening(model.name(), place);

    let acceptor = Acceptor {
        listener,
        left: options.exit_after,
    };
    let mut service = Service {
        sleep: options.sleep,
        response: Response::new(options.status, options.body.unwrap_or(b"A")),
        buffer: [0; HEAD_MAX],
    };
    let served = model.serve(acceptor, &mut service);
    report::stopped(model.name(), &served);
}
