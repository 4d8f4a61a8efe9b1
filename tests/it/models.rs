//! How the models differ.

use crate::server::{
    AT_ONCE, GET, RESPONSE, Server, answer, children, each_server, exchange, sockets, wait_until,
};
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
    assert!(took >= 0.99, "{took}");
}

#[test]
fn prefork_serves_as_many_sleepers_at_once_as_there_are_workers() {
    let server = Server::of("prefork")
        .with("--workers=3")
        .with("--sleep=2")
        .start();
    let took = served(&server, 6).as_secs_f64();
    assert!((3.99..12.0).contains(&took), "{took}"); // twelve: one after another
    let (_, lines) = server.stop();
    let line = "acceptd: prefork: stopped: connections 6, forked 3, reaped 3, peak 3";
    assert_eq!(lines, [line]);
}

#[test]
fn fork_thread_and_epoll_serve_sleepers_at_once() {
    for (model, counts) in [
        ("fork", ", forked 20, reaped 20, peak 20"),
        ("thread", ""),
        ("epoll", ""),
    ] {
        let server = Server::of(model).with("--sleep=2").start();
        let took = served(&server, 20).as_secs_f64();
        assert!((1.99..20.0).contains(&took), "{model}: {took}"); // forty: one after another
        let (_, lines) = server.stop();
        let line = format!("acceptd: {model}: stopped: connections 20{counts}");
        assert_eq!(lines, [line]);
    }
}

/// epoll does not wait for one client while another is there; a worker does.
#[test]
fn silent_clients_hold_up_nobody_but_their_own_process_or_thread() {
    for model in ["fork", "thread", "epoll"] {
        let server = Server::of(model).with("--timeout=30").start();
        let _silent: Vec<_> = (0..50).map(|_| server.connect()).collect();
        let start = Instant::now();
        assert_eq!(server.send(GET), RESPONSE, "{model}");
        let took = start.elapsed();
        assert!(took < AT_ONCE, "{model}: {took:?}");
    }
}

#[test]
fn a_worker_that_is_killed_is_replaced() {
    let server = Server::of("prefork").with("--workers=2").start();
    wait_until("they are forked", || children(server.pid).len() == 2);
    for _ in 0..3 {
        let killed = children(server.pid)[0];
        crate::server::signal("KILL", killed);
        wait_until("another takes its place", || {
            let now = children(server.pid);
            now.len() == 2 && !now.contains(&killed)
        });
        assert_eq!(server.send(GET), RESPONSE);
    }
    let (_, lines) = server.stop();
    let line = "acceptd: prefork: stopped: connections 3, forked 5, reaped 5, peak 2";
    assert_eq!(lines, [line]);
}

/// Descriptors 0, 1, 2, the listener, and epoll's: what a connection had is closed.
#[test]
fn no_descriptor_is_left_behind() {
    each_server(&[], |server| {
        let idle = server.idle_sockets();
        for _ in 0..20 {
            assert_eq!(server.send(GET), RESPONSE);
        }
        wait_until("all are closed", || server.sockets() == idle);
    });
}

#[test]
fn no_child_is_left_defunct_while_the_server_is_idle() {
    let server = Server::of("fork").with("--sleep=0.1").start();
    served(&server, 30);
    server.idle(); // children() counts zombies too
}

#[test]
fn parent_and_child_each_hold_their_own_descriptors_only() {
    let server = Server::of("fork").with("--sleep=30").start();
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
    for (model, counts) in [
        ("iterative", ""),
        ("fork", ", forked 3, reaped 3, peak "),
        ("prefork", ", forked 4, reaped 4, peak 4"),
        ("thread", ""),
        ("epoll", ""),
    ] {
        let server = Server::of(model).with("--exit-after=3").start();
        server.idle_sockets();
        for _ in 0..3 {
            assert_eq!(server.send(GET), RESPONSE, "{model}");
        }
        let (status, lines) = server.ended();
        assert_eq!(status.code(), Some(0), "{model}");
        let line = format!("acceptd: {model}: stopped: connections 3{counts}");
        assert!(lines[0].starts_with(&line), "{lines:?}");
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
    let server = Server::of("fork").with("--exit-after=1").with("--sleep=30");
    let server = server.with("--max-children=1").with("--grace=0.5").start();
    let _stream = server.get();
    wait_until("nobody listens", || server.refuses());
    let (status, _) = server.ended(); // --grace began
    assert_eq!(status.code(), Some(0));
}
