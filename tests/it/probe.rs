//! `acceptd probe`, against servers of all kinds.

use crate::command_line::run;
use crate::proc::{PATIENCE, output, wait_until};
use crate::server::{AT_ONCE, BINARY, Server};
use crate::strace::Recording;
use std::io::{Read, Write};
use std::net::{Ipv4Addr, Shutdown, TcpListener, TcpStream};
use std::process::{Command, Output};
use std::thread::{self, sleep};
use std::time::{Duration, Instant};

/// A listener that nobody serves, its address, and the port of that.
fn listen() -> (TcpListener, String, String) {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port");
    let place = listener.local_addr().expect("its address");
    (listener, place.to_string(), place.port().to_string())
}

/// The next client of a listener.
fn accept(listener: &TcpListener) -> TcpStream {
    listener.set_nonblocking(true).expect("non-blocking");
    let mut stream = None;
    wait_until("a probe connects", || {
        stream = listener.accept().ok();
        stream.is_some()
    });
    let (stream, _) = stream.expect("accepted");
    stream.set_nonblocking(false).expect("blocking");
    stream.set_read_timeout(Some(PATIENCE)).expect("a limit");
    stream
}

/// What a probe makes of a server that sends these pieces, each after a pause; the server's
/// address; and how long the probe took.
fn probed(pieces: &[&str], pause: Duration, timeout: &str) -> (Output, String, Duration) {
    let (listener, place, port) = listen();
    let (output, took) = thread::scope(|scope| {
        scope.spawn(|| {
            let mut stream = accept(&listener);
            // What nobody has read would make the close a reset.
            let _ = stream.read(&mut [0; 1024]).expect("a request");
            for piece in pieces {
                sleep(pause);
                // A probe that has given up does not read.
                let _ = stream.write_all(piece.as_bytes());
            }
        });
        let place = ["probe", "--bind=127.0.0.1", "--port", &port];
        let start = Instant::now();
        let output = run(&[&place[..], &["--timeout", timeout]].concat());
        (output, start.elapsed())
    });
    (output, place, took)
}

/// What a probe sends, started with these options.
fn request(options: &[&str]) -> String {
    let (listener, _, port) = listen();
    thread::scope(|scope| {
        let probe = scope.spawn(|| {
            let place = ["probe", "--bind=127.0.0.1", "--port", &port];
            run(&[&place[..], options].concat())
        });
        let mut stream = accept(&listener);
        let mut request = Vec::new();
        while !request.ends_with(b"\r\n\r\n") {
            let mut byte = [0];
            stream.read_exact(&mut byte).expect("a request");
            request.extend(byte);
        }
        stream
            .write_all(b"HTTP/1.1 204 No Content\r\n\r\n")
            .expect("send");
        assert!(probe.join().expect("ends").status.success());
        String::from_utf8(request).expect("text")
    })
}

#[test]
fn target_and_fields_are_asked_for_as_given() {
    let usual = "GET / HTTP/1.1\r\nHost: acceptd\r\nConnection: close\r\n\r\n";
    assert_eq!(request(&[]), usual);
    let other = "GET /health?full HTTP/1.1\r\nhost: a.example\r\nAuthorization: Basic YTpi\r\n\
                 Connection: close\r\n\r\n";
    let options = ["--target=/health?full", "--header=host: a.example"];
    let options = [&options[..], &["--header", "Authorization: Basic YTpi"]].concat();
    assert_eq!(request(&options), other);
}

/// A target as long as a request line may be (RFC 9112, 3).
#[test]
fn a_target_of_8000_octets_is_sent_whole() {
    let target = format!("/{}", "a".repeat(7_999));
    let request = request(&["--target", &target]);
    assert_eq!(request.split(' ').nth(1), Some(&*target));
    assert!(request.ends_with("\r\nConnection: close\r\n\r\n"));
}

/// Target and fields may both be as long as they can be.
#[test]
fn the_longest_request_is_sent_whole() {
    let target = format!("/{}", "a".repeat(7_999));
    let field = format!("Cookie: {}", "b".repeat(1536 - 2 - 8));
    let request = request(&["--target", &target, "--header", &field]);
    let rest = "Host: acceptd\r\nConnection: close\r\n\r\n";
    let (line, fields) = request.split_once("\r\n").expect("a request line");
    assert_eq!(line, format!("GET {target} HTTP/1.1"));
    assert!(fields.contains(&format!("{field}\r\n")), "{fields}");
    assert_eq!(fields.len(), field.len() + 2 + rest.len());
}

