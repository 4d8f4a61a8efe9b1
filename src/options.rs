//! argv to options. Pure: bytes in, options or a refusal out.

use crate::address::Address;
use crate::children::{OnStop, Reap};
use crate::http;
use crate::model::Model;
use crate::model::fork::ParentClose;
use crate::text::{parse_number, split};

mod help;

use help::{COLUMN, find};
pub use help::{HELP, Word};

/// `acceptd --version`
pub const VERSION: &str = concat!("acceptd ", env!("CARGO_PKG_VERSION"), "\n");

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

/// The options of a server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Options<'a> {
    /// `--bind` and `--port`
    pub address: Address<'a>,
    /// `--body`
    pub body: Option<&'a [u8]>,
    /// Numbers; times in milliseconds; of a choice, which; of a flag, whether.
    numbers: [u32; Word::OnStop as usize + 1],
    /// What to do.
    pub command: Command,
    /// What was looked at last, for the message if it is refused.
    pub subject: &'a [u8],
    /// Its value, if it is the value that is wrong.
    pub value: Option<&'a [u8]>,
}

/// What holds where the command line says nothing.
pub const DEFAULTS: Options<'static> = {
    let mut numbers = [0; Word::OnStop as usize + 1];
    numbers[Word::Port as usize] = 9696;
    numbers[Word::Timeout as usize] = 10_000;
    numbers[Word::Backlog as usize] = 4096;
    numbers[Word::Status as usize] = 200;
    numbers[Word::Grace as usize] = 5_000;
    Options {
        address: Address::UNSPECIFIED,
        body: None,
        numbers,
        command: Command::Help,
        subject: b"MODEL",
        value: None,
    }
};

