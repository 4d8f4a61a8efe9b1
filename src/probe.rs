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
use rustix::fd::{AsFd, OwnedFd};
use rustix::io::Errno;
use rustix::net::{RecvFlags, SendFlags, connect, recv, send};
use rustix::process::Signal;

/// Sends a GET. Returns status 0 if the answer is 2xx or 3xx, else 1 with a line
/// that says why; within `--timeout`. With `--connect`, the status is 0 if somebody
/// listens, even if the queue is full. The wildcard address means this machine; `::`
/// means IPv4 where there is no IPv6, as it does to a server.
#[inline(never)] // a large frame
pub fn probe(options: &Options<'_>) -> u8 {
    // Where stderr was closed, `socket` gives its number to an unused socket. A line that is
    // written to that must not end the probe.
    sys::sigaction(Signal::PIPE, Handler::Ignore).or_exit("rt_sigaction");
    let mut address = options.address();
    let mut server = loop {
        match Server::connect(options, address) {
            Ok(server) => break server,
            Err((_, errno)) if use_ipv4(&mut address, errno) => {}
            Err((call, errno)) => exit_at(call, &address, errno),
        }
    };
    if options.is_set(Name::Connect) {
        return 0;
    }
    // The longest target and the fields of `--header` fit, with room for the rest.
    let mut buffer = [0; TARGET_MAX + FIELDS_MAX + 256];
    server.send(request(options, &mut buffer));
    let mut start = [0; START];
    let mut filled = server.fill(&mut start);
    // An interim response ends with an empty line, and another one follows (RFC 9110, 15.2).
    while class(&start) == b'1' {
        server.skip_head();
        start = [0; START];
        filled = server.fill(&mut start);
    }
    server.drop_rest();
    if matches!(class(&start), b'2' | b'3') {
        return 0;
    }
    report::probed(&address, start.get(..filled).unwrap_or_default());
    1
}

/// How many bytes a response begins with: `HTTP/1.1 200`, and the byte behind it.
const START: usize = 13;

/// The first digit of a status, as in 2xx; 0: this is no response of HTTP/1.
fn class(start: &[u8; START]) -> u8 {
    let (version, rest) = start.split_at(7);
    match rest {
        [
            b'0'..=b'9',
            b' ',
            class,
            b'0'..=b'9',
            b'0'..=b'9',
            b' ' | b'\r',
        ] if version == b"HTTP/1." => *class,
        _ => 0,
    }
}

/// How long the probe waits for the rest of a response, milliseconds.
const REST: u32 = 500;

/// A server that is asked. If a call fails, the probe ends with status 1.
struct Server {
    address: SocketAddr,
    socket: OwnedFd,
    limits: Limits,
}

impl Server {
    /// `socket(..)`, `connect(socket, address)`. With `--connect`, a queue that is full
    /// on this machine is as good as a connection.
    ///
    /// # Errors
    ///
    /// Which call failed, and why.
    ///
    /// # References
    ///
    /// [connect(2)](https://man7.org/linux/man-pages/man2/connect.2.html)
    fn connect(options: &Options<'_>, address: SocketAddr) -> Result<Self, (&'static str, Errno)> {
        let timeout = options.number(Name::Timeout);
        let mut server = Self {
            address,
            limits: Limits::new(0, timeout, Deadline::from_now(timeout)),
            socket: socket(&address).map_err(|errno| ("socket", errno))?,
        };
        if timeout != 0 {
            // SO_SNDTIMEO limits connect, too.
            let set = sys::set_timeout(server.socket.as_fd(), sys::SEND, timeout);
            set.or_exit("setsockopt SO_SNDTIMEO");
        }
        let may_be_full = options.is_set(Name::Connect) && is_here(address);
        loop {
            match connect(&server.socket, &address) {
                // A signal, or strace -p, has ended the wait; the attempt goes on.
                Err(Errno::INTR) => server.limit_send().map_err(|errno| ("connect", errno))?,
                // On this machine the kernel refuses at once where nobody listens. Where
                // the listener's queue is full, it drops the SYN, and there is no answer.
                Err(Errno::INPROGRESS | Errno::ALREADY | Errno::TIMEDOUT) if may_be_full => break,
                Err(errno) => return Err(("connect", errno)),
                Ok(()) => break,
            }
        }
        Ok(server)
    }

    /// How long the next connect or send may wait.
    fn limit_send(&mut self) -> Result<(), Errno> {
        self.limits.before_send(self.socket.as_fd())
    }

    fn send(&mut self, mut bytes: &[u8]) {
        while !bytes.is_empty() {
            let sent = self
                .limit_send()
                .and_then(|()| send(&self.socket, bytes, SendFlags::NOSIGNAL));
            match sent {
                Ok(sent) => bytes = bytes.get(sent..).unwrap_or_default(),
                Err(Errno::INTR) => {}
                Err(errno) => exit_at("sendto", &self.address, errno),
            }
        }
    }

    /// Receives until `space` is full, or until the server closes. Returns how many bytes.
    fn fill(&mut self, space: &mut [u8]) -> usize {
        let mut filled = 0;
        while let Some(space @ [_, ..]) = space.get_mut(filled..) {
            match self.receive(space) {
                Ok(0) => break,
                Ok(received) => filled += received,
                Err(Errno::INTR) => {}
                Err(errno) => exit_at("recvfrom", &self.address, errno),
            }
        }
        filled
    }

    /// One recv. Without `space`, what has come is dropped.
    fn receive(&mut self, space: &mut [u8]) -> Result<usize, Errno> {
        self.limits.before_receive(self.socket.as_fd())?;
        if space.is_empty() {
            return sys::discard(self.socket.as_fd(), RecvFlags::empty());
        }
        recv(&self.socket, space, RecvFlags::empty()).map(|(received, _)| received)
    }

    /// Receives what follows a status line's start, up to the empty line that ends a head.
    fn skip_head(&mut self) {
        let mut line_ends = 0;
        let mut byte = [0];
        while line_ends < 2 && self.fill(&mut byte) != 0 {
            match byte {
                [b'\n'] => line_ends += 1,
                [b'\r'] => {}
                _ => line_ends = 0,
            }
        }
    }

    /// Receives what is left of the response. Bytes that are unread at the close would make it
    /// a reset, which the server may report as a failure. It need not come: nobody waits long.
    fn drop_rest(&mut self) {
        self.limits.silence = Some(Deadline::from_now(REST));
        while self.receive(&mut []).is_ok_and(|length| length > 0) {}
    }
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
