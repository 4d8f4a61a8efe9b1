//! What is in flight when the server stops: `--grace` and `--on-stop`.

use crate::server::{AT_ONCE, MODELS, RESPONSE, Server, children, received, state, wait_until};
use crate::stop::{holder_has, in_flight};
use std::io::{Read, Write};
use std::net::TcpStream;
use std::thread;
use std::time::Duration;

/// Nothing, or a reset: no answer.
pub fn is_cut(mut stream: TcpStream) -> bool {
    !matches!(stream.read(&mut [0]), Ok(1..))
}

#[test]
fn what_is_not_done_when_grace_is_over_is_cut_and_counted() {
    for (model, stop_line) in [
        ("iterative", "connections 1, cut 1"),
        ("fork", "connections 1, forked 1, reaped 1, peak 1, cut 1"),
        (
            "prefork",
            "connections 1, forked 4, reaped 4, peak 4, cut 1",
        ),
        ("thread", "connections 1, cut 1"),
        ("epoll", "connections 1, cut 1"),
    ] {
        for waits in ["--sleep=30", "--timeout=0"] {
            let server = Server::of(model).with("--grace=0.3").with(waits).start();
            let stream = if waits == "--sleep=30" {
                in_flight(&server, model)
            } else {
                let silent = server.connect();
                wait_until("it is accepted", || holder_has(&server, model));
                silent
            };
            wait_until("all workers are there", || {
                model != "prefork" || children(server.pid).len() == 4
            });
            let (took, lines) = server.stop();
            assert!(
                took >= Duration::from_millis(300),
                "{model}, {waits}: {took:?}"
            );
            assert!(took < AT_ONCE, "{model}, {waits}: {took:?}");
            assert_eq!(lines, [format!("acceptd: {model}: stopped: {stop_line}")]);
            assert!(is_cut(stream), "{model}, {waits}");
        }
        let server = Server::of(model).with("--grace=0").with("--sleep=30");
        let server = server.start();
        let stream = in_flight(&server, model);
        let (took, _) = server.stop();
        assert!(took < AT_ONCE, "{model}: {took:?}");
        assert!(is_cut(stream), "{model}");
    }
}

/// Those who wait in the queue are cut off too, and counted.
#[test]
fn the_queue_is_cut_and_counted() {
    for (model, option) in [
        ("iterative", "--backlog=16"),
        ("fork", "--max-children=1"),
        ("prefork", "--workers=1"),
        ("thread", "--max-connections=1"),
        ("epoll", "--max-connections=1"),
    ] {
        let server = Server::of(model).with(option).with("--sleep=30");
        let server = server.with("--grace=0.3").start();
        let first = in_flight(&server, model);
        let queued: Vec<TcpStream> = (0..3).map(|_| server.connect()).collect();
        let (_, lines) = server.stop();
        assert!(is_cut(first));
        assert!(queued.into_iter().all(is_cut), "{model}");
        let last = lines.last().expect("a stop line");
        assert!(last.ends_with("cut 4"), "{last}");
    }
}

#[test]
fn at_max_children_the_queue_is_answered_one_by_one() {
    for reap in ["--reap=signal", "--reap=before-fork"] {
        let server = Server::of("fork")
            .with("--max-children=1")
            .with("--sleep=3");
        let server = server.with("--grace=60").with(reap).start();
        let stream = in_flight(&server, "fork");
        let queued = server.get();
        let (took, lines) = server.stop();
        assert!(took < Duration::from_secs(30), "{took:?}");
        assert_eq!(received(stream), RESPONSE, "{reap}");
        assert_eq!(received(queued), RESPONSE, "{reap}");
        let stop_line = "acceptd: fork: stopped: connections 2, forked 2, reaped 2, peak 1";
        assert_eq!(lines, [stop_line]);
    }
}

#[test]
fn on_stop_kill_children_die_with_their_parent_however_it_dies() {
    for (model, signal) in [("fork", "TERM"), ("fork", "KILL"), ("process", "TERM")] {
        let server = Server::of(model)
            .with("--on-stop=kill")
            .with("--sleep=30")
            .start();
        let stream = in_flight(&server, model);
        let child = children(server.pid)[0];
        server.signal(signal);
        wait_until("the child is gone", || {
            state(child).is_none_or(|state| state == 'Z')
        });
        assert!(is_cut(stream), "{model}, SIG{signal}");
        let (status, lines) = server.ended();
        assert_eq!(
            status.code(),
            (signal == "TERM").then_some(0),
            "{model}, SIG{signal}"
        );
        if signal == "TERM" {
            let counts = "stopped: connections 1, forked 1, reaped 1, peak 1, cut 1";
            assert!(lines[0].ends_with(counts), "{lines:?}");
        }
    }
}

/// The server waits two seconds for a client that leaves its connection open after the
/// answer, whatever interrupts the wait, and not as long as --grace.
#[test]
fn a_client_that_neither_sends_nor_closes_holds_up_the_next_for_two_seconds() {
    let server = Server::of("iterative").with("--timeout=60");
    let server = server.with("--grace=60").start();
    let mut silent = server.connect();
    silent
        .write_all(b"POST / HTTP/1.1\r\nContent-Length: 9\r\n\r\n")
        .expect("send");
    let mut response = [0; RESPONSE.len()];
    silent.read_exact(&mut response).expect("receive");
    let queued = server.get();
    let (took, lines) = server.stop();
    assert!(took < AT_ONCE, "{took:?}");
    assert_eq!(received(queued), RESPONSE);
    assert_eq!(lines, ["acceptd: iterative: stopped: connections 2"]);
}

/// After a response the server drops what still comes, but not for longer than --grace at a
/// stop.
#[test]
fn a_client_that_goes_on_sending_does_not_hold_up_the_stop() {
    for model in MODELS {
        let server = Server::of(model).with("--timeout=60");
        let server = server.with("--grace=0.2").start();
        let mut stream = server.connect();
        stream
            .write_all(b"POST / HTTP/1.1\r\nContent-Length: 9\r\n\r\n")
            .expect("send");
        let mut response = [0; RESPONSE.len()];
        stream.read_exact(&mut response).expect("receive");
        // There is always something to receive, so no call waits for a signal to end it.
        let flood = thread::spawn(move || while stream.write_all(&[b'.'; 65_536]).is_ok() {});
        let (took, _) = server.stop();
        assert!(took < AT_ONCE, "{model}: {took:?}");
        flood.join().expect("it was cut");
    }
}
