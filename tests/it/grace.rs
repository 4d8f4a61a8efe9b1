//! What is in flight when the server stops: `--grace` and `--on-stop`.

use crate::server::{
    AT_ONCE, MODELS, RESPONSE, Server, children, received, sockets, state, wait_until,
};
use crate::stop::{holder_has, in_flight};
use std::io::{Read, Write};
use std::net::TcpStream;
use std::thread;
use std::time::Duration;

/// Nothing, or a reset: no answer.
fn is_cut(mut stream: TcpStream) -> bool {
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

/// So are they when `--grace` is over before the signal's handler has returned: strace
/// holds it up.
#[test]
fn the_queue_is_counted_however_short_grace_is() {
    for model in ["iterative", "fork", "thread"] {
        let server = Server::of(model).with("--grace=0");
        let server = server.under(&[
            "strace",
            "-f",
            "-o",
            "/dev/null",
            "-e",
            "inject=setitimer:delay_exit=300000",
        ]);
        let server = server.start();
        server.accepting();
        server.signal("STOP");
        // t: strace has the signal.
        wait_until("it is stopped", || {
            matches!(state(server.pid), Some('T' | 't'))
        });
        let queued = server.connect();
        server.signal("TERM");
        server.signal("CONT");
        let (_, lines) = server.ended();
        let last = lines.last().expect("a stop line");
        assert!(last.contains(": stopped: connections 1,"), "{last}");
        assert!(last.ends_with(", cut 1"), "{last}");
        assert!(is_cut(queued), "{model}");
    }
}

/// A child that is forked when `--grace` is over ends by itself. It is counted once, though
/// the parent kills it as well. strace holds fork up until then, and lets the child end
/// between the parent's wait4 and kill.
#[test]
fn a_child_that_is_cut_is_counted_once() {
    let server = Server::of("fork").with("--sleep=30").with("--grace=1");
    let server = server.under(&[
        "strace",
        "-f",
        "-o",
        "/dev/null",
        "-e",
        "inject=fork:delay_enter=2000000:when=1..2", // a signal makes fork begin anew
        "-e",
        "inject=exit_group:delay_enter=300000",
        "-e",
        "inject=kill:delay_enter=1000000",
    ]);
    let server = server.start();
    let stream = server.get();
    wait_until("it is accepted", || sockets(server.pid).len() == 2);
    wait_until("strace has it", || state(server.pid) == Some('t'));
    server.signal("TERM");
    let (_, lines) = server.ended();
    let last = lines.last().expect("a stop line");
    assert!(
        last.ends_with("connections 1, forked 1, reaped 1, peak 1, cut 1"),
        "{last}"
    );
    assert!(is_cut(stream));
}

/// So is one that nobody waits for while the server serves.
#[test]
fn a_child_that_nobody_reaps_is_cut_and_counted() {
    for (reap, stop_line) in [
        ("--reap=ignore", "connections 1, forked 1, cut 1"),
        (
            "--reap=never",
            "connections 1, forked 1, reaped 1, peak 1, cut 1",
        ),
    ] {
        let server = Server::of("fork").with(reap).with("--sleep=30");
        let server = server.with("--grace=0.3").start();
        let stream = in_flight(&server, "fork");
        let (_, lines) = server.stop();
        assert_eq!(lines, [format!("acceptd: fork: stopped: {stop_line}")]);
        assert!(is_cut(stream));
    }
}

/// With --reap ignore a child can end just before it is killed, and be gone: strace lets it.
#[test]
fn a_child_that_is_gone_before_it_is_killed_is_no_error() {
    let server = Server::of("fork").with("--reap=ignore").with("--sleep=1");
    let server = server.with("--grace=0.3").under(&[
        "strace",
        "-f",
        "-o",
        "/dev/null",
        "-e",
        "inject=kill:delay_enter=3000000",
    ]);
    let server = server.start();
    let stream = in_flight(&server, "fork");
    server.signal("TERM");
    assert_eq!(received(stream), RESPONSE);
    let (status, lines) = server.ended();
    assert_eq!(status.code(), Some(0), "{lines:?}");
    let stop_line = "acceptd: fork: stopped: connections 1, forked 1";
    assert_eq!(lines, [stop_line]);
}

#[test]
fn at_max_children_the_queue_is_answered_one_by_one() {
    for reap in ["--reap=signal", "--reap=before-fork"] {
        let server = Server::of("fork")
            .with("--max-children=1")
            .with("--sleep=1");
        let server = server.with("--grace=60").with(reap).start();
        let stream = in_flight(&server, "fork");
        let queued = server.get();
        let (took, lines) = server.stop();
        assert!(took < AT_ONCE, "{took:?}");
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
        let status = server.ended().0;
        assert_eq!(
            status.code(),
            (signal == "TERM").then_some(0),
            "{model}, SIG{signal}"
        );
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
