//! argv to options. Pure: bytes in, options or a refusal out.

use crate::children::{OnStop, Reap};
use crate::model::Model;
use crate::model::fork::ParentClose;
use core::net::{Ipv4Addr, SocketAddr};

mod address;
mod help;
mod hint;
mod parse;
pub mod table;
mod value;

pub use help::{help, push_domain};
pub use table::Name;
use table::{TABLE, Takes};

/// `acceptd --version`
pub const VERSION: &str = concat!("acceptd ", env!("CARGO_PKG_VERSION"), "\n");

/// How long `--target` may be, in bytes: as long as the request lines that
/// every server must take (RFC 9112, 3).
pub const TARGET_MAX: usize = 8000;
/// How often `--header` may be given.
const HEADERS_MAX: usize = 16;

/// What the command line asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Command {
    /// `acceptd MODEL ..`
    Serve(Model),
    /// `acceptd probe ..`
    Probe,
    /// `acceptd --help`
    Help,
    /// `acceptd --version`
    Version,
}

/// The options of a server or of the probe.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Options<'a> {
    /// What to do.
    pub command: Command,
    address: SocketAddr,
    /// `--body`
    pub body: Option<&'a [u8]>,
    /// `--target`
    pub target: &'a [u8],
    headers: [&'a [u8]; HEADERS_MAX],
    header_count: usize,
    /// For each option a number: a time in milliseconds, the place of a choice, or for
    /// a flag 1 if it was given.
    numbers: [u32; TABLE.len()],
}

/// Why a command line is refused.
pub struct Refusal<'a> {
    /// The option, `PORT`, `MODEL` or `missing MODEL`.
    pub subject: &'a [u8],
    /// Its value, if the value is wrong: `'x' is not ..`.
    pub value: Option<&'a [u8]>,
    /// What is wrong, or what the value is not.
    pub reason: &'static str,
    /// What the option takes, for the message; `Flag` if the message says nothing about it.
    pub takes: Takes,
    /// What the user may have meant; empty if there is no hint.
    pub hint: &'static str,
}

/// The numbers of options that are not given.
const DEFAULTS: [u32; TABLE.len()] = {
    let mut numbers = [0; TABLE.len()];
    let mut n = 0;
    while n < TABLE.len() {
        numbers[n] = match TABLE[n].takes {
            Takes::Number { default, .. } | Takes::Seconds { default, .. } => default,
            _ => 0,
        };
        n += 1;
    }
    numbers
};

impl Default for Options<'_> {
    fn default() -> Self {
        Self {
            command: Command::Help,
            address: SocketAddr::new(Ipv4Addr::UNSPECIFIED.into(), 0),
            body: None,
            target: b"/",
            headers: [b""; HEADERS_MAX],
            header_count: 0,
            numbers: DEFAULTS,
        }
    }
}

impl<'a> Options<'a> {
    /// The number of an option: a time in milliseconds; for a flag, 1 if it was given.
    pub fn number(&self, name: Name) -> u32 {
        self.numbers[name as usize]
    }

    /// Whether a flag was given.
    pub fn is_set(&self, name: Name) -> bool {
        self.number(name) != 0
    }

    /// `--bind` and `--port`
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// `--header`: field lines, without their ends.
    pub fn headers(&self) -> &[&'a [u8]] {
        self.headers.get(..self.header_count).unwrap_or_default()
    }

    /// `--parent-close`
    pub fn parent_close(&self) -> ParentClose {
        match self.number(Name::ParentClose) {
            0 => ParentClose::Now,
            1 => ParentClose::Late,
            _ => ParentClose::Never,
        }
    }

    /// `--reap`
    pub fn reap(&self) -> Reap {
        match self.number(Name::Reap) {
            0 => Reap::Signal,
            1 => Reap::BeforeFork,
            2 => Reap::Ignore,
            _ => Reap::Never,
        }
    }

    /// `--on-stop`
    pub fn on_stop(&self) -> OnStop {
        match self.number(Name::OnStop) {
            0 => OnStop::Drain,
            _ => OnStop::Kill,
        }
    }
}

#[cfg(test)]
mod tests;
