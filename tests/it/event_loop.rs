//! What epoll promises beyond the other models: turns, memory, and a listener that is
//! left alone while there is no room.

use crate::proc::status;
use crate::server::{GET, LAST, RESPONSE, Server, exchange, received, sockets, wait_until};
use crate::strace::Recording;
use std::io::Write;
use std::net::TcpStream;
use std::thread::sleep;
use std::time::Duration;

/// While there is no room, epoll does not watch the listener, whatever else happens.
#[test]
fn at_the_limit_the_event_loop_leaves_its_listener_alone() {
    let recording = Recording::of("limit");
    let strace = recording.command(&["-e", "trace=recvfrom,epoll_ctl"]);
    let server = Server::of("epoll").with("--max-connections=1");
    let server = server.under(&strace).start();
    let mut slow = server.connect();
    let (bytes, rest) = GET.split_at(5);
    for (n, byte) in bytes.iter().enumerate() {
        slow.write_all(&[*byte]).expect("send");
        wait_until("the byte is received", || {
            recording
                .text()
                .lines()
                .filter(|line| line.ends_with(" = 1"))
                .count()
                == n + 1
        });
    }
    let next = server.get();
    assert_eq!(exchange(slow, rest), RESPONSE);
    assert_eq!(received(next), RESPONSE);
    server.stop();
    let calls = recording.text();
    let count = |change: &str| calls.matches(&format!("{change}, 3,")).count();
    let changes = [count("EPOLL_CTL_ADD"), count("EPOLL_CTL_DEL")];
    assert_eq!(changes, [2, 1], "{calls}"); // for the first, and when that has gone
}

/// While there is no room, epoll waits for it, and does not look again and again.
#[test]
fn at_the_limit_the_event_loop_waits() {
    let recording = Recording::of("waits");
    let strace = recording.command(&["-e", "trace=epoll_pwait"]);
    let server = Server::of("epoll").with("--max-connections=1");
    let server = server.with("--sleep=0.5").under(&strace).start();
    for stream in [server.get(), server.get()] {
        assert_eq!(received(stream), RESPONSE);
    }
    server.stop();
    let calls = recording.text();
    assert!(calls.lines().count() < 30, "{calls}");
}

/// A client that has gone before it was accepted is no reason to pause.
#[test]
fn the_event_loop_accepts_on_after_an_error_of_one_client() {
    let recording = Recording::of("aborted");
    let abort = "inject=accept4:error=ECONNABORTED:when=1";
    let strace = recording.command(&["-e", "trace=epoll_ctl,accept4", "-e", abort]);
    let server = Server::of("epoll").under(&strace);
    let server = server.start();
    assert_eq!(server.send(GET), RESPONSE);
    server.stop();
    let calls = recording.text();
    assert!(calls.contains("(INJECTED)"), "{calls}");
    assert!(!calls.contains("EPOLL_CTL_DEL"), "{calls}");
}

/// However much a client asks for at once, the others have their turn after 64 calls.
#[test]
fn the_event_loop_makes_64_calls_for_one_connection_and_then_looks_at_the_others() {
    let recording = Recording::of("turns");
    let calls = "trace=recvfrom,sendto,epoll_pwait";
    let server = Server::of("epoll").with("--keep-alive");
    let server = server.under(&recording.command(&["-e", calls])).start();
    let requests = [&GET.repeat(300), LAST].concat();
    let answers = server.send(&requests);
    assert_eq!(
        answers.windows(6).filter(|part| part == b"200 OK").count(),
        301
    );
    server.stop();
    let trace = recording.text();
    let turns = trace.split("epoll_pwait(");
    let most = turns.map(|turn| turn.matches("5, \"").count()).max();
    assert_eq!(most, Some(64), "{trace}");
}

/// Two heads come in parts, in turn: a good one, and one whose method is no token.
#[test]
fn the_event_loop_keeps_the_parts_of_two_heads_apart() {
    let server = Server::of("epoll").start();
    let (mut good, mut bad) = (server.connect(), server.connect());
    for (first, second) in [("GET /", "G@T /"), (" HTTP/1.1\r\n", " HTTP/1.1\r\n")] {
        for (stream, part) in [(&mut good, first), (&mut bad, second)] {
            stream.write_all(part.as_bytes()).expect("send");
            sleep(Duration::from_millis(20)); // it comes in a turn of its own
        }
    }
    for stream in [&mut good, &mut bad] {
        stream.write_all(b"\r\n").expect("send");
    }
    assert_eq!(received(good), RESPONSE);
    let refused = String::from_utf8(received(bad)).expect("text");
    assert!(refused.starts_with("HTTP/1.1 400 "), "{refused}");
    server.stop();
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
    let streams: Vec<TcpStream> = (0..400).map(|_| server.get()).collect();
    for stream in streams {
        assert_eq!(received(stream), RESPONSE);
    }
    let grown = resident(&server) - before;
    assert!(grown < 400, "400 connections took {grown} kB");
    server.stop();
}

/// The queue that --grace cuts off is counted, where the server still has it.
#[test]
fn the_event_loop_counts_its_queue() {
    let server = Server::of("epoll").with("--max-connections=2");
    let server = server.with("--sleep=10").with("--grace=0.3").start();
    let streams: Vec<TcpStream> = (0..6).map(|_| server.get()).collect();
    wait_until("two are accepted", || sockets(server.pid).len() == 3);
    let (_, lines) = server.stop();
    let last = lines.last().expect("a stop line");
    assert!(last.ends_with("connections 6, cut 6"), "{last}");
    drop(streams);
}
