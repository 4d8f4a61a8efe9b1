//! How long a head may be.

use crate::server::{GET, KEPT, LAST, RESPONSE, answer, each_server};
use std::io::Write;
use std::thread::sleep;
use std::time::Duration;

const TOO_LARGE: &[u8] = b"HTTP/1.1 431 Request Header Fields Too Large\r\nConnection: Close\r\nContent-Length: 0\r\n\r\n";
/// RFC 9112, 3 wants a request line of 8000 octets to fit; this is twice as much.
const LONGEST: usize = 16 * 1024;

/// A GET whose head has so many bytes.
fn head(length: usize) -> Vec<u8> {
    let mut head = b"GET / HTTP/1.1\r\nA: ".to_vec();
    head.resize(length - 4, b'a');
    head.extend(b"\r\n\r\n");
    head
}

#[test]
fn a_head_of_16_kib_passes_and_a_longer_one_gets_431() {
    each_server(&[], |server| {
        assert_eq!(server.send(&head(LONGEST)), RESPONSE);
        assert_eq!(server.send(&head(LONGEST + 1)), TOO_LARGE);
        assert_eq!(server.send(&head(200_000)), TOO_LARGE);
    });
}

/// RFC 9112, 3: a target that is too long gets 414.
#[test]
fn a_request_line_without_an_end_gets_414() {
    let too_long = b"HTTP/1.1 414 URI Too Long\r\nConnection: Close\r\nContent-Length: 0\r\n\r\n";
    each_server(&[], |server| {
        let line = format!("\r\nGET /{} HTTP/1.1\r\n\r\n", "a".repeat(LONGEST));
        assert_eq!(server.send(line.as_bytes()), too_long);
        assert_eq!(server.send(&vec![b'x'; LONGEST + 1000]), too_long);
    });
}

#[test]
fn a_request_line_of_8000_octets_passes() {
    each_server(&[], |server| {
        let line = format!("GET /{} HTTP/1.1\r\n", "a".repeat(8000 - 16));
        assert_eq!(line.len(), 8000);
        assert_eq!(server.send(format!("{line}\r\n").as_bytes()), RESPONSE);
    });
}

/// The buffer is full, and what is behind the head is still in the socket: a
/// close(2) without a linger would be a reset.
#[test]
fn the_longest_head_with_another_request_behind_it_is_answered() {
    each_server(&[], |server| {
        for _ in 0..20 {
            let both = [&head(LONGEST), GET].concat();
            assert_eq!(server.send(&both), RESPONSE);
        }
    });
    each_server(&["--keep-alive"], |server| {
        let both = [&head(LONGEST)[..], LAST].concat();
        assert_eq!(server.send(&both), [KEPT, RESPONSE].concat());
    });
}

/// Its pieces come one after another, and the last byte alone.
#[test]
fn the_longest_head_may_come_in_pieces() {
    each_server(&[], |server| {
        let mut stream = server.connect();
        for piece in head(LONGEST).chunks(LONGEST / 3) {
            stream.write_all(piece).expect("send");
            sleep(Duration::from_millis(20));
        }
        assert_eq!(answer(&mut stream), RESPONSE);
    });
}
