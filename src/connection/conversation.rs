//! A conversation with a client, from its first byte to its last. The same
//! code serves the models whose calls wait and the event loop, whose calls do
//! not. When a call returns EAGAIN, the conversation returns what it waits for
//! to its caller, and the caller decides when to continue it.

use super::Buffer;
use super::calls::{Calls, Wait};
use crate::http::response::{Response, Then};
use crate::http::{Method, Request, Verdict, parse, skip_empty_lines};
use crate::report;
use crate::signal;
use crate::sys;
use crate::text::split;
use rustix::io::{Errno, Result};
use rustix::net::{SendFlags, Shutdown, shutdown};

/// Calls on one connection in one turn at most: in the event loop the other
/// connections have their turn too.
const CALLS: u32 = 64;
/// A call that drops bytes may drop a mebibyte, so it counts as this many more calls.
const DISCARD: u32 = 16;

/// What a client gets.
#[derive(Clone, Copy)]
enum Answer {
    /// The response; its connection is used on after this request.
    Again(Request),
    /// The response, and close.
    Last {
        /// Only its head.
        head_only: bool,
        /// More may be on its way from the client, so that close(2) alone
        /// could reset the connection before the client has read the response.
        linger: bool,
    },
    /// An error, and close. It stands in the buffer, in the place of the request.
    Error,
}

/// The state of one connection.
pub struct Conversation {
    /// The connection's number since the start.
    pub number: u64,
    /// What its next call is for: to receive a request, to send, or to wait for
    /// the client's close.
    wait: Wait,
    /// Counts the things that it waits for, one after another. A limit holds for one
    /// of them: while the number is the same, the limit goes on.
    pub wait_number: u32,
    /// Bytes of its buffer in use: what has been received, or an error that is sent.
    filled: usize,
    answer: Answer,
    /// Bytes of the answer that have been sent.
    sent: usize,
    is_first: bool,
}

impl Conversation {
    /// With a client that has not said anything yet.
    pub fn new(number: u64) -> Self {
        Self {
            number,
            wait: Wait::Beginning,
            wait_number: 0,
            filled: 0,
            answer: Answer::Error,
            sent: 0,
            is_first: true,
        }
    }

    /// How many bytes of its buffer are in use.
    pub fn filled(&self) -> usize {
        self.filled
    }

    /// Whether it waits for the client's close.
    pub fn lingers(&self) -> bool {
        self.wait == Wait::Linger
    }

    /// What it waits for has not come in time. Returns whether it goes on. A client that has
    /// begun a head gets a 408. A client that has sent nothing gets no 408: clients open
    /// connections ahead of need, and would take it for the answer to what they send next.
    pub fn on_timeout(&mut self, wait: Wait, calls: &mut Calls<'_>, buffer: &mut Buffer) -> bool {
        let has_begun = wait == Wait::Head;
        if has_begun {
            self.refuse(408, calls, buffer);
        }
        has_begun
    }

    /// Makes calls until one returns EAGAIN, or until this turn is over. Returns what
    /// the conversation waits for then, or `None` if it is over. EAGAIN means: the
    /// call would wait (event loop), or its time is up (the other models).
    ///
    /// # Errors
    ///
    /// EINTR: the server's `--grace` is over. Others: the client has gone.
    pub fn advance(&mut self, calls: &mut Calls<'_>, buffer: &mut Buffer) -> Result<Option<Wait>> {
        let mut made = 0;
        while made < CALLS {
            made += 1;
            let is_over = match self.wait {
                Wait::Sleep => {
                    self.wait = Wait::Response;
                    return Ok(Some(Wait::Sleep));
                }
                Wait::Response => self.send(calls, buffer),
                Wait::Linger => {
                    made += DISCARD;
                    calls.discard().map(|dropped| dropped == 0)
                }
                _ => self.receive(calls, buffer),
            };
            match is_over {
                Ok(true) => return Ok(None),
                Ok(false) => {}
                Err(Errno::AGAIN) => return Ok(Some(self.wait)),
                Err(Errno::INTR) if !signal::is_cut() => {}
                Err(errno) => return Err(errno),
            }
        }
        Ok(Some(Wait::Turn))
    }

    /// One recv. Returns whether the client has closed without a request.
    fn receive(&mut self, calls: &mut Calls<'_>, buffer: &mut Buffer) -> Result<bool> {
        let space = buffer.get_mut(self.filled..).unwrap_or_default();
        match calls.receive(self.wait, space)? {
            // A stop has ended the wait of a client that may ask again elsewhere.
            0 if self.filled == 0 || !self.is_first && signal::is_stopping() => return Ok(true),
            0 => self.refuse(400, calls, buffer), // no head ends in the middle
            received => {
                self.filled += received;
                self.decide(calls, buffer);
            }
        }
        Ok(false)
    }

