//! `acceptd probe`: the client, for health checks where there is no shell and
//! no curl, as in a container from scratch.

use crate::address::Address;
use crate::listener;
use crate::report::{self, OrExit, exit_at};
use crate::stream::{Deadline, receive, send_all};
use crate::sys;
use rustix::fd::AsFd;
use rustix::io::Errno;
use rustix::net::{SendFlags, connect};

const REQUEST: &[u8] = b"GET / HTTP/1.1\r\nHost: acceptd\r\nConnection: close\r\n\r\n";

/// Sends a GET: status 0 if the answer is 2xx or 3xx; else 1, and why; both
/// within `timeout` milliseconds. To connect to the wildcard address means
/// this machine.
///
/// # References
///
/// [connect(2)](https://man7.org/linux/man-pages/man2/connect.2.html)
#[inline]
pub fn probe(address: &Address<'_>, timeout: u32) -> u8 {
    let socket = listener::socket(address, 0); // its limits come with the deadline
    let socket = socket.as_fd();
    let mut deadline = Deadline::of(timeout);
    let limited = deadline.limit(socket, sys::SEND);
    limited.or_exit("setsockopt SO_SNDTIMEO");
    if let Err(errno) = connect(socket, address) {
        exit_at("connect", address, errno);
    }
    let mut answer = [0; 12]; // HTTP/1.1 200
    let mut filled = 0;
    send_all(socket, REQUEST, SendFlags::empty(), timeout).or_exit("sendto");
    while let Some(room @ [_, ..]) = answer.get_mut(filled..) {
        match deadline.limit(socket, sys::RECEIVE) {
            Err(Errno::AGAIN) => exit_at("recvfrom", address, Errno::TIMEDOUT),
            limited => limited.or_exit("setsockopt SO_RCVTIMEO"),
        }
        match receive(socket, room) {
            Ok(0) => break,
            Ok(received) => filled += received,
            Err(errno) => exit_at("recvfrom", address, errno),
        }
    }
    // HTTP/1.x, then a code of three digits, of which 2 and 3 are well.
    if let (b"HTTP/1.", [b'0'..=b'9', b' ', b'2' | b'3', b'0'..=b'9', b'0'..=b'9']) =
        answer.split_at(7)
    {
        return 0;
    }
    report::probed(address, answer.get(..filled).unwrap_or_default());
    1
}
