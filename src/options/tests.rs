//! The command line, and its numbers and addresses against slower oracles.

use super::*;
use std::string::{String, ToString};
use std::vec::Vec;
use std::{format, vec};

fn parse<'a>(line: &[&'a str]) -> Result<(Command, Options<'a>), String> {
    let mut options = DEFAULTS.clone();
    let arguments = line.iter().map(|argument| argument.as_bytes());
    match options.parse(arguments) {
        Ok(command) => Ok((command, options)),
        Err(refusal) => Err(format!(
            "{}: {}{}",
            String::from_utf8_lossy(refusal.subject),
            refusal
                .value
                .map(|v| format!("'{}' ", String::from_utf8_lossy(v)))
                .unwrap_or_default(),
            refusal.reason
        )),
    }
}

fn options<'a>(line: &[&'a str]) -> Options<'a> {
    let mut whole = vec!["fork"];
    whole.extend(line);
    parse(&whole).expect("taken").1
}

#[test]
fn without_options_the_defaults_hold() {
    assert_eq!(
        parse(&["fork"]),
        Ok((Command::Serve(Model::Fork), DEFAULTS))
    );
    assert_eq!(
        parse(&["iterative"]),
        Ok((Command::Serve(Model::Iterative), DEFAULTS))
    );
}

#[test]
fn every_option_lands_in_its_field() {
    let got = options(&[
        "--bind",
        "::1",
        "--port=80",
        "--backlog",
        "7",
        "--sleep=1.5",
        "--body",
        "blue",
        "--status",
        "503",
        "--exit-after",
        "9",
        "-v",
    ]);
    let want = Options {
        bind: b"::1",
        ip: IpAddr::V6(core::net::Ipv6Addr::LOCALHOST),
        port: 80,
        backlog: 7,
        sleep: Duration::from_millis(1500),
        body: Some(b"blue"),
        status: 503,
        exit_after: 9,
        verbose: true,
    };
    assert_eq!(got, want);
}

#[test]
fn a_value_may_follow_or_be_attached() {
    for (name, value) in [
        ("--bind", "127.0.0.1"),
        ("--port", "1"),
        ("--backlog", "1"),
        ("--body", "--port"),
        ("--status", "404"),
        ("--exit-after", "3"),
    ] {
        let attached = format!("{name}={value}");
        assert_eq!(options(&[name, value]), options(&[&attached]), "{name}");
        assert_ne!(options(&[name, value]), DEFAULTS, "{name}");
    }
    assert_eq!(options(&["--body=a=b"]).body, Some(&b"a=b"[..]));
    assert_eq!(options(&["--sleep"]).sleep, Duration::from_secs(1));
    assert_eq!(
        parse(&["fork", "--sleep", "2"]),
        Err("MODEL: '2' is one too many".to_string())
    );
}

#[test]
fn the_last_of_two_counts_and_the_order_does_not() {
    assert_eq!(options(&["--port", "1", "--port", "2"]).port, 2);
    assert_eq!(
        parse(&["--port", "5", "fork"]),
        parse(&["fork", "--port", "5"])
    );
}

#[test]
fn help_and_version_end_the_parsing() {
    for (argument, command) in [
        ("-h", Command::Help),
        ("--help", Command::Help),
        ("-V", Command::Version),
        ("--version", Command::Version),
    ] {
        assert_eq!(
            parse(&[argument, "--no-such"]).map(|(command, _)| command),
            Ok(command)
        );
    }
    for (name, _) in NAMES {
        assert!(
            HELP.contains(core::str::from_utf8(name).unwrap()),
            "in the help: {name:?}"
        );
    }
}

#[test]
fn numbers_agree_with_core() {
    // Around every limit and every change of length, and all up to 100,000.
    let mut numbers: Vec<i128> = (-10..100_000).collect();
    for power in (0..=20)
        .map(|n| 10_i128.pow(n))
        .chain((0..=64).map(|n| 1 << n))
    {
        numbers.extend(power - 2..=power + 2);
    }
    for number in numbers {
        let text = number.to_string();
        let oracle = text.parse::<u64>().ok().filter(|_| text.len() <= 19);
        assert_eq!(parse_number(text.as_bytes()), oracle, "{text}");
        for (min, max) in [(0, 65535), (200, 599), (1, u32::MAX.into())] {
            let oracle = oracle.filter(|n| (min..=max).contains(n));
            assert_eq!(super::number(text.as_bytes(), min, max), oracle, "{text}");
        }
    }
    for text in ["", "+1", "-1", " 1", "1 ", "0x1", "1e3", "1_0", "\u{661}"] {
        assert_eq!(parse_number(text.as_bytes()), None, "{text:?}");
    }
}

#[test]
fn seconds_agree_with_exact_arithmetic() {
    for whole in ["", "0", "1", "59", "4294967295", "4294967296", "x"] {
        for decimals in [
            "",
            "0",
            "5",
            "05",
            "250",
            "999999999",
            "000000001",
            "1234567890",
            "-1",
        ] {
            let text = format!("{whole}.{decimals}");
            let seconds = if whole.is_empty() {
                Some(0)
            } else {
                whole.parse::<u32>().ok()
            };
            let fits = !decimals.is_empty() && decimals.len() <= 9;
            let nanoseconds = fits
                .then(|| format!("{decimals:0<9}").parse::<u32>().ok())
                .flatten();
            let oracle = seconds
                .zip(nanoseconds)
                .map(|(s, n)| Duration::new(s.into(), n));
            assert_eq!(parse_seconds(text.as_bytes()), oracle, "{text}");
        }
        let oracle = whole
            .parse::<u32>()
            .ok()
            .map(|s| Duration::from_secs(s.into()));
        assert_eq!(parse_seconds(whole.as_bytes()), oracle, "{whole}");
    }
}

#[test]
fn addresses_agree_with_core() {
    // Every text of up to seven of these characters: all places where colons,
    // dots and digits can meet. Longer texts are put together from pieces.
    fn agree(text: &[u8]) {
        let oracle = core::str::from_utf8(text)
            .ok()
            .and_then(|text| text.parse().ok());
        assert_eq!(
            parse_address(text),
            oracle,
            "{}",
            String::from_utf8_lossy(text)
        );
    }
    fn each(text: &mut Vec<u8>, left: usize, check: &mut impl FnMut(&[u8])) {
        check(text);
        if left > 0 {
            for &byte in b":.0f9g" {
                text.push(byte);
                each(text, left - 1, check);
                text.pop();
            }
        }
    }
    let mut checked = 0;
    each(&mut Vec::new(), 7, &mut |text| {
        agree(text);
        checked += 1;
    });
    assert_eq!(checked, (6_usize.pow(8) - 1) / 5);

    let pieces = [
        "", "1", "01", "0", "255", "256", "ffff", "12345", "1.2.3.4", "g",
    ];
    let mut state = 1_u64; // a fixed seed: the same texts every time
    let mut random = move |n: usize| {
        state = state
            .wrapping_mul(6364136223846793005)
            .wrapping_add(1442695040888963407);
        (state >> 33) as usize % n
    };
    let mut valid = 0;
    for _ in 0..300_000 {
        let separator = if random(4) == 0 { "." } else { ":" };
        let mut text = String::new();
        for _ in 0..1 + random(9) {
            if !text.is_empty() {
                text += separator;
            }
            text += if random(6) == 0 {
                pieces[random(pieces.len())]
            } else {
                ["1", "ab"][random(2)]
            };
        }
        agree(text.as_bytes());
        valid += usize::from(parse_address(text.as_bytes()).is_some());
    }
    assert!(valid > 1000, "{valid} of the texts were addresses");
}
