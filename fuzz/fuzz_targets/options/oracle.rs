//! The command line once more, by way of strings and maps.

use crate::specs::{DEFAULTS, Kind, MOST, PROCESS, SPECS, Spec};
use acceptd::model::Model;
use acceptd::options::Command;
use std::collections::HashMap;
use std::net::{IpAddr, Ipv4Addr};

pub struct Expected<'a> {
    pub command: Command,
    pub body: Option<&'a [u8]>,
    pub target: &'a [u8],
    pub headers: Vec<&'a [u8]>,
    pub ip: IpAddr,
    numbers: HashMap<&'static str, u32>,
}

impl<'a> Expected<'a> {
    pub fn number(&self, word: &str) -> u32 {
        self.numbers.get(word).copied().unwrap_or_default()
    }

    /// Takes a value, if it is one.
    fn take(&mut self, spec: &Spec, value: &'a [u8]) -> Option<()> {
        let text = std::str::from_utf8(value).unwrap_or("?");
        let number = match spec.kind {
            Kind::Flag => unreachable!("it has no value"),
            Kind::Text => {
                self.body = Some(value);
                return Some(());
            }
            Kind::Target => {
                let is_visible = |byte: &u8| *byte > b' ' && *byte != 0x7f;
                let is_path = value.starts_with(b"/") && value.len() <= 8000;
                let good = is_path && value.iter().all(is_visible);
                self.target = good.then_some(value)?;
                return Some(());
            }
            Kind::Field => return self.add_header(value),
            Kind::Address => {
                self.ip = text.parse().ok()?;
                return Some(());
            }
            Kind::Number(min, max) => whole(text).filter(|number| (min..=max).contains(number)),
            Kind::Time(_) => milliseconds(text),
            Kind::Choice(words) => words
                .iter()
                .position(|word| *word == text)
                .map(|n| n as u64),
        };
        self.numbers.insert(spec.word, number? as u32);
        Some(())
    }

    fn add_header(&mut self, field: &'a [u8]) -> Option<()> {
        let text: String = field.iter().map(|&byte| char::from(byte)).collect();
        let (name, value) = text.split_once(':')?;
        let delimiter = |c| "\"(),/:;<=>?@[\\]{}".contains(c);
        let is_token =
            !name.is_empty() && name.chars().all(|c| c.is_ascii_graphic() && !delimiter(c));
        let is_text = value.chars().all(|c| c == '\t' || !c.is_ascii_control());
        let own = ["connection", "content-length", "transfer-encoding"];
        let is_own = own.contains(&&*name.to_lowercase());
        let bytes: usize = self.headers.iter().map(|field| field.len() + 2).sum();
        let fits = bytes + field.len() + 2 <= 1536 && self.headers.len() < 16;
        if !is_token || !is_text || is_own || !fits {
            return None;
        }
        self.headers.push(field);
        Some(())
    }
}

/// What is wrong: what was looked at, and the value if that is it.
type Refusal<'a> = (&'a [u8], Option<&'a [u8]>);

