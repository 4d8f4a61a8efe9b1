//! How the models differ.

use crate::server::{
    AT_ONCE, GET, RESPONSE, Server, children, each_server, exchange, sockets, wait_until,
};
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
