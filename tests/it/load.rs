//! Many clients, and children that are ended by others.

use crate::proc::{AT_ONCE, PATIENCE, SetWhenDropped};
use crate::server::{
    GET, RESPONSE, Server, answer, children, each_server, exchange, received, signal, state,
    wait_until,
};
use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::thread;
use std::time::{Duration, Instant};

/// 12 clients at once of a server that sleeps two seconds: four at a time take six, one
/// after another 24.
fn crowd(server: &Server) -> Duration {
    let start = Instant::now();
    let mut streams: Vec<TcpStream> = (0..12).map(|_| server.connect()).collect();
    for stream in &mut streams {
        stream.write_all(GET).expect("send");
    }
    for mut stream in streams {
        assert_eq!(answer(&mut stream), RESPONSE);
    }
    start.elapsed()
}

#[test]
fn at_max_children_the_others_wait_and_are_answered() {
    thread::scope(|scope| {
        for words in [&["fork"][..], &["fork", "--reap=before-fork"], &["process"]] {
            scope.spawn(move || {
                let server = Server::of(words[0])
                    .with("--max-children=4")
                    .with("--sleep=2");
                let server = words[1..]
                    .iter()
                    .fold(server, |server, word| server.with(word));
                let server = server.start();
                let done = AtomicBool::new(false);
                let pid = server.pid;
                thread::scope(|scope| {
                    let most = scope.spawn(|| {
                        let mut most = 0;
                        while !done.load(Relaxed) {
                            most = children(pid).len().max(most);
                            thread::sleep(Duration::from_millis(1));
                        }
                        most
                    });
                    let crowded = SetWhenDropped(&done);
                    let took = crowd(&server).as_secs_f64();
                    drop(crowded);
                    assert!((5.99..22.0).contains(&took), "{words:?}: {took}");
                    assert_eq!(most.join().expect("counted"), 4, "{words:?}");
                });
                let (_, lines) = server.stop();
                assert!(lines[0].contains("connections 12, forked 12,"), "{lines:?}");
                assert!(lines[0].ends_with(", peak 4"), "{lines:?}");
            });
        }
    });
}

/// Four at a time, wherever the limit is one of workers, threads or connections.
#[test]
fn at_their_limit_the_others_wait_and_are_answered() {
    for (model, limit) in [
        ("prefork", "--workers=4"),
        ("thread", "--max-connections=4"),
        ("epoll", "--max-connections=4"),
    ] {
        let server = Server::of(model).with(limit).with("--sleep=2").start();
        let took = crowd(&server).as_secs_f64();
        assert!((5.99..22.0).contains(&took), "{model}: {took}");
        let (_, lines) = server.stop();
        assert!(lines[0].contains("connections 12"), "{lines:?}");
    }
}

/// Many at once, none of them lost.
#[test]
fn four_hundred_clients_are_answered_in_each_model() {
    each_server(&[], |server| {
        let port = server.port;
        thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(move || {
                    for _ in 0..50 {
                        let stream = TcpStream::connect(("127.0.0.1", port)).expect("connect");
                        stream.set_read_timeout(Some(PATIENCE)).expect("a limit");
                        assert_eq!(exchange(stream, GET), RESPONSE);
                    }
                });
            }
        });
    });
}

/// Clients that are being served, each by a child of its own that sleeps: valgrind may deliver
/// a SIGSEGV that comes before only after the sleep.
fn in_service<const N: usize>(server: &Server) -> [(TcpStream, u32); N] {
    let mut before = Vec::new();
    std::array::from_fn(|_| {
        let stream = server.get();
        let mut new = None;
        wait_until("there is one child more", || {
            new = children(server.pid)
                .into_iter()
                .find(|child| !before.contains(child));
            new.is_some()
        });
        before.extend(new);
        let child = new.expect("found");
        wait_until("it sleeps", || state(child) == Some('S'));
        (stream, child)
    })
}

#[test]
fn a_child_that_is_killed_crashes_or_is_stopped_harms_nobody() {
    let server = Server::of("fork")
        .with("--sleep=3")
        .with("--verbose")
        .start();
    let [killed, crashed, stopped, left_alone] = in_service(&server);
    for (name, (_, child)) in [("KILL", &killed), ("SEGV", &crashed), ("STOP", &stopped)] {
        signal(name, *child);
    }
    for (mut stream, _) in [killed, crashed] {
        let end = stream.read(&mut [0]);
        assert!(!matches!(end, Ok(1..)), "no answer from the dead: {end:?}");
    }
    assert_eq!(received(left_alone.0), RESPONSE);
    assert_eq!(server.send(GET), RESPONSE);
    let (mut stream, child) = stopped;
    assert_eq!(state(child), Some('T'));
    stream
        .set_read_timeout(Some(Duration::from_millis(100)))
        .expect("a timeout");
    assert!(stream.read(&mut [0]).is_err(), "it is stopped");
    signal("CONT", child);
    stream.set_read_timeout(Some(PATIENCE)).expect("a timeout");
    assert_eq!(received(stream), RESPONSE);
    server.idle();
    let (_, lines) = server.stop();
    for line in [
        "acceptd: killed by signal 9",
        "acceptd: killed by signal 11",
    ] {
        let told = lines.iter().filter(|told| *told == line).count();
        assert_eq!(told, 1, "{line}: {lines:?}");
    }
    let last = lines.last().expect("the stop line");
    assert!(
        last.contains("connections 5, forked 5, reaped 5,"),
        "{last}"
    );
}

#[test]
fn a_stopped_child_does_not_hold_up_the_stop_of_the_server() {
    let server = Server::of("fork")
        .with("--sleep=30")
        .with("--grace=0.3")
        .start();
    let [(mut stream, child)] = in_service(&server);
    signal("STOP", child);
    let (took, lines) = server.stop();
    assert!(took >= Duration::from_millis(300), "{took:?}");
    assert!(took < AT_ONCE, "{took:?}");
    assert_eq!(
        lines,
        ["acceptd: fork: stopped: connections 1, forked 1, reaped 1, peak 1, cut 1"]
    );
    assert_eq!(state(child), None, "killed and reaped");
    assert!(
        !matches!(stream.read(&mut [0]), Ok(1..)),
        "cut, not answered"
    );
}
