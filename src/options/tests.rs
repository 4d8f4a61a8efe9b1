//! The command line: what it is taken for.

use super::*;
use crate::text::Text;
use core::net::{IpAddr, Ipv6Addr};
use std::string::{String, ToString};
use std::{format, vec};

mod help;
mod numbers;
mod refusals;

/// The options, or the message of the refusal.
fn parse<'a>(line: &[&'a str]) -> Result<Options<'a>, String> {
    parse_with_port(line, None)
}

fn parse_with_port<'a>(line: &[&'a str], port: Option<&'a str>) -> Result<Options<'a>, String> {
    let arguments = line.iter().map(|argument| argument.as_bytes());
    let mut options = Options::default();
    let parsed = options.parse(arguments, port.map(str::as_bytes));
    parsed.map(|()| options).map_err(|refusal| {
        let text = |bytes| String::from_utf8_lossy(bytes).to_string();
        let value = refusal
            .value
            .map(|value| format!("'{}' is not ", text(value)));
        let hint = match refusal.hint {
            "" => String::new(),
            hint => format!("; did you mean {hint}?"),
        };
        let mut domain = [0; 64];
        let mut domain = Text::new(&mut domain);
        push_domain(&mut domain, refusal.takes);
        let (subject, domain) = (text(refusal.subject), text(domain.into_bytes()));
        let value = value.unwrap_or_default();
        format!("{subject}: {value}{}{domain}{hint}", refusal.reason)
    })
}

/// What this model makes of these options.
fn taken<'a>(model: &'a str, line: &[&'a str]) -> Options<'a> {
    let mut whole = vec![model];
    whole.extend(line);
    parse(&whole).expect("taken")
}

fn fork<'a>(line: &[&'a str]) -> Options<'a> {
    taken("fork", line)
}

fn command(line: &[&str]) -> Result<Command, String> {
    parse(line).map(|options| options.command)
}

#[track_caller]
fn refused(line: &[&str], message: &str) {
    assert_eq!(command(line), Err(message.into()), "{line:?}");
}

#[test]
fn the_first_word_is_what_to_do() {
    for (word, expected) in [
        ("iterative", Command::Serve(Model::Iterative)),
        ("fork", Command::Serve(Model::Fork)),
        ("process", Command::Serve(Model::Process)),
        ("prefork", Command::Serve(Model::Prefork)),
        ("thread", Command::Serve(Model::Thread)),
        ("epoll", Command::Serve(Model::Epoll)),
        ("probe", Command::Probe),
        ("-h", Command::Help),
        ("--help", Command::Help),
        ("-V", Command::Version),
        ("--version", Command::Version),
    ] {
        assert_eq!(command(&[word]), Ok(expected));
    }
    let models = "one of iterative, fork, process, prefork, thread, epoll, probe";
    refused(&[], &format!("missing MODEL: {models}"));
    for word in ["", "x", "FORK", "--port", "servers:", "usage:", "-"] {
        refused(&[word], &format!("MODEL: '{word}' is not {models}"));
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
        "--header=A: b",
        "--header=C:",
        "--backlog=7",
        "--no-reuseaddr",
        "--reuseport",
        "--sleep=1.5",
        "--every=3",
        "--body=blue",
        "--status=503",
        "--keep-alive=2",
        "--exit-after=9",
        "--stop-delay=4",
        "--grace=.25",
        "-v",
        "--max-children=5",
        "--parent-close=never",
        "--reap=before-fork",
        "--on-stop=kill",
    ]);
    let address = SocketAddr::new(IpAddr::V6(Ipv6Addr::LOCALHOST), 80);
    assert_eq!(got.address(), address);
    assert_eq!(got.body, Some(&b"blue"[..]));
    assert_eq!(got.headers(), [&b"A: b"[..], b"C:"]);
    for (name, number) in [
        (Name::Timeout, 3000),
        (Name::Backlog, 7),
        (Name::NoReuseaddr, 1),
        (Name::Reuseport, 1),
        (Name::Sleep, 1500),
        (Name::Every, 3),
        (Name::Status, 503),
        (Name::KeepAlive, 2000),
        (Name::ExitAfter, 9),
        (Name::StopDelay, 4000),
        (Name::Grace, 250),
        (Name::Verbose, 1),
        (Name::MaxChildren, 5),
    ] {
        assert_eq!(got.number(name), number, "{name:?}");
    }
    assert_eq!(got.parent_close(), ParentClose::Never);
    assert_eq!(got.reap(), Reap::BeforeFork);
    assert_eq!(got.on_stop(), OnStop::Kill);
    let workers = taken("prefork", &["--workers=9"]);
    assert_eq!(workers.number(Name::Workers), 9);
    for model in ["thread", "epoll"] {
        let max = taken(model, &["--max-connections=9"]);
        assert_eq!(max.number(Name::MaxConnections), 9, "{model}");
    }
    assert_eq!(taken("probe", &["--target=/health?a"]).target, b"/health?a");
    assert!(taken("probe", &["--connect"]).is_set(Name::Connect));
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
    for value in ["", "a", "signal|before-fork", "sig", "signal|||"] {
        let message = "is not a way (signal|before-fork|ignore|never)";
        refused(
            &["fork", "--reap", value],
            &format!("--reap: '{value}' {message}"),
        );
    }
}

