//! A stop under load: whoever has connected is answered, whoever has not is
//! refused. Nobody is reset, and nobody gets less than an answer.

use crate::proc::{PATIENCE, allow_descriptors};
use crate::server::{GET, RESPONSE, Server, count, received, wait_until, with_each_model};
use std::io::{ErrorKind, Read, Write};
use std::net::{Ipv4Addr, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::thread;

/// What became of a client.
#[derive(Debug, PartialEq, Eq)]
enum Fate {
    Answered,
    Refused,
    Lost(String),
}

fn client(place: (Ipv4Addr, u16)) -> Fate {
    let mut stream = match TcpStream::connect(place) {
        Ok(stream) => stream,
        Err(error) if error.kind() == ErrorKind::ConnectionRefused => return Fate::Refused,
        Err(error) => return Fate::Lost(format!("connect: {error}")),
    };
    stream.set_read_timeout(Some(PATIENCE)).expect("a limit");
    if let Err(error) = stream.write_all(GET) {
        return Fate::Lost(format!("send: {error}"));
    }
    let mut answer = Vec::new();
    match stream.read_to_end(&mut answer) {
        Ok(_) if answer == RESPONSE => Fate::Answered,
        Ok(_) => Fate::Lost(format!("{} bytes", answer.len())),
        Err(error) => Fate::Lost(format!("receive: {error}")),
    }
}

/// 32 clients, each with one request after another, until it is refused.
#[test]
fn thirty_two_clients_in_a_loop() {
    with_each_model(|model| {
        for option in ["--sleep=0", "--sleep=0.005"] {
            let server = Server::of(model).alone().with(option).start();
            let place = (server.address, server.port);
            let answered = AtomicUsize::new(0);
            thread::scope(|scope| {
                for _ in 0..32 {
                    scope.spawn(|| {
                        loop {
                            match client(place) {
                                Fate::Answered => answered.fetch_add(1, Relaxed),
                                Fate::Refused => break,
                                lost => panic!("{model} {option}: {lost:?}"),
                            };
                        }
                    });
                }
                wait_until("they are served", || answered.load(Relaxed) >= 64);
                server.signal("TERM");
            });
            let (status, lines) = server.ended();
            assert_eq!(status.code(), Some(0), "{model}: {lines:?}");
            let last = lines.last().expect("a line");
            let answered = answered.load(Relaxed);
            assert_eq!(count(last, "connections"), Some(answered), "{last}");
            assert!(!last.contains("cut"), "{last}");
        }
    });
}

/// The backlog is full of clients when the stop comes.
#[test]
fn the_whole_queue_is_answered() {
    allow_descriptors();
    with_each_model(|model| {
        let option = match model {
            "fork" => "--max-children=1",
            "prefork" => "--workers=1",
            "thread" | "epoll" => "--max-connections=1",
            _ => "--verbose",
        };
        let server = Server::of(model).with(option).with("--sleep=0.01");
        let server = server.with("--grace=60").start();
        let streams: Vec<TcpStream> = (0..200).map(|_| server.get()).collect();
        server.signal("TERM");
        for stream in streams {
            assert_eq!(received(stream), RESPONSE, "{model}");
        }
        let (status, lines) = server.ended();
        assert_eq!(status.code(), Some(0), "{model}");
        let last = lines.last().expect("a stop line");
        assert!(last.contains("connections 200"), "{last}");
        assert!(!last.contains("cut"), "{last}");
    });
}

/// A server is replaced under load, with --reuseport: no client notices, but
/// for a SYN that the old one dropped, which is repeated after a second.
#[test]
fn a_restart_under_load_loses_nobody() {
    with_each_model(|model| {
        let first = Server::of(model).with("--reuseport").start();
        let (address, port) = (first.address, first.port);
        let start = || {
            let next = Server::of(model).with("--reuseport");
            next.with("--port").with(&port.to_string()).start()
        };
        let mut last = None;
        let (answered, rounds) = (AtomicUsize::new(0), AtomicUsize::new(0));
        thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| {
                    while rounds.load(Relaxed) < 3 {
                        assert_eq!(client((address, port)), Fate::Answered, "{model}");
                        answered.fetch_add(1, Relaxed);
                    }
                });
            }
            let mut running = first;
            for _ in 0..3 {
                let before = answered.load(Relaxed);
                wait_until("a hundred more are served", || {
                    answered.load(Relaxed) >= before + 100
                });
                let next = start();
                running.stop();
                running = next;
                rounds.fetch_add(1, Relaxed);
            }
            last = Some(running); // the clients end before it does
        });
        last.expect("a server").stop();
    });
}
