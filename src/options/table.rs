//! The options, as one table: what the parser accepts, what `--help` prints,
//! and what a server does where the command line says nothing.

use crate::children::{OnStop, Reap};
use crate::model::fork::ParentClose;
use Takes::{Address, Choice, Field, Flag, Number, Seconds, Target, Text};

/// An option. Its place in [`TABLE`] is its number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)] // TABLE is their documentation
#[rustfmt::skip] // as in TABLE
pub enum Name {
    Bind, Port, Timeout, Header, Help, Version,
    Connect, Target,
    Backlog, NoReuseaddr, Reuseport, Sleep, Every, Body, Status, KeepAlive,
    ExitAfter, StopDelay, Grace, Verbose,
    Workers,
    MaxConnections,
    MaxChildren, ParentClose, Reap, OnStop,
}

/// What an option takes.
#[derive(Clone, Copy, Debug)]
pub enum Takes {
    /// No value.
    Flag,
    /// An IPv4 or IPv6 address.
    Address,
    /// Bytes.
    Text,
    /// `NAME: VALUE`, a field line of HTTP; may be repeated.
    Field,
    /// What a request asks for: a path.
    Target,
    /// A whole number.
    Number {
        /// The least.
        min: u32,
        /// The most.
        max: u32,
        /// Where the option is not given.
        default: u32,
    },
    /// A time in seconds, down to the millisecond.
    Seconds {
        /// Where the option is not given: milliseconds.
        default: u32,
        /// Where it is given without a value: milliseconds; 0: it needs one.
        alone: u32,
    },
    /// One of these words; the first, where the option is not given. Their order is that
    /// of the enum which [`Options`](super::Options) makes of it.
    Choice(&'static [&'static str]),
}

/// A line of the table.
#[derive(Clone, Copy, Debug)]
pub struct Opt {
    /// `--port`
    pub name: &'static str,
    /// `h`, if it may be written `-h`, too; 0: it may not.
    pub letter: u8,
    /// What it takes.
    pub takes: Takes,
    /// Which models and commands have it.
    pub group: Group,
    /// What the value is: `a port`; of a flag, what it does.
    pub what: &'static str,
    /// What follows in the help.
    pub note: &'static str,
}

/// A set of models and commands: those that have an option.
pub type Group = u8;
/// `probe`
pub const PROBE: Group = 1;
/// `iterative`
pub const ITERATIVE: Group = 2;
/// `fork` and `process`
pub const FORK: Group = 4;
/// `prefork`
pub const PREFORK: Group = 8;
/// `thread` and `epoll`
pub const ONE_PROCESS: Group = 16;
/// Every server.
pub const SERVERS: Group = ITERATIVE | FORK | PREFORK | ONE_PROCESS;
/// Every server, and `probe`.
pub const ALL: Group = SERVERS | PROBE;

/// The longest time: 2^32 milliseconds, less one.
pub const SECONDS: &str = "0 to 4294967.295";
/// The most processes that the kernel can have (PID_MAX_LIMIT).
const PROCESSES: u32 = 4_194_304;

/// All options, in the order of the help.
#[rustfmt::skip] // a line each
pub static TABLE: [Opt; 26] = [
    opt("--bind", Address, ALL, "an address", " (IPv4 or IPv6; ::, both) [0.0.0.0]"),
    opt("--port", number(0, 65_535, 9696), ALL, "a port", "; 0: the kernel chooses; else PORT, else"),
    opt("--timeout", seconds(10_000), ALL, "a time", " to wait; 0: no limit"),
    opt("--header", Field, ALL, "a field", ", such as 'Location: /'; may be repeated"),
    opt("--help", Flag, ALL, "", "or -h").or(b'h'),
    opt("--version", Flag, ALL, "", "or -V").or(b'V'),

    opt("--connect", Flag, PROBE, "", "only connect: somebody listens"),
    opt("--target", Target, PROBE, "a path of up to 8000 bytes", " to ask for [/]"),

    opt("--backlog", number(0, i32::MAX as u32, 4096), SERVERS, "a length", " for listen(2)"),
    opt("--no-reuseaddr", Flag, SERVERS, "", "without SO_REUSEADDR"),
    opt("--reuseport", Flag, SERVERS, "", "SO_REUSEPORT: the next server may listen before this one stops"),
    opt("--sleep", Seconds { default: 0, alone: 1000 }, SERVERS, "a time", " before recv; alone: 1"),
    opt("--every", number(1, u32::MAX, 1), SERVERS, "a count", ": --sleep and --status for one in N"),
    opt("--body", Text, SERVERS, "the body", " of the response [A]"),
    opt("--status", number(200, 599, 200), SERVERS, "a final status", ""),
    opt("--keep-alive", Seconds { default: 0, alone: 15_000 }, SERVERS, "a time", " for the next request; alone: 15"),
    opt("--exit-after", number(1, u32::MAX, 0), SERVERS, "a count", " of connections"),
    opt("--stop-delay", seconds(0), SERVERS, "a time", " to go on accepting after a signal"),
    opt("--grace", seconds(5000), SERVERS, "a time", " to finish on stop"),
    opt("--verbose", Flag, SERVERS, "", "or -v: a line for each request, accept, fork and reap").or(b'v'),

    opt("--workers", number(1, 1024, 4), PREFORK, "a count", ""),

    opt("--max-connections", number(1, 1_048_576, 1024), ONE_PROCESS, "a count", ", then accept waits"),

    opt("--max-children", number(1, PROCESSES, 0), FORK, "a count", ", then accept waits [1024]"),
    opt("--parent-close", Choice(&["now", "late", "never"]), FORK, "a way", ""),
    opt("--reap", Choice(&["signal", "before-fork", "ignore", "never"]), FORK, "a way", ""),
    opt("--on-stop", Choice(&["drain", "kill"]), FORK, "a way", ""),
];

/// The defaults of `process` that differ from fork's: as in Python's multiprocessing.
pub const PROCESS: [(Name, u32); 4] = [
    (Name::ParentClose, ParentClose::Late as u32),
    (Name::Reap, Reap::BeforeFork as u32),
    (Name::OnStop, OnStop::Kill as u32),
    (Name::Backlog, 32),
];

const fn opt(
    name: &'static str,
    takes: Takes,
    group: Group,
    what: &'static str,
    note: &'static str,
) -> Opt {
    Opt {
        name,
        letter: 0,
        takes,
        group,
        what,
        note,
    }
}

impl Opt {
    /// The same option, which may also be written with this letter.
    const fn or(mut self, letter: u8) -> Self {
        self.letter = letter;
        self
    }
}

const fn number(min: u32, max: u32, default: u32) -> Takes {
    Number { min, max, default }
}

const fn seconds(default: u32) -> Takes {
    Seconds { default, alone: 0 }
}
