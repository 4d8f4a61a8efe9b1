//! HTTP on the wire, byte by byte.

use crate::server::{GET, RESPONSE, Server, half_close, received};
use std::io::{Read, Write};
use std::thread;
use std::time::Duration;

const BAD_REQUEST: &[u8] =
    b"HTTP/1.1 400 Bad Request\r\nConnection: Close\r\nContent-Length: 0\r\n\r\n";
const TOO_LARGE: &[u8] = b"HTTP/1.1 431 Request Header Fields Too Large\r\nConnection: Close\r\nContent-Length: 0\r\n\r\n";

fn each_model(check: impl Fn(&Server)) {
    for model in ["iterative", "fork"] {
        let server = Server::of(model).start();
        check(&server);
        assert_eq!(
            server.send(GET),
            RESPONSE,
            "{model}: the next client is served"
        );
        server.stop();
    }
}

#[test]
fn the_response_is_58_bytes() {
    assert_eq!(RESPONSE.len(), 58);
    each_model(|server| assert_eq!(server.send(GET), RESPONSE));
}

#[test]
fn a_request_may_be_cut_anywhere() {
    let server = Server::of("fork").start();
    thread::scope(|scope| {
        for end in 1..GET.len() {
            let mut stream = server.connect();
            scope.spawn(move || {
                stream.write_all(&GET[..end]).expect("send");
                // Nothing tells from outside that recv has returned; if it
                // has not, the test only shows less.
                thread::sleep(Duration::from_millis(30));
                stream.write_all(&GET[end..]).expect("send");
                assert_eq!(received(stream), RESPONSE, "cut at {end}");
            });
        }
    });
    let mut stream = server.connect();
    for byte in GET {
        stream.write_all(&[*byte]).expect("send");
    }
    assert_eq!(received(stream), RESPONSE, "byte by byte");
}

#[test]
fn head_gets_the_head() {
    each_model(|server| assert_eq!(server.send(b"HEAD / HTTP/1.1\r\n\r\n"), &RESPONSE[..57]));
}

#[test]
fn what_is_not_http_gets_400() {
    each_model(|server| {
        for garbage in [
            "hello\r\n",
            "GET /\r\n\r\n",
            "GET / HTTP/2.0\r\n",
            "\x16\x03\x01\x02\x00",
        ] {
            assert_eq!(server.send(garbage.as_bytes()), BAD_REQUEST, "{garbage:?}");
        }
    });
}

#[test]
fn a_head_of_4096_bytes_passes_and_a_longer_one_gets_431() {
    let head = |length: usize| {
        let mut head = b"GET / HTTP/1.1\r\nA: ".to_vec();
        head.resize(length - 4, b'a');
        head.extend(b"\r\n\r\n");
        head
    };
    each_model(|server| {
        assert_eq!(server.send(&head(4096)), RESPONSE);
        assert_eq!(server.send(&head(4097)), TOO_LARGE);
        assert_eq!(server.send(&head(200_000)), TOO_LARGE);
        assert_eq!(server.send(&vec![b'x'; 5000]), TOO_LARGE);
    });
}

#[test]
fn a_post_of_300_kb_is_answered_every_time() {
    each_model(|server| {
        let mut post = b"POST / HTTP/1.1\r\nContent-Length: 300000\r\n\r\n".to_vec();
        post.resize(post.len() + 300_000, 0);
        for _ in 0..50 {
            assert_eq!(server.send(&post), RESPONSE);
        }
        // A GET may have a body as well, and it may come late.
        let mut stream = server.connect();
        stream
            .write_all(b"GET / HTTP/1.1\r\nContent-Length: 3\r\n\r\n")
            .expect("send");
        let mut response = [0; 58];
        stream.read_exact(&mut response).expect("receive");
        stream.write_all(b"abc").expect("the server still reads");
        drop(stream);
    });
}

#[test]
fn a_client_that_never_closes_after_a_post_is_left_after_two_seconds() {
    let server = Server::of("iterative").start();
    let mut stream = server.connect();
    stream
        .write_all(b"POST / HTTP/1.1\r\nContent-Length: 9\r\n\r\n")
        .expect("send");
    let start = std::time::Instant::now();
    assert_eq!(server.send(GET), RESPONSE);
    let waited = start.elapsed();
    assert!((1.5..2.6).contains(&waited.as_secs_f64()), "{waited:?}");
}

#[test]
fn a_half_closed_connection_is_answered() {
    each_model(|server| {
        assert_eq!(half_close(server.connect(), GET), RESPONSE);
        assert_eq!(half_close(server.connect(), b"GET / HT"), BAD_REQUEST);
        assert_eq!(
            half_close(server.connect(), b""),
            b"",
            "nothing asked, nothing answered"
        );
    });
}

#[test]
fn a_client_that_resets_harms_nobody() {
    let body = "b".repeat(130_000);
    for model in ["iterative", "fork"] {
        let server = Server::of(model).with("--body").with(&body).start();
        for _ in 0..20 {
            let mut stream = server.connect();
            stream.write_all(GET).expect("send");
            let mut first = [0];
            stream.read_exact(&mut first).expect("receive");
            drop(stream); // closed with bytes unread: a reset
        }
        let response = server.send(GET);
        assert!(response.ends_with(body.as_bytes()), "{model}");
        assert!(response.starts_with(b"HTTP/1.1 200 OK\r\n"), "{model}");
        server.stop();
    }
}

#[test]
fn status_and_body_are_as_asked() {
    let server = Server::of("fork")
        .with("--status=503")
        .with("--body=later\n")
        .start();
    let expected =
        "HTTP/1.1 503 Service Unavailable\r\nConnection: Close\r\nContent-Length: 6\r\n\r\nlater\n";
    assert_eq!(String::from_utf8_lossy(&server.send(GET)), expected);
    let server = Server::of("iterative").with("--status=204").start();
    let expected = "HTTP/1.1 204 No Content\r\nConnection: Close\r\n\r\n";
    assert_eq!(String::from_utf8_lossy(&server.send(GET)), expected);
}
