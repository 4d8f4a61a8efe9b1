//! The command line, its numbers against slower oracles, and the help.

use super::help::LINES;
use super::*;
use core::net::IpAddr;
use std::string::{String, ToString};
use std::vec::Vec;
use std::{format, vec};

/// The options, or the message of the refusal.
fn parse<'a>(line: &[&'a str]) -> Result<Options<'a>, String> {
    let mut options = DEFAULTS.clone();
    match options.parse(line.iter().map(|argument| argument.as_bytes())) {
        Ok(()) => Ok(options),
        Err(reason) => {
            let text = |bytes| String::from_utf8_lossy(bytes).to_string();
            let value = options
                .value
                .map(|value| format!("'{}' is not ", text(value)));
            let value = value.unwrap_or_default();
            Err(format!(
                "{}: {value}{}",
                text(options.subject),
                text(reason)
            ))
        }
    }
}

fn fork<'a>(line: &[&'a str]) -> Options<'a> {
    let mut whole = vec!["fork"];
    whole.extend(line);
    parse(&whole).expect("taken")
}

fn command(line: &[&str]) -> Result<Command, String> {
    parse(line).map(|options| options.command)
}

#[test]
fn the_first_word_is_what_to_do() {
    for (word, expected) in [
        ("iterative", Command::Serve(Model::Iterative)),
        ("fork", Command::Serve(Model::Fork)),
        ("process", Command::Serve(Model::Process)),
        ("probe", Command::Probe),
        ("-h", Command::Help),
        ("--help", Command::Help),
        ("-V", Command::Version),
        ("--version", Command::Version),
    ] {
        assert_eq!(command(&[word]), Ok(expected));
    }
    assert_eq!(
        command(&[]),
        Err("MODEL: missing (iterative, fork, process, probe)".into())
    );
    for word in [
        "", "x", "forks", "for", "Fork", "--port", "servers:", "usage:", " fork", "-",
    ] {
        let message = "is not a model (iterative, fork, process, probe)";
        assert_eq!(command(&[word]), Err(format!("MODEL: '{word}' {message}")));
    }
}

#[test]
fn help_and_version_end_the_parsing() {
    assert_eq!(command(&["fork", "--help", "--no-such"]), Ok(Command::Help));
    assert_eq!(command(&["probe", "-V", "--no-such"]), Ok(Command::Version));
    assert_eq!(command(&["--help", "fork"]), Ok(Command::Help));
}

#[test]
fn every_option_lands_in_its_place() {
    let got = fork(&[
        "--bind=::1",
        "--port=80",
        "--timeout=3",
        "--backlog=7",
        "--no-reuseaddr",
        "--sleep=1.5",
        "--body=blue",
        "--status=503",
        "--exit-after=9",
        "--grace=.25",
        "-v",
        "--max-children=5",
        "--parent-close=never",
        "--reap=before-fork",
        "--on-stop=kill",
    ]);
    assert!(got.address.is_v6());
    assert_eq!(got.address.text(), b"::1");
    assert_eq!(got.address.port(), 80);
    assert_eq!(got.body, Some(&b"blue"[..]));
    let numbers = [
        (Word::Timeout, 3000),
        (Word::Backlog, 7),
        (Word::NoReuseaddr, 1),
        (Word::Sleep, 1500),
        (Word::Status, 503),
        (Word::ExitAfter, 9),
        (Word::Grace, 250),
        (Word::Verbose, 1),
        (Word::MaxChildren, 5),
    ];
    for (word, number) in numbers {
        assert_eq!(got.number(word), number, "{word:?}");
    }
    assert_eq!(got.parent_close(), ParentClose::Never);
    assert_eq!(got.reap(), Reap::BeforeFork);
    assert_eq!(got.on_stop(), OnStop::Kill);
}

#[test]
fn choices_are_what_they_are_called() {
    use crate::model::fork::ParentClose::{Late, Never, Now};
    for (value, expected) in [("now", Now), ("late", Late), ("never", Never)] {
        assert_eq!(fork(&["--parent-close", value]).parent_close(), expected);
    }
    for (value, expected) in [
        ("signal", Reap::Signal),
        ("before-fork", Reap::BeforeFork),
        ("ignore", Reap::Ignore),
        ("never", Reap::Never),
    ] {
        assert_eq!(fork(&["--reap", value]).reap(), expected);
    }
    for (value, expected) in [("drain", OnStop::Drain), ("kill", OnStop::Kill)] {
        assert_eq!(fork(&["--on-stop", value]).on_stop(), expected);
    }
    for value in ["", "a", "signal|before-fork", "sig", "signals", "signal|"] {
        let message = "is not a way (signal|before-fork|ignore|never)";
        assert_eq!(
            command(&["fork", "--reap", value]),
            Err(format!("--reap: '{value}' {message}"))
        );
    }
}

