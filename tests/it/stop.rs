//! SIGTERM and SIGINT: status 0, and the request in flight answered first.

use crate::server::{GET, RESPONSE, Server, children, received, wait_until};
use std::io::Write;
use std::net::TcpStream;
use std::time::Duration;

const MODELS: [&str; 2] = ["iterative", "fork"];

#[test]
fn an_idle_server_stops_at_once() {
    for model in MODELS {
        for signal in ["TERM", "INT"] {
            let server = Server::of(model).start();
            assert_eq!(server.send(GET), RESPONSE);
            server.idle();
            server.signal(signal);
            let (status, _) = server.ended();
            assert_eq!(status.code(), Some(0), "{model}, SIG{signal}");
        }
        let (took, _) = Server::of(model).start().stop();
        assert!(took < Duration::from_millis(500), "{model}: {took:?}");
    }
}

/// A client whose request the server has, and is about to answer.
pub fn in_flight(server: &Server, model: &str) -> TcpStream {
    let mut stream = server.connect();
    stream.write_all(GET).expect("send");
    wait_until("it is accepted", || holder_has(server, model));
    stream
}

/// Whether the process that is to answer has the connection.
pub fn holder_has(server: &Server, model: &str) -> bool {
    let holder = if model == "iterative" {
        Some(server.pid)
    } else {
        children(server.pid).first().copied()
    };
    holder.is_some_and(|pid| std::fs::exists(format!("/proc/{pid}/fd/4")).unwrap_or(false))
}

#[test]
fn the_request_in_flight_is_answered_first() {
    for model in MODELS {
        let server = Server::of(model).with("--sleep=0.4").start();
        let stream = in_flight(&server, model);
        server.signal("TERM");
        wait_until("nobody else can connect", || {
            TcpStream::connect(("127.0.0.1", server.port)).is_err()
        });
        assert_eq!(received(stream), RESPONSE, "{model}");
        let (status, _) = server.ended();
        assert_eq!(status.code(), Some(0), "{model}");
    }
}

#[test]
fn a_terminal_interrupts_the_whole_group_and_no_answer_is_lost() {
    for model in ["iterative", "fork"] {
        // Ctrl-C is SIGINT for each process of the group, in no certain order.
        for _ in 0..5 {
            let server = Server::of(model).with("--sleep=0.1");
            let server = server.under(&["setsid"]).start();
            let stream = in_flight(&server, model);
            crate::server::signal("INT", format!("-{}", server.pid));
            assert_eq!(received(stream), RESPONSE, "{model}");
            assert_eq!(server.ended().0.code(), Some(0), "{model}");
        }
    }
}

#[test]
fn a_second_signal_ends_it_at_once() {
    for model in MODELS {
        let server = Server::of(model).with("--sleep=30").start();
        let _stream = in_flight(&server, model);
        server.signal("TERM");
        wait_until("the first signal is handled", || {
            TcpStream::connect(("127.0.0.1", server.port)).is_err()
        });
        let children = children(server.pid);
        server.signal("TERM");
        for child in children {
            crate::server::signal("KILL", child);
        }
        assert_eq!(server.ended().0.code(), Some(128 + 15), "{model}");
    }
}

#[test]
fn the_same_as_pid_1() {
    let root = std::fs::metadata("/proc/self").map(|me| std::os::unix::fs::MetadataExt::uid(&me));
    let mut unshare = vec!["unshare", "--pid", "--fork", "--kill-child"];
    if root.expect("/proc") != 0 {
        unshare.extend(["--user", "--map-root-user"]);
    }
    for model in MODELS {
        let server = Server::of(model).under(&unshare).start();
        let status =
            std::fs::read_to_string(format!("/proc/{}/status", server.pid)).expect("/proc");
        let inside = status
            .lines()
            .find_map(|line| line.strip_prefix("NSpid:"))
            .expect("NSpid");
        assert_eq!(inside.split_whitespace().last(), Some("1"));
        assert_eq!(server.send(GET), RESPONSE);
        let (took, _) = server.stop();
        assert!(took < Duration::from_millis(500), "{model}: {took:?}");

        let server = Server::of(model)
            .with("--sleep=0.3")
            .under(&unshare)
            .start();
        let stream = in_flight(&server, model);
        server.signal("TERM");
        assert_eq!(received(stream), RESPONSE, "{model}");
        assert_eq!(server.ended().0.code(), Some(0), "{model}");
    }
}

#[test]
fn the_first_signal_after_exit_after_is_the_first() {
    let server = Server::of("fork").with("--exit-after=1").with("--sleep=1");
    let server = server.start();
    let stream = in_flight(&server, "fork");
    wait_until("it has enough", || server.try_connect().is_err());
    server.signal("TERM");
    assert_eq!(received(stream), RESPONSE);
    let (status, lines) = server.ended();
    assert_eq!(status.code(), Some(0), "{lines:?}");

    let killing = Server::of("process")
        .with("--exit-after=1")
        .with("--sleep=30");
    let server = killing.start();
    let _stream = in_flight(&server, "process");
    wait_until("it has enough", || server.try_connect().is_err());
    let (took, _) = server.stop();
    assert!(took < Duration::from_secs(2), "{took:?}");
}
