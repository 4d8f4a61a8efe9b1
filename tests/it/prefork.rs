//! Workers of prefork that die or end, and who serves then.

use crate::proc::all_children;
use crate::server::{GET, RESPONSE, Server, count, is_in_accept, received, signal, wait_until};
use crate::stop::holder_has;
use std::io::Read;

/// Workers that are killed together are all replaced.
#[test]
fn prefork_replaces_each_worker() {
    let server = Server::of("prefork").start();
    wait_until("there are four", || all_children(server.pid).len() == 4);
    let killed = all_children(server.pid);
    for worker in &killed {
        signal("KILL", *worker);
    }
    wait_until("there are four others", || {
        let workers = all_children(server.pid);
        workers.len() == 4 && workers.iter().all(|worker| !killed.contains(worker))
    });
    assert_eq!(server.send(GET), RESPONSE);
    server.stop();
}

/// A worker that alone gets SIGTERM ends, though nobody connects, and is replaced.
#[test]
fn prefork_worker_ends_by_itself() {
    let server = Server::of("prefork")
        .with("--workers=1")
        .with("--timeout=0");
    let server = server.start();
    wait_until("there is one", || all_children(server.pid).len() == 1);
    let worker = all_children(server.pid)[0];
    // Before accept, the signal would hold only from the next connection on.
    wait_until("it accepts", || is_in_accept(worker));
    signal("TERM", worker);
    wait_until("there is another", || {
        let workers = all_children(server.pid);
        workers.len() == 1 && workers[0] != worker
    });
    assert_eq!(server.send(GET), RESPONSE);
    server.stop();
}

/// Workers that wait in accept while another has the last connection may get one more: it is
/// dropped. The parent is stopped, so that the listener still listens.
#[test]
fn prefork_serves_no_more_than_exit_after() {
    let server = Server::of("prefork").with("--exit-after=1").start();
    wait_until("all workers are there", || {
        all_children(server.pid).len() == 4
    });
    server.signal("STOP");
    assert_eq!(server.send(GET), RESPONSE);
    let answer = server.get().read(&mut [0; 16]);
    assert!(!matches!(answer, Ok(1..)), "{answer:?}");
    server.signal("CONT");
    let (_, lines) = server.ended();
    let last = lines.last().expect("a stop line");
    assert!(last.contains("connections 1, "), "{last}");
}

/// A worker that dies while it serves the queue leaves it to the parent.
#[test]
fn prefork_serves_the_queue_of_a_worker_that_dies_at_the_stop() {
    let server = Server::of("prefork").alone().with("--workers=1");
    let server = server.with("--sleep=3").with("--grace=60").start();
    let first = server.get();
    wait_until("it is accepted", || holder_has(&server, "prefork"));
    let queued = [server.get(), server.get()];
    let worker = all_children(server.pid)[0];
    server.signal("TERM");
    server.wait_until_told();
    signal("KILL", worker);
    for stream in queued {
        assert_eq!(received(stream), RESPONSE);
    }
    let (status, lines) = server.ended();
    assert_eq!(status.code(), Some(0));
    let last = lines.last().expect("a stop line");
    // Three, and those that `refuses` made before the signal had come.
    assert!(count(last, "connections") >= Some(3), "{last}");
    assert!(last.contains("forked 1, reaped 1"), "{last}");
    drop(first);
}
