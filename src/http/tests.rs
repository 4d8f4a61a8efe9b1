//! The head parser, against a slow and obvious one.

use super::*;
use oracle::oracle;
use std::string::String;
use std::vec::Vec;

mod oracle;
mod response;

/// The verdict on a text that is one whole head.
fn complete(text: &str, method: Method, may_have_content: bool, persists: bool) -> Verdict {
    Verdict::Complete(Request {
        length: text.len(),
        method,
        may_have_content,
        persists,
    })
}

#[track_caller]
fn judged(text: &str, verdict: Verdict) {
    assert_eq!(parse(text.as_bytes()), verdict, "{text:?}");
    assert_eq!(oracle(text.as_bytes()), verdict, "the oracle: {text:?}");
}

#[test]
fn the_method_and_the_fields_decide_whether_content_may_follow() {
    for (text, method, content) in [
        ("GET / HTTP/1.1\r\n\r\n", Method::Any, false),
        (
            "GET http://a/?b#c HTTP/1.9\r\nA: b\r\n\r\n",
            Method::Any,
            false,
        ),
        ("HEAD / HTTP/1.1\r\n\r\n", Method::Head, false),
        ("head / HTTP/1.1\r\n\r\n", Method::Any, true), // methods are case-sensitive
        ("POST / HTTP/1.1\r\n\r\n", Method::Any, true),
        (
            "CONNECT a:1 HTTP/1.1\r\nHost: a:1\r\n\r\n",
            Method::Connect,
            true,
        ),
        (
            "GET / HTTP/1.1\r\nCONTENT-length: 1\r\n\r\n",
            Method::Any,
            true,
        ),
        (
            "GET / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n",
            Method::Any,
            true,
        ),
        // Names of the same lengths.
        (
            "GET / HTTP/1.1\r\nAccept-Charset: a\r\nIf-Modified-Since: b\r\n\r\n",
            Method::Any,
            false,
        ),
        (
            "GET / HTTP/1.1\r\nX: content-length: 1\r\n\r\n",
            Method::Any,
            false,
        ),
    ] {
        judged(text, complete(text, method, content, true));
    }
}

/// RFC 9112, 9.3.
#[test]
fn the_version_and_connection_decide_whether_another_request_may_follow() {
    for (text, persists) in [
        ("GET / HTTP/1.1\n\n", true),
        ("GET / HTTP/1.0\n\n", false),
        ("GET / HTTP/1.0\nConnection: keep-alive\n\n", true),
        ("GET / HTTP/1.0\nCONNECTION:Keep-Alive\n\n", true),
        ("GET / HTTP/1.0\nConnection: keep-alive, close\n\n", false),
        (
            "GET / HTTP/1.0\nConnection: keep-alive\nConnection: close\n\n",
            false,
        ),
        ("GET / HTTP/1.1\nConnection: close\n\n", false),
        ("GET / HTTP/1.1\nConnection: TE , Close\n\n", false),
        ("GET / HTTP/1.1\nConnection: closed\n\n", true),
        ("GET / HTTP/1.1\nX-Connection: close\n\n", true),
    ] {
        judged(text, complete(text, Method::Any, false, persists));
    }
}

#[test]
fn a_head_ends_with_its_blank_line_whatever_follows() {
    let head = "\r\n\nGET / HTTP/1.1\r\nHost: a\r\n\r\n";
    for behind in ["", "G", "GET / HTTP/1.1\r\n\r\n", "\n", "\0"] {
        let verdict = complete(head, Method::Any, false, true);
        judged(&std::format!("{head}{behind}"), verdict);
    }
    for text in [
        "",
        "\r\n",
        "GET / HTTP/1.1\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\n\r",
    ] {
        judged(text, Verdict::Incomplete);
    }
}