impl<'a> Options<'a> {
    /// Takes what argv, without the program's name, says.
    ///
    /// # Errors
    ///
    /// What is wrong with `subject`, or, if there is a `value`, what that is not.
    #[inline(never)]
    pub fn parse(
        &mut self,
        mut arguments: impl Iterator<Item = &'a [u8]>,
    ) -> Result<(), &'static [u8]> {
        let last = self.take_model(arguments.next())?;
        if last == Word::None {
            return Ok(()); // help, or version
        }
        while let Some(argument) = arguments.next() {
            let mut rest = argument;
            let name = split(&mut rest, b'=');
            self.subject = name.unwrap_or(argument);
            self.value = name.map(|_| rest);
            let (option, line) = find(self.subject);
            if option < Word::Bind || option > last {
                self.value = None;
                return Err(b"no option of this model");
            }
            if matches!(
                option,
                Word::Help | Word::Version | Word::Verbose | Word::NoReuseaddr
            ) {
                if self.value.is_some() {
                    return Err(b"wanted: it takes no value");
                }
                self.command = match option {
                    Word::Help => Command::Help,
                    Word::Version => Command::Version,
                    _ => {
                        self.set(option, 1);
                        continue;
                    }
                };
                return Ok(());
            }
            if self.value.is_none() {
                self.value = if option == Word::Sleep {
                    Some(b"1")
                } else {
                    arguments.next()
                };
            }
            let Some(value) = self.value else {
                return Err(b"needs a value");
            };
            self.take(option, line, value)?;
        }
        self.value = None;
        self.check()
    }

    /// Takes the first argument, and says which is the last option of its model.
    fn take_model(&mut self, argument: Option<&'a [u8]>) -> Result<Word, &'static [u8]> {
        self.value = argument;
        let Some(name) = argument else {
            return Err(b"missing (iterative, fork, process, probe)");
        };
        let (command, last) = match find(name).0 {
            Word::Iterative => (Command::Serve(Model::Iterative), Word::Verbose),
            Word::Fork => (Command::Serve(Model::Fork), Word::OnStop),
            Word::Process => {
                self.set(Word::Backlog, 32);
                self.set(Word::ParentClose, ParentClose::Late as u32);
                self.set(Word::Reap, Reap::BeforeFork as u32);
                self.set(Word::OnStop, OnStop::Kill as u32);
                (Command::Serve(Model::Process), Word::OnStop)
            }
            Word::Probe => (Command::Probe, Word::Version),
            Word::Help => (Command::Help, Word::None),
            Word::Version => (Command::Version, Word::None),
            _ => return Err(b"a model (iterative, fork, process, probe)"),
        };
        self.command = command;
        Ok(last)
    }

    /// What contradicts itself, and what depends on more than one option.
    fn check(&mut self) -> Result<(), &'static [u8]> {
        if self.body.is_some() && !http::has_body(self.number(Word::Status)) {
            self.subject = b"--body";
            return Err(b"status 204, 205 and 304 have none");
        }
        let counted = self.number(Word::Reap) < Reap::Ignore as u32;
        if self.number(Word::MaxChildren) == 0 {
            self.set(Word::MaxChildren, if counted { 1024 } else { u32::MAX });
        } else if !counted {
            self.subject = b"--max-children";
            return Err(b"needs --reap signal or before-fork");
        }
        self.address.set_port(self.number(Word::Port) as u16);
        Ok(())
    }

    /// Takes an option's value, or says what it is not: its line has in
    /// brackets what it may be, `(MIN to MAX)` or `(one|another)`.
    #[inline(always)]
    fn take(
        &mut self,
        option: Word,
        line: &'static [u8],
        value: &'a [u8],
    ) -> Result<(), &'static [u8]> {
        let text = line.get(COLUMN..).unwrap_or_default();
        let mut domain = split(&mut { text }, b')').unwrap_or_default();
        let what = text.get(..=domain.len()).unwrap_or_default();
        split(&mut domain, b'(');
        let number = match option {
            Word::Bind => {
                return self.address.set(value).ok_or(what);
            }
            Word::Body => {
                self.body = Some(value);
                return Ok(());
            }
            Word::ParentClose | Word::Reap | Word::OnStop => which(domain, value),
            Word::Sleep | Word::Timeout | Word::Grace => in_range(domain, value, 1000),
            _ => in_range(domain, value, 1),
        };
        self.set(option, number.ok_or(what)?);
        Ok(())
    }

    /// The number that an option has; a time in milliseconds; of a choice,
    /// which; of a flag, 1 if it was given.
    pub fn number(&self, option: Word) -> u32 {
        self.numbers
            .get(option as usize)
            .copied()
            .unwrap_or_default()
    }

    fn set(&mut self, option: Word, number: u32) {
        if let Some(place) = self.numbers.get_mut(option as usize) {
            *place = number;
        }
    }

    /// `--parent-close`
    #[inline(never)]
    pub fn parent_close(&self) -> ParentClose {
        match self.number(Word::ParentClose) {
            0 => ParentClose::Now,
            1 => ParentClose::Late,
            _ => ParentClose::Never,
        }
    }

    /// `--reap`
    pub fn reap(&self) -> Reap {
        match self.number(Word::Reap) {
            0 => Reap::Signal,
            1 => Reap::BeforeFork,
            2 => Reap::Ignore,
            _ => Reap::Never,
        }
    }

    /// `--on-stop`
    pub fn on_stop(&self) -> OnStop {
        match self.number(Word::OnStop) {
            0 => OnStop::Drain,
            _ => OnStop::Kill,
        }
    }
}

/// Which of `one|another` it is.
fn which(mut words: &[u8], value: &[u8]) -> Option<u32> {
    let mut number = 0;
    while let Some(word) = split(&mut words, b'|') {
        if word == value {
            return Some(number);
        }
        number += 1;
    }
    (words == value).then_some(number)
}

/// A number from `MIN to MAX`, in units.
fn in_range(mut range: &[u8], value: &[u8], unit: u32) -> Option<u32> {
    let min = parse_number(split(&mut range, b' ')?, unit, u32::MAX)?;
    split(&mut range, b' ');
    let max = parse_number(range, unit, u32::MAX)?;
    parse_number(value, unit, max).filter(|&number| number >= min)
}

#[cfg(test)]
mod tests;