pub fn oracle<'a>(
    arguments: &[&'a [u8]],
    port: Option<&'a [u8]>,
) -> Result<Expected<'a>, Refusal<'a>> {
    let mut left = arguments.iter().copied();
    let Some(first) = left.next() else {
        return Err((b"missing MODEL", None));
    };
    let (command, letter) = match first {
        b"iterative" => (Command::Serve(Model::Iterative), 'i'),
        b"fork" => (Command::Serve(Model::Fork), 'f'),
        b"process" => (Command::Serve(Model::Process), 'p'),
        b"prefork" => (Command::Serve(Model::Prefork), 'P'),
        b"thread" => (Command::Serve(Model::Thread), 't'),
        b"epoll" => (Command::Serve(Model::Epoll), 'e'),
        b"probe" => (Command::Probe, '?'),
        b"-h" | b"--help" => (Command::Help, ' '),
        b"-V" | b"--version" => (Command::Version, ' '),
        _ => return Err((b"MODEL", Some(first))),
    };
    let mut expected = Expected {
        command,
        body: None,
        target: b"/",
        headers: Vec::new(),
        ip: IpAddr::V4(Ipv4Addr::UNSPECIFIED),
        numbers: DEFAULTS.into(),
    };
    if letter == ' ' {
        return Ok(expected);
    }
    if letter == 'p' {
        expected.numbers.extend(PROCESS);
    }
    let mut port = port.filter(|port| !port.is_empty());
    while let Some(argument) = left.next() {
        let equals = argument.iter().position(|&byte| byte == b'=');
        let (name, attached) = match equals {
            Some(at) => (&argument[..at], Some(&argument[at + 1..])),
            None => (argument, None),
        };
        if matches!(name, b"-h" | b"--help" | b"-V" | b"--version") {
            if attached.is_some() {
                return Err((name, attached));
            }
            let is_help = matches!(name, b"-h" | b"--help");
            expected.command = if is_help {
                Command::Help
            } else {
                Command::Version
            };
            return Ok(expected);
        }
        let long = if name == b"-v" { b"--verbose" } else { name };
        let of = |spec: &&Spec| spec.word.as_bytes() == long && spec.of.contains(letter);
        let spec = SPECS.iter().find(of).ok_or((name, None))?;
        match (&spec.kind, attached) {
            (Kind::Flag, Some(_)) => return Err((name, attached)),
            (Kind::Flag, None) => {
                expected.numbers.insert(spec.word, 1);
            }
            (Kind::Time(Some(alone)), None) => {
                expected.numbers.insert(spec.word, *alone);
            }
            _ => {
                let value = attached.or_else(|| left.next()).ok_or((name, None))?;
                if spec.word == "--port" {
                    port = None; // the environment's does not matter
                }
                expected.take(spec, value).ok_or((name, Some(value)))?;
            }
        }
    }
    let mut port_from: &[u8] = b"--port";
    if let Some(port) = port {
        port_from = b"PORT";
        let taken = expected.take(&SPECS[1], port);
        taken.ok_or((port_from, Some(port)))?;
    }
    check(expected, port_from)
}

/// What depends on more than one option.
fn check<'a>(mut expected: Expected<'a>, port_from: &'a [u8]) -> Result<Expected<'a>, Refusal<'a>> {
    let others_have_body = expected.number("--every") > 1;
    let has_none = [204, 205, 304].contains(&expected.number("--status"));
    if expected.body.is_some() && has_none && !others_have_body {
        return Err((b"--body", None));
    }
    let counted = expected.number("--reap") < 2;
    if expected.number("--max-children") == 0 {
        expected.numbers.insert("--max-children", 1024);
    } else if !counted {
        return Err((b"--max-children", None));
    }
    if expected.command == Command::Probe && expected.number("--port") == 0 {
        return Err((port_from, None));
    }
    let asks = expected.target != b"/" || !expected.headers.is_empty();
    if expected.number("--connect") == 1 && asks {
        return Err((b"--connect", None));
    }
    Ok(expected)
}

/// Digits and nothing else; more than fit in 64 bits are too many for any option.
fn whole(text: &str) -> Option<u64> {
    text.bytes()
        .all(|byte| byte.is_ascii_digit())
        .then(|| text.parse().ok())?
}

/// Seconds with up to three decimals.
fn milliseconds(text: &str) -> Option<u64> {
    let (seconds, decimals) = text.split_once('.').unwrap_or((text, "0"));
    let short = (1..=3).contains(&decimals.len());
    let seconds = if seconds.is_empty() {
        Some(0)
    } else {
        whole(seconds)
    }?;
    let number =
        seconds.checked_mul(1000)? + short.then(|| whole(&format!("{decimals:0<3}")))??;
    (number <= MOST && text.contains(|c: char| c.is_ascii_digit())).then_some(number)
}
