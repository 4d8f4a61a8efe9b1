//! Every refusal: its message, its status. Help and version.

use crate::server::BINARY;
use std::process::{Command, Output, Stdio};

pub fn run(arguments: &[&str]) -> Output {
    Command::new(BINARY)
        .args(arguments)
        .stdin(Stdio::null())
        .output()
        .expect("acceptd runs")
}

#[track_caller]
fn refused(arguments: &[&str], message: &str) {
    let output = run(arguments);
    let expected = format!("acceptd: {message}\nacceptd: try 'acceptd --help'\n");
    assert_eq!(String::from_utf8_lossy(&output.stderr), expected);
    assert_eq!(output.stdout, b"");
    assert_eq!(output.status.code(), Some(2));
}

const MODELS: &str = "a model (iterative, fork, process, probe)";

#[test]
fn models() {
    refused(&[], "MODEL: missing (iterative, fork, process, probe)");
    for word in ["", "forks", "--port", "--reap", "bind"] {
        refused(&[word], &format!("MODEL: '{word}' is not {MODELS}"));
    }
}

/// Unknown ones, another model's, and words that are none.
#[test]
fn options_of_no_or_another_model() {
    for (model, foreign) in [
        ("fork", vec!["--frob", "-p", "--", "-", "iterative", "2"]),
        (
            "iterative",
            vec!["--max-children", "--parent-close", "--reap", "--on-stop"],
        ),
        (
            "probe",
            vec!["--sleep", "--backlog", "--grace", "-v", "--reap"],
        ),
    ] {
        for option in foreign {
            let message = format!("{option}: no option of this model");
            refused(&[model, option], &message);
            refused(&[model, option, "1"], &message);
            refused(&[model, &format!("{option}=1")], &message);
        }
    }
}

/// What each option's value must be, and what it therefore is not.
const DOMAINS: [(&str, &str, &[&str]); 11] = [
    (
        "--bind",
        "an address (IPv4 or IPv6)",
        &["", "localhost", "1.2.3", "[::1]", "::1::"],
    ),
    (
        "--port",
        "a port (0 to 65535)",
        &["", "x", "-1", "65536", "1.0"],
    ),
    (
        "--backlog",
        "a length (0 to 2147483647)",
        &["", "-1", "2147483648", "99999999999999999999"],
    ),
    (
        "--sleep",
        "a time (0 to 4294967.295)",
        &["", ".", "-1", "1s", "4294968"],
    ),
    (
        "--timeout",
        "a time (0 to 4294967.295)",
        &["", "x", "4294968"],
    ),
    (
        "--grace",
        "a time (0 to 4294967.295)",
        &["", "x", "4294968"],
    ),
    (
        "--status",
        "a final status (200 to 599)",
        &["", "100", "199", "600", "OK"],
    ),
    (
        "--exit-after",
        "a count (1 to 4294967295)",
        &["", "0", "-1", "4294967296"],
    ),
    (
        "--max-children",
        "a count (1 to 4294967295)",
        &["", "0", "-1", "4294967296"],
    ),
    (
        "--parent-close",
        "a way (now|late|never)",
        &["", "no", "later", "now|late"],
    ),
    (
        "--reap",
        "a way (signal|before-fork|ignore|never)",
        &["", "before", "never|", "Ignore"],
    ),
];

#[test]
fn values() {
    for (name, what, values) in DOMAINS {
        for value in values {
            let message = format!("{name}: '{value}' is not {what}");
            refused(&["fork", &format!("{name}={value}")], &message);
        }
        if name != "--sleep" {
            refused(&["fork", name], &format!("{name}: needs a value"));
        }
    }
    refused(
        &["process", "--on-stop=die"],
        "--on-stop: 'die' is not a way (drain|kill)",
    );
    refused(&["fork", "--body"], "--body: needs a value");
    for name in [
        "--verbose",
        "-v",
        "--help",
        "-h",
        "--version",
        "-V",
        "--no-reuseaddr",
    ] {
        let message = format!("{name}: 'x' is not wanted: it takes no value");
        refused(&["fork", &format!("{name}=x")], &message);
    }
}

#[test]
fn contradictions() {
    let uncounted = "--max-children: needs --reap signal or before-fork";
    for reap in ["--reap=ignore", "--reap=never"] {
        for model in ["fork", "process"] {
            refused(&[model, "--max-children=5", reap], uncounted);
            refused(&[model, reap, "--max-children", "5"], uncounted);
        }
    }
    let no_body = "--body: status 204, 205 and 304 have none";
    refused(&["fork", "--status", "204", "--body", "x"], no_body);
}

#[test]
fn a_message_repeats_no_control_character_and_no_endless_value() {
    refused(
        &["fork", "--port", "\x1b[2J"],
        "--port: '?[2J' is not a port (0 to 65535)",
    );
    let message = format!("--port: '{}...' is not a port (0 to 65535)", "9".repeat(64));
    refused(&["fork", "--port", &"9".repeat(5000)], &message);
}

#[test]
fn help_and_version_go_to_stdout() {
    for option in ["-h", "--help"] {
        let output = run(&[option]);
        assert!(
            output
                .stdout
                .starts_with(b"usage: acceptd MODEL [OPTIONS]\n")
        );
        assert_eq!((output.stderr, output.status.code()), (Vec::new(), Some(0)));
    }
    for option in ["-V", "--version"] {
        let output = run(&[option]);
        let version = format!("acceptd {}\n", env!("CARGO_PKG_VERSION"));
        assert_eq!(String::from_utf8_lossy(&output.stdout), version);
        assert_eq!((output.stderr, output.status.code()), (Vec::new(), Some(0)));
    }
    let full = Command::new("sh")
        .args(["-c", "\"$0\" --help >/dev/full", BINARY])
        .output();
    let full = full.expect("sh");
    let message = "acceptd: write: ENOSPC: no space left on device\n";
    assert_eq!(String::from_utf8_lossy(&full.stderr), message);
    assert_eq!(full.status.code(), Some(1));
}
