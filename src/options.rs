//! argv to options. Pure: bytes in, options or a refusal out.

use crate::children::{OnStop, Reap};
use crate::http::response::{FIELDS_MAX, has_body};
use crate::http::{is_target, is_token};
use crate::model::Model;
use crate::model::fork::ParentClose;
use crate::text::{Text, parse_number, split};
use core::net::{IpAddr, Ipv4Addr, SocketAddr};
use core::str::from_utf8;

mod help;
mod hint;
pub mod table;

pub use help::help;
use hint::nearest;
pub use table::Name;
use table::{FORK, ITERATIVE, ONE_PROCESS, Of, Opt, PREFORK, PROBE, TABLE, Takes};

/// `acceptd --version`
pub const VERSION: &str = concat!("acceptd ", env!("CARGO_PKG_VERSION"), "\n");

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
    /// `--bind`
    pub ip: IpAddr,
    /// `--body`
    pub body: Option<&'a [u8]>,
    /// `--target`
    pub target: &'a [u8],
    headers: [&'a [u8]; HEADERS_MAX],
    header_count: usize,
    /// For each option a number: a time in milliseconds, the place of a choice,
    /// of a flag whether it was given.
    numbers: [u32; TABLE.len()],
}

/// Why a command line is refused.
pub struct Refusal<'a> {
    /// The option, or `MODEL`.
    pub subject: &'a [u8],
    /// Its value, if the value is wrong: `'x' is not ..`.
    pub value: Option<&'a [u8]>,
    /// What is wrong, or what the value is not.
    pub reason: Text<80>,
    /// What was meant, perhaps.
    pub hint: &'static str,
}

/// A refusal whose reason is one text.
fn refusal<'a>(subject: &'a [u8], value: Option<&'a [u8]>, reason: &str) -> Refusal<'a> {
    let mut text = Text::default();
    text.push(reason.as_bytes());
    Refusal {
        subject,
        value,
        reason: text,
        hint: "",
    }
}

/// Where the command line says nothing.
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

const MODELS: &str = "iterative, fork, process, prefork, thread, epoll, probe";

