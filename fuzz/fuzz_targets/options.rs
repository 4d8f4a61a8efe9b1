//! The command line, against a table of its options and std's parsers. An
//! argument a line.
#![no_main]

use acceptd::model::Model;
use acceptd::options::{Command, DEFAULTS, Word};
use libfuzzer_sys::fuzz_target;
use std::collections::HashMap;
use std::net::IpAddr;

fuzz_target!(|input: &[u8]| {
    let arguments: Vec<&[u8]> = input.split(|&byte| byte == b'\n').collect();
    let mut options = DEFAULTS.clone();
    let taken = options.parse(arguments.iter().copied());
    match (taken, oracle(&arguments)) {
        (Ok(()), Ok(expected)) => {
            assert_eq!(options.command, expected.command);
            if matches!(options.command, Command::Help | Command::Version) {
                return; // the rest is of no account
            }
            assert_eq!(options.body, expected.body);
            assert_eq!(options.address.text(), expected.bind);
            assert_eq!(
                u32::from(options.address.port()),
                expected.number(Word::Port)
            );
            for spec in SPECS
                .iter()
                .filter(|spec| !matches!(spec.kind, Kind::Address | Kind::Text))
            {
                assert_eq!(
                    options.number(spec.word),
                    expected.number(spec.word),
                    "{}",
                    spec.name
                );
            }
        }
        (Err(_), Err((subject, value))) => {
            let lossy = String::from_utf8_lossy;
            assert_eq!(lossy(options.subject), lossy(subject));
            assert_eq!(options.value.map(lossy), value.map(lossy));
        }
        (taken, expected) => panic!("{taken:?}, expected {:?}", expected.map(|_| ())),
    }
});

/// What a value may be.
enum Kind {
    Flag,
    Address,
    Text,
    Number(u64, u64),
    /// Seconds, kept as milliseconds.
    Time,
    Choice(&'static [&'static str]),
}

struct Spec {
    name: &'static str,
    word: Word,
    kind: Kind,
    /// Which commands have it, by their first letter.
    of: &'static str,
}

const fn spec(name: &'static str, word: Word, of: &'static str, kind: Kind) -> Spec {
    Spec {
        name,
        word,
        kind,
        of,
    }
}

const SPECS: &[Spec] = &[
    spec("--bind", Word::Bind, "ifp?", Kind::Address),
    spec("--port", Word::Port, "ifp?", Kind::Number(0, 65535)),
    spec("--timeout", Word::Timeout, "ifp?", Kind::Time),
    spec(
        "--backlog",
        Word::Backlog,
        "ifp",
        Kind::Number(0, 2_147_483_647),
    ),
    spec("--no-reuseaddr", Word::NoReuseaddr, "ifp", Kind::Flag),
    spec("--sleep", Word::Sleep, "ifp", Kind::Time),
    spec("--body", Word::Body, "ifp", Kind::Text),
    spec("--status", Word::Status, "ifp", Kind::Number(200, 599)),
    spec(
        "--exit-after",
        Word::ExitAfter,
        "ifp",
        Kind::Number(1, 4_294_967_295),
    ),
    spec("--grace", Word::Grace, "ifp", Kind::Time),
    spec("--verbose", Word::Verbose, "ifp", Kind::Flag),
    spec(
        "--max-children",
        Word::MaxChildren,
        "fp",
        Kind::Number(1, 4_294_967_295),
    ),
    spec(
        "--parent-close",
        Word::ParentClose,
        "fp",
        Kind::Choice(&["now", "late", "never"]),
    ),
    spec(
        "--reap",
        Word::Reap,
        "fp",
        Kind::Choice(&["signal", "before-fork", "ignore", "never"]),
    ),
    spec(
        "--on-stop",
        Word::OnStop,
        "fp",
        Kind::Choice(&["drain", "kill"]),
    ),
];

