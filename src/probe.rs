//! `acceptd probe`: the client, for health checks where there is no shell and
//! no curl, as in a container from scratch.

use crate::listener::socket;
use crate::options::{Name, Options};
use crate::report::{self, OrExit, exit_at};
use crate::stream::{Deadline, Stream};
use crate::sys;
use crate::text::Text;
use core::net::SocketAddr;
use rustix::fd::AsFd;
use rustix::io::Errno;
use rustix::net::{SendFlags, connect};

/// Sends a GET: status 0 if the answer is 2xx or 3xx; else 1, and why; both
/// within `--timeout`. With `--connect`, 0 if somebody listens, also where the
/// queue is full. To connect to the wildcard address means this machine.
///
/// # References
///
/// [connect(2)](https://man7.org/linux/man-pages/man2/connect.2.html)
pub fn probe(options: &Options<'_>) -> u8 {
    let address = options.address();
    let timeout = options.number(Name::Timeout);
    let mut deadline = Deadline::from_now(timeout);
    let socket = match socket(&address) {
        Ok(socket) => socket,
        Err(errno) => exit_at("socket", &address, errno),
    };
    if timeout != 0 {
        // It limits connect, too.
        sys::set_timeout(socket.as_fd(), sys::SEND, timeout).or_exit("setsockopt SO_SNDTIMEO");
    }
    let only_connect = options.is_set(Name::Connect);
    match connect(&socket, &address) {
        // On this machine the kernel refuses at once where nobody listens. Where
        // the listener's queue is full, it drops the SYN, and there is no answer.
        Err(Errno::INPROGRESS | Errno::TIMEDOUT) if only_connect && is_here(address) => {}
        Err(errno) => exit_at("connect", &address, errno),
        Ok(()) => {}
    }
    if only_connect {
        return 0;
    }
    let mut stream = Stream::new(socket.as_fd(), 0, timeout);
    let request = request(options);
    let sent = stream.send_all(request.as_bytes(), SendFlags::empty(), &mut deadline);
    if let Err(errno) = sent {
        exit_at("sendto", &address, errno);
    }
    let mut answer = [0; 12]; // HTTP/1.1 200
    let mut filled = 0;
    while let Some(space @ [_, ..]) = answer.get_mut(filled..) {
        match stream.receive(space, &mut deadline) {
            Ok(0) => break,
            Ok(received) => filled += received,
            Err(errno) => exit_at("recvfrom", &address, errno),
        }
    }
    // HTTP/1.x, then a code of three digits, of which 2 and 3 are well.
    if let (b"HTTP/1.", [b'0'..=b'9', b' ', b'2' | b'3', b'0'..=b'9', b'0'..=b'9']) =
        answer.split_at(7)
    {
        return 0;
    }
    report::probed(&address, answer.get(..filled).unwrap_or_default());
    1
}

/// Whether the address is one of this machine alone.
fn is_here(address: SocketAddr) -> bool {
    address.ip().is_loopback() || address.ip().is_unspecified()
}

/// `GET / HTTP/1.1`, with the fields of `--header`, and a Host if there is none among them.
fn request(options: &Options<'_>) -> Text<4096> {
    let mut text = Text::default();
    text.push(b"GET ");
    text.push(options.target);
    text.push(b" HTTP/1.1\r\n");
    let is_host = |field: &&[u8]| {
        let name = field.split(|byte| *byte == b':').next();
        name.is_some_and(|name| name.eq_ignore_ascii_case(b"host"))
    };
    if !options.headers().iter().any(is_host) {
        text.push(b"Host: acceptd\r\n");
    }
    for field in options.headers() {
        text.push(field);
        text.push(b"\r\n");
    }
    text.push(b"Connection: close\r\n\r\n");
    text
}
