//! The head parser against a slow and obvious one, and the responses.

use super::*;
use oracle::oracle;
use std::string::String;
use std::vec::Vec;

mod oracle;

const GET: Verdict = Verdict::Request {
    head_only: false,
    more: false,
};
const HEAD: Verdict = Verdict::Request {
    head_only: true,
    more: false,
};
const MORE: Verdict = Verdict::Request {
    head_only: false,
    more: true,
};

#[test]
fn requests_of_every_kind() {
    for (request, verdict) in [
        ("GET / HTTP/1.1\r\n\r\n", GET),
        ("GET / HTTP/1.0\n\n", GET),
        ("\r\n\nGET / HTTP/1.1\r\nHost: a\r\n\r\n", GET),
        ("GET http://a/?b#c HTTP/1.9\r\nA: b\r\n\r\n", GET),
        ("HEAD / HTTP/1.1\r\n\r\n", HEAD),
        ("head / HTTP/1.1\r\n\r\n", MORE), // methods are case-sensitive: not HEAD
        ("POST / HTTP/1.1\r\n\r\n", MORE),
        ("GET / HTTP/1.1\r\nCONTENT-length: 1\r\n\r\n", MORE),
        ("GET / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n", MORE),
        ("GET / HTTP/1.1\r\nX: content-length: 1\r\n\r\n", GET),
        ("GET / HTTP/1.1\r\n\r\nG", MORE),
        ("GET / HTTP/1.1\r\n", Verdict::Incomplete),
        ("", Verdict::Incomplete),
        ("GET /\r\n\r\n", Verdict::NotHttp),
        ("GET  / HTTP/1.1\r\n\r\n", Verdict::NotHttp),
        ("GET / HTTP/1.1 \r\n\r\n", Verdict::NotHttp),
        ("GET / HTTP/2.0\r\n\r\n", Verdict::NotHttp),
        ("GET / HTTP/1.10\r\n\r\n", Verdict::NotHttp),
        ("\x16\x03\x01", Verdict::NotHttp),
        ("<html>", Verdict::NotHttp),
    ] {
        assert_eq!(parse(request.as_bytes()), verdict, "{request:?}");
        assert_eq!(
            oracle(request.as_bytes()),
            verdict,
            "the oracle: {request:?}"
        );
    }
}

#[test]
fn agrees_with_the_oracle_wherever_a_request_is_cut_and_whatever_byte_is_changed() {
    let mut compared = 0;
    for request in [
        "GET / HTTP/1.1\r\nHost: a\r\n\r\n",
        "HEAD /x HTTP/1.0\n\n",
        "\r\nPOST / HTTP/1.1\r\nContent-Length: 3\r\n\r\nabc",
        "PUT / HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
    ] {
        for end in 0..=request.len() {
            let cut = &request.as_bytes()[..end];
            assert_eq!(parse(cut), oracle(cut), "{request:?} cut at {end}");
            for place in 0..end {
                for byte in 0..=255 {
                    let mut changed = cut.to_vec();
                    changed[place] = byte;
                    assert_eq!(parse(&changed), oracle(&changed), "{changed:?}");
                    compared += 1;
                }
            }
        }
    }
    assert!(compared > 500_000, "{compared}");
}

#[test]
fn agrees_with_the_oracle_on_every_short_text_of_the_grammar() {
    let pieces: [&[u8]; 9] = [
        b"GET",
        b"HEAD",
        b" ",
        b"/",
        b"HTTP/1.1",
        b"\r\n",
        b"\n",
        b"\r",
        b"content-length:",
    ];
    let mut texts: Vec<Vec<u8>> = std::vec![Vec::new()];
    for _ in 0..6 {
        let longer: Vec<Vec<u8>> = texts
            .iter()
            .flat_map(|text| pieces.map(|piece| [text, piece].concat()))
            .collect();
        for text in &longer {
            assert_eq!(
                parse(text),
                oracle(text),
                "{:?}",
                String::from_utf8_lossy(text)
            );
        }
        texts = longer;
    }
    assert_eq!(texts.len(), 9_usize.pow(6));
}

#[test]
fn a_verdict_once_given_stands_when_more_is_received() {
    for request in [
        "GET / HTTP/1.1\r\n\r\nGET / HTTP/1.1\r\n\r\n",
        "GET / HTTP\r\n\r\nGET /",
    ] {
        let verdicts: Vec<Verdict> = (0..=request.len())
            .map(|end| parse(&request.as_bytes()[..end]))
            .collect();
        let first = verdicts
            .iter()
            .position(|&verdict| verdict != Verdict::Incomplete)
            .unwrap();
        for verdict in &verdicts[first..] {
            let kind = core::mem::discriminant::<Verdict>;
            assert_eq!(kind(verdict), kind(&verdicts[first]), "{request:?}");
        }
    }
}

fn whole(status: u16, body: &[u8], head_only: bool) -> String {
    let response = Response::new(status.into(), body);
    let (first, rest) = response.parts(head_only);
    String::from_utf8([first, rest].concat()).expect("text")
}

#[test]
fn the_response_is_these_bytes() {
    let expected = "HTTP/1.1 200 OK\r\nConnection: Close\r\nContent-Length: 1\r\n\r\nA";
    assert_eq!(expected.len(), 58);
    assert_eq!(whole(200, b"A", false), expected);
    assert_eq!(whole(200, b"A", true), expected[..57]);
}

#[test]
fn a_status_without_a_body_has_none() {
    assert_eq!(
        whole(204, b"A", false),
        "HTTP/1.1 204 No Content\r\nConnection: Close\r\n\r\n"
    );
    assert_eq!(
        whole(304, b"A", false),
        "HTTP/1.1 304 Not Modified\r\nConnection: Close\r\n\r\n"
    );
    assert_eq!(
        whole(205, b"A", false),
        "HTTP/1.1 205 \r\nConnection: Close\r\nContent-Length: 0\r\n\r\n"
    );
}

#[test]
fn every_status_and_every_length_of_body_comes_out_whole() {
    for status in 200..=599 {
        assert!(whole(status, b"", false).starts_with(&std::format!("HTTP/1.1 {status} ")));
    }
    for length in (0..1100).chain([4096, 131_071]) {
        let body: Vec<u8> = (0..length).map(|n| b'a' + (n % 26) as u8).collect();
        let response = whole(200, &body, false);
        let (head, sent) = response.split_once("\r\n\r\n").expect("a blank line");
        assert!(
            head.ends_with(&std::format!("Content-Length: {length}")),
            "{head}"
        );
        assert_eq!(sent.as_bytes(), body);
    }
}
