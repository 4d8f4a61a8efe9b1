//! The lines on stderr of a server: what the system refused, where it
//! listens, what `--verbose` tells.

use crate::command_line::run;
use crate::server::{BINARY, GET, RESPONSE, Server, half_close};
use std::net::TcpListener;
use std::process::{Command, Stdio};

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
