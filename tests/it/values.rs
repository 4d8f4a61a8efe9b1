//! The values of options: which are refused, with which message.

use crate::command_line::{refused, run};
use crate::proc::output;
use crate::server::BINARY;
use std::process::Command;

/// A model, its option, what the option's value must be, and values that are refused.
type Domain = (
    &'static str,
    &'static str,
    &'static str,
    &'static [&'static str],
);

#[rustfmt::skip] // a line each
const DOMAINS: [Domain; 18] = [
    ("probe", "--bind", "an address", &["", "localhost", "1.2.3", "[::1]", "::1::"]),
    ("probe", "--port", "a port (0 to 65535)", &["", "x", "-1", "65536", "1.0"]),
    ("probe", "--target", "a path of up to 8000 bytes", &["", "health", "/a b", "/\n", "*"]),
    ("fork", "--timeout", "a time (0 to 4294967.295)", &["", "x", "4294968"]),
    ("fork", "--header", "a field (NAME: VALUE, NAME a token, VALUE on one line)", &["", "A", "A b: c", ": a", "A: b\r\nC: d"]),
    ("fork", "--header", "yours to set: acceptd says how the response is framed", &["connection: close", "Content-Length: 3"]),
    ("fork", "--backlog", "a length (0 to 2147483647)", &["", "-1", "2147483648", "99999999999999999999"]),
    ("fork", "--sleep", "a time (0 to 4294967.295)", &["", ".", "-1", "1s", "4294968"]),
    ("fork", "--every", "a count (1 to 4294967295)", &["", "0", "-1", "4294967296"]),
    ("fork", "--status", "a final status (200 to 599)", &["", "100", "199", "600", "OK"]),
    ("fork", "--keep-alive", "a time (0 to 4294967.295)", &["", "x", "on"]),
    ("fork", "--exit-after", "a count (1 to 4294967295)", &["", "0", "-1", "4294967296"]),
    ("fork", "--stop-delay", "a time (0 to 4294967.295)", &["", "x", "4294968"]),
    ("fork", "--grace", "a time (0 to 4294967.295)", &["", "x", "4294968"]),
    ("prefork", "--workers", "a count (1 to 1024)", &["", "0", "1025"]),
    ("epoll", "--max-connections", "a count (1 to 1048576)", &["", "0", "1048577"]),
    ("fork", "--max-children", "a count (1 to 4194304)", &["", "0", "-1", "4194305"]),
    ("fork", "--parent-close", "a way (now|late|never)", &["", "nothing", "now|late"]),
];

#[test]
fn values() {
    for (model, name, what, values) in DOMAINS {
        for value in values {
            let shown = value.replace(['\r', '\n'], "?");
            let message = format!("{name}: '{shown}' is not {what}");
            refused(&[model, &format!("{name}={value}")], &message);
        }
        if !["--sleep", "--keep-alive"].contains(&name) {
            refused(&[model, name], &format!("{name}: needs a value"));
        }
    }
    refused(
        &["process", "--on-stop=die"],
        "--on-stop: 'die' is not a way (drain|kill)",
    );
    let long = format!("/{}", "a".repeat(8000));
    let shown = &long[..64];
    let message = format!("--target: '{shown}...' is not a path of up to 8000 bytes");
    refused(&["probe", "--target", &long], &message);
    let reaps = "a way (signal|before-fork|ignore|never)";
    for (value, hint) in [("before", ""), ("Ignore", "; did you mean ignore?")] {
        let message = format!("--reap: '{value}' is not {reaps}{hint}");
        refused(&["fork", "--reap", value], &message);
    }
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

/// 16 fields, and 1536 bytes with their line ends: more would not fit in the response.
#[test]
fn fields_that_do_not_fit_are_refused() {
    let field = "--header=A: b";
    let seventeen = [&["fork"][..], &[field; 16], &["--header=C: d"]].concat();
    refused(
        &seventeen,
        "--header: 'C: d' is not one of the first 16 fields, and no more fit",
    );
    let long = format!("--header=A:{}", "b".repeat(1536 - 3));
    let output = run(&["fork", &long]);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    let reason = "' is not short enough: 1536 bytes for all fields together\n";
    assert!(said.contains(reason), "{said}");
    assert_eq!(output.status.code(), Some(2));
}

/// Platforms set PORT. A message about its value names it.
#[test]
fn a_bad_port_in_the_environment_is_refused() {
    for model in ["fork", "probe"] {
        for value in ["x", "65536", "80 "] {
            let mut command = Command::new(BINARY);
            let output = output(command.args([model, "--timeout=1"]).env("PORT", value));
            let message = format!("acceptd: PORT: '{value}' is not a port (0 to 65535)\n");
            let said = String::from_utf8_lossy(&output.stderr).into_owned();
            assert!(said.starts_with(&message), "{said}");
            assert_eq!(output.status.code(), Some(2));
        }
    }
}

#[test]
fn a_message_repeats_no_control_character_and_no_endless_value() {
    for (value, shown) in [("\x1b[2J", "?[2J"), ("\u{9b}2J\x7f", "??2J?")] {
        let message = format!("--port: '{shown}' is not a port (0 to 65535)");
        refused(&["fork", "--port", value], &message);
    }
    let message = format!("--port: '{}...' is not a port (0 to 65535)", "9".repeat(64));
    refused(&["fork", "--port", &"9".repeat(5000)], &message);
}