#[test]
fn a_value_may_follow_or_be_attached_and_the_last_counts() {
    for (name, value) in [
        ("--bind", "127.0.0.1"),
        ("--port", "1"),
        ("--backlog", "1"),
        ("--body", "--port"),
        ("--status", "404"),
        ("--exit-after", "3"),
        ("--timeout", "0"),
        ("--grace", "0"),
        ("--max-children", "1"),
        ("--reap", "never"),
    ] {
        let attached = format!("{name}={value}");
        let forget = |mut options: Options<'static>| {
            (options.subject, options.value) = (b"", None);
            options
        };
        let leak = |text: &str| -> &'static str { String::leak(text.to_string()) };
        let apart = forget(fork(&[leak(name), leak(value)]));
        assert_eq!(apart, forget(fork(&[leak(&attached)])), "{name}");
        assert_ne!(apart, forget(fork(&[])), "{name}");
    }
    assert_eq!(fork(&["--body=a=b"]).body, Some(&b"a=b"[..]));
    assert_eq!(fork(&["--sleep"]).number(Word::Sleep), 1000);
    assert_eq!(fork(&["--port", "1", "--port", "2"]).address.port(), 2);
    assert_eq!(
        command(&["fork", "--sleep", "2"]),
        Err("2: no option of this model".into())
    );
}

#[test]
fn process_is_a_preset_and_what_follows_overrides_it() {
    let process = parse(&["process"]).expect("taken");
    assert_eq!(process.number(Word::Backlog), 32);
    assert_eq!(process.parent_close(), ParentClose::Late);
    assert_eq!(
        (process.reap(), process.on_stop()),
        (Reap::BeforeFork, OnStop::Kill)
    );
    let other = parse(&["process", "--backlog=1", "--on-stop=drain"]).expect("taken");
    assert_eq!(
        (other.number(Word::Backlog), other.on_stop()),
        (1, OnStop::Drain)
    );
}

#[test]
fn contradictions_are_refused() {
    for (line, message) in [
        (
            &["iterative", "--reap", "never"][..],
            "--reap: no option of this model",
        ),
        (
            &["iterative", "--max-children=3"],
            "--max-children: no option of this model",
        ),
        (&["probe", "--body", "x"], "--body: no option of this model"),
        (&["fork", "fork"], "fork: no option of this model"),
        (&["fork", "--frob=1"], "--frob: no option of this model"),
        (
            &["fork", "--max-children=3", "--reap=never"],
            "--max-children: needs --reap signal or before-fork",
        ),
        (
            &["fork", "--reap=ignore", "--max-children=3"],
            "--max-children: needs --reap signal or before-fork",
        ),
        (
            &["fork", "--body=x", "--status=204"],
            "--body: status 204, 205 and 304 have none",
        ),
        (
            &["fork", "--verbose=1"],
            "--verbose: '1' is not wanted: it takes no value",
        ),
        (
            &["fork", "--help="],
            "--help: '' is not wanted: it takes no value",
        ),
        (&["fork", "--port"], "--port: needs a value"),
    ] {
        assert_eq!(command(line), Err(message.into()));
    }
}

#[test]
fn what_the_help_says_beside_a_name_is_no_name() {
    for word in [
        "--port N",
        "    --port",
        "-v, --verbose",
        "--sleep[",
        "--sleep[=SECONDS]",
    ] {
        let message = format!("{word}: no option of this model");
        let message = message.replace("[=SECONDS]", "["); // cut at its =
        assert_eq!(command(&["fork", word]), Err(message));
    }
    assert!(command(&["fork          a child"]).is_err());
}

#[test]
fn the_default_of_max_children_is_there_where_children_are_counted() {
    for (reap, max) in [
        ("signal", 1024),
        ("before-fork", 1024),
        ("ignore", u32::MAX),
    ] {
        assert_eq!(fork(&["--reap", reap]).number(Word::MaxChildren), max);
    }
}

