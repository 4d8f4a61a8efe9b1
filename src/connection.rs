//! One connection, from accept to close: sleep, recv, send, and with
//! `--keep-alive` again.

use crate::http::response::{Response, Then};
use crate::http::{HEAD_MAX, Method, Request, Verdict, parse};
use crate::report;
use crate::signal::{self, Idle};
use crate::stream::{Deadline, Stream, discard};
use core::net::SocketAddr;
use rustix::fd::BorrowedFd;
use rustix::io::{Errno, Result};
use rustix::net::{RecvFlags, SendFlags, Shutdown, getpeername, send, shutdown};
use rustix::thread::{NanosleepRelativeResult, Timespec, nanosleep};

/// After a response, how long nothing may come before the connection is
/// closed, milliseconds: nginx and Apache wait as long or longer.
pub const LINGER: u32 = 2_000;

/// Where the head of a request is received.
pub type Buffer = [u8; HEAD_MAX];

/// What every connection gets.
pub struct Service {
    /// `--sleep`: how long to sleep before recv, milliseconds: the slow request.
    pub sleep: u32,
    /// `--timeout`: how long to wait for a request to begin, then for the rest
    /// of its head, and for the client to take the response; milliseconds; 0: for ever.
    pub timeout: u32,
    /// `--keep-alive`: how long to wait for the next request, milliseconds; 0: there is none.
    pub keep_alive: u32,
    /// `--every`: one in so many connections sleeps and gets `--status`.
    pub every: u32,
    /// What a connection gets, if its number is a multiple of `every`.
    pub response: Replies,
    /// What the others get: status 200.
    pub others: Option<Replies>,
}

/// A response, as the last of its connection, and with `--keep-alive` as one of several.
pub struct Replies {
    /// `Connection: Close`
    pub last: Response,
    /// `Connection: Keep-Alive`
    pub one_of_several: Option<Response>,
}

impl Replies {
    /// Which of them it is.
    pub fn get(&self, then: Then) -> &Response {
        match (then, &self.one_of_several) {
            (Then::KeepAlive, Some(response)) => response,
            _ => &self.last,
        }
    }
}

impl Service {
    /// Serves a connection, the `number`th since the start. `idle` is where the
    /// stop finds it while it waits for another request. Whether `--grace` cut it off.
    ///
    /// A client that breaks off ends its own connection and nothing else, so
    /// errors end here.
    pub fn serve(
        &self,
        connection: BorrowedFd<'_>,
        number: u64,
        buffer: &mut Buffer,
        idle: &Idle,
    ) -> bool {
        let conversation = Conversation {
            service: self,
            connection,
            is_slow: self.is_slow(number),
            stream: Stream::new(connection, self.timeout, self.timeout),
            peer: peer(connection),
        };
        conversation.run(buffer, idle) == Err(Errno::INTR)
    }

    /// Whether the `number`th connection is one that sleeps and gets `--status`.
    pub fn is_slow(&self, number: u64) -> bool {
        self.every == 1 || number % u64::from(self.every) == 0
    }

    /// The response for a connection.
    pub fn reply(&self, is_slow: bool, then: Then) -> &Response {
        match &self.others {
            Some(others) if !is_slow => others.get(then),
            _ => self.response.get(then),
        }
    }
}

/// 503, for a client that gets no process and no thread. It must not hold the
/// server up: nothing here waits, neither for its request nor for room to send,
/// since a new connection has room for more than this.
pub fn unavailable(connection: BorrowedFd<'_>) {
    let response = Response::error(503);
    let _ = send(connection, response.parts(false).0, SendFlags::NOSIGNAL);
    let _ = shutdown(connection, Shutdown::Write);
    // Request bytes that nobody has read would make close(2) a reset. A client
    // that sends more than this to a server short of processes gets one.
    let _ = discard(connection, RecvFlags::DONTWAIT);
    report::event(
        "unavailable, fd %",
        rustix::fd::AsRawFd::as_raw_fd(&connection),
    );
}

/// `getpeername(connection, ..)`, for the lines of `--verbose` alone.
pub fn peer(connection: BorrowedFd<'_>) -> Option<SocketAddr> {
    if !report::is_verbose() {
        return None;
    }
    SocketAddr::try_from(getpeername(connection).ok()??).ok()
}

/// The request line, or as much of it as has been received.
pub fn request_line(received: &[u8]) -> &[u8] {
    let start = received.iter().position(|byte| !b"\r\n".contains(byte));
    let received = received
        .get(start.unwrap_or_default()..)
        .unwrap_or_default();
    let line = received.split(|byte| *byte == b'\n').next();
    line.unwrap_or_default()
}

/// What becomes of a connection after a request.
pub enum Next {
    /// This response, and its connection is used on.
    Again(Request),
    /// This response, and close.
    Close {
        /// Only its head.
        head_only: bool,
        /// More may be on its way from the client, so that close(2) alone
        /// could reset the connection before the client has read the response.
        linger: bool,
    },
    /// An error with this status, and close.
    Refuse(u32),
}

/// What the server does about what it has received; `None`: it waits for more.
pub fn decide(buffer: &Buffer, filled: usize, keep_alive: bool) -> Option<Next> {
    let is_full = filled == buffer.len();
    Some(match parse(buffer.get(..filled).unwrap_or_default()) {
        Verdict::Incomplete if is_full => Next::Refuse(431),
        Verdict::Incomplete => return None,
        Verdict::NotHttp => Next::Refuse(400),
        Verdict::Complete(request) => {
            let persists = keep_alive && request.persists && !request.may_have_content;
            match request.method {
                Method::Connect => Next::Refuse(405),
                _ if persists && !signal::is_stopping() => Next::Again(request),
                method => Next::Close {
                    head_only: method == Method::Head,
                    linger: request.may_have_content || filled > request.length || is_full,
                },
            }
        }
    })
}

