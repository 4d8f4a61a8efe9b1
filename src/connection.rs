//! One connection, from accept to close: sleep, recv, send.

use crate::http::{HEAD_MAX, Response, Verdict, parse};
use crate::signal;
use crate::stream::{Deadline, receive, send_all};
use crate::sys;
use rustix::fd::BorrowedFd;
use rustix::io::{Errno, Result};
use rustix::net::{RecvFlags, SendFlags, Shutdown, recv, shutdown};
use rustix::thread::{NanosleepRelativeResult, Timespec, nanosleep};

/// How long what follows a response is read and dropped, milliseconds.
const LINGER: u32 = 2_000;

/// What every connection gets.
pub struct Service<'a> {
    /// How long to sleep before recv, milliseconds: the slow request.
    pub sleep: u32,
    /// How long to wait for a request, milliseconds; 0: for ever. A head that
    /// comes in pieces has this time again after the first.
    pub timeout: u32,
    /// What to answer.
    pub response: Response<'a>,
    /// Where a request is read into. One for all: a child has its own copy.
    pub buffer: [u8; HEAD_MAX],
}

impl Service<'_> {
    /// Sleeps, receives a request, sends the response. A client that breaks
    /// off ends its own connection and nothing else, so errors end here.
    pub fn answer(&mut self, connection: BorrowedFd<'_>) {
        sleep(self.sleep);
        if !signal::is_cut() {
            let _ = self.exchange(connection);
        }
    }

    /// 503, for a client that gets no child. It must not hold the parent up:
    /// nothing here waits, neither for its request nor for room to send, since
    /// a connection that is new has room for more than this.
    pub fn unavailable(&mut self, connection: BorrowedFd<'_>) {
        let _ = self.send(connection, Response::new(503, b"").parts(false));
        let _ = shutdown(connection, Shutdown::Write);
        // What it has sent and nobody has read would make close(2) a reset. Who
        // sends more than 64 KiB to one that is short of processes gets it.
        for _ in 0..16 {
            let Ok((1.., _)) = recv(connection, &mut self.buffer, RecvFlags::DONTWAIT) else {
                break;
            };
        }
    }

    fn exchange(&mut self, connection: BorrowedFd<'_>) -> Result<()> {
        let status = match self.receive_head(connection) {
            Ok(None) => return Ok(()),
            Ok(Some(Verdict::Request { head_only, more })) => {
                self.send(connection, self.response.parts(head_only))?;
                return if more {
                    self.linger(connection)
                } else {
                    Ok(())
                };
            }
            Ok(Some(Verdict::NotHttp)) => 400,
            Ok(Some(Verdict::Incomplete)) => 431,
            Err(Errno::AGAIN) => 408,
            Err(error) => return Err(error),
        };
        // What is still to come of such a request, nobody reads.
        self.send(connection, Response::new(status, b"").parts(false))?;
        self.linger(connection)
    }

    /// Receives until the head is complete or cannot become so; `Incomplete`:
    /// the buffer is full. `None`: the client closed and had sent nothing.
    ///
    /// Fails with EAGAIN when time is up. The first recv has its limit from the
    /// listener; only a head that comes in pieces needs a clock.
    fn receive_head(&mut self, connection: BorrowedFd<'_>) -> Result<Option<Verdict>> {
        let mut filled = 0;
        let mut deadline = Deadline::of(self.timeout);
        loop {
            let Some(room @ [_, ..]) = self.buffer.get_mut(filled..) else {
                return Ok(Some(Verdict::Incomplete));
            };
            match receive(connection, room)? {
                0 if filled == 0 => return Ok(None),
                0 => return Ok(Some(Verdict::NotHttp)), // no head ends in the middle
                received => filled += received,
            }
            match parse(self.buffer.get(..filled).unwrap_or_default()) {
                Verdict::Incomplete => deadline.limit(connection, sys::RECEIVE)?,
                verdict => return Ok(Some(verdict)),
            }
        }
    }

    /// Sends a response: one send, or for a long body two, of which the first
    /// announces the second (MSG_MORE), so that the kernel does not wait for an
    /// acknowledgement between them.
    fn send(&self, connection: BorrowedFd<'_>, (first, rest): (&[u8], &[u8])) -> Result<()> {
        let more = if rest.is_empty() {
            SendFlags::empty()
        } else {
            SendFlags::MORE
        };
        send_all(connection, first, more, self.timeout)?;
        send_all(connection, rest, SendFlags::empty(), self.timeout)
    }

    /// Closing while request bytes are unread, or still come, resets the
    /// connection, and a reset can destroy a response that the client has not
    /// read. So: say that no more follows, then read and drop until the client
    /// closes, for at most two seconds (RFC 9112, 9.6).
    fn linger(&mut self, connection: BorrowedFd<'_>) -> Result<()> {
        shutdown(connection, Shutdown::Write)?;
        let mut deadline = Deadline::of(LINGER);
        while !signal::is_cut() {
            deadline.limit(connection, sys::RECEIVE)?;
            if receive(connection, &mut self.buffer)? == 0 {
                break;
            }
        }
        Ok(())
    }
}

/// `nanosleep(..)`, all of it: a signal interrupts it, and it goes on.
fn sleep(milliseconds: u32) {
    let mut left = Timespec {
        tv_sec: (milliseconds / 1000).into(),
        tv_nsec: (milliseconds % 1000 * 1_000_000).into(),
    };
    while (left.tv_sec != 0 || left.tv_nsec != 0) && !signal::is_cut() {
        match nanosleep(&left) {
            NanosleepRelativeResult::Interrupted(rest) => left = rest,
            _ => return,
        }
    }
}
