//! How long the calls on a connection may wait, for the models whose calls wait.

use crate::signal;
use crate::sys;
use rustix::fd::BorrowedFd;
use rustix::io::{Errno, Result};

/// A limit on several calls together, in milliseconds; 0: none.
///
/// Most limits hold for one call, which the socket's own option limits, so the clock is
/// not read. It is read before a second call, and the limit counts from then on.
pub struct Deadline {
    limit: u32,
    is_asked: bool,
    end: u64,
}

impl Deadline {
    /// So many milliseconds.
    pub fn new(limit: u32) -> Self {
        Self {
            limit,
            is_asked: false,
            end: 0,
        }
    }

    /// So many milliseconds, from now on.
    pub fn from_now(limit: u32) -> Self {
        let mut deadline = Self::new(limit);
        if limit != 0 {
            deadline.is_asked = true;
            deadline.end = sys::monotonic() + u64::from(limit);
        }
        deadline
    }

    /// How long the next call may wait, milliseconds; 0: for ever. Ask it before
    /// each call, and again when a signal has interrupted one.
    ///
    /// # Errors
    ///
    /// EAGAIN: time is up; the call itself says so with the same errno. EINTR: the
    /// server's `--grace` is over.
    fn left(&mut self) -> Result<u32> {
        if signal::is_cut() {
            return Err(Errno::INTR);
        }
        if self.limit == 0 || !self.is_asked {
            self.is_asked = true;
            return Ok(self.limit);
        }
        let now = sys::monotonic();
        if self.end == 0 {
            self.end = now + u64::from(self.limit);
        }
        match self.end.saturating_sub(now) {
            0 => Err(Errno::AGAIN),
            left => Ok(left as u32),
        }
    }
}

/// How long one call on a connection may wait (the socket's options), and how
/// long several calls together (the deadlines).
pub struct Limits {
    /// SO_RCVTIMEO, milliseconds; 0: for ever.
    receive: u32,
    /// SO_SNDTIMEO, likewise.
    send: u32,
    /// The limit on the calls to come, together.
    pub deadline: Deadline,
    /// How long a client that lingers may send nothing.
    pub silence: Option<Deadline>,
}

impl Limits {
    /// For a socket with these options at present, milliseconds; 0: for ever. An
    /// accepted socket has both from its listener.
    pub fn new(receive: u32, send: u32, deadline: Deadline) -> Self {
        Self {
            receive,
            send,
            deadline,
            silence: None,
        }
    }

    /// Before recv: `setsockopt(connection, SOL_SOCKET, SO_RCVTIMEO_OLD, ..)`, if
    /// it must wait longer or shorter than the call before.
    ///
    /// # Errors
    ///
    /// EAGAIN: time is up. EINTR: the server's `--grace` is over.
    pub fn before_receive(&mut self, connection: BorrowedFd<'_>) -> Result<()> {
        let left = self.deadline.left()?;
        let limit = match &mut self.silence {
            None => left,
            Some(silence) => match (left, silence.left()?) {
                (0, silent) => silent,
                (left, silent) => left.min(silent),
            },
        };
        apply(&mut self.receive, connection, sys::RECEIVE, limit)
    }

    /// Before send, likewise: `setsockopt(connection, SOL_SOCKET, SO_SNDTIMEO_OLD, ..)`.
    ///
    /// # Errors
    ///
    /// Those of [`Limits::before_receive`].
    pub fn before_send(&mut self, connection: BorrowedFd<'_>) -> Result<()> {
        let left = self.deadline.left()?;
        apply(&mut self.send, connection, sys::SEND, left)
    }
}

fn apply(present: &mut u32, connection: BorrowedFd<'_>, option: u32, limit: u32) -> Result<()> {
    if limit != *present {
        sys::set_timeout(connection, option, limit)?;
        *present = limit;
    }
    Ok(())
}
