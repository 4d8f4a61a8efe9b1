//! The lines on stderr of a server: what the system refused, where it
//! listens, what `--verbose` tells.

use crate::command_line::run;
use crate::proc::{PATIENCE, address_of_its_own};
use crate::server::{Builder, GET, LAST, RESPONSE, Server, exchange, half_close, with_each_model};
use std::io::Write;
use std::net::{Shutdown, TcpListener, TcpStream};

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
    let server = Builder::of(&["iterative", "--bind=::1", "--port=0", "--exit-after=1"]).start();
    let place = format!("[::1]:{}", server.port);
    let expected = format!("acceptd: iterative: listening on {place}");
    assert_eq!(server.start_line, expected);
    let stream = TcpStream::connect(place).expect("connect");
    stream.set_read_timeout(Some(PATIENCE)).expect("a limit");
    assert_eq!(half_close(stream, GET), RESPONSE);
    assert_eq!(server.ended().0.code(), Some(0));
}

/// The server's PORT is the one that it listens on, unless `--port` says another.
#[test]
fn the_port_of_the_environment_is_listened_on() {
    let address = address_of_its_own();
    let free = TcpListener::bind((address, 0)).expect("a port");
    let port = free.local_addr().expect("its number").port().to_string();
    drop(free);
    let variable = format!("PORT={port}");
    let env = ["env", &variable];
    let server = Builder::of(&["fork", &format!("--bind={address}")])
        .under(&env)
        .start();
    assert_eq!(server.port.to_string(), port);
    server.stop();
    let server = Server::of("fork").under(&env).start();
    assert_ne!(server.port.to_string(), port, "--port=0 wins");
    server.stop();
}

#[test]
fn verbose_tells_of_each_accept_fork_request_and_reap() {
    let server = Server::of("fork").with("-v").with("--exit-after=1").start();
    let stream = server.connect();
    let client = stream.local_addr().expect("its address");
    assert_eq!(exchange(stream, GET), RESPONSE);
    let (status, lines) = server.ended();
    assert_eq!(status.code(), Some(0));
    assert_eq!(lines[0], "acceptd: accepted fd 4");
    let pid = |line: &str, what| line.strip_prefix(what).map(String::from).expect("its line");
    let mut rest: Vec<&str> = lines[1..4].iter().map(String::as_str).collect();
    rest.sort_unstable(); // a child may answer and end before its parent tells of it
    assert_eq!(rest[0], format!("acceptd: {client} GET / 200"));
    assert_eq!(
        pid(rest[1], "acceptd: forked "),
        pid(rest[2], "acceptd: reaped ")
    );
    assert_eq!(
        lines[4..],
        ["acceptd: fork: stopped: connections 1, forked 1, reaped 1, peak 1"]
    );
}

/// `acceptd: 127.0.0.1:41234 GET /health 200`: what was asked, and what was answered.
#[test]
fn verbose_tells_of_each_request_and_its_answer() {
    let long = format!("GET /{} HTTP/1.1\r\n\r\n", "a".repeat(7_000));
    let cut = format!("GET /{}... 200", "a".repeat(64 - "GET /".len()));
    with_each_model(|model| {
        let server = Server::of(model).with("-v").with("--timeout=3").start();
        for (request, line) in [
            ("GET /health?a=b HTTP/1.1\r\n\r\n", "GET /health?a=b 200"),
            ("HEAD / HTTP/1.0\n\n", "HEAD / 200"),
            ("\r\n\r\nPOST / HTTP/1.1\r\n\r\n", "POST / 200"),
            ("CONNECT a:1 HTTP/1.1\r\n\r\n", "CONNECT a:1 405"),
            ("no request\r\n\r\n", "no request 400"),
            ("\x16\x03\x01\n", "??? 400"),
            ("GET /\u{9b}2J\u{e9} HTTP/1.1\r\n\r\n", "GET /??2J?? 200"),
            ("GET / HTTP/1.1\r\nA: b", "GET / 408"),
            (&long, &cut),
        ] {
            let mut stream = server.connect();
            let client = stream.local_addr().expect("its address");
            stream.write_all(request.as_bytes()).expect("send");
            stream.shutdown(Shutdown::Read).expect("shutdown");
            let expected = format!("acceptd: {client} {line}");
            loop {
                let told = server.line();
                let is_event = ["accepted fd ", "forked ", "reaped "]
                    .iter()
                    .any(|event| told.starts_with(&format!("acceptd: {event}")));
                if !is_event {
                    assert_eq!(told, expected, "{model}");
                    break;
                }
            }
        }
        let silent = server.connect();
        drop(silent); // it has asked nothing: no line
        let (_, lines) = server.stop();
        let asked: Vec<_> = lines
            .iter()
            .filter(|line| line.contains("127.0.0.1"))
            .collect();
        assert!(asked.is_empty(), "{model}: {asked:?}");
    });
}

#[test]
fn verbose_tells_of_each_request_of_one_connection() {
    with_each_model(|model| {
        let server = Server::of(model).with("-v").with("--keep-alive").start();
        let requests = [&b"GET /a HTTP/1.1\r\n\r\nGET /b HTTP/1.1\r\n\r\n"[..], LAST].concat();
        server.send(&requests);
        let (_, lines) = server.stop();
        let asked: Vec<&str> = lines
            .iter()
            .filter_map(|line| line.split_once(" GET ").map(|(_, rest)| rest))
            .collect();
        assert_eq!(asked, ["/a 200", "/b 200", "/ 200"], "{model}");
    });
}

#[test]
fn without_verbose_there_are_two_lines() {
    with_each_model(|model| {
        let server = Server::of(model).start();
        server.send(GET);
        let (_, lines) = server.stop();
        assert_eq!(lines.len(), 1, "{model}: {lines:?}"); // besides the start line
    });
}

/// A signal that is not the stop costs no line: strace interrupts the first three writes.
#[test]
fn a_line_that_a_signal_interrupts_is_written_again() {
    let server = Server::of("iterative").injecting(&["write:error=EINTR:when=1..3"]);
    let server = server.start(); // with its first line
    let (_, lines) = server.stop();
    assert_eq!(lines, ["acceptd: iterative: stopped: connections 0"]);
}
