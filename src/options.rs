//! argv to options. Pure: bytes in, options or a refusal out.

use crate::children::{OnStop, Reap};
use crate::http::response::{FIELDS_MAX, has_body};
use crate::http::{is_same, is_target, take_token};
use crate::model::Model;
use crate::model::fork::ParentClose;
use crate::text::{parse_number, split};
use core::net::{Ipv4Addr, SocketAddr};

mod address;
mod help;
mod hint;
pub mod table;

use address::parse_address;
pub use help::{help, push_domain};
use hint::Hint;
pub use table::Name;
use table::{ALL, FORK, ITERATIVE, ONE_PROCESS, Of, Opt, PREFORK, PROBE, TABLE, Takes};

/// `acceptd --version`
pub const VERSION: &str = concat!("acceptd ", env!("CARGO_PKG_VERSION"), "\n");

/// How long `--target` may be, in bytes: as long as the request lines that
/// every server must take (RFC 9112, 3).
pub const TARGET_MAX: usize = 8000;
/// How often `--header` may be given.
const HEADERS_MAX: usize = 16;

/// What a command line may begin with.
macro_rules! models {
    () => {
        "(iterative, fork, process, prefork, thread, epoll, probe)"
    };
}

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
    pub reason: &'static str,
    /// What the option takes; a flag where that is not the matter.
    pub takes: Takes,
    /// What was meant, perhaps.
    pub hint: &'static str,
}

