//! One GET.

use super::response::{is_whole, receive};
use anyhow::{Context, Result, ensure};
use std::io::Write;
use std::net::TcpStream;
use std::time::Duration;

/// Asks the server on `port` and reads the whole response.
///
/// # Errors
///
/// Those of the socket, and any answer but a whole 200.
pub fn get(port: u16) -> Result<()> {
    let mut stream = TcpStream::connect(("127.0.0.1", port))?;
    stream.set_read_timeout(Some(Duration::from_secs(30)))?;
    stream.write_all(b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n")?;
    let mut response = Vec::new();
    while !is_whole(&response)? {
        let received = receive(&mut stream, &mut response).context("recv")?;
        ensure!(received > 0, "closed before the response was whole");
    }
    let text = String::from_utf8_lossy(&response);
    let line = text.lines().next().unwrap_or_default();
    ensure!(
        line.starts_with("HTTP/1.1 200") || line.starts_with("HTTP/1.0 200"),
        "answered '{line}', not 200"
    );
    Ok(())
}
