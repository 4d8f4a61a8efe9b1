//! One connection, from accept to close, for the models whose calls wait; and
//! what all models have in common: the service, and the conversation.

mod calls;
mod conversation;

use crate::http::HEAD_MAX;
use crate::http::response::{self, Response, Then};
use crate::limits::{Deadline, Limits};
use crate::report;
use crate::signal::{self, Idle};
use crate::sys::discard;
pub use calls::{Calls, Wait};
pub use conversation::Conversation;
use rustix::fd::{AsRawFd, BorrowedFd};
use rustix::io::{Errno, Result};
use rustix::net::{RecvFlags, SendFlags, Shutdown, send, shutdown};
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
    pub slow: Replies,
    /// What the others get: status 200.
    pub others: Replies,
}

/// A response, as the last of its connection, and with `--keep-alive` as one of several.
#[derive(Clone, Copy)]
pub struct Replies {
    /// `Connection: Close`
    pub last: Response<'static>,
    /// `Connection: Keep-Alive`
    pub one_of_several: Response<'static>,
}

impl Service {
    /// Serves a connection, the `number`th since the start. Returns whether `--grace`
    /// cut it off. `idle` is where the stop finds it while it waits for another request.
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
        let limits = Limits::new(self.timeout, self.timeout, Deadline::new(self.timeout));
        let mut calls = Calls {
            service: self,
            connection,
            waiting: Some((limits, idle)),
        };
        let mut conversation = Conversation::new(number);
        let mut wait = Wait::Sleep; // before the first recv
        loop {
            if wait == Wait::Sleep {
                if sleep(self.sleep_of(number)).is_err() {
                    return true;
                }
            } else if wait != Wait::Turn {
                // The call before has returned EAGAIN: its time is up.
                if !conversation.on_timeout(wait, &mut calls, buffer) {
                    return false;
                }
            }
            match conversation.advance(&mut calls, buffer) {
                Ok(Some(waits_for)) => wait = waits_for,
                Ok(None) => return false,
                Err(errno) => return errno == Errno::INTR,
            }
        }
    }

    /// Whether the `number`th connection is one that sleeps and gets `--status`.
    fn is_slow(&self, number: u64) -> bool {
        self.every == 1 || number % u64::from(self.every) == 0
    }

    /// How long the `number`th connection sleeps before a response, milliseconds.
    pub fn sleep_of(&self, number: u64) -> u32 {
        if self.is_slow(number) { self.sleep } else { 0 }
    }

    fn reply(&self, number: u64, then: Then) -> &Response<'static> {
        let replies = match self.is_slow(number) {
            true => &self.slow,
            false => &self.others,
        };
        match then {
            Then::Close => &replies.last,
            Then::KeepAlive => &replies.one_of_several,
        }
    }
}

/// 503, for a client that gets no process and no thread. It must not delay the
/// other clients, so nothing here waits: not for its request, and not for room to
/// send, since the send buffer of a new connection has room for more than this.
#[inline(never)] // a large frame
pub fn unavailable(connection: BorrowedFd<'_>) {
    let mut buffer = response::EMPTY;
    let response = Response::error(&mut buffer, 503);
    let _ = send(connection, response.parts(false).0, SendFlags::NOSIGNAL);
    let _ = shutdown(connection, Shutdown::Write);
    // Request bytes that nobody has read would make close(2) a reset. A client
    // that sends more than this to a server short of processes gets one.
    let _ = discard(connection, RecvFlags::DONTWAIT);
    report::event("unavailable, fd %", connection.as_raw_fd());
}

/// `nanosleep(..)`: sleeps for so many milliseconds. After a signal it sleeps for the rest.
///
/// # Errors
///
/// EINTR: the server's `--grace` is over.
pub fn sleep(milliseconds: u32) -> Result<()> {
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
