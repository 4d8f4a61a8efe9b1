//! The bytes of responses.

use crate::http::response::{EMPTY, FIELDS_MAX, Response, Then};
use std::string::String;
use std::vec::Vec;

fn with(status: u32, then: Then, fields: &[&[u8]], body: &'static [u8]) -> String {
    let mut buffer = EMPTY;
    let response = Response::new(&mut buffer, status, then, fields, body);
    let (first, rest) = response.parts(false);
    String::from_utf8([first, rest].concat()).expect("text")
}

fn whole(status: u32, body: &'static [u8]) -> String {
    with(status, Then::Close, &[], body)
}

#[test]
fn the_response_is_these_bytes() {
    let expected = "HTTP/1.1 200 OK\r\nConnection: Close\r\nContent-Length: 1\r\n\r\nA";
    assert_eq!(expected.len(), 58);
    assert_eq!(whole(200, b"A"), expected);
    let mut buffer = EMPTY;
    let response = Response::new(&mut buffer, 200, Then::Close, &[], b"A");
    assert_eq!(response.parts(true), (&expected.as_bytes()[..57], &b""[..]));
}

#[test]
fn fields_stand_in_the_head_in_their_order() {
    let expected = "HTTP/1.1 302 Found\r\nConnection: Keep-Alive\r\nLocation: /\r\nA: b\r\n\
                    Content-Length: 0\r\n\r\n";
    let fields = [&b"Location: /"[..], b"A: b"];
    assert_eq!(with(302, Then::KeepAlive, &fields, b""), expected);
}

/// The longest head there can be, and a body that does not fit behind it.
#[test]
fn all_fields_that_are_allowed_fit() {
    let field: Vec<u8> = (0..FIELDS_MAX - 2).map(|n| b'a' + (n % 26) as u8).collect();
    let body: &'static [u8] = Vec::leak(std::vec![b'b'; 131_071]);
    for status in [200, 431] {
        let text = with(status, Then::KeepAlive, &[&field], body);
        let (head, sent) = text.split_once("\r\n\r\n").expect("a blank line");
        assert!(head.ends_with("Content-Length: 131071"), "{status}");
        assert!(
            head.as_bytes()
                .windows(field.len())
                .any(|part| part == field)
        );
        assert_eq!(sent.as_bytes(), body);
    }
}

#[test]
fn a_status_without_a_body_has_none() {
    for (status, expected) in [
        (204, "HTTP/1.1 204 No Content\r\nConnection: Close\r\n\r\n"),
        (
            304,
            "HTTP/1.1 304 Not Modified\r\nConnection: Close\r\n\r\n",
        ),
        (
            205,
            "HTTP/1.1 205 \r\nConnection: Close\r\nContent-Length: 0\r\n\r\n",
        ),
    ] {
        assert_eq!(whole(status, b"A"), expected);
    }
}

/// RFC 9110, 15.5.6: it lists what is allowed.
#[test]
fn a_405_says_which_methods_there_are() {
    let (mut buffer, mut other) = (EMPTY, EMPTY);
    let response = Response::error(&mut buffer, 405);
    let text = String::from_utf8(response.parts(false).0.to_vec()).expect("text");
    assert!(
        text.starts_with(
            "HTTP/1.1 405 Method Not Allowed\r\nConnection: Close\r\nAllow: GET, HEAD, "
        )
    );
    assert!(
        !Response::error(&mut other, 400)
            .parts(false)
            .0
            .windows(5)
            .any(|part| part == b"Allow")
    );
}

#[test]
fn every_status_and_every_length_of_body_comes_out_whole() {
    for status in 200..=599 {
        assert!(whole(status, b"").starts_with(&std::format!("HTTP/1.1 {status} ")));
    }
    for length in (0..2100).chain([4096, 131_071]) {
        let body: Vec<u8> = (0..length).map(|n| b'a' + (n % 26) as u8).collect();
        let response = whole(200, Vec::leak(body.clone()));
        let (head, sent) = response.split_once("\r\n\r\n").expect("a blank line");
        assert!(
            head.ends_with(&std::format!("Content-Length: {length}")),
            "{head}"
        );
        assert_eq!(sent.as_bytes(), body);
    }
}