#[test]
fn the_help_names_every_word_and_its_default() {
    let lines: Vec<&str> = HELP.lines().collect();
    assert_eq!(lines.len(), LINES.len());
    let options = fork(&[]);
    for (line, word) in lines
        .iter()
        .zip(LINES)
        .filter(|(_, word)| *word != Word::None)
    {
        let column = if word <= Word::Probe { 16 } else { COLUMN };
        let (names, text) = line.split_at(line.len().min(column));
        let names = names.split([',', ' ', '[']).filter(|name| !name.is_empty());
        let names: Vec<&str> = names
            .filter(|name| name.starts_with('-') || word <= Word::Probe)
            .collect();
        let long = *names.last().expect("a name");
        let spelled = long.replace('-', "");
        assert_eq!(spelled, format!("{word:?}").to_lowercase());
        for name in names {
            assert_eq!(find(name.as_bytes()).0, word, "{name}");
        }
        // `[9696]`, or `[0; alone: 1]`
        let stated = text
            .rsplit_once('[')
            .map(|(_, default)| default.trim_end_matches(']'));
        let stated = stated.map(|default| default.split(';').next().expect("one"));
        match (word, stated) {
            (Word::Bind, Some(default)) => assert_eq!(options.address.text(), default.as_bytes()),
            (Word::Body, default) => assert_eq!(default, Some("A")),
            (Word::ParentClose | Word::Reap | Word::OnStop, Some(default)) => {
                assert_eq!(options.number(word), fork(&[long, default]).number(word));
            }
            (Word::Sleep | Word::Timeout | Word::Grace, Some(default)) => {
                let seconds: u32 = default.parse().expect("seconds");
                assert_eq!(options.number(word), seconds * 1000);
            }
            (_, Some(default)) => assert_eq!(options.number(word).to_string(), default),
            (_, None) => assert_eq!(options.number(word), 0, "{word:?}"),
        }
    }
}

#[test]
fn numbers_agree_with_core() {
    // Around every limit and every change of length, and all up to 100,000.
    let mut numbers: Vec<i128> = (-10..100_000).collect();
    let powers = (0..=20)
        .map(|n| 10_i128.pow(n))
        .chain((0..=64).map(|n| 1 << n));
    for power in powers {
        numbers.extend(power - 2..=power + 2);
    }
    for number in numbers {
        let text = number.to_string();
        for (range, min, max) in [
            (&b"0 to 65535"[..], 0, 65535),
            (b"200 to 599", 200, 599),
            (b"1 to 4294967295", 1, u32::MAX),
        ] {
            let oracle = text.parse().ok().filter(|n| (min..=max).contains(n));
            assert_eq!(in_range(range, text.as_bytes(), 1), oracle, "{text}");
        }
    }
    for text in [
        "", "+1", "-1", " 1", "1 ", "0x1", "1e3", "1_0", "1.", "1.0", ".", "\u{661}",
    ] {
        assert_eq!(
            in_range(b"0 to 65535", text.as_bytes(), 1),
            None,
            "{text:?}"
        );
    }
}

#[test]
fn seconds_agree_with_exact_arithmetic() {
    for whole in ["", "0", "1", "59", "4294966", "4294967", "4294968", "x"] {
        for decimals in ["", "0", "5", "05", "250", "999", "001", "1234", "-1", "1.1"] {
            let text = format!("{whole}.{decimals}");
            let seconds = if whole.is_empty() {
                Some(0)
            } else {
                whole.parse::<u64>().ok()
            };
            let fits = !decimals.is_empty() && decimals.len() <= 3;
            let milliseconds = fits
                .then(|| format!("{decimals:0<3}").parse::<u64>().ok())
                .flatten();
            let oracle = seconds.zip(milliseconds).map(|(s, ms)| s * 1000 + ms);
            let oracle = oracle.filter(|&ms| ms <= 4_294_967_295).map(|ms| ms as u32);
            assert_eq!(
                in_range(b"0 to 4294967.295", text.as_bytes(), 1000),
                oracle,
                "{text}"
            );
        }
        let oracle = whole
            .parse::<u32>()
            .ok()
            .filter(|&s| s <= 4_294_967)
            .map(|s| s * 1000);
        assert_eq!(
            in_range(b"0 to 4294967.295", whole.as_bytes(), 1000),
            oracle,
            "{whole}"
        );
    }
}

#[test]
fn an_address_lands_whole() {
    let address = fork(&["--bind", "1::2", "--bind", "0102:304::", "--port", "1"]).address;
    let expected: IpAddr = "102:304::".parse().expect("an address");
    assert_eq!(address.text(), b"0102:304::");
    assert!(expected.is_ipv6() && address.is_v6());
}
