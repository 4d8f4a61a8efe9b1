//! The words of a command line: which are refused, with which message and status. Help and
//! version.

use crate::proc::output;
use crate::server::BINARY;
use std::process::{Command, Output, Stdio};

/// Runs acceptd to its end.
pub fn run(arguments: &[&str]) -> Output {
    let mut acceptd = Command::new(BINARY);
    output(
        acceptd
            .args(arguments)
            .env_remove("PORT")
            .stdin(Stdio::null()),
    )
}

/// This command line is refused with status 2 and this message.
#[track_caller]
pub fn refused(arguments: &[&str], message: &str) {
    let output = run(arguments);
    let expected = format!("acceptd: {message}\nacceptd: try 'acceptd --help'\n");
    assert_eq!(String::from_utf8_lossy(&output.stderr), expected);
    assert_eq!(output.stdout, b"");
    assert_eq!(output.status.code(), Some(2));
}

const MODELS: &str = "one of iterative, fork, process, prefork, thread, epoll, probe";

#[test]
fn models() {
    refused(&[], &format!("missing MODEL: {MODELS}"));
    for word in ["", "--port", "--reap", "bind"] {
        refused(&[word], &format!("MODEL: '{word}' is not {MODELS}"));
    }
    for (word, meant) in [
        ("forks", "fork"),
        ("iteratve", "iterative"),
        ("prob", "probe"),
    ] {
        let message = format!("MODEL: '{word}' is not {MODELS}; did you mean {meant}?");
        refused(&[word], &message);
    }
}

/// Options that nobody has, options of another model, and words that are no options.
#[test]
fn options_of_no_or_another_model() {
    for (model, foreign) in [
        (
            "fork",
            vec![
                "--frob",
                "-x",
                "--",
                "-",
                "iterative",
                "2",
                "--workers",
                "--target",
            ],
        ),
        (
            "iterative",
            vec![
                "--max-children",
                "--parent-close",
                "--reap",
                "--on-stop",
                "--workers",
            ],
        ),
        (
            "prefork",
            vec!["--max-children", "--max-connections", "--reap"],
        ),
        ("thread", vec!["--max-children", "--workers", "--connect"]),
        ("epoll", vec!["--max-children", "--workers", "--on-stop"]),
        (
            "probe",
            vec![
                "--sleep",
                "--backlog",
                "--grace",
                "-v",
                "--reap",
                "--keep-alive",
            ],
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

#[test]
fn contradictions() {
    let uncounted = "--max-children: needs --reap signal or before-fork";
    for reap in ["--reap=ignore", "--reap=never"] {
        for model in ["fork", "process"] {
            refused(&[model, "--max-children=5", reap], uncounted);
            refused(&[model, reap, "--max-children", "5"], uncounted);
        }
    }
    let asks = "--connect: asks for nothing: without --target and --header";
    refused(&["probe", "--connect", "--target=/health"], asks);
    let no_body = "--body: status 204, 205 and 304 have none";
    refused(&["fork", "--status", "204", "--body", "x"], no_body);
}

/// The two options that take only `=`, and misspelled ones.
#[test]
fn near_misses_get_a_hint() {
    for (line, hint) in [
        (
            ["fork", "--sleep", "3"],
            "3: no option of this model; did you mean --sleep=SECONDS?",
        ),
        (
            ["epoll", "--keep-alive", "3"],
            "3: no option of this model; did you mean --keep-alive=SECONDS?",
        ),
        (
            ["fork", "--prot", "3"],
            "--prot: no option of this model; did you mean --port?",
        ),
        (
            ["fork", "--header:", "A: b"],
            "--header:: no option of this model; did you mean --header?",
        ),
    ] {
        refused(&line, hint);
    }
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
    let mut full = Command::new("sh");
    let full = output(full.args(["-c", "\"$0\" --help >/dev/full", BINARY]));
    let message = "acceptd: write: ENOSPC: no space left on device\n";
    assert_eq!(String::from_utf8_lossy(&full.stderr), message);
    assert_eq!(full.status.code(), Some(1));
}