#[test]
fn what_is_2xx_or_3xx_is_well_and_nothing_else() {
    for (answer, status) in [
        ("HTTP/1.1 200 OK\r\n\r\n", 0),
        ("HTTP/1.0 302 Found\r\n\r\n", 0),
        ("HTTP/1.1 200\r\n\r\n", 0),
        ("HTTP/1.1 204 \r\n\r\n", 0),
        ("HTTP/1.1 2000 OK\r\n\r\n", 1),
        ("HTTP/1.1 404 Not Found\r\n\r\n", 1),
        ("HTTP/1.1 503 Service Unavailable\r\n\r\n", 1),
        ("HTTP/1.1 2xx Bad\r\n\r\n", 1),
        ("HTTP/1.1 2\r\n\r\n", 1),
        ("HTTP/1.x 200 OK\r\n\r\n", 1),
        ("HTTP/2.0 200 OK\r\n\r\n", 1),
        ("HTTP/1.1 20", 1),
        ("HTTP/1.1 200", 1),
    ] {
        let (output, place, _) = probed(&[answer], Duration::ZERO, "30");
        assert_eq!(output.status.code(), Some(status), "{answer:?}");
        let line = if status == 0 {
            String::new()
        } else {
            let shown: String = answer.chars().take(13).collect();
            format!(
                "acceptd: probe {place}: '{}' is not 2xx or 3xx\n",
                shown.trim_end()
            )
        };
        assert_eq!(String::from_utf8_lossy(&output.stderr), line);
    }
}

/// RFC 9110, 15.2: there may be interim responses, even if nobody has asked for one.
#[test]
fn an_interim_response_is_not_the_answer() {
    let hints = "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n";
    for (interim, last, status) in [
        (
            "HTTP/1.1 100 Continue\r\n\r\n",
            "HTTP/1.1 200 OK\r\n\r\n",
            0,
        ),
        (hints, "HTTP/1.1 302 Found\r\n\r\n", 0),
        (hints, "HTTP/1.1 503 Service Unavailable\r\n\r\n", 1),
        (hints, hints, 1),
        (hints, "", 1),
    ] {
        let (output, ..) = probed(&[interim, last], Duration::from_millis(10), "30");
        assert_eq!(output.status.code(), Some(status), "{interim:?} {last:?}");
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(!said.contains("recvfrom"), "{said}"); // nobody waited in vain
    }
}

#[test]
fn who_closes_without_an_answer_is_named() {
    let (output, place, _) = probed(&[""], Duration::ZERO, "30");
    let line = format!("acceptd: probe {place}: closed without an answer\n");
    assert_eq!(String::from_utf8_lossy(&output.stderr), line);
    assert_eq!(output.status.code(), Some(1));
}

/// A probe that closed with bytes unread would reset the connection, and many servers
/// report that as a failure.
#[test]
fn the_server_sees_an_orderly_end() {
    let (listener, _, port) = listen();
    thread::scope(|scope| {
        let place = ["probe", "--bind=127.0.0.1", "--port", &port];
        let probe = scope.spawn(move || run(&place));
        let mut stream = accept(&listener);
        let _ = stream.read(&mut [0; 1024]).expect("a request");
        let head = b"HTTP/1.1 200 OK\r\nContent-Length: 3000000\r\n\r\n";
        stream.write_all(head).expect("send");
        stream.write_all(&vec![b'a'; 3_000_000]).expect("send");
        stream.shutdown(Shutdown::Write).expect("shutdown");
        assert_eq!(stream.read(&mut [0]).expect("no reset"), 0);
        assert_eq!(probe.join().expect("ends").status.code(), Some(0));
    });
}

/// The probe closes when the server has closed, without another look.
#[test]
fn the_end_of_a_response_is_seen_once() {
    let server = Server::of("fork").start();
    let recording = Recording::of("probe");
    let strace = recording.command(&["-e", "trace=recvfrom"]);
    let mut probe = Command::new(strace[0]);
    probe.args(&strace[1..]).args([BINARY, "probe"]);
    probe.args(["--bind=127.0.0.1", "--port", &server.port.to_string()]);
    assert_eq!(output(&mut probe).status.code(), Some(0));
    let trace = recording.text();
    let ends = trace.lines().filter(|call| call.ends_with(" = 0"));
    assert_eq!(ends.count(), 1, "{trace}");
}

/// A response that has no end is no reason to wait: its status is known.
#[test]
fn nobody_waits_for_the_rest_of_a_response() {
    let (listener, _, port) = listen();
    thread::scope(|scope| {
        scope.spawn(|| {
            let mut stream = accept(&listener);
            let mut bytes = &b"HTTP/1.1 200 OK\r\n\r\n"[..];
            while stream.write_all(bytes).is_ok() {
                sleep(Duration::from_millis(100));
                bytes = b"data: 1\r\n";
            }
        });
        let start = Instant::now();
        let output = run(&["probe", "--bind=127.0.0.1", "--timeout=30", "--port", &port]);
        let took = start.elapsed();
        assert_eq!(output.status.code(), Some(0));
        assert!(took < AT_ONCE, "{took:?}");
    });
}

#[test]
fn the_timeout_is_for_all_of_it() {
    let pieces = ["HTTP/1.1 2", "0", "0 OK"];
    let (output, place, took) = probed(&pieces, Duration::from_millis(1_500), "2");
    let line = format!("acceptd: recvfrom {place}: ETIMEDOUT: connection timed out\n");
    assert_eq!(String::from_utf8_lossy(&output.stderr), line);
    assert_eq!(output.status.code(), Some(1));
    assert!(took > Duration::from_millis(1_990), "{took:?}");
}
