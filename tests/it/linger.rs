//! No response is lost to a reset: what a client sends besides its request is
//! read and dropped until the client closes.

use crate::deadlines::deaf;
use crate::server::{AT_ONCE, GET, RESPONSE, Server, answer, each_server, received, wait_until};
use crate::strace::Recording;
use rustix::net::{RecvFlags, SendFlags, recv, send};
use std::io::Write;
use std::net::Shutdown;
use std::thread;
use std::time::{Duration, Instant};

const POST: &[u8] = b"POST / HTTP/1.1\r\nContent-Length: 300000\r\n\r\n";

#[test]
fn a_post_of_300_kb_is_answered_every_time() {
    each_server(&[], |server| {
        let post = [POST, &[0; 300_000]].concat();
        for _ in 0..50 {
            assert_eq!(server.send(&post), RESPONSE);
        }
        // A GET may have a body as well, and it may come late.
        let mut stream = server.connect();
        stream
            .write_all(b"GET / HTTP/1.1\r\nContent-Length: 3\r\n\r\n")
            .expect("send");
        assert_eq!(answer(&mut stream), RESPONSE);
        stream.write_all(b"abc").expect("the server still reads");
    });
}

/// As Python's http.client does it: the whole body first, then it reads. A client that this
/// machine has kept silent for two seconds may be left: it tries again.
#[test]
fn an_upload_that_takes_three_seconds_is_answered() {
    each_server(&[], |server| {
        let answered = || {
            let mut stream = server.connect();
            stream.write_all(POST).expect("send");
            for _ in 0..12 {
                let pause = Instant::now();
                thread::sleep(Duration::from_millis(260));
                let sent = stream.write_all(&[0; 25_000]);
                if pause.elapsed() > Duration::from_millis(1_900) {
                    return false;
                }
                sent.expect("the server still reads");
            }
            assert_eq!(answer(&mut stream), RESPONSE);
            true
        };
        wait_until("no pause was long", answered);
    });
}

#[test]
fn an_upload_without_end_is_left_after_the_timeout() {
    each_server(&["--timeout=1"], |server| {
        let mut stream = server.connect();
        let start = Instant::now();
        stream.write_all(POST).expect("send");
        while stream.write_all(&[0; 100]).is_ok() {
            assert!(start.elapsed() < AT_ONCE, "it still reads");
            thread::sleep(Duration::from_millis(20));
        }
        let read = start.elapsed().as_secs_f64();
        assert!(read > 0.99, "{read}");
    });
}

#[test]
fn bytes_that_stop_coming_do_not_prolong_the_timeout() {
    each_server(&["--timeout=3"], |server| {
        let idle = server.idle_sockets();
        // Else it would be left two seconds after the last byte. Where the machine stood still
        // for a second or more, that is no fault: so there are five trials.
        let is_left_soon = || {
            let mut stream = server.connect();
            let start = Instant::now();
            stream.write_all(POST).expect("send");
            let mut last = start;
            while start.elapsed() < Duration::from_millis(2_800) {
                last = Instant::now();
                let _ = stream.write_all(&[0; 100]); // it may have been left
                thread::sleep(Duration::from_millis(50));
            }
            wait_until("it is left", || server.sockets() == idle);
            assert!(start.elapsed() >= Duration::from_millis(2_990));
            last.elapsed() < Duration::from_millis(1_950)
        };
        assert!((0..5).any(|_| is_left_soon()));
    });
}

#[test]
fn a_client_that_never_closes_after_a_post_is_left_after_two_seconds() {
    each_server(&["--timeout=30"], |server| {
        let idle = server.idle_sockets();
        let mut stream = server.connect();
        let start = Instant::now();
        stream.write_all(POST).expect("send");
        assert_eq!(answer(&mut stream), RESPONSE);
        wait_until("it is left", || server.sockets() == idle);
        let waited = start.elapsed().as_secs_f64();
        assert!((1.99..15.0).contains(&waited), "{waited}");
    });
}

/// What follows a request is dropped for a while. A close(2) at once would answer it with a reset.
#[test]
fn what_a_client_sends_behind_its_last_request_gets_no_reset() {
    each_server(&[], |server| {
        let mut stream = server.connect();
        let behind = stream.try_clone().expect("a second handle");
        stream.write_all(&[GET, b"more"].concat()).expect("send");
        assert_eq!(received(behind), RESPONSE);
        for _ in 0..2 {
            // The first would be answered by a reset, and the second would fail.
            stream.write_all(b"more").expect("no reset");
        }
    });
}

/// A second request that comes while a long response is on its way: a close(2)
/// with it unread would reset the connection, and lose the rest.
#[test]
fn a_long_response_comes_whole_though_another_request_is_behind_the_first() {
    let body = "b".repeat(130_000);
    each_server(&["--body", &body], |server| {
        let client = deaf(server.port);
        let peeks = || recv(&client, &mut [0; 1], RecvFlags::PEEK).is_ok();
        assert!(peeks(), "the response has begun");
        send(&client, GET, SendFlags::empty()).expect("send");
        let mut total = 0;
        loop {
            match recv(&client, &mut [0; 4000], RecvFlags::empty()) {
                Ok((0, _)) => break,
                Ok((received, _)) => total += received,
                Err(errno) => panic!("{errno} after {total} bytes"),
            }
            thread::sleep(Duration::from_millis(5));
        }
        assert!(total > 130_000, "{total}");
    });
}

/// MSG_MORE: the kernel keeps the first part until the second comes.
#[test]
fn a_response_in_two_parts_announces_the_second() {
    let recording = Recording::of("parts");
    let body = format!("--body={}", "b".repeat(3000));
    let server = Server::of("iterative").with(&body);
    let server = server.under(&recording.command(&["-e", "trace=sendto"]));
    let server = server.start();
    assert!(server.send(GET).ends_with(&[b'b'; 3000]));
    server.stop();
    let trace = recording.text();
    let calls = trace.lines().filter(|line| line.starts_with("sendto("));
    let more: Vec<bool> = calls.map(|call| call.contains("MSG_MORE")).collect();
    assert_eq!(more, [true, false], "{trace}");
}

/// MSG_TRUNC drops what has come without a copy, a mebibyte at a time.
#[test]
fn dropping_a_body_takes_few_calls_and_no_buffer() {
    let recording = Recording::of("linger");
    // The body comes while the server sleeps, so that it is all there.
    let strace = recording.command(&["-f", "-e", "trace=recvfrom"]);
    let server = Server::of("iterative").with("--sleep=2").under(&strace);
    let server = server.start();
    let post = [POST, &[0; 300_000]].concat();
    let mut stream = server.connect();
    stream.write_all(&post).expect("send");
    stream.shutdown(Shutdown::Write).expect("shutdown");
    assert_eq!(received(stream), RESPONSE);
    server.stop();
    let trace = recording.text();
    let calls: Vec<&str> = trace
        .lines()
        .filter(|line| line.contains("recvfrom("))
        .collect();
    let dropped = calls.iter().filter(|call| call.contains("MSG_TRUNC"));
    let dropped: Vec<_> = dropped.collect();
    assert!(!dropped.is_empty() && dropped.len() <= 10, "{trace}");
    assert!(
        dropped.iter().all(|call| call.contains(", NULL, 1048576")),
        "{trace}"
    );
    assert_eq!(calls.len() - dropped.len(), 1, "{trace}"); // the head
}