struct Expected<'a> {
    command: Command,
    body: Option<&'a [u8]>,
    bind: &'a [u8],
    numbers: HashMap<&'static str, u32>,
}

impl Expected<'_> {
    fn number(&self, word: Word) -> u32 {
        let spec = SPECS
            .iter()
            .find(|spec| spec.word == word)
            .expect("in the table");
        self.numbers.get(spec.name).copied().unwrap_or_default()
    }
}

/// What is wrong: what was looked at, and the value if that is it.
type Refusal<'a> = (&'a [u8], Option<&'a [u8]>);

fn oracle<'a>(arguments: &[&'a [u8]]) -> Result<Expected<'a>, Refusal<'a>> {
    let mut left = arguments.iter().copied();
    let first = left.next().expect("split gives one");
    let (command, letter) = match first {
        b"iterative" => (Command::Serve(Model::Iterative), 'i'),
        b"fork" => (Command::Serve(Model::Fork), 'f'),
        b"process" => (Command::Serve(Model::Process), 'p'),
        b"probe" => (Command::Probe, '?'),
        b"-h" | b"--help" => (Command::Help, ' '),
        b"-V" | b"--version" => (Command::Version, ' '),
        _ => return Err((b"MODEL", Some(first))),
    };
    let defaults = [
        ("--port", 9696),
        ("--timeout", 10_000),
        ("--backlog", 4096),
        ("--status", 200),
        ("--grace", 5000),
    ];
    let mut expected = Expected {
        command,
        body: None,
        bind: b"0.0.0.0",
        numbers: defaults.into(),
    };
    if letter == ' ' {
        return Ok(expected);
    }
    if letter == 'p' {
        let process = [
            ("--backlog", 32),
            ("--parent-close", 1),
            ("--reap", 1),
            ("--on-stop", 1),
        ];
        expected.numbers.extend(process);
    }
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
            let help = name.ends_with(b"h") || name.ends_with(b"help");
            expected.command = if help {
                Command::Help
            } else {
                Command::Version
            };
            return Ok(expected);
        }
        let long = if name == b"-v" { b"--verbose" } else { name };
        let known = SPECS
            .iter()
            .find(|spec| spec.name.as_bytes() == long && spec.of.contains(letter));
        let Some(spec) = known else {
            return Err((name, None));
        };
        if matches!(spec.kind, Kind::Flag) {
            if attached.is_some() {
                return Err((name, attached));
            }
            expected.numbers.insert(spec.name, 1);
            continue;
        }
        let alone = if spec.name == "--sleep" {
            Some(&b"1"[..])
        } else {
            None
        };
        let value = attached
            .or(alone)
            .or_else(|| left.next())
            .ok_or((name, None))?;
        let text = std::str::from_utf8(value).unwrap_or("?");
        let number = match spec.kind {
            Kind::Flag => unreachable!("done above"),
            Kind::Text => {
                expected.body = Some(value);
                continue;
            }
            Kind::Address => {
                text.parse::<IpAddr>().map_err(|_| (name, Some(value)))?;
                expected.bind = value;
                continue;
            }
            Kind::Number(min, max) => whole(text).filter(|number| (min..=max).contains(number)),
            Kind::Time => milliseconds(text),
            Kind::Choice(words) => words
                .iter()
                .position(|word| *word == text)
                .map(|n| n as u64),
        };
        expected
            .numbers
            .insert(spec.name, number.ok_or((name, Some(value)))? as u32);
    }
    if expected.body.is_some() && [204, 205, 304].contains(&expected.number(Word::Status)) {
        return Err((b"--body", None));
    }
    let counted = expected.number(Word::Reap) < 2;
    if expected.number(Word::MaxChildren) == 0 {
        expected
            .numbers
            .insert("--max-children", if counted { 1024 } else { u32::MAX });
    } else if !counted {
        return Err((b"--max-children", None));
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
    (number <= 4_294_967_000 && text.contains(|c: char| c.is_ascii_digit())).then_some(number)
}
