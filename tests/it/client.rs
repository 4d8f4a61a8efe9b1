//! What a client sends, and what it gets.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpStream};

pub const GET: &[u8] = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n";
/// A GET that says that it is the last of its connection, with `--keep-alive` too.
pub const LAST: &[u8] = b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
pub const RESPONSE: &[u8] = b"HTTP/1.1 200 OK\r\nConnection: Close\r\nContent-Length: 1\r\n\r\nA";

/// The response after which another request may follow.
pub const KEPT: &[u8] = b"HTTP/1.1 200 OK\r\nConnection: Keep-Alive\r\nContent-Length: 1\r\n\r\nA";

pub fn exchange(mut stream: TcpStream, request: &[u8]) -> Vec<u8> {
    stream.write_all(request).expect("send");
    received(stream)
}

/// The response, without waiting for the end: while the parent holds its copy
/// of the connection, as with `--parent-close late`, there is none.
pub fn answer(stream: &mut TcpStream) -> Vec<u8> {
    let mut bytes = vec![0; RESPONSE.len()];
    stream.read_exact(&mut bytes).expect("receive");
    bytes
}

pub fn received(mut stream: TcpStream) -> Vec<u8> {
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes).expect("receive");
    bytes
}

/// A request and the end of it: what comes back on a half-closed connection.
pub fn half_close(mut stream: TcpStream, request: &[u8]) -> Vec<u8> {
    stream.write_all(request).expect("send");
    stream.shutdown(Shutdown::Write).expect("shutdown");
    received(stream)
}