/// A connection that is being served.
struct Conversation<'a> {
    service: &'a Service,
    connection: BorrowedFd<'a>,
    is_slow: bool,
    stream: Stream<'a>,
    peer: Option<SocketAddr>,
}

impl Conversation<'_> {
    /// Requests and responses, until one is the last.
    fn run(mut self, buffer: &mut Buffer, idle: &Idle) -> Result<()> {
        let service = self.service;
        let mut filled = 0;
        let mut is_first = true;
        self.sleep()?;
        loop {
            let next = self.receive_head(buffer, &mut filled, is_first, idle)?;
            if !is_first {
                self.sleep()?; // before recv it would hold up a client that has not asked yet
            }
            let received = buffer.get(..filled).unwrap_or_default();
            match next {
                None => return Ok(()),
                Some(Next::Again(request)) => {
                    let response = service.reply(self.is_slow, Then::KeepAlive);
                    self.answer(received, response, request.method == Method::Head)?;
                    buffer.copy_within(request.length..filled, 0);
                    filled -= request.length;
                    is_first = false;
                }
                Some(Next::Close { head_only, linger }) => {
                    let response = service.reply(self.is_slow, Then::Close);
                    self.answer(received, response, head_only)?;
                    // A long response may still be on its way when the next request
                    // of a client that does not wait makes close(2) a reset.
                    let is_long = !response.parts(head_only).1.is_empty();
                    return if linger || is_long {
                        self.linger()
                    } else {
                        Ok(())
                    };
                }
                Some(Next::Refuse(status)) => {
                    self.answer(received, &Response::error(status), false)?;
                    return self.linger();
                }
            }
        }
    }

    /// Receives until the head is complete or cannot become so. `None`: close
    /// without an answer, since the client has sent nothing: it has closed, or
    /// let the time pass. Clients open connections ahead of need, and would
    /// take a 408 for the answer to what they send next.
    fn receive_head(
        &mut self,
        buffer: &mut Buffer,
        filled: &mut usize,
        is_first: bool,
        idle: &Idle,
    ) -> Result<Option<Next>> {
        let keep_alive = self.service.keep_alive;
        let timeout = self.service.timeout;
        let mut deadline = Deadline::new(if is_first { timeout } else { keep_alive });
        if *filled != 0 {
            // The client has sent more than one request at once.
            if let Some(next) = decide(buffer, *filled, keep_alive != 0) {
                return Ok(Some(next));
            }
            deadline = Deadline::from_now(timeout);
        }
        loop {
            let has_begun = *filled != 0;
            let waits_for_next = !is_first && !has_begun;
            if waits_for_next {
                idle.begin(self.connection);
            }
            let space = buffer.get_mut(*filled..).unwrap_or_default();
            let received = self.stream.receive(space, &mut deadline);
            if waits_for_next {
                idle.is_over();
            }
            match received {
                Ok(0) | Err(Errno::AGAIN) if !has_begun => return Ok(None),
                Ok(0) => return Ok(Some(Next::Refuse(400))), // no head ends in the middle
                Err(Errno::AGAIN) => return Ok(Some(Next::Refuse(408))),
                Err(errno) => return Err(errno),
                Ok(received) => *filled += received,
            }
            if let Some(next) = decide(buffer, *filled, keep_alive != 0) {
                return Ok(Some(next));
            }
            if !has_begun {
                deadline = Deadline::from_now(timeout);
            }
        }
    }

    /// Sends a response: one send, or for a long body two, of which the first
    /// announces the second (MSG_MORE), so that the kernel does not wait for an
    /// acknowledgement between them.
    fn answer(&mut self, received: &[u8], response: &Response, head_only: bool) -> Result<()> {
        let (first, rest) = response.parts(head_only);
        let mut deadline = Deadline::new(self.service.timeout);
        if report::is_verbose() {
            report::answered(self.peer.as_ref(), request_line(received), response.status);
        }
        if rest.is_empty() {
            return self
                .stream
                .send_all(first, SendFlags::empty(), &mut deadline);
        }
        self.stream
            .send_all(first, SendFlags::MORE, &mut deadline)?;
        self.stream
            .send_all(rest, SendFlags::empty(), &mut deadline)
    }

    /// Closing while request bytes are unread, or still come, resets the
    /// connection, and a reset can destroy a response that the client has not
    /// read. So: say that no more follows, then drop what comes until the client
    /// closes, as long as bytes come, for at most `--timeout` (RFC 9112, 9.6).
    fn linger(&mut self) -> Result<()> {
        shutdown(self.connection, Shutdown::Write)?;
        self.stream
            .discard(LINGER, &mut Deadline::new(self.service.timeout))
    }

    /// `nanosleep(..)`, all of `--sleep`: a signal interrupts it, and it goes on.
    fn sleep(&self) -> Result<()> {
        let milliseconds = if self.is_slow { self.service.sleep } else { 0 };
        let mut left = Timespec {
            tv_sec: (milliseconds / 1000).into(),
            tv_nsec: (milliseconds % 1000 * 1_000_000).into(),
        };
        while left.tv_sec != 0 || left.tv_nsec != 0 {
            if signal::is_cut() {
                return Err(Errno::INTR);
            }
            match nanosleep(&left) {
                NanosleepRelativeResult::Interrupted(rest) => left = rest,
                _ => break,
            }
        }
        Ok(())
    }
}