impl<'a> Options<'a> {
    /// Takes what argv, without the program's name, says. `port` is the
    /// environment's PORT.
    ///
    /// # Errors
    ///
    /// What is wrong with the first word that is.
    pub fn parse(
        mut arguments: impl Iterator<Item = &'a [u8]>,
        port: Option<&'a [u8]>,
    ) -> Result<Self, Refusal<'a>> {
        let mut options = Self {
            command: Command::Help,
            ip: IpAddr::V4(Ipv4Addr::UNSPECIFIED),
            body: None,
            target: b"/",
            headers: [b""; HEADERS_MAX],
            header_count: 0,
            numbers: DEFAULTS,
        };
        let Some(of) = options.take_model(arguments.next())? else {
            return Ok(options); // --help or --version
        };
        if let Some(port) = port {
            let option = &TABLE[Name::Port as usize];
            options.take(option, b"PORT", port)?;
        }
        let mut before: &[u8] = b"";
        while let Some(argument) = arguments.next() {
            let mut rest = argument;
            let name = split(&mut rest, b'=');
            let subject = name.unwrap_or(argument);
            let value = name.map(|_| rest);
            let option = find(subject, of).ok_or_else(|| unknown(subject, before, of))?;
            before = option.name.as_bytes();
            if let Takes::Flag = option.takes {
                if value.is_some() {
                    return Err(refusal(subject, value, "wanted: it takes no value"));
                }
                if options.take_flag(option) {
                    return Ok(options);
                }
                continue;
            }
            let value = match option.takes {
                Takes::Seconds { alone, .. } if alone != 0 && value.is_none() => {
                    options.set(option, alone);
                    continue;
                }
                _ => value.or_else(|| arguments.next()),
            };
            let value = value.ok_or_else(|| refusal(subject, None, "needs a value"))?;
            options.take(option, subject, value)?;
        }
        options.check()?;
        Ok(options)
    }

    /// Takes the first argument: whose options may follow.
    fn take_model(&mut self, argument: Option<&'a [u8]>) -> Result<Option<Of>, Refusal<'a>> {
        let Some(name) = argument else {
            let mut refusal = refusal(b"MODEL", None, "missing (");
            refusal.reason.push(MODELS.as_bytes());
            refusal.reason.push(b")");
            return Err(refusal);
        };
        let model = Model::ALL
            .into_iter()
            .find(|model| model.name().as_bytes() == name);
        let (command, of) = match (model, name) {
            (Some(model), _) => (Command::Serve(model), Some(of(model))),
            (None, b"probe") => (Command::Probe, Some(PROBE)),
            (None, b"--help" | b"-h") => (Command::Help, None),
            (None, b"--version" | b"-V") => (Command::Version, None),
            _ => {
                let mut refusal = refusal(b"MODEL", argument, "a model (");
                refusal.reason.push(MODELS.as_bytes());
                refusal.reason.push(b")");
                let models = Model::ALL.iter().map(|model| model.name());
                refusal.hint = nearest(name, models.chain(["probe"]));
                return Err(refusal);
            }
        };
        if model == Some(Model::Process) {
            for (name, number) in table::PROCESS {
                self.numbers[name as usize] = number;
            }
        }
        self.command = command;
        Ok(of)
    }

    /// Takes a flag; whether it is one after which nothing matters.
    fn take_flag(&mut self, option: &Opt) -> bool {
        self.set(option, 1);
        if self.is_set(Name::Help) {
            self.command = Command::Help;
        } else if self.is_set(Name::Version) {
            self.command = Command::Version;
        } else {
            return false;
        }
        true
    }

    /// Takes an option's value, or says what it is not.
    fn take(
        &mut self,
        option: &'static Opt,
        subject: &'a [u8],
        value: &'a [u8],
    ) -> Result<(), Refusal<'a>> {
        let number = match option.takes {
            Takes::Address => address(value).map(|ip| {
                self.ip = ip;
                0
            }),
            Takes::Text => {
                self.body = Some(value);
                Some(0)
            }
            Takes::Target => (is_target(value) && value.starts_with(b"/")).then(|| {
                self.target = value;
                0
            }),
            Takes::Field => {
                self.add_header(value)
                    .map_err(|reason| refusal(subject, Some(value), reason))?;
                Some(0)
            }
            Takes::Number { min, max, .. } => {
                parse_number(value, 1, max).filter(|&number| number >= min)
            }
            Takes::Seconds { .. } => parse_number(value, 1000, u32::MAX),
            Takes::Choice(words) => {
                let place = words.iter().position(|word| word.as_bytes() == value);
                place.map(|place| place as u32)
            }
            Takes::Flag => None,
        };
        let Some(number) = number else {
            let mut refusal = refusal(subject, Some(value), option.what);
            help::domain(&mut refusal.reason, option.takes);
            if let Takes::Choice(words) = option.takes {
                refusal.hint = nearest(value, words.iter().copied());
            }
            return Err(refusal);
        };
        self.set(option, number);
        Ok(())
    }

    /// Takes a field line, or says what it is not. Connection, Content-Length
    /// and Transfer-Encoding are the server's: what they say must be true.
    fn add_header(&mut self, line: &'a [u8]) -> Result<(), &'static str> {
        let mut value = line;
        let name = split(&mut value, b':').filter(|name| is_token(name));
        let is_text = value
            .iter()
            .all(|byte| *byte == b'\t' || !byte.is_ascii_control());
        let (Some(name), true) = (name, is_text) else {
            return Err("a field (NAME: VALUE, NAME a token, VALUE on one line)");
        };
        let own: [&[u8]; 3] = [b"connection", b"content-length", b"transfer-encoding"];
        if own.iter().any(|own| name.eq_ignore_ascii_case(own)) {
            return Err("yours to set: acceptd says how the response is framed");
        }
        let used: usize = self.headers().iter().map(|field| field.len() + 2).sum();
        if used + line.len() + 2 > FIELDS_MAX {
            return Err("short enough: all fields together have 1536 bytes");
        }
        let place = self.headers.get_mut(self.header_count);
        *place.ok_or("one of the first 16, and more do not fit")? = line;
        self.header_count += 1;
        Ok(())
    }

    /// What contradicts itself, and what depends on more than one option.
    fn check(&mut self) -> Result<(), Refusal<'a>> {
        if self.body.is_some() && !has_body(self.number(Name::Status)) {
            return Err(refusal(
                b"--body",
                None,
                "status 204, 205 and 304 have none",
            ));
        }
        let counted = matches!(self.reap(), Reap::Signal | Reap::BeforeFork);
        if self.number(Name::MaxChildren) == 0 {
            self.numbers[Name::MaxChildren as usize] = 1024;
        } else if !counted {
            let reason = "needs --reap signal or before-fork";
            return Err(refusal(b"--max-children", None, reason));
        }
        if self.is_set(Name::Connect) && (self.target != b"/" || self.header_count > 0) {
            let reason = "asks for nothing: without --target and --header";
            return Err(refusal(b"--connect", None, reason));
        }
        Ok(())
    }

    /// The number that an option has: a time in milliseconds; of a flag, 1 if
    /// it was given.
    pub fn number(&self, name: Name) -> u32 {
        self.numbers[name as usize]
    }

    /// Whether a flag was given.
    pub fn is_set(&self, name: Name) -> bool {
        self.number(name) != 0
    }

    fn set(&mut self, option: &Opt, number: u32) {
        let place = TABLE.iter().position(|entry| entry.name == option.name);
        if let Some(place) = place.and_then(|place| self.numbers.get_mut(place)) {
            *place = number;
        }
    }

    /// `--bind` and `--port`
    pub fn address(&self) -> SocketAddr {
        SocketAddr::new(self.ip, self.number(Name::Port) as u16)
    }

    /// `--header`: field lines, without their ends.
    pub fn headers(&self) -> &[&'a [u8]] {
        self.headers.get(..self.header_count).unwrap_or_default()
    }

    /// `--parent-close`
    pub fn parent_close(&self) -> ParentClose {
        let ways = [ParentClose::Now, ParentClose::Late, ParentClose::Never];
        ways[self.number(Name::ParentClose) as usize]
    }

    /// `--reap`
    pub fn reap(&self) -> Reap {
        let ways = [Reap::Signal, Reap::BeforeFork, Reap::Ignore, Reap::Never];
        ways[self.number(Name::Reap) as usize]
    }

    /// `--on-stop`
    pub fn on_stop(&self) -> OnStop {
        [OnStop::Drain, OnStop::Kill][self.number(Name::OnStop) as usize]
    }
}

