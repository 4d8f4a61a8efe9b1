//! A response, as far as it has come.

use anyhow::bail;
use std::io::{ErrorKind, Read, Result};

/// One recv: how many bytes have been added to the response; 0: the server has closed.
///
/// # Errors
///
/// Those of recv(2) but EINTR, which comes when a stopped process goes on (Ctrl-Z and fg).
pub fn receive(stream: &mut impl Read, response: &mut Vec<u8>) -> Result<usize> {
    let mut buffer = [0; 4096];
    loop {
        match stream.read(&mut buffer) {
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
            Ok(received) => {
                response.extend(&buffer[..received]);
                return Ok(received);
            }
        }
    }
}

/// Whether the head is there, and as much of the body as its Content-Length states. The
/// end of the connection may come late, where a parent still holds it (the article's
/// fork). A response that states no length is never whole.
///
/// # Errors
///
/// What is not HTTP.
pub fn is_whole(response: &[u8]) -> anyhow::Result<bool> {
    let mut headers = [httparse::EMPTY_HEADER; 32];
    let mut parsed = httparse::Response::new(&mut headers);
    let head = match parsed.parse(response) {
        Ok(httparse::Status::Complete(head)) => head,
        Ok(httparse::Status::Partial) => return Ok(false),
        Err(error) => bail!("not an HTTP response: {error}"),
    };
    let mut stated = headers
        .iter()
        .filter(|header| header.name.eq_ignore_ascii_case("content-length"));
    let length = stated
        .next()
        .and_then(|header| std::str::from_utf8(header.value).ok());
    let length: Option<usize> = length.and_then(|length| length.trim().parse().ok());
    Ok(length.is_some_and(|length| response.len() - head >= length))
}

#[cfg(test)]
mod tests {
    use super::{is_whole, receive};
    use std::io::{ErrorKind, Read, Result};

    #[test]
    fn a_response_is_whole_with_its_last_byte() {
        let response = b"HTTP/1.1 200 OK\r\ncontent-LENGTH: 2\r\nA: b\r\n\r\nAB";
        for length in 0..response.len() {
            assert!(!is_whole(&response[..length]).expect("HTTP"), "{length}");
        }
        assert!(is_whole(response).expect("HTTP"));
        assert!(!is_whole(b"HTTP/1.1 200 OK\r\n\r\nA").expect("HTTP"));
        assert!(is_whole(b"hello\r\n\r\n").is_err());
    }

    /// A socket: these calls, one after another.
    struct Socket(Vec<Result<&'static [u8]>>);

    impl Read for Socket {
        fn read(&mut self, buffer: &mut [u8]) -> Result<usize> {
            self.0.remove(0)?.read(buffer)
        }
    }

    #[test]
    fn a_signal_ends_no_request() {
        let calls = [
            Err(ErrorKind::Interrupted.into()),
            Ok(&b"AB"[..]),
            Ok(b"C"),
            Err(ErrorKind::WouldBlock.into()),
            Ok(b""),
        ];
        let mut socket = Socket(calls.into());
        let mut response = Vec::new();
        assert_eq!(receive(&mut socket, &mut response).expect("bytes"), 2);
        assert_eq!(receive(&mut socket, &mut response).expect("a byte"), 1);
        let late = receive(&mut socket, &mut response).expect_err("time is up");
        assert_eq!(late.kind(), ErrorKind::WouldBlock);
        assert_eq!(receive(&mut socket, &mut response).expect("the end"), 0);
        assert_eq!(response, b"ABC");
    }
}
