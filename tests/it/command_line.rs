//! Every refusal: its message, its status. Help and version.

use crate::server::{BINARY, GET, RESPONSE, Server, half_close};
use std::net::TcpListener;
use std::process::{Command, Output, Stdio};

fn run(arguments: &[&str]) -> Output {
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

#[test]
fn models() {
    refused(&[], "MODEL: missing (iterative, fork)");
    refused(&["--port", "1"], "MODEL: missing (iterative, fork)");
    refused(
        &["forks"],
        "MODEL: 'forks' is not a model (iterative, fork)",
    );
    refused(&[""], "MODEL: '' is not a model (iterative, fork)");
    refused(&["fork", "iterative"], "MODEL: 'iterative' is one too many");
}

#[test]
fn names() {
    refused(&["fork", "--frob"], "--frob: no such option");
    refused(&["fork", "--frob=1"], "--frob: no such option");
    refused(&["fork", "-p", "1"], "-p: no such option");
    refused(&["fork", "--"], "--: no such option");
    refused(&["fork", "-"], "-: no such option");
}

#[test]
fn values() {
    for name in [
        "--bind",
        "--port",
        "--backlog",
        "--body",
        "--status",
        "--exit-after",
    ] {
        refused(&["fork", name], &format!("{name}: needs a value"));
    }
    for name in ["--verbose", "-v", "--help", "-h", "--version", "-V"] {
        let message = format!("{name}: 'x' is too much: it takes no value");
        refused(&["fork", &format!("{name}=x")], &message);
    }
    let not = [
        (
            "--bind",
            "is not an IPv4 or IPv6 address",
            vec!["", "localhost", "1.2.3", "[::1]", "::1::"],
        ),
        (
            "--port",
            "is not a port (0 to 65535)",
            vec!["", "x", "-1", "65536", "1.0"],
        ),
        (
            "--backlog",
            "is not a queue length (0 to 2147483647)",
            vec!["", "-1", "2147483648", "99999999999999999999"],
        ),
        (
            "--sleep",
            "is not a time in seconds (0 to 4294967295)",
            vec!["", ".", "-1", "1s", "4294967296"],
        ),
        (
            "--status",
            "is not a final status (200 to 599)",
            vec!["", "100", "199", "600", "OK"],
        ),
        (
            "--exit-after",
            "is not a count (1 to 4294967295)",
            vec!["", "0", "-1", "4294967296"],
        ),
    ];
    for (name, reason, values) in not {
        for value in values {
            let message = format!("{name}: '{value}' {reason}");
            refused(&["fork", &format!("{name}={value}")], &message);
        }
    }
    let no_body = "--body: a response of status 204, 205 or 304 has none";
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

#[test]
fn what_the_system_refuses_names_the_call() {
    let taken = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = taken.local_addr().expect("its number").port().to_string();
    for (bind, place, error) in [
        (
            "127.0.0.1",
            format!("127.0.0.1:{port}"),
            "EADDRINUSE: address already in use",
        ),
        (
            "192.0.2.1",
            format!("192.0.2.1:{port}"),
            "EADDRNOTAVAIL: cannot assign requested address",
        ),
        (
            "2001:db8::1",
            format!("[2001:db8::1]:{port}"),
            "EADDRNOTAVAIL: cannot assign requested address",
        ),
    ] {
        let output = run(&["fork", "--bind", bind, "--port", &port]);
        let message = format!("acceptd: bind {place}: {error}\n");
        assert_eq!(String::from_utf8_lossy(&output.stderr), message);
        assert_eq!(output.status.code(), Some(1));
    }
}

#[test]
fn an_ipv6_address_is_served_and_printed_in_brackets() {
    let mut server = Command::new(BINARY)
        .args([
            "iterative",
            "--bind",
            "::1",
            "--port",
            "0",
            "--exit-after",
            "1",
        ])
        .stderr(Stdio::piped())
        .spawn()
        .expect("acceptd runs");
    let mut stderr = std::io::BufReader::new(server.stderr.take().expect("piped"));
    let mut line = String::new();
    std::io::BufRead::read_line(&mut stderr, &mut line).expect("a line");
    let place = line
        .trim_end()
        .strip_prefix("acceptd: iterative: listening on ");
    let stream = std::net::TcpStream::connect(place.expect("the start line")).expect("connect");
    assert_eq!(half_close(stream, GET), RESPONSE);
    assert_eq!(server.wait().expect("ends").code(), Some(0));
}

#[test]
fn verbose_tells_of_each_accept_fork_and_reap() {
    let server = Server::of("fork").with("-v").with("--exit-after=1").start();
    server.send(GET);
    let (status, lines) = server.ended();
    assert_eq!(status.code(), Some(0));
    assert_eq!(lines[0], "acceptd: accepted fd 4");
    let pid = |line: &str, what| line.strip_prefix(what).map(String::from).expect("its line");
    let mut rest: Vec<&str> = lines[1..3].iter().map(String::as_str).collect();
    rest.sort_unstable(); // a child may end before its parent tells of it
    assert_eq!(
        pid(rest[0], "acceptd: forked "),
        pid(rest[1], "acceptd: reaped ")
    );
    assert_eq!(
        lines[3..],
        ["acceptd: fork: stopped: connections 1, forked 1, reaped 1, peak 1"]
    );
}
