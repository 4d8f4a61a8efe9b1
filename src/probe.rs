//! `acceptd probe`: the client, for health checks where there is no shell and
//! no curl, as in a container from scratch.

use crate::http::response::FIELDS_MAX;
use crate::http::{is_same, take_token};
use crate::limits::{Deadline, Limits};
use crate::listener::{socket, use_ipv4};
use crate::options::{Name, Options, TARGET_MAX};
use crate::report::{self, OrExit, exit_at};
use crate::sys::{self, Handler};
use crate::text::Text;
use core::net::SocketAddr;
use rustix::fd::AsFd;
use rustix::io::Errno;
use rustix::net::{RecvFlags, SendFlags, connect, recv, send};
use rustix::process::Signal;

/// Sends a GET. Returns status 0 if the answer is 2xx or 3xx, else 1 with a line
/// that says why; within `--timeout`. With `--connect`, the status is 0 if somebody
/// listens, even if the queue is full. The wildcard address means this machine; `::`
/// means IPv4 where there is no IPv6, as it does to a server.
///
/// # References
///
/// [connect(2)](https://man7.org/linux/man-pages/man2/connect.2.html)
#[inline(never)] // a large frame
pub fn probe(options: &Options<'_>) -> u8 {
    // Where stderr was closed, `socket` gives its number to an unused socket. A line that is
    // written to that must not end the probe.
    sys::sigaction(Signal::PIPE, Handler::Ignore).or_exit("rt_sigaction");
    let mut answer = [0; 12]; // HTTP/1.1 200
    let mut address = options.address();
    let filled = loop {
        match ask(options, address, &mut answer) {
            Ok(filled) => break filled,
            Err((_, errno)) if use_ipv4(&mut address, errno) => {}
            Err((call, errno)) => exit_at(call, &address, errno),
        }
    };
    // HTTP/1.x, then a code of three digits: 2xx and 3xx are healthy.
    let (version, rest) = answer.split_at(7);
    if options.is_set(Name::Connect)
        || version == b"HTTP/1."
            && matches!(
                rest,
                [b'0'..=b'9', b' ', b'2' | b'3', b'0'..=b'9', b'0'..=b'9']
            )
    {
        return 0;
    }
    let answer = answer.get(..filled).unwrap_or_default();
    report::probed(&address, answer);
    1
}

/// Connects; without `--connect`, also sends a request and receives the first bytes
/// of the answer. Returns how many bytes, or which call failed.
fn ask(
    options: &Options<'_>,
    address: SocketAddr,
    answer: &mut [u8],
) -> Result<usize, (&'static str, Errno)> {
    let timeout = options.number(Name::Timeout);
    let mut limits = Limits::new(0, timeout, Deadline::from_now(timeout));
    let socket = socket(&address).map_err(|errno| ("socket", errno))?;
    if timeout != 0 {
        // SO_SNDTIMEO limits connect, too.
        sys::set_timeout(socket.as_fd(), sys::SEND, timeout).or_exit("setsockopt SO_SNDTIMEO");
    }
    let only_connect = options.is_set(Name::Connect);
    match connect(&socket, &address) {
        // On this machine the kernel refuses at once where nobody listens. Where
        // the listener's queue is full, it drops the SYN, and there is no answer.
        Err(Errno::INPROGRESS | Errno::TIMEDOUT) if only_connect && is_here(address) => {}
        Err(errno) => return Err(("connect", errno)),
        Ok(()) => {}
    }
    if only_connect {
        return Ok(0);
    }
    // The longest target and the fields of `--header` fit, with room for the rest.
    let mut buffer = [0; TARGET_MAX + FIELDS_MAX + 256];
    let mut request = request(options, &mut buffer);
    while !request.is_empty() {
        let sent = limits
            .before_send(socket.as_fd())
            .and_then(|()| send(&socket, request, SendFlags::NOSIGNAL));
        match sent {
            Ok(sent) => request = request.get(sent..).unwrap_or_default(),
            Err(Errno::INTR) => {}
            Err(errno) => return Err(("sendto", errno)),
        }
    }
    let mut filled = 0;
    while let Some(space @ [_, ..]) = answer.get_mut(filled..) {
        let received = limits
            .before_receive(socket.as_fd())
            .and_then(|()| recv(&socket, space, RecvFlags::empty()));
        match received {
            Ok((0, _)) => break,
            Ok((received, _)) => filled += received,
            Err(Errno::INTR) => {}
            Err(errno) => return Err(("recvfrom", errno)),
        }
    }
    Ok(filled)
}

/// Whether the address is one of this machine alone.
fn is_here(address: SocketAddr) -> bool {
    address.ip().is_loopback() || address.ip().is_unspecified()
}

/// `GET / HTTP/1.1`, with the fields of `--header`, and a Host if there is none among them.
fn request<'a>(options: &Options<'_>, buffer: &'a mut [u8]) -> &'a [u8] {
    let mut text = Text::new(buffer);
    text.push(b"GET ");
    text.push(options.target);
    text.push(b" HTTP/1.1\r\n");
    let is_host = |field: &&[u8]| {
        let mut field = *field;
        take_token(&mut field, b':').is_some_and(|name| is_same(name, b"host"))
    };
    if !options.headers().iter().any(is_host) {
        text.push(b"Host: acceptd\r\n");
    }
    for field in options.headers() {
        text.push(field);
        text.push(b"\r\n");
    }
    text.push(b"Connection: close\r\n\r\n");
    text.into_bytes()
}
