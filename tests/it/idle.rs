//! Clients that keep a connection, at the stop.

use crate::proc::try_signal;
use crate::server::{AT_ONCE, GET, KEPT, MODELS, RESPONSE, Server, children, received};
use std::io::{ErrorKind, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::thread;
use std::time::Duration;

/// A client that has been answered, and keeps its connection.
fn idle(server: &Server) -> TcpStream {
    let mut stream = server.get();
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
        let third = server.get();
        let (took, lines) = server.stop();
        assert!(took < AT_ONCE, "{model}: {took:?}");
        assert_eq!(received(third), RESPONSE, "{model}");
        let last = lines.last().expect("a stop line");
        assert!(!last.contains("cut"), "{last}");
    }
}

/// An empty line after a request is nothing: the connection is as idle as before.
#[test]
fn an_empty_line_is_no_request() {
    for model in MODELS {
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

/// A request that comes in two parts, one before the stop and one after, is
/// answered, or the connection is closed without a word; it is no bad request.
#[test]
fn half_a_later_request_at_the_stop() {
    for model in MODELS {
        let server = Server::of(model).alone().with("--keep-alive=15").start();
        let mut stream = server.get();
        let mut first = [0; KEPT.len()];
        stream.read_exact(&mut first).expect("an answer");
        stream.write_all(&GET[..10]).expect("send");
        thread::sleep(Duration::from_millis(50));
        tell_all(&server);
        let _ = stream.write_all(&GET[10..]);
        let rest = until_closed(&mut stream);
        assert!(rest.is_empty() || rest == RESPONSE, "{model}: {rest:?}");
        assert_eq!(server.ended().0.code(), Some(0), "{model}");
    }
}

/// SIGTERM to the server and to its children, who would learn of the stop a moment later.
fn tell_all(server: &Server) {
    server.signal("TERM");
    server.wait_until_told();
    for child in children(server.pid) {
        let _ = try_signal("TERM", child);
    }
}

/// What comes until the connection is closed, or reset.
fn until_closed(stream: &mut TcpStream) -> Vec<u8> {
    let mut bytes = Vec::new();
    if let Err(error) = stream.read_to_end(&mut bytes) {
        assert_eq!(error.kind(), ErrorKind::ConnectionReset);
    }
    bytes
}

/// A head that the client ends in the middle is a bad request, during a stop, too. After
/// another request it is none: there the server itself may have ended what comes.
#[test]
fn a_head_that_ends_in_the_middle_during_a_stop() {
    for model in MODELS {
        for is_first in [true, false] {
            let server = Server::of(model).alone().with("--keep-alive=15").start();
            let mut stream = if is_first {
                server.connect()
            } else {
                idle(&server)
            };
            stream.write_all(&GET[..10]).expect("send");
            thread::sleep(Duration::from_millis(50));
            tell_all(&server);
            // A connection that was idle may be closed by now, with the bytes unread: a reset.
            let _ = stream.shutdown(Shutdown::Write);
            let rest = until_closed(&mut stream);
            let is_refused = String::from_utf8_lossy(&rest).contains(" 400 ");
            assert_eq!(is_refused, is_first, "{model}");
            assert_eq!(server.ended().0.code(), Some(0), "{model}");
        }
    }
}
