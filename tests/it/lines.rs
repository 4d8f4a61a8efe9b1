//! The lines on stderr of a server: what the system refused, where it
//! listens, what `--verbose` tells.

use crate::command_line::run;
use crate::proc::PATIENCE;
use crate::server::{BINARY, GET, RESPONSE, Server, half_close, received, signal, wait_until};
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::OpenOptionsExt;
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
    let mut stderr = BufReader::new(server.stderr.take().expect("piped"));
    let mut line = String::new();
    stderr.read_line(&mut line).expect("a line");
    let place = line
        .trim_end()
        .strip_prefix("acceptd: iterative: listening on ");
    let stream = TcpStream::connect(place.expect("the start line")).expect("connect");
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

/// Nobody can be told, but the status says it; SIGPIPE would be another.
#[test]
fn without_stderr_it_does_not_start() {
    for command in ["fork", "probe"] {
        let script = format!("exec {BINARY} {command} --bind 127.0.0.1 --port 1 2>&-");
        let status = Command::new("sh").args(["-c", &script]).status();
        assert_eq!(status.expect("a shell").code(), Some(1), "{command}");
    }
}

/// -v, and a full pipe that nobody reads: a line waits for its reader, until
/// the stop ends that; who has connected is answered, without lines.
#[test]
fn a_stop_does_not_wait_for_who_stops_reading_stderr() {
    for model in ["iterative", "fork"] {
        let mut server = Command::new(BINARY)
            .args([model, "-v", "--bind=127.0.0.1", "--port=0"])
            .args(["--sleep=0.5", "--grace=2"])
            .stderr(Stdio::piped())
            .spawn()
            .expect("acceptd runs");
        let pid = server.id();
        let mut stderr = BufReader::new(server.stderr.take().expect("piped"));
        let mut line = String::new();
        stderr.read_line(&mut line).expect("a line");
        let place = line.trim_end().rsplit(' ').next().expect("an address");
        fill(pid);
        let mut stream = TcpStream::connect(place).expect("connect");
        stream.set_read_timeout(Some(PATIENCE)).expect("a limit");
        stream.write_all(GET).expect("send");
        let is_in_write = || {
            let call = fs::read_to_string(format!("/proc/{pid}/syscall"));
            call.is_ok_and(|call| call.starts_with("1 "))
        };
        wait_until("it waits for its reader", is_in_write);
        signal("TERM", pid);
        assert_eq!(received(stream), RESPONSE, "{model}");
        let mut status = None;
        wait_until("it ends", || {
            status = server.try_wait().expect("wait");
            status.is_some()
        });
        assert_eq!(status.expect("ended").code(), Some(0), "{model}");
    }
}

/// Writes to a process' stderr, a pipe, until nothing more fits.
fn fill(pid: u32) {
    const O_NONBLOCK: i32 = 0o4000;
    let mut pipe = fs::OpenOptions::new()
        .write(true)
        .custom_flags(O_NONBLOCK)
        .open(format!("/proc/{pid}/fd/2"))
        .expect("its stderr");
    for piece in [&[b'.'; 4096][..], b"."] {
        while pipe.write(piece).is_ok() {}
    }
}
