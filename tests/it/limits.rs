//! The stop at the limit of children or threads, and other corners where two
//! options meet.

use crate::proc::{all_children, status};
use crate::server::{AT_ONCE, GET, LAST, RESPONSE, Server, exchange, received, signal, wait_until};
use crate::stop::holder_has;
use std::fs;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::thread;
use std::time::Duration;

fn get(server: &Server) -> TcpStream {
    let mut stream = server.connect();
    stream.write_all(GET).expect("send");
    stream
}

/// A client that has been answered, and keeps its connection.
fn idle(server: &Server) -> TcpStream {
    let mut stream = get(server);
    let mut head = [0; 16];
    stream.read_exact(&mut head).expect("an answer");
    stream
}

/// Idle connections do not keep the one behind them waiting when the server stops.
#[test]
fn idle_connections_at_the_limit_give_way_at_the_stop() {
    for (model, option) in [
        ("fork", "--max-children=2"),
        ("thread", "--max-connections=2"),
        ("epoll", "--max-connections=2"),
    ] {
        let server = Server::of(model).with(option).with("--keep-alive=30");
        let server = server.with("--grace=30").start();
        let _idle = [idle(&server), idle(&server)];
        let third = get(&server);
        let (took, lines) = server.stop();
        assert!(took < AT_ONCE, "{model}: {took:?}");
        assert_eq!(received(third), RESPONSE, "{model}");
        let last = lines.last().expect("a stop line");
        assert!(!last.contains("cut"), "{last}");
    }
}

/// While there is no room, epoll does not watch the listener, whatever else happens.
#[test]
fn at_the_limit_the_event_loop_leaves_its_listener_alone() {
    let name = format!("limit-{}.strace", std::process::id());
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let file = path.to_str().expect("text");
    let strace = ["strace", "-o", file, "-e", "trace=recvfrom,epoll_ctl"];
    let server = Server::of("epoll").with("--max-connections=1");
    let server = server.under(&strace).start();
    let trace = || fs::read_to_string(&path).unwrap_or_default();
    let mut slow = server.connect();
    let (bytes, rest) = GET.split_at(5);
    for (n, byte) in bytes.iter().enumerate() {
        slow.write_all(&[*byte]).expect("send");
        wait_until("the byte is received", || {
            trace()
                .lines()
                .filter(|line| line.ends_with(" = 1"))
                .count()
                == n + 1
        });
    }
    let next = get(&server);
    assert_eq!(exchange(slow, rest), RESPONSE);
    assert_eq!(received(next), RESPONSE);
    server.stop();
    let calls = trace();
    fs::remove_file(&path).expect("removed");
    let count = |change: &str| calls.matches(&format!("{change}, 3,")).count();
    let changes = [count("EPOLL_CTL_ADD"), count("EPOLL_CTL_DEL")];
    assert_eq!(changes, [2, 1], "{calls}"); // for the first, and when that has gone
}

/// However much a client asks for at once, the others have their turn after 64 calls.
#[test]
fn the_event_loop_makes_64_calls_for_one_connection_and_then_looks_at_the_others() {
    let name = format!("turns-{}.strace", std::process::id());
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let file = path.to_str().expect("text");
    let calls = "trace=recvfrom,sendto,epoll_pwait";
    let server = Server::of("epoll").with("--keep-alive");
    let server = server.under(&["strace", "-o", file, "-e", calls]).start();
    let requests = [&GET.repeat(300), LAST].concat();
    let answers = server.send(&requests);
    assert_eq!(
        answers.windows(6).filter(|part| part == b"200 OK").count(),
        301
    );
    server.stop();
    let trace = fs::read_to_string(&path).expect("a trace");
    fs::remove_file(&path).expect("removed");
    let turns = trace.split("epoll_pwait(");
    let most = turns.map(|turn| turn.matches("5, \"").count()).max();
    assert_eq!(most, Some(64), "{trace}");
}