/// Whose options a model takes.
fn of(model: Model) -> Of {
    match model {
        Model::Iterative => ITERATIVE,
        Model::Fork | Model::Process => FORK,
        Model::Prefork => PREFORK,
        Model::Thread | Model::Epoll => ONE_PROCESS,
    }
}

/// The option of this name, if it is one of theirs.
fn find(name: &[u8], of: Of) -> Option<&'static Opt> {
    let name: &[u8] = match name {
        b"-h" => b"--help",
        b"-V" => b"--version",
        b"-v" => b"--verbose",
        name => name,
    };
    let mut options = TABLE.iter();
    options.find(|option| option.of & of != 0 && option.name.as_bytes() == name)
}

/// There is no option of this name. `before` is the option that stands before it.
fn unknown<'a>(subject: &'a [u8], before: &[u8], of: Of) -> Refusal<'a> {
    let mut refusal = refusal(subject, None, "no option of this model");
    let options = TABLE.iter().filter(|option| option.of & of != 0);
    let first = subject.first();
    refusal.hint = match before {
        b"--sleep" if first.is_some_and(u8::is_ascii_digit) => "--sleep=SECONDS",
        b"--keep-alive" if first.is_some_and(u8::is_ascii_digit) => "--keep-alive=SECONDS",
        _ => nearest(subject, options.map(|option| option.name)),
    };
    refusal
}

/// An IPv4 or IPv6 address, without brackets or zone.
fn address(text: &[u8]) -> Option<IpAddr> {
    from_utf8(text).ok()?.parse().ok()
}

#[cfg(test)]
mod tests;
