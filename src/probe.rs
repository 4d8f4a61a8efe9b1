//! `acceptd probe`: the client, for health checks where there is no shell and
//! no curl, as in a container from scratch.

use crate::address::Address;
use crate::listener;
use crate::report::{self, OrExit, exit_at};
use crate::stream::{Deadline, receive, send_all};
use crate::sys;
use rustix::fd::AsFd;
use rustix::net::{SendFlags, connect};

const REQUEST: &[u8] = b"GET / HTTP/1.1\r\nHost: acceptd\r\nConnection: close\r\n\r\n";

/// Sends a GET: status 0 if the answer is 2xx or 3xx; else 1, and why. To
/// connect to the wildcard address means this machine.
///
/// # References
///
/// [connect(2)](https://man7.org/linux/man-pages/man2/connect.2.html)
pub fn probe(address: &Address<'_>, timeout: u32) -> u8 {
    let socket = listener::socket(address, timeout);
    if let Err(errno) = connect(&socket, address) {
        exit_at("connect", address, errno);
    }
    send_all(socket.as_fd(), REQUEST, SendFlags::empty(), timeout).or_exit("sendto");
    let mut answer = [0; 12]; // HTTP/1.1 200
    let mut filled = 0;
    let mut deadline = Deadline::of(timeout);
    while let Some(room @ [_, ..]) = answer.get_mut(filled..) {
        if filled > 0 {
            let limited = deadline.limit(socket.as_fd(), sys::RECEIVE);
            limited.or_exit("recvfrom");
        }
        match receive(socket.as_fd(), room).or_exit("recvfrom") {
            0 => break,
            received => filled += received,
        }
    }
    // HTTP/1.x, then a code of three digits, of which 2 and 3 are well.
    if filled == answer.len()
        && answer.starts_with(b"HTTP/1.")
        && matches!(answer.get(8..10), Some([b' ', b'2' | b'3']))
    {
        return 0;
    }
    report::probed(address, answer.get(..filled).unwrap_or_default());
    1
}
