//! acceptd serves one HTTP response under the classic server models, with
//! system calls and nothing else, so that `strace -f` reads like this source.
//!
//! The modules, in call order; a file imports only what stands below it:
//!
//! | module | what it does |
//! |---|---|
//! | [`probe`] | the client, for health checks |
//! | [`options`] | argv to options |
//! | [`listener`] | socket, setsockopt, bind, listen |
//! | [`model`] | a file for each model: the loop that its trace shows |
//! | [`children`] | fork, and what a parent knows of its children |
//! | [`threads`] | clone, and what the main thread knows of the others |
//! | [`acceptor`] | accept, and its errors |
//! | [`connection`] | sleep, receive a request, send the response |
//! | [`limits`] | how long calls may wait |
//! | [`http`] | bytes to a verdict, and the response |
//! | [`report`] | the lines on stderr |
//! | [`signal`] | the stop |
//! | [`sys`] | what rustix does not offer |
//! | [`text`] | bytes in a fixed buffer, numbers from text |
#![no_std]

#[cfg(test)]
extern crate std;

// In the order of the list above. Without the blank lines rustfmt would sort them.

pub mod probe;

pub mod options;

pub mod listener;

pub mod model;

pub mod children;

pub mod threads;

pub mod acceptor;

pub mod connection;

pub mod limits;

pub mod http;

pub mod report;

pub mod signal;

pub mod sys;

pub mod text;

use acceptor::Acceptor;
use children::{Children, OnStop, Reap};
use connection::{Buffer, Replies, Service};
use http::HEAD_MAX;
use http::response::{self, Response, Then};
use listener::Listening;
use model::{Model, epoll, fork, iterative, prefork, thread};
use options::{Command, Name, Options};
use report::OrExit;
use rustix::net::SocketFlags;
use rustix::process::Signal;
use sys::{Handler, Once};
use text::Text;
use threads::Threads;

/// What every connection gets: set once, then read by all processes and threads.
static SERVICE: Once<Service> = Once::empty();
/// The responses of [`SERVICE`].
static RESPONSES: [Once<response::Buffer>; 4] = [const { Once::empty() }; 4];

/// Runs the program, and returns its exit status: 0 after a clean stop, 2 for a bad
/// command line, and the probe's own. If the system refuses a call, the program ends with
/// status 1 and does not return.
pub fn run(start: sys::Start<HEAD_MAX>) -> u8 {
    let arguments = start.arguments().skip(1); // the program's own name
    let mut options = Options::default();
    if let Err(refusal) = options.parse(arguments, start.variable(b"PORT")) {
        let mut domain = [0; 64];
        let mut domain = Text::new(&mut domain);
        options::push_domain(&mut domain, refusal.takes);
        let domain = domain.into_bytes();
        report::refused(
            refusal.subject,
            refusal.value,
            refusal.reason,
            domain,
            refusal.hint,
        );
        return 2;
    }
    match options.command {
        Command::Serve(model) => serve(model, &options, start.buffer),
        Command::Probe => return probe::probe(&options),
        Command::Help => print_help(),
        Command::Version => report::print(options::VERSION.as_bytes()),
    }
    0
}

// A function that needs much of the stack is not inlined, here and below: so the frames
// of a server fit into one page, and a fork copies no other.
#[inline(never)]
fn print_help() {
    report::print(options::help(&mut [0; 4096]));
}

/// A server, from its start to its stop. `buffer` is where a process receives.
fn serve(model: Model, options: &Options<'static>, buffer: &mut Buffer) {
    if options.is_set(Name::Verbose) {
        report::be_verbose();
    }
    signal::install_handlers().or_exit("rt_sigaction");
    signal::unblock().or_exit("rt_sigprocmask");
    let (listener, address) = listening(model, options).open();
    report::listening(model.name(), &address);

    let service = SERVICE.set(service(options));
    let flags = match model {
        Model::Epoll => SocketFlags::NONBLOCK,
        _ => SocketFlags::empty(),
    };
    let exit_after = options.number(Name::ExitAfter);
    let acceptor = Acceptor::new(listener, exit_after, flags);
    let served = match model {
        Model::Iterative => {
            ignore_child_exit();
            iterative::serve(acceptor, service, buffer)
        }
        Model::Fork | Model::Process => {
            let max = options.number(Name::MaxChildren);
            let term_at_stop = service.keep_alive != 0 || report::is_verbose();
            let children = Children::new(options.reap(), options.on_stop(), max, term_at_stop);
            fork::serve(acceptor, service, buffer, children, options.parent_close())
        }
        Model::Prefork => {
            let workers = options.number(Name::Workers);
            let children = Children::new(Reap::BeforeFork, OnStop::Drain, workers, true);
            prefork::serve(acceptor, service, buffer, children, workers, exit_after)
        }
        Model::Thread => {
            ignore_child_exit();
            let threads = Threads::new(service, options.number(Name::MaxConnections));
            thread::serve(acceptor, threads)
        }
        Model::Epoll => {
            ignore_child_exit();
            let max = options.number(Name::MaxConnections);
            epoll::serve(acceptor, service, buffer, max)
        }
    };
    report::stopped(model.name(), &served);
}

/// For the models that have no children of their own. They may have others, as
/// PID 1 or from before exec: the kernel reaps those.
fn ignore_child_exit() {
    sys::sigaction(Signal::CHILD, Handler::Ignore).or_exit("rt_sigaction");
}

fn listening(model: Model, options: &Options<'_>) -> Listening {
    Listening {
        address: options.address(),
        timeout: match model {
            Model::Epoll => 0, // its sockets do not wait
            _ => options.number(Name::Timeout),
        },
        reuseaddr: !options.is_set(Name::NoReuseaddr),
        reuseport: options.is_set(Name::Reuseport),
        backlog: options.number(Name::Backlog) as i32,
        stop_delay: options.number(Name::StopDelay),
        grace: options.number(Name::Grace),
    }
}

fn service(options: &Options<'static>) -> Service {
    let every = options.number(Name::Every);
    let keep_alive = options.number(Name::KeepAlive);
    let [last, one_of_several, other_last, other_one] = &RESPONSES;
    let slow = replies(options, options.number(Name::Status), last, one_of_several);
    Service {
        sleep: options.number(Name::Sleep),
        timeout: options.number(Name::Timeout),
        keep_alive,
        every,
        slow,
        others: match every {
            1 => slow,
            _ => replies(options, 200, other_last, other_one),
        },
    }
}

/// The responses of this status. One that no connection can get is not made.
fn replies(
    options: &Options<'static>,
    status: u32,
    last: &'static Once<response::Buffer>,
    one_of_several: &'static Once<response::Buffer>,
) -> Replies {
    let response = |place: &'static Once<response::Buffer>, then| {
        let body = options.body.unwrap_or(b"A");
        Response::new(place.take_zeroed(), status, then, options.headers(), body)
    };
    let last = response(last, Then::Close);
    Replies {
        last,
        one_of_several: match options.number(Name::KeepAlive) {
            0 => last,
            _ => response(one_of_several, Then::KeepAlive),
        },
    }
}