#[test]
fn a_value_may_follow_or_be_attached_and_the_last_counts() {
    for (name, value) in [
        ("--bind", "127.0.0.1"),
        ("--port", "1"),
        ("--header", "A: b"),
        ("--backlog", "1"),
        ("--body", "--port"),
        ("--status", "404"),
        ("--every", "3"),
        ("--exit-after", "3"),
        ("--timeout", "0"),
        ("--stop-delay", "1"),
        ("--grace", "0"),
        ("--max-children", "1"),
        ("--reap", "never"),
    ] {
        let attached = format!("{name}={value}");
        let apart = fork(&[name, value]);
        assert_eq!(apart, fork(&[&attached]), "{name}");
        assert_ne!(apart, fork(&[]), "{name}");
    }
    assert_eq!(fork(&["--body=a=b"]).body, Some(&b"a=b"[..]));
    assert_eq!(fork(&["--port", "1", "--port", "2"]).address().port(), 2);
    assert_eq!(fork(&["--sleep"]).number(Name::Sleep), 1000);
    assert_eq!(fork(&["--keep-alive"]).number(Name::KeepAlive), 15_000);
}

#[test]
fn process_is_a_preset_and_what_follows_overrides_it() {
    let process = parse(&["process"]).expect("taken");
    assert_eq!(process.number(Name::Backlog), 32);
    assert_eq!(process.parent_close(), ParentClose::Late);
    assert_eq!(
        (process.reap(), process.on_stop()),
        (Reap::BeforeFork, OnStop::Kill)
    );
    let other = parse(&["process", "--backlog=1", "--on-stop=drain"]).expect("taken");
    assert_eq!(
        (other.number(Name::Backlog), other.on_stop()),
        (1, OnStop::Drain)
    );
}

#[test]
fn the_environments_port_is_taken_where_the_command_line_says_none() {
    for model in ["fork", "probe"] {
        let port = |line: &[&str], port| {
            let whole = [&[model], line].concat();
            parse_with_port(&whole, port).map(|options| options.address().port())
        };
        assert_eq!(port(&[], None), Ok(9696));
        assert_eq!(port(&[], Some("8080")), Ok(8080));
        assert_eq!(port(&["--port=1"], Some("8080")), Ok(1));
        assert_eq!(port(&[], Some("")), Ok(9696));
        for bad in ["x", "65536"] {
            let message = format!("PORT: '{bad}' is not a port (0 to 65535)");
            assert_eq!(port(&[], Some(bad)), Err(message));
            assert_eq!(port(&["--port=1"], Some(bad)), Ok(1), "nobody needs it");
        }
    }
    let help = parse_with_port(&["--help"], Some("x")).map(|options| options.command);
    assert_eq!(help, Ok(Command::Help), "the help says what a port is");
}