#[test]
fn what_is_not_http_1() {
    for text in [
        "GET /\r\n\r\n",
        "GET  / HTTP/1.1\r\n\r\n",
        "GET / HTTP/1.1 \r\n\r\n",
        "GET / HTTP/2.0\r\n\r\n",
        "GET / HTTP/1.10\r\n\r\n",
        "\x16\x03\x01",
        "<html>",
        // RFC 9112, 5.1: no space between a field's name and the colon.
        "GET / HTTP/1.1\r\nHost : a\r\n\r\n",
        // RFC 9112, 5.2: a line that goes on with the one before (obs-fold).
        "GET / HTTP/1.1\r\nA: b\r\n c\r\n\r\n",
        "GET / HTTP/1.1\r\nno colon\r\n\r\n",
        "GET / HTTP/1.1\r\n: no name\r\n\r\n",
        // RFC 9110, 5.5, and RFC 9112, 2.2: a NUL, a CR that ends no line.
        "GET / HTTP/1.1\r\nA: b\0c\r\n\r\n",
        "GET / HTTP/1.1\r\nA: b\rContent-Length: 1\r\n\r\n",
        "GET / HTTP/1.1\r\nA: b\r\r\n\r\n",
        "\rGET / HTTP/1.1\r\n\r\n",
        // RFC 9112, 3.2: more than one Host.
        "GET / HTTP/1.1\r\nHost: a\r\nhOST: a\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n", // and it waits for no more
    ] {
        judged(text, Verdict::NotHttp);
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
        "GET / HTTP/1.0\nConnection: a, keep-alive\nHost:\n\n",
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
    let pieces: [&[u8]; 12] = [
        b"GET",
        b"HEAD",
        b" ",
        b"/",
        b"HTTP/1.1",
        b"HTTP/1.0",
        b"\r\n",
        b"\n",
        b"\r",
        b"content-length:",
        b"Host:",
        b"connection:close",
    ];
    let mut texts: Vec<Vec<u8>> = std::vec![Vec::new()];
    for _ in 0..5 {
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
    assert_eq!(texts.len(), 12_usize.pow(5));
}

/// Behind a request line: fields of every kind, in every order.
#[test]
fn agrees_with_the_oracle_on_every_order_of_fields() {
    let fields: [&[u8]; 10] = [
        b"Host: a\r\n",
        b"host:\n",
        b"Connection: close\r\n",
        b"connection:keep-alive ,\tx\n",
        b"Transfer-encoding: a\n",
        b"A :b\n",
        b"A:b\rc\n",
        b" folded\n",
        b"\r\n",
        b"\n",
    ];
    for line in [&b"GET / HTTP/1.1\r\n"[..], b"HEAD / HTTP/1.0\n"] {
        let mut texts: Vec<Vec<u8>> = std::vec![line.to_vec()];
        for _ in 0..5 {
            texts = texts
                .iter()
                .flat_map(|text| fields.map(|field| [text, field].concat()))
                .collect();
            for text in &texts {
                assert_eq!(
                    parse(text),
                    oracle(text),
                    "{:?}",
                    String::from_utf8_lossy(text)
                );
            }
        }
        assert_eq!(texts.len(), fields.len().pow(5));
    }
}

#[test]
fn a_verdict_once_given_stands_when_more_is_received() {
    for request in [
        "GET / HTTP/1.1\r\n\r\nGET / HTTP/1.1\r\n\r\n",
        "POST / HTTP/1.0\nConnection: keep-alive\n\nabc",
        "GET / HTTP\r\n\r\nGET /",
        "GET / HTTP/1.1\r\nA : b\r\n\r\n",
    ] {
        let verdicts: Vec<Verdict> = (0..=request.len())
            .map(|end| parse(&request.as_bytes()[..end]))
            .collect();
        let first = verdicts
            .iter()
            .position(|&verdict| verdict != Verdict::Incomplete)
            .expect("a verdict");
        for verdict in &verdicts[first..] {
            assert_eq!(*verdict, verdicts[first], "{request:?}");
        }
    }
}
