//! What the event loop does about one connection, until it has to wait.

use super::EventLoop;
use super::entries::{Answer, Entry, Wait};
use crate::connection::{Next, decide, peer, request_line};
use crate::http::Method;
use crate::http::response::{Response, Then};
use crate::report;
use crate::signal;
use crate::stream::discard;
use rustix::event::epoll::{EventData, EventFlags, add, modify};
use rustix::fd::{AsFd, OwnedFd};
use rustix::io::{Errno, Result};
use rustix::net::{RecvFlags, SendFlags, Shutdown, recv, send, shutdown};

/// Requests answered on one connection in one turn, and pieces of a mebibyte
/// dropped, at most: the other connections have their turn too.
const REQUESTS: usize = 64;
const DISCARDS: usize = 4;

/// How a turn of one connection ends.
enum Turn {
    /// It waits for this. epoll reports it if there is something to report.
    Waits(Wait),
    /// It is over.
    Ends,
}

impl EventLoop<'_> {
    /// A new connection: it sleeps, or it is served as far as that goes.
    pub(super) fn begin(&mut self, connection: OwnedFd, number: u64) {
        let sleeps = self.service.sleep != 0 && self.service.is_slow(number);
        let Some(number) = self.entries.insert(Entry::new(connection, number)) else {
            return;
        };
        if sleeps {
            let now = self.now();
            self.entries.enter(number, Wait::Sleep, now);
        } else {
            self.advance(number);
        }
    }

    /// Those whose wait is over.
    pub(super) fn expire(&mut self) {
        if self.entries.next_deadline() == u64::MAX {
            return;
        }
        let now = self.now();
        while let Some(number) = self.entries.expired(now) {
            let wait = self.entries.get(number).and_then(|(entry, _)| entry.wait());
            self.entries.leave(number);
            match wait {
                Some(Wait::Sleep | Wait::Turn) => self.advance(number),
                Some(Wait::Head) => {
                    if let Some((entry, _)) = self.entries.get(number) {
                        entry.answer = Some(Answer::Error(408));
                    }
                    self.advance(number);
                }
                _ => self.entries.close(number),
            }
        }
    }

    /// Goes on with a connection, until it has to wait or is closed.
    pub(super) fn advance(&mut self, number: u32) {
        let turn = match self.entries.get(number) {
            // It is not its time yet.
            Some((entry, _)) if matches!(entry.wait(), Some(Wait::Sleep | Wait::Turn)) => return,
            Some((entry, _)) if entry.lingers_until != 0 => self.linger(number),
            Some(_) => self.converse(number),
            None => return,
        };
        match turn.and_then(|turn| self.settle(number, turn)) {
            Ok(()) => {}
            Err(_) => self.entries.close(number), // the client has gone
        }
    }

    /// Registers what has to wait, and closes what is over.
    fn settle(&mut self, number: u32, turn: Turn) -> Result<()> {
        let Turn::Waits(wait) = turn else {
            self.entries.close(number);
            return Ok(());
        };
        let interest = match wait {
            Wait::Sleep | Wait::Turn => None,
            Wait::Response => Some(EventFlags::OUT),
            Wait::Idle if signal::is_stopping() => {
                self.entries.close(number);
                return Ok(());
            }
            _ => Some(EventFlags::IN),
        };
        if let (Some(flags), Some((entry, _))) = (interest, self.entries.get(number)) {
            let data = EventData::new_u64(number.into());
            let flags_et = flags | EventFlags::ET;
            if entry.interest == 0 {
                add(&self.epoll, entry.connection.as_fd(), data, flags_et)?;
            } else if entry.interest != flags.bits() {
                modify(&self.epoll, entry.connection.as_fd(), data, flags_et)?;
            }
            entry.interest = flags.bits();
        }
        let is_same = self
            .entries
            .get(number)
            .is_some_and(|(entry, _)| entry.wait() == Some(wait));
        // What has a limit as a whole, such as a head, keeps its place in the queue.
        if !is_same || wait == Wait::Linger {
            let now = self.now();
            self.entries.enter(number, wait, now);
        }
        Ok(())
    }

    /// Requests and responses, until one has to wait or was the last.
    fn converse(&mut self, number: u32) -> Result<Turn> {
        for _ in 0..REQUESTS {
            let is_known = self
                .entries
                .get(number)
                .is_some_and(|(entry, _)| entry.answer.is_some());
            if !is_known {
                if let Some(turn) = self.receive_head(number)? {
                    return Ok(turn);
                }
            }
            if let Some(turn) = self.send_answer(number)? {
                return Ok(turn);
            }
        }
        Ok(Turn::Waits(Wait::Turn))
    }

    /// Receives until the head is complete or cannot become so: `None`, and the
    /// entry has its answer.
    fn receive_head(&mut self, number: u32) -> Result<Option<Turn>> {
        let service = self.service;
        let Some((entry, buffer)) = self.entries.get(number) else {
            return Ok(Some(Turn::Ends));
        };
        let mut received = entry.filled;
        let next = loop {
            if received != 0 {
                if let Some(next) = decide(buffer, entry.filled, service.keep_alive != 0) {
                    break next;
                }
            }
            let space = buffer.get_mut(entry.filled..).unwrap_or_default();
            received = match recv(&entry.connection, space, RecvFlags::empty()) {
                Ok((0, _)) if entry.filled == 0 => return Ok(Some(Turn::Ends)),
                Ok((0, _)) => break Next::Refuse(400), // no head ends in the middle
                Ok((received, _)) => received,
                Err(Errno::INTR) => 0,
                Err(Errno::AGAIN) => {
                    return Ok(Some(Turn::Waits(match (entry.filled, entry.is_first) {
                        (0, true) => Wait::Beginning,
                        (0, false) => Wait::Idle,
                        _ => Wait::Head,
                    })));
                }
                Err(errno) => return Err(errno),
            };
            entry.filled += received;
        };
        entry.answer = Some(match next {
            Next::Again(request) => Answer::Again(request),
            Next::Close { head_only, linger } => Answer::Last { head_only, linger },
            Next::Refuse(status) => Answer::Error(status),
        });
        let is_slow = service.is_slow(entry.number);
        if report::is_verbose() {
            let status = match next {
                Next::Refuse(status) => status,
                _ => service.reply(is_slow, Then::Close).status,
            };
            let received = buffer.get(..entry.filled).unwrap_or_default();
            let peer = peer(entry.connection.as_fd());
            report::answered(peer.as_ref(), request_line(received), status);
        }
        // The first request has slept before recv.
        let sleeps = !entry.is_first && service.sleep != 0 && is_slow;
        Ok(sleeps.then_some(Turn::Waits(Wait::Sleep)))
    }

    /// Sends the answer: `None`, and the entry is ready for the next request.
    fn send_answer(&mut self, number: u32) -> Result<Option<Turn>> {
        let service = self.service;
        let Some((entry, buffer)) = self.entries.get(number) else {
            return Ok(Some(Turn::Ends));
        };
        let is_slow = service.is_slow(entry.number);
        let error;
        let (response, head_only) = match entry.answer {
            Some(Answer::Again(request)) => {
                let head_only = request.method == Method::Head;
                (service.reply(is_slow, Then::KeepAlive), head_only)
            }
            Some(Answer::Last { head_only, .. }) => {
                (service.reply(is_slow, Then::Close), head_only)
            }
            Some(Answer::Error(status)) => {
                error = Response::error(status);
                (&error, false)
            }
            None => return Ok(Some(Turn::Ends)),
        };
        let (first, rest) = response.parts(head_only);
        while entry.sent < first.len() + rest.len() {
            let (bytes, flags) = match first.get(entry.sent..) {
                Some([]) | None => (rest.get(entry.sent - first.len()..), SendFlags::empty()),
                bytes if rest.is_empty() => (bytes, SendFlags::empty()),
                bytes => (bytes, SendFlags::MORE),
            };
            let bytes = bytes.unwrap_or_default();
            match send(&entry.connection, bytes, flags | SendFlags::NOSIGNAL) {
                Ok(sent) => entry.sent += sent,
                Err(Errno::INTR) => {}
                Err(Errno::AGAIN) => return Ok(Some(Turn::Waits(Wait::Response))),
                Err(errno) => return Err(errno),
            }
        }
        match entry.answer {
            Some(Answer::Again(request)) => {
                buffer.copy_within(request.length..entry.filled, 0);
                entry.filled -= request.length;
                entry.answer = None;
                entry.sent = 0;
                entry.is_first = false;
                Ok(None)
            }
            // A long response may still be on its way, as in `connection`.
            Some(Answer::Last { linger: false, .. }) if rest.is_empty() => Ok(Some(Turn::Ends)),
            _ => {
                shutdown(&entry.connection, Shutdown::Write)?;
                let limit = u64::from(service.timeout);
                let now = self.now();
                if let Some((entry, _)) = self.entries.get(number) {
                    entry.lingers_until = if limit == 0 { u64::MAX } else { now + limit };
                }
                self.linger(number).map(Some)
            }
        }
    }

    /// Drops what comes, until the client closes, or for `--timeout`.
    fn linger(&mut self, number: u32) -> Result<Turn> {
        let now = self.now();
        let Some((entry, _)) = self.entries.get(number) else {
            return Ok(Turn::Ends);
        };
        if now >= entry.lingers_until {
            return Ok(Turn::Ends);
        }
        for _ in 0..DISCARDS {
            match discard(entry.connection.as_fd(), RecvFlags::empty()) {
                Ok(0) => return Ok(Turn::Ends),
                Ok(_) | Err(Errno::INTR) => {}
                Err(Errno::AGAIN) => return Ok(Turn::Waits(Wait::Linger)),
                Err(errno) => return Err(errno),
            }
        }
        Ok(Turn::Waits(Wait::Turn))
    }
}
