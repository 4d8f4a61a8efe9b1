//! argv to options: reads the arguments one after the other.

use super::hint::Hint;
use super::table::{
    ALL, FORK, Group, ITERATIVE, ONE_PROCESS, Opt, PREFORK, PROBE, PROCESS, TABLE, Takes,
};
use super::{Command, Name, Options, Refusal};
use crate::http::response::has_body;
use crate::model::Model;
use crate::text::split;

/// The first words that a command line may begin with, for messages.
const MODELS: &str = "one of iterative, fork, process, prefork, thread, epoll, probe";

/// The first argument: its word, what it asks for, and which options may follow.
const COMMANDS: [(&str, Command, Group); 7] = [
    serve(Model::Iterative, ITERATIVE),
    serve(Model::Fork, FORK),
    serve(Model::Process, FORK),
    serve(Model::Prefork, PREFORK),
    serve(Model::Thread, ONE_PROCESS),
    serve(Model::Epoll, ONE_PROCESS),
    ("probe", Command::Probe, PROBE),
];

const fn serve(model: Model, group: Group) -> (&'static str, Command, Group) {
    (model.name(), Command::Serve(model), group)
}

/// What other programs call an option that every command has.
const OTHER_NAMES: [(&str, &str); 4] = [
    ("--host", "--bind"),
    ("--address", "--bind"),
    ("--listen", "--bind"),
    ("-p", "--port"),
];

/// A refusal whose reason says everything: no hint, no range.
fn refusal<'a>(subject: &'a [u8], value: Option<&'a [u8]>, reason: &'static str) -> Refusal<'a> {
    Refusal {
        subject,
        value,
        reason,
        takes: Takes::Flag,
        hint: "",
    }
}

impl<'a> Options<'a> {
    /// Sets the options from argv, without the program's name. `port` is the
    /// environment's PORT; empty, as compose files write it, it is not set.
    ///
    /// # Errors
    ///
    /// What is wrong with the first argument that is refused.
    pub fn parse(
        &mut self,
        mut arguments: impl Iterator<Item = &'a [u8]>,
        port: Option<&'a [u8]>,
    ) -> Result<(), Refusal<'a>> {
        let Some(group) = self.take_command(arguments.next())? else {
            return Ok(()); // --help or --version
        };
        let mut has_port = false;
        let mut before: &[u8] = b"";
        while let Some(argument) = arguments.next() {
            let mut rest = argument;
            let (subject, value) = match split(&mut rest, b'=') {
                Some(name) => (name, Some(rest)),
                None => (argument, None),
            };
            let Some(place @ (number, option)) = find(subject, group) else {
                return Err(unknown(subject, before, group));
            };
            before = subject;
            has_port |= number == Name::Port as usize;
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
        let mut port_from: &[u8] = b"--port";
        if let (Some(port @ [_, ..]), Some(place), false) = (port, find(port_from, group), has_port)
        {
            port_from = b"PORT";
            self.take(place, port_from, port)?;
        }
        self.check(port_from)
    }

    /// Takes the first argument. Returns which options may follow, or `None` after
    /// --help and --version.
    fn take_command(&mut self, argument: Option<&'a [u8]>) -> Result<Option<Group>, Refusal<'a>> {
        let Some(name) = argument else {
            return Err(refusal(b"missing MODEL", None, MODELS));
        };
        let mut hint = Hint::new(name);
        for (word, command, group) in &COMMANDS {
            if word.as_bytes() == name {
                self.command = *command;
                if *command == Command::Serve(Model::Process) {
                    for (option, number) in &PROCESS {
                        self.set(*option as usize, *number);
                    }
                }
                return Ok(Some(*group));
            }
            hint.consider(word);
        }
        if let Some((place, _)) = find(name, ALL) {
            self.set(place, 1);
            if self.asks_for_text() {
                return Ok(None);
            }
        } else {
            hint.consider("--help");
            hint.consider("--version");
        }
        Err(Refusal {
            hint: hint.word,
            ..refusal(b"MODEL", argument, MODELS)
        })
    }

    /// Whether the only task is to print: --help or --version.
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

    /// Takes an option's value, or refuses it.
    fn take(
        &mut self,
        (place, option): (usize, &'static Opt),
        subject: &'a [u8],
        value: &'a [u8],
    ) -> Result<(), Refusal<'a>> {
        let Err(reason) = self.keep(place, option, value) else {
            return Ok(());
        };
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

    /// What contradicts itself, and what depends on more than one option. `port_from` is
    /// where the port comes from.
    fn check(&mut self, port_from: &'a [u8]) -> Result<(), Refusal<'a>> {
        self.address.set_port(self.number(Name::Port) as u16);
        let gets_body = has_body(self.number(Name::Status)) || self.number(Name::Every) > 1;
        if self.body.is_some() && !gets_body {
            return Err(refusal(
                b"--body",
                None,
                "status 204, 205 and 304 have none",
            ));
        }
        if self.number(Name::MaxChildren) == 0 {
            self.numbers[Name::MaxChildren as usize] = 1024;
        } else if !self.reap().counts() {
            let reason = "needs --reap signal or before-fork";
            return Err(refusal(b"--max-children", None, reason));
        }
        if self.command == Command::Probe && self.address.port() == 0 {
            return Err(refusal(port_from, None, "0 is no port to connect to"));
        }
        if self.is_set(Name::Connect) && (self.target != b"/" || self.header_count > 0) {
            let reason = "asks for nothing: without --target and --header";
            return Err(refusal(b"--connect", None, reason));
        }
        Ok(())
    }

    pub(super) fn set(&mut self, place: usize, number: u32) {
        if let Some(place) = self.numbers.get_mut(place) {
            *place = number;
        }
    }
}

/// The option of this name, and its place in the table, if it is an option of `group`.
fn find(name: &[u8], group: Group) -> Option<(usize, &'static Opt)> {
    TABLE.iter().enumerate().find(|(_, option)| {
        let is_short = matches!(name, [b'-', letter] if *letter == option.letter);
        option.group & group != 0 && (is_short || option.name.as_bytes() == name)
    })
}

/// The refusal of a name that is no option of `group`. `before` is the option that
/// stands before it on the command line.
fn unknown<'a>(subject: &'a [u8], before: &[u8], group: Group) -> Refusal<'a> {
    let mut hint = Hint::new(subject);
    for option in &TABLE {
        // The name of another model's option is no slip: no hint.
        if option.group & group != 0 && find(subject, ALL).is_none() {
            hint.consider(option.name);
        }
    }
    for (other, name) in &OTHER_NAMES {
        if other.as_bytes() == subject {
            hint.word = name;
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
