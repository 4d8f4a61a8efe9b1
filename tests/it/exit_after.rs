//! `--exit-after`: a stop after so many connections.

use crate::grace::is_cut;
use crate::server::{
    AT_ONCE, GET, RESPONSE, Server, answer, received, wait_until, with_each_model,
};
use crate::stop::in_flight;
use std::io::Write;
use std::time::Instant;

#[test]
fn exit_after_stops_by_itself() {
    for (model, counts) in [
        ("iterative", &[""][..]),
        (
            "fork",
            &[
                ", forked 3, reaped 3, peak 1",
                ", forked 3, reaped 3, peak 2",
                ", forked 3, reaped 3, peak 3",
            ],
        ),
        ("prefork", &[", forked 4, reaped 4, peak 4"]),
        ("thread", &[""]),
        ("epoll", &[""]),
    ] {
        let server = Server::of(model).with("--exit-after=3").start();
        server.idle_sockets();
        for _ in 0..3 {
            assert_eq!(server.send(GET), RESPONSE, "{model}");
        }
        let (status, lines) = server.ended();
        assert_eq!(status.code(), Some(0), "{model}");
        let start = format!("acceptd: {model}: stopped: connections 3");
        let counted = lines[0].strip_prefix(&start).expect("a stop line");
        assert!(counts.contains(&counted), "{lines:?}");
    }
}

/// Each client that was accepted is answered, whatever other options say of the stop.
#[test]
fn exit_after_answers_the_last_one() {
    for (model, option) in [
        ("process", "--max-children=4"),
        ("fork", "--on-stop=kill"),
        ("fork", "--max-children=1"),
        ("iterative", "-v"),
        ("prefork", "--workers=1"),
        ("prefork", "--workers=2"),
        ("thread", "--max-connections=1"),
        ("thread", "-v"),
        ("epoll", "-v"),
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
    let server = Server::of("fork").alone();
    let server = server.with("--exit-after=1").with("--sleep=120");
    let server = server.with("--max-children=1").with("--grace=0.5").start();
    let _stream = server.get();
    wait_until("nobody listens", || server.refuses());
    let (status, lines) = server.ended(); // --grace began
    assert_eq!(status.code(), Some(0));
    assert!(lines[0].ends_with(", cut 1"), "{lines:?}");
}

#[test]
fn the_first_signal_after_exit_after_is_the_first() {
    with_each_model(|model| {
        let server = Server::of(model).alone().with("--exit-after=1");
        let server = match model {
            // Another worker could accept a client of `refuses` and count it first.
            "prefork" => server.with("--workers=1"),
            _ => server,
        };
        let server = server.with("--sleep=3").with("--grace=60").start();
        let stream = in_flight(&server, model);
        if model != "iterative" {
            wait_until("it has enough", || server.refuses());
        }
        server.signal("TERM");
        assert_eq!(received(stream), RESPONSE, "{model}");
        let (status, lines) = server.ended();
        assert_eq!(status.code(), Some(0), "{model}: {lines:?}");
    });

    let killing = Server::of("process").alone().with("--exit-after=1");
    let server = killing.with("--sleep=30").start();
    let _stream = in_flight(&server, "process");
    wait_until("it has enough", || server.refuses());
    let (took, _) = server.stop();
    assert!(took < AT_ONCE, "{took:?}");
}

/// `--exit-after` is a stop: `--grace` holds for it, and a connection that waits for
/// another request waits no longer.
#[test]
fn exit_after_begins_the_grace_of_every_model() {
    with_each_model(|model| {
        let server = Server::of(model).with("--exit-after=1").with("--grace=0.3");
        let server = server.with("--sleep=30").start();
        let stream = server.get();
        let (status, lines) = server.ended();
        assert!(is_cut(stream), "{model}");
        assert_eq!(status.code(), Some(0), "{model}: {lines:?}");
        let last = lines.last().expect("a stop line");
        assert!(last.ends_with("cut 1"), "{last}");
    });
    with_each_model(|model| {
        let server = Server::of(model).with("--exit-after=1").with("--grace=30");
        let server = server.with("--keep-alive=30").start();
        let start = Instant::now();
        let _idle = server.get();
        server.ended();
        let took = start.elapsed();
        assert!(took < AT_ONCE, "{model}: {took:?}");
    });
}
