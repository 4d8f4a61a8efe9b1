//! What tells one model from the other.

use crate::server::{GET, RESPONSE, Server, answer, children, exchange, sockets, wait_until};
use std::io::Write;
use std::thread;
use std::time::{Duration, Instant};

/// How long this many clients at once take.
fn served(server: &Server, clients: usize) -> Duration {
    let start = Instant::now();
    thread::scope(|scope| {
        for _ in 0..clients {
            let stream = server.connect();
            scope.spawn(|| assert_eq!(exchange(stream, GET), RESPONSE));
        }
    });
    start.elapsed()
}

#[test]
fn iterative_serves_sleepers_one_after_another() {
    let server = Server::of("iterative").with("--sleep=0.25").start();
    let took = served(&server, 4).as_secs_f64();
    assert!((1.0..1.5).contains(&took), "{took}");
}

#[test]
fn fork_serves_sleepers_at_once() {
    let server = Server::of("fork").with("--sleep=0.5").start();
    let took = served(&server, 20).as_secs_f64();
    assert!((0.5..1.3).contains(&took), "{took}");
    let (_, lines) = server.stop();
    assert_eq!(
        lines,
        ["acceptd: fork: stopped: connections 20, forked 20, reaped 20, peak 20"]
    );
}

#[test]
fn no_child_is_left_defunct_while_the_server_is_idle() {
    let server = Server::of("fork").with("--sleep=0.1").start();
    served(&server, 30);
    server.idle(); // children() counts zombies too
}

#[test]
fn parent_and_child_each_hold_their_own_descriptors_only() {
    let server = Server::of("fork").with("--sleep=5").start();
    let mut streams = Vec::new();
    for _ in 0..3 {
        streams.push(server.connect());
    }
    wait_until("three children sleep", || {
        let children = children(server.pid);
        children.len() == 3 && children.iter().all(|&child| sockets(child) == [4])
    });
    server.accepting();
    assert_eq!(sockets(server.pid), [3]);
    for child in children(server.pid) {
        crate::server::signal("KILL", child);
    }
    server.idle();
    let (_, lines) = server.stop();
    assert_eq!(
        lines,
        ["acceptd: fork: stopped: connections 3, forked 3, reaped 3, peak 3"]
    );
}

#[test]
fn exit_after_stops_by_itself() {
    for (model, line) in [
        ("iterative", "acceptd: iterative: stopped: connections 3"),
        (
            "fork",
            "acceptd: fork: stopped: connections 3, forked 3, reaped 3, peak 1",
        ),
    ] {
        let server = Server::of(model).with("--exit-after=3").start();
        for _ in 0..2 {
            assert_eq!(server.send(GET), RESPONSE);
            server.idle();
        }
        assert_eq!(server.send(GET), RESPONSE);
        let (status, lines) = server.ended();
        assert_eq!((status.code(), lines), (Some(0), vec![line.to_string()]));
    }
}

/// Whatever else is said of the stop: who was accepted is answered.
#[test]
fn exit_after_answers_the_last_one() {
    for (model, option) in [
        ("process", "--max-children=4"),
        ("fork", "--on-stop=kill"),
        ("fork", "--max-children=1"),
    ] {
        let server = Server::of(model).with("--exit-after=2").with("--sleep=0.2");
        let server = server.with(option).start();
        let mut streams = [server.connect(), server.connect()];
        for stream in &mut streams {
            stream.write_all(GET).expect("send");
        }
        for stream in &mut streams {
            assert_eq!(answer(stream), RESPONSE, "{model} {option}");
        }
        let (status, lines) = server.ended();
        assert_eq!(status.code(), Some(0), "{model} {option}: {lines:?}");
    }
}

/// After enough connections nobody waits for room: the port is free at once.
#[test]
fn exit_after_at_max_children_listens_no_longer() {
    let server = Server::of("fork").with("--exit-after=1").with("--sleep=30");
    let server = server.with("--max-children=1").with("--grace=0.5").start();
    let mut stream = server.connect();
    stream.write_all(GET).expect("send");
    wait_until("nobody else can connect", || server.try_connect().is_err());
    let (status, _) = server.ended(); // --grace began
    assert_eq!(status.code(), Some(0));
}