/// A refusal that says it all in its reason.
fn refusal<'a>(subject: &'a [u8], value: Option<&'a [u8]>, reason: &'static str) -> Refusal<'a> {
    Refusal {
        subject,
        value,
        reason,
        takes: Takes::Flag,
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

/// The first argument: what it asks for, and whose options may follow.
const COMMANDS: [(&str, Command, Of); 7] = [
    ("iterative", Command::Serve(Model::Iterative), ITERATIVE),
    ("fork", Command::Serve(Model::Fork), FORK),
    ("process", Command::Serve(Model::Process), FORK),
    ("prefork", Command::Serve(Model::Prefork), PREFORK),
    ("thread", Command::Serve(Model::Thread), ONE_PROCESS),
    ("epoll", Command::Serve(Model::Epoll), ONE_PROCESS),
    ("probe", Command::Probe, PROBE),
];

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
    /// Takes what argv, without the program's name, says. `port` is the
    /// environment's PORT.
    ///
    /// # Errors
    ///
    /// What is wrong with the first word that is.
    pub fn parse(
        &mut self,
        mut arguments: impl Iterator<Item = &'a [u8]>,
        port: Option<&'a [u8]>,
    ) -> Result<(), Refusal<'a>> {
        let Some(of) = self.take_command(arguments.next())? else {
            return Ok(()); // --help or --version
        };
        if let (Some(port), Some(place)) = (port, find(b"--port", of)) {
            self.take(place, b"PORT", port)?;
        }
        let mut before: &[u8] = b"";
        while let Some(argument) = arguments.next() {
            let mut rest = argument;
            let (subject, value) = match split(&mut rest, b'=') {
                Some(name) => (name, Some(rest)),
                None => (argument, None),
            };
            let Some(place @ (number, option)) = find(subject, of) else {
                return Err(unknown(subject, before, of));
            };
            before = subject;
            let alone = match option.takes {
                Takes::Flag => 1,
                Takes::Seconds { alone, .. } => alone,
                _ => 0,
            };
            if value.is_none() && alone != 0 {
                self.set(number, alone);
                if self.asks_for_text() {
                    return Ok(());
                }
            } else if let Some(value) = value.or_else(|| arguments.next()) {
                self.take(place, subject, value)?;
            } else {
                return Err(refusal(subject, None, "needs a value"));
            }
        }
        self.check()
    }

    /// Takes the first argument: whose options may follow.
    fn take_command(&mut self, argument: Option<&'a [u8]>) -> Result<Option<Of>, Refusal<'a>> {
        let Some(name) = argument else {
            return Err(refusal(b"MODEL", None, concat!("missing ", models!())));
        };
        let mut hint = Hint::new(name);
        for (word, command, of) in &COMMANDS {
            if word.as_bytes() == name {
                self.command = *command;
                if *command == Command::Serve(Model::Process) {
                    for (option, number) in &table::PROCESS {
                        self.set(*option as usize, *number);
                    }
                }
                return Ok(Some(*of));
            }
            hint.consider(word);
        }
        if let Some((place, _)) = find(name, ALL) {
            self.set(place, 1);
            if self.asks_for_text() {
                return Ok(None);
            }
        }
        Err(Refusal {
            hint: hint.word,
            ..refusal(b"MODEL", argument, concat!("a model ", models!()))
        })
    }

    /// Whether there is nothing to do but to print: --help or --version.
    fn asks_for_text(&mut self) -> bool {
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
        (place, option): (usize, &'static Opt),
        subject: &'a [u8],
        value: &'a [u8],
    ) -> Result<(), Refusal<'a>> {
        match self.read(option, value) {
            Ok(number) => {
                self.set(place, number);
                Ok(())
            }
            Err(reason) => {
                let mut hint = Hint::new(value);
                if let Takes::Choice(words) = option.takes {
                    for word in words {
                        hint.consider(word);
                    }
                }
                Err(Refusal {
                    subject,
                    value: Some(value),
                    reason,
                    takes: option.takes,
                    hint: hint.word,
                })
            }
        }
    }

    /// The number of a value that is one; all others are kept, and have 0.
    fn read(&mut self, option: &Opt, value: &'a [u8]) -> Result<u32, &'static str> {
        let number = match option.takes {
            Takes::Number { min, max, .. } => {
                parse_number(value, 1, max).filter(|number| *number >= min)
            }
            Takes::Seconds { .. } => parse_number(value, 1000, u32::MAX),
            Takes::Choice(words) => {
                let place = words.iter().position(|word| word.as_bytes() == value);
                place.map(|place| place as u32)
            }
            Takes::Address => parse_address(value).map(|ip| {
                self.address.set_ip(ip);
                0
            }),
            Takes::Text => {
                self.body = Some(value);
                Some(0)
            }
            Takes::Field => {
                self.add_header(value)?;
                Some(0)
            }
            Takes::Target => {
                let is_path = is_target(value) && value.starts_with(b"/");
                let is_one = is_path && value.len() <= TARGET_MAX;
                is_one.then(|| {
                    self.target = value;
                    0
                })
            }
            Takes::Flag => return Err("wanted: it takes no value"),
        };
        number.ok_or(option.what)
    }

    /// Takes a field line, or says what it is not. Connection, Content-Length
    /// and Transfer-Encoding are the server's: what they say must be true.
    fn add_header(&mut self, line: &'a [u8]) -> Result<(), &'static str> {
        let mut value = line;
        let name = take_token(&mut value, b':');
        let is_text = value
            .iter()
            .all(|byte| *byte == b'\t' || !byte.is_ascii_control());
        let (Some(name), true) = (name, is_text) else {
            return Err("a field (NAME: VALUE, NAME a token, VALUE on one line)");
        };
        for own in &["connection", "content-length", "transfer-encoding"] {
            if is_same(name, own.as_bytes()) {
                return Err("yours to set: acceptd says how the response is framed");
            }
        }
        let mut used = line.len() + 2;
        for field in self.headers() {
            used += field.len() + 2;
        }
        if used > FIELDS_MAX {
            return Err("short enough: all fields together have 1536 bytes");
        }
        let place = self.headers.get_mut(self.header_count);
        *place.ok_or("one of the first 16, and more do not fit")? = line;
        self.header_count += 1;
        Ok(())
    }

    /// What contradicts itself, and what depends on more than one option.
    fn check(&mut self) -> Result<(), Refusal<'a>> {
        self.address.set_port(self.number(Name::Port) as u16);
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

    fn set(&mut self, place: usize, number: u32) {
        if let Some(place) = self.numbers.get_mut(place) {
            *place = number;
        }
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

/// The option of this name, if it is one of theirs, and its place in the table.
fn find(name: &[u8], of: Of) -> Option<(usize, &'static Opt)> {
    TABLE.iter().enumerate().find(|(_, option)| {
        let is_short = matches!(name, [b'-', letter] if *letter == option.letter);
        option.of & of != 0 && (is_short || option.name.as_bytes() == name)
    })
}

/// There is no option of this name. `before` is the option that stands before it.
fn unknown<'a>(subject: &'a [u8], before: &[u8], of: Of) -> Refusal<'a> {
    let mut hint = Hint::new(subject);
    for option in &TABLE {
        // Another model's option is no slip.
        if option.of & of != 0 && find(subject, ALL).is_none() {
            hint.consider(option.name);
        }
    }
    if subject.first().is_some_and(u8::is_ascii_digit) {
        for (option, spelling) in &[
            ("--sleep", "--sleep=SECONDS"),
            ("--keep-alive", "--keep-alive=SECONDS"),
        ] {
            if option.as_bytes() == before {
                hint.word = spelling;
            }
        }
    }
    Refusal {
        hint: hint.word,
        ..refusal(subject, None, "no option of this model")
    }
}

#[cfg(test)]
mod tests;
