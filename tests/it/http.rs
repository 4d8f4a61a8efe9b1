//! HTTP on the wire, byte by byte, in every model.

use crate::server::{GET, RESPONSE, each_server, half_close, received};
use std::io::{Read, Write};
use std::thread;
use std::time::Duration;

pub const BAD_REQUEST: &[u8] =
    b"HTTP/1.1 400 Bad Request\r\nConnection: Close\r\nContent-Length: 0\r\n\r\n";

#[test]
fn the_response_is_58_bytes() {
    assert_eq!(RESPONSE.len(), 58);
    each_server(&[], |server| assert_eq!(server.send(GET), RESPONSE));
}

#[test]
fn a_request_may_be_cut_anywhere() {
    each_server(&[], |server| {
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
    });
}

/// An empty line before the request means nothing; a CR that ends no line is no HTTP. The
/// cut between the two does not change what they are.
#[test]
fn a_cut_does_not_change_the_answer() {
    each_server(&[], |server| {
        for (first, behind, answer) in [
            ("\r", "\nGET / HTTP/1.1\r\n\r\n", RESPONSE),
            ("\r\n", "GET / HTTP/1.1\r\n\r\n", RESPONSE),
            ("\r", "GET / HTTP/1.1\r\n\r\n", BAD_REQUEST),
            ("\r\n\r", "\r\nGET / HTTP/1.1\r\n\r\n", BAD_REQUEST),
        ] {
            let mut stream = server.connect();
            stream.write_all(first.as_bytes()).expect("send");
            thread::sleep(Duration::from_millis(30));
            stream.write_all(behind.as_bytes()).expect("send");
            assert_eq!(received(stream), answer, "{first:?}, {behind:?}");
        }
    });
}

#[test]
fn head_gets_the_head() {
    each_server(&[], |server| {
        assert_eq!(server.send(b"HEAD / HTTP/1.1\r\n\r\n"), &RESPONSE[..57]);
    });
}

/// A tunnel is not made, and no 200 may say so (RFC 9110, 9.3.6).
#[test]
fn connect_gets_405_and_what_is_allowed() {
    each_server(&["--keep-alive"], |server| {
        let answer = server.send(b"CONNECT a:443 HTTP/1.1\r\nHost: a:443\r\n\r\n");
        let expected = "HTTP/1.1 405 Method Not Allowed\r\nConnection: Close\r\n\
                        Allow: GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS\r\n\
                        Content-Length: 0\r\n\r\n";
        assert_eq!(String::from_utf8_lossy(&answer), expected);
    });
}

#[test]
fn what_is_not_http_gets_400() {
    each_server(&[], |server| {
        for garbage in [
            "hello\r\n",
            "GET /\r\n\r\n",
            "GET / HTTP/2.0\r\n",
            "\x16\x03\x01\x02\x00",
            // RFC 9112, 3.2, 5.1 and 5.2: each could mean two things to two servers.
            "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
            "GET / HTTP/1.1\r\nHost : a\r\n\r\n",
            "GET / HTTP/1.1\r\nHost: a\r\n b\r\n\r\n",
            // RFC 9112, 2.2, and RFC 9110, 5.5: so could these.
            "GET / HTTP/1.1\r\nA: b\rContent-Length: 1\r\n\r\n",
            "GET / HTTP/1.1\r\nA: b\0c\r\n\r\n",
        ] {
            assert_eq!(server.send(garbage.as_bytes()), BAD_REQUEST, "{garbage:?}");
        }
    });
}

#[test]
fn a_request_that_is_typed_is_answered() {
    each_server(&[], |server| {
        assert_eq!(server.send(b"\nGET / HTTP/1.0\n\n"), RESPONSE);
    });
}

#[test]
fn a_half_closed_connection_is_answered() {
    each_server(&[], |server| {
        assert_eq!(half_close(server.connect(), GET), RESPONSE);
        assert_eq!(half_close(server.connect(), b"GET / HT"), BAD_REQUEST);
        let nothing = half_close(server.connect(), b"");
        assert_eq!(nothing, b"", "nothing asked, nothing answered");
    });
}

#[test]
fn a_client_that_resets_harms_nobody() {
    let body = "b".repeat(130_000);
    each_server(&["--body", &body], |server| {
        for _ in 0..20 {
            let mut stream = server.get();
            let mut first = [0];
            stream.read_exact(&mut first).expect("receive");
            drop(stream); // closed with bytes unread: a reset
        }
        let response = server.send(GET);
        assert!(response.ends_with(body.as_bytes()));
        assert!(response.starts_with(b"HTTP/1.1 200 OK\r\n"));
    });
}
