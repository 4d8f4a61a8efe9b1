//! What `--grace` cuts off is counted, and counted once, whatever else happens then.

use crate::grace::is_cut;
use crate::server::{RESPONSE, Server, received, sockets, state, wait_until};
use crate::stop::in_flight;

/// The queue is counted when `--grace` is over before the signal's handler has returned: strace
/// holds it up.
#[test]
fn the_queue_is_counted_however_short_grace_is() {
    for model in ["iterative", "fork", "thread"] {
        let server = Server::of(model).with("--grace=0");
        let server = server.injecting(&["setitimer:delay_exit=300000"]);
        let server = server.start();
        server.accepting();
        server.suspend();
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
    let server = server.injecting(&[
        "fork:delay_enter=2000000:when=1..2", // a signal makes fork begin anew
        "exit_group:delay_enter=300000",
        "kill:delay_enter=1000000",
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

/// A child that nobody waits for while the server serves is killed and counted, too.
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
    let server = Server::of("fork").with("--reap=ignore").with("--sleep=3");
    let server = server
        .with("--grace=0.3")
        .injecting(&["kill:delay_enter=6000000"]);
    let server = server.start();
    let stream = in_flight(&server, "fork");
    server.signal("TERM");
    assert_eq!(received(stream), RESPONSE);
    let (status, lines) = server.ended();
    assert_eq!(status.code(), Some(0), "{lines:?}");
    let stop_line = "acceptd: fork: stopped: connections 1, forked 1";
    assert_eq!(lines, [stop_line]);
}