    /// Chooses the answer to what has been received, or waits for more.
    fn decide(&mut self, calls: &mut Calls<'_>, buffer: &mut Buffer) {
        let is_full = self.filled == buffer.len();
        let received = buffer.get(..self.filled).unwrap_or_default();
        match parse(received) {
            Verdict::NotHttp => self.refuse(400, calls, buffer),
            Verdict::Incomplete if skip_empty_lines(received).is_empty() => {
                self.filled = 0;
                if self.wait == Wait::Response {
                    // The response has been sent.
                    self.wait_for(Wait::Idle, calls);
                }
            }
            Verdict::Incomplete if is_full => {
                let has_line = request_line(received).len() < skip_empty_lines(received).len();
                self.refuse(if has_line { 431 } else { 414 }, calls, buffer);
            }
            Verdict::Incomplete => {
                if self.wait != Wait::Head {
                    self.wait_for(Wait::Head, calls);
                }
            }
            Verdict::Complete(request) if request.method == Method::Connect => {
                self.refuse(405, calls, buffer);
            }
            Verdict::Complete(request) => {
                let keep_alive = calls.service.keep_alive != 0 && !signal::is_stopping();
                let answer = if keep_alive && request.persists && !request.may_have_content {
                    Answer::Again(request)
                } else {
                    Answer::Last {
                        head_only: request.method == Method::Head,
                        linger: request.may_have_content || self.filled > request.length || is_full,
                    }
                };
                let status = calls.service.reply(self.number, Then::Close).status;
                self.begin_answer(answer, status, calls, buffer);
            }
        }
    }

    /// The client gets an error.
    fn refuse(&mut self, status: u32, calls: &mut Calls<'_>, buffer: &mut Buffer) {
        self.begin_answer(Answer::Error, status, calls, buffer);
        // Nobody needs the request any more.
        self.filled = Response::error(buffer, status).parts(false).0.len();
    }

    fn begin_answer(
        &mut self,
        answer: Answer,
        status: u32,
        calls: &mut Calls<'_>,
        buffer: &Buffer,
    ) {
        if report::is_verbose() {
            let peer = sys::peer_address(calls.connection).ok();
            let received = buffer.get(..self.filled).unwrap_or_default();
            report::answered(peer.as_ref(), request_line(received), status);
        }
        self.answer = answer;
        self.sent = 0;
        self.wait_for(Wait::Response, calls);
        // For the first request the server has slept before recv. A later request
        // sleeps here, after recv: a sleep before it would delay the receipt of a
        // request that the client has not sent yet.
        if !self.is_first && calls.service.sleep_of(self.number) != 0 {
            self.wait = Wait::Sleep;
        }
    }

    /// One send. Returns whether the conversation is over. A body that does not fit
    /// behind the head takes more than one send. The first one announces the second
    /// (MSG_MORE), so that the kernel does not wait for an acknowledgement between them.
    fn send(&mut self, calls: &mut Calls<'_>, buffer: &mut Buffer) -> Result<bool> {
        let service = calls.service;
        let (first, rest) = match self.answer {
            Answer::Again(request) => {
                let reply = service.reply(self.number, Then::KeepAlive);
                reply.parts(request.method == Method::Head)
            }
            Answer::Last { head_only, .. } => {
                let reply = service.reply(self.number, Then::Close);
                reply.parts(head_only)
            }
            Answer::Error => (buffer.get(..self.filled).unwrap_or_default(), &b""[..]),
        };
        let (bytes, flags) = match first.get(self.sent..) {
            Some(bytes @ [_, ..]) if rest.is_empty() => (bytes, SendFlags::empty()),
            Some(bytes @ [_, ..]) => (bytes, SendFlags::MORE),
            _ => (
                rest.get(self.sent - first.len()..).unwrap_or_default(),
                SendFlags::empty(),
            ),
        };
        self.sent += calls.send(bytes, flags)?;
        if self.sent < first.len() + rest.len() {
            return Ok(false);
        }
        match self.answer {
            Answer::Again(request) => {
                buffer.copy_within(request.length..self.filled, 0);
                self.filled -= request.length;
                self.is_first = false;
                self.decide(calls, buffer);
            }
            // A response in one send needs no linger. A longer one does: it may still be
            // on its way when a client that does not wait sends its next request, and
            // that request would make close(2) a reset.
            Answer::Last { linger: false, .. } if rest.is_empty() => return Ok(true),
            // Closing while request bytes are unread, or still come, resets the
            // connection, and a reset can destroy a response that the client has not
            // read. So: say that no more follows, then drop what comes until the
            // client closes, as long as bytes come, for at most `--timeout`
            // (RFC 9112, 9.6).
            _ => {
                shutdown(calls.connection, Shutdown::Write)?;
                self.wait_for(Wait::Linger, calls);
            }
        }
        Ok(false)
    }

    fn wait_for(&mut self, wait: Wait, calls: &mut Calls<'_>) {
        self.wait = wait;
        self.wait_number = self.wait_number.wrapping_add(1);
        calls.begin(wait);
    }
}

/// The request line, or as much of it as has been received.
fn request_line(received: &[u8]) -> &[u8] {
    let mut rest = skip_empty_lines(received);
    split(&mut rest, b'\n').unwrap_or(rest)
}
