//! One GET.

use anyhow::{Context, Result, ensure};
use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

/// Asks the server on `port` and reads the whole response, by its
/// Content-Length: the end of the connection may be long in coming, where a
/// parent still holds it (the article's fork).
///
/// # Errors
///
/// Those of the socket, and any answer but a whole 200.
pub fn get(port: u16) -> Result<()> {
    let mut stream = TcpStream::connect(("127.0.0.1", port))?;
    stream.set_read_timeout(Some(Duration::from_secs(30)))?;
    stream.write_all(b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n")?;
    let mut response = Vec::new();
    let mut buffer = [0; 4096];
    while !is_whole(&response) {
        let received = stream.read(&mut buffer).context("recv")?;
        ensure!(received > 0, "closed before the response was whole");
        response.extend(&buffer[..received]);
    }
    let text = String::from_utf8_lossy(&response);
    let line = text.lines().next().unwrap_or_default();
    ensure!(
        line.starts_with("HTTP/1.1 200") || line.starts_with("HTTP/1.0 200"),
        "answered '{line}', not 200"
    );
    Ok(())
}

/// Whether head and body are there, of a response that has a Content-Length.
fn is_whole(response: &[u8]) -> bool {
    let text = String::from_utf8_lossy(response);
    let Some((head, body)) = text.split_once("\r\n\r\n") else {
        return false;
    };
    let length = head.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        let is_length = name.eq_ignore_ascii_case("content-length");
        is_length.then(|| value.trim().parse::<usize>().ok())?
    });
    length.is_some_and(|length| body.len() >= length)
}

#[cfg(test)]
mod tests {
    use super::is_whole;

    #[test]
    fn a_response_is_whole_with_its_last_byte() {
        let response = b"HTTP/1.1 200 OK\r\ncontent-LENGTH: 2\r\nA: b\r\n\r\nAB";
        for length in 0..response.len() {
            assert!(!is_whole(&response[..length]), "{length}");
        }
        assert!(is_whole(response));
        assert!(!is_whole(b"HTTP/1.1 200 OK\r\n\r\nA"));
    }
}
