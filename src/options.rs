//! argv to options. Pure: bytes in, options or a refusal out.

use crate::http;
use crate::model::Model;
use crate::text::{cut, parse_number};
use core::net::{IpAddr, Ipv4Addr};
use core::time::Duration;

mod address;
mod seconds;

use address::parse_address;
use seconds::parse_seconds;

/// `acceptd --help`
pub const HELP: &str = "\
usage: acceptd MODEL [OPTIONS]

models:
  iterative          one connection at a time
  fork               a child for every connection

options:
  --bind ADDR        IPv4 or IPv6 address to listen on [0.0.0.0]
  --port PORT        0: the kernel chooses [9696]
  --backlog N        queue for listen(2) [4096]
  --sleep[=SECONDS]  sleep before recv [off; alone: 1]
  --body TEXT        response body [A]
  --status CODE      response status, 200 to 599 [200]
  --exit-after N     stop after N connections [never]
  -v, --verbose      a line for each accept, fork and reap
  -h, --help
  -V, --version
";

/// `acceptd --version`
pub const VERSION: &str = concat!("acceptd ", env!("CARGO_PKG_VERSION"), "\n");

/// What the command line asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Command {
    /// `acceptd MODEL ..`
    Serve(Model),
    /// `acceptd --help`
    Help,
    /// `acceptd --version`
    Version,
}

/// The options of a server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Options<'a> {
    /// `--bind`, as it was written
    pub bind: &'a [u8],
    /// `--bind`
    pub ip: IpAddr,
    /// `--port`
    pub port: u16,
    /// `--backlog`, connections
    pub backlog: i32,
    /// `--sleep`; zero: off
    pub sleep: Duration,
    /// `--body`
    pub body: Option<&'a [u8]>,
    /// `--status`
    pub status: u16,
    /// `--exit-after`, connections; never: more than will ever come
    pub exit_after: u64,
    /// `--verbose`
    pub verbose: bool,
}

/// What holds where the command line says nothing.
pub const DEFAULTS: Options<'static> = Options {
    bind: b"0.0.0.0",
    ip: IpAddr::V4(Ipv4Addr::UNSPECIFIED),
    port: 9696,
    backlog: 4096,
    sleep: Duration::ZERO,
    body: None,
    status: 200,
    exit_after: u64::MAX,
    verbose: false,
};

/// Why a command line is refused: `--port: 'x' is not a port (0 to 65535)`.
#[derive(Debug, PartialEq, Eq)]
pub struct Refusal<'a> {
    /// The option.
    pub subject: &'a [u8],
    /// Its value, if it is the value that is wrong.
    pub value: Option<&'a [u8]>,
    /// What is wrong.
    pub reason: &'static str,
}

/// The name of an option. A table of them is half as long in the binary as
/// the comparisons of a match on the text.
#[derive(Clone, Copy)]
enum Name {
    Bind,
    Port,
    Backlog,
    Sleep,
    Body,
    Status,
    ExitAfter,
    Verbose,
    Help,
    Version,
}

const NAMES: [(&[u8], Name); 13] = [
    (b"--bind", Name::Bind),
    (b"--port", Name::Port),
    (b"--backlog", Name::Backlog),
    (b"--sleep", Name::Sleep),
    (b"--body", Name::Body),
    (b"--status", Name::Status),
    (b"--exit-after", Name::ExitAfter),
    (b"-v", Name::Verbose),
    (b"--verbose", Name::Verbose),
    (b"-h", Name::Help),
    (b"--help", Name::Help),
    (b"-V", Name::Version),
    (b"--version", Name::Version),
];

fn find<T: Copy>(names: &[(&[u8], T)], name: &[u8]) -> Option<T> {
    names
        .iter()
        .find(|known| known.0 == name)
        .map(|known| known.1)
}

impl<'a> Options<'a> {
    /// Takes what argv, without the program's name, says.
    pub fn parse(
        &mut self,
        mut arguments: impl Iterator<Item = &'a [u8]>,
    ) -> Result<Command, Refusal<'a>> {
        let mut model = None;
        while let Some(argument) = arguments.next() {
            let refuse = |subject, value, reason| {
                Err(Refusal {
                    subject,
                    value,
                    reason,
                })
            };
            if !argument.starts_with(b"-") {
                if model.is_some() {
                    return refuse(b"MODEL", Some(argument), "is one too many");
                }
                model = find(&Model::NAMES, argument);
                if model.is_none() {
                    return refuse(b"MODEL", Some(argument), "is not a model (iterative, fork)");
                }
                continue;
            }
            let (name, mut value) = cut(argument, b'=');
            let Some(option) = find(&NAMES, name) else {
                return refuse(name, None, "no such option");
            };
            match (option, value) {
                (Name::Help, None) => return Ok(Command::Help),
                (Name::Version, None) => return Ok(Command::Version),
                (Name::Verbose, None) => self.verbose = true,
                (Name::Sleep, None) => self.sleep = Duration::from_secs(1),
                _ => {
                    value = value.or_else(|| arguments.next());
                    let Some(text) = value else {
                        return refuse(name, None, "needs a value");
                    };
                    if let Err(reason) = self.set(option, text) {
                        return refuse(name, value, reason);
                    }
                }
            }
        }

        let refuse = |subject, reason| {
            Err(Refusal {
                subject,
                value: None,
                reason,
            })
        };
        if self.body.is_some() && !http::has_body(self.status) {
            return refuse(b"--body", "a response of status 204, 205 or 304 has none");
        }
        match model {
            Some(model) => Ok(Command::Serve(model)),
            None => refuse(b"MODEL", "missing (iterative, fork)"),
        }
    }

    /// Takes an option's value, or says what it is not.
    #[inline(never)]
    fn set(&mut self, option: Name, value: &'a [u8]) -> Result<(), &'static str> {
        match option {
            Name::Bind => {
                self.bind = value;
                self.ip = parse_address(value).ok_or("is not an IPv4 or IPv6 address")?;
            }
            Name::Port => {
                let port = number(value, 0, 65535);
                self.port = port.ok_or("is not a port (0 to 65535)")? as u16;
            }
            Name::Backlog => {
                let backlog = number(value, 0, i32::MAX as u64);
                self.backlog = backlog.ok_or("is not a queue length (0 to 2147483647)")? as i32;
            }
            Name::Sleep => {
                let sleep = parse_seconds(value);
                self.sleep = sleep.ok_or("is not a time in seconds (0 to 4294967295)")?;
            }
            Name::Body => self.body = Some(value),
            Name::Status => {
                let status = number(value, 200, 599);
                self.status = status.ok_or("is not a final status (200 to 599)")? as u16;
            }
            Name::ExitAfter => {
                let connections = number(value, 1, u32::MAX.into());
                self.exit_after = connections.ok_or("is not a count (1 to 4294967295)")?;
            }
            Name::Verbose | Name::Help | Name::Version => {
                return Err("is too much: it takes no value");
            }
        }
        Ok(())
    }
}

fn number(text: &[u8], min: u64, max: u64) -> Option<u64> {
    parse_number(text).filter(|number| (min..=max).contains(number))
}

#[cfg(test)]
mod tests;
