//! `--every N`: one connection in N is slow, or fails; the others are as usual.

use crate::server::{AT_ONCE, GET, LAST, RESPONSE, Server, with_each_model};
use std::time::{Duration, Instant};

#[test]
fn one_in_three_fails_and_sleeps() {
    with_each_model(|model| {
        let server = Server::of(model).with("--every=3").with("--status=503");
        let server = server.with("--sleep=3").start();
        let mut others = Duration::ZERO; // what the five others take together
        for number in 1..=7 {
            let start = Instant::now();
            let answer = server.send(GET);
            let took = start.elapsed();
            let is_third = number % 3 == 0;
            let status = if is_third {
                "503 Service Unavailable"
            } else {
                "200 OK"
            };
            let expected =
                format!("HTTP/1.1 {status}\r\nConnection: Close\r\nContent-Length: 1\r\n\r\nA");
            assert_eq!(
                String::from_utf8_lossy(&answer),
                expected,
                "{model} {number}"
            );
            if is_third {
                assert!(took >= Duration::from_millis(2_990), "{model}: {took:?}");
            } else {
                others += took;
            }
        }
        assert!(others < AT_ONCE, "{model}: {others:?}");
        server.stop();
    });
}

/// The connection counts, not the request: with `--keep-alive` all of one fail.
#[test]
fn a_connection_is_of_one_kind_as_long_as_it_lasts() {
    with_each_model(|model| {
        let server = Server::of(model).with("--every=2").with("--status=404");
        let server = server.with("--keep-alive").start();
        let well = String::from_utf8_lossy(&server.send(&[GET, LAST].concat())).into_owned();
        assert_eq!(well.matches(" 200 OK\r\n").count(), 2, "{model}: {well}");
        let fails = String::from_utf8_lossy(&server.send(&[GET, LAST].concat())).into_owned();
        assert_eq!(
            fails.matches(" 404 Not Found\r\n").count(),
            2,
            "{model}: {fails}"
        );
        server.stop();
    });
}

#[test]
fn alone_it_changes_nothing() {
    crate::server::each_server(&["--every=2"], |server| {
        for _ in 0..3 {
            assert_eq!(server.send(GET), RESPONSE);
        }
    });
}