/// Workers that are killed together are all replaced.
#[test]
fn prefork_replaces_each_worker() {
    let server = Server::of("prefork").start();
    wait_until("there are four", || all_children(server.pid).len() == 4);
    for worker in all_children(server.pid) {
        signal("KILL", worker);
    }
    wait_until("there are four others", || {
        let workers = all_children(server.pid);
        workers.len() == 4
            && workers
                .iter()
                .all(|worker| crate::server::state(*worker) != Some('Z'))
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
    signal("TERM", worker);
    wait_until("there is another", || {
        let workers = all_children(server.pid);
        workers.len() == 1 && workers[0] != worker
    });
    assert_eq!(server.send(GET), RESPONSE);
    server.stop();
}

/// During --stop-delay a server still serves, whatever happens to children later.
#[test]
fn stop_delay_serves_all() {
    for options in [
        ["--on-stop=kill", "--max-children=1"],
        ["--on-stop=drain", "--max-children=1"],
    ] {
        let server = Server::of("fork")
            .with("--stop-delay=4")
            .with("--sleep=0.1");
        let server = server.with(options[0]).with(options[1]).start();
        server.signal("TERM");
        for stream in [get(&server), get(&server), get(&server)] {
            assert_eq!(received(stream), RESPONSE, "{options:?}");
        }
        assert_eq!(server.ended().0.code(), Some(0));
    }
}

/// --exit-after ends a --stop-delay: nobody is accepted and dropped.
#[test]
fn exit_after_ends_the_stop_delay() {
    for model in crate::server::MODELS {
        let server = Server::of(model).with("--stop-delay=30");
        let server = server.with("--exit-after=1").start();
        server.signal("TERM");
        assert_eq!(server.send(GET), RESPONSE, "{model}");
        wait_until("nobody listens", || server.refuses());
        let (status, lines) = server.ended();
        assert_eq!(status.code(), Some(0), "{model}");
        let last = lines.last().expect("a stop line");
        assert!(last.contains("connections 1"), "{last}");
    }
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
    let answer = get(&server).read(&mut [0; 16]);
    assert!(!matches!(answer, Ok(1..)), "{answer:?}");
    server.signal("CONT");
    let (_, lines) = server.ended();
    let last = lines.last().expect("a stop line");
    assert!(last.contains("connections 1, "), "{last}");
}

/// An empty line after a request is nothing: the connection is as idle as before.
#[test]
fn an_empty_line_is_no_request() {
    for model in crate::server::MODELS {
        let server = Server::of(model).with("--keep-alive=30");
        let server = server.with("--timeout=30").with("--grace=30").start();
        let mut stream = idle(&server);
        stream.write_all(b"\r\n").expect("send");
        thread::sleep(Duration::from_millis(100));
        let (took, lines) = server.stop();
        assert!(took < AT_ONCE, "{model}: {took:?}");
        let last = lines.last().expect("a stop line");
        assert!(!last.contains("cut"), "{last}");
    }
}

/// The queue that --grace cuts off is counted, where the server still has it.
#[test]
fn the_event_loop_counts_its_queue() {
    let server = Server::of("epoll").with("--max-connections=2");
    let server = server.with("--sleep=10").with("--grace=0.3").start();
    let streams: Vec<TcpStream> = (0..6).map(|_| get(&server)).collect();
    wait_until("two are accepted", || {
        crate::server::sockets(server.pid).len() == 3
    });
    let (_, lines) = server.stop();
    let last = lines.last().expect("a stop line");
    assert!(last.ends_with("connections 6, cut 6"), "{last}");
    drop(streams);
}

/// A worker that dies while it serves the queue leaves it to the parent.
#[test]
fn prefork_serves_the_queue_of_a_worker_that_dies_at_the_stop() {
    let server = Server::of("prefork").with("--workers=1");
    let server = server.with("--sleep=3").with("--grace=60").start();
    let first = get(&server);
    wait_until("it is accepted", || holder_has(&server, "prefork"));
    let queued = [get(&server), get(&server)];
    let worker = all_children(server.pid)[0];
    server.signal("TERM");
    wait_until("nobody new gets in", || server.refuses());
    signal("KILL", worker);
    for stream in queued {
        assert_eq!(received(stream), RESPONSE);
    }
    let (status, lines) = server.ended();
    assert_eq!(status.code(), Some(0));
    let last = lines.last().expect("a stop line");
    // Three, and those that `refuses` made before the signal had come.
    let count = last.split_once("connections ").expect("counts").1;
    let count = count.split(',').next().expect("a count");
    assert!(count.parse::<u32>().expect("a number") >= 3, "{last}");
    assert!(last.contains("forked 1, reaped 1"), "{last}");
    drop(first);
}

/// A connection of the event loop has a buffer of its own, whose memory is touched only
/// for a head that has not come whole.
#[test]
fn sleepers_take_less_than_a_page_each() {
    let resident = |server: &Server| {
        let size = status(server.pid, "RssAnon").expect("a size");
        let size = size.strip_suffix(" kB").expect("kB");
        size.parse::<usize>().expect("a number")
    };
    let server = Server::of("epoll").with("--sleep=0.5").start();
    assert_eq!(server.send(GET), RESPONSE);
    let before = resident(&server);
    let streams: Vec<TcpStream> = (0..400).map(|_| get(&server)).collect();
    for stream in streams {
        assert_eq!(received(stream), RESPONSE);
    }
    let grown = resident(&server) - before;
    assert!(grown < 400, "400 connections took {grown} kB");
    server.stop();
}

/// A request that comes in two parts, one before the stop and one after, is
/// answered, or the connection is closed without a word; it is no bad request.
#[test]
fn half_a_later_request_at_the_stop() {
    for model in crate::server::MODELS {
        let server = Server::of(model).with("--keep-alive=15").start();
        let mut stream = server.connect();
        stream.write_all(GET).expect("send");
        let mut first = vec![0; RESPONSE.len()];
        stream.read_exact(&mut first).expect("an answer");
        stream.write_all(&GET[..10]).expect("send");
        thread::sleep(Duration::from_millis(50));
        server.signal("TERM");
        thread::sleep(Duration::from_millis(50));
        let _ = stream.write_all(&GET[10..]);
        let mut rest = Vec::new();
        let _ = stream.read_to_end(&mut rest);
        let text = String::from_utf8_lossy(&rest);
        assert!(!text.contains(" 400 "), "{model}: {text}");
    }
}
