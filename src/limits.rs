//! How long the calls on a connection may wait, for the models whose calls wait.

use crate::signal;
use crate::sys;
use rustix::fd::BorrowedFd;
use rustix::io::{Errno, Result};

/// A limit on several calls together.
///
/// Most limits hold for one call, which the socket's own option limits. So nobody reads
/// the clock before the second call, and the limit counts from then on: all calls
/// together may take twice as long. [`Deadline::from_now`] is exact.
pub enum Deadline {
    /// There is no limit.
    Never,
    /// No call yet; milliseconds.
    First(u32),
    /// One call; milliseconds.
    Second(u32),
    /// Milliseconds of the monotonic clock.
    At(u64),
}

impl Deadline {
    /// So many milliseconds; 0: no limit.
    pub fn new(limit: u32) -> Self {
        match limit {
            0 => Self::Never,
            limit => Self::First(limit),
        }
    }

    /// So many milliseconds, from now on; 0: no limit.
    pub fn from_now(limit: u32) -> Self {
        match limit {
            0 => Self::Never,
            limit => Self::At(sys::monotonic() + u64::from(limit)),
        }
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
        match *self {
            Self::Never => Ok(0),
            Self::First(limit) => {
                *self = Self::Second(limit);
                Ok(limit)
            }
            Self::Second(limit) => {
                *self = Self::from_now(limit);
                Ok(limit)
            }
            Self::At(end) => match end.saturating_sub(sys::monotonic()) {
                0 => Err(Errno::AGAIN),
                left => Ok(left as u32),
            },
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

#[cfg(test)]
mod tests {
    use super::Deadline;
    use rustix::io::Errno;
    use std::thread::sleep;
    use std::time::Duration;

    fn pass(milliseconds: u64) {
        sleep(Duration::from_millis(milliseconds));
    }

    #[test]
    fn no_limit_stays_none() {
        for mut deadline in [Deadline::new(0), Deadline::from_now(0)] {
            assert_eq!([deadline.left(), deadline.left()], [Ok(0); 2]);
        }
    }

    #[test]
    fn the_first_call_has_the_whole_limit_and_the_second_begins_the_clock() {
        let mut deadline = Deadline::new(60_000);
        pass(30);
        assert_eq!([deadline.left(), deadline.left()], [Ok(60_000); 2]);
        pass(30);
        let left = deadline.left().expect("time is left");
        assert!((50_000..=59_970).contains(&left), "{left} ms left");
    }

    #[test]
    fn from_now_on_the_first_call_has_less_too() {
        let mut deadline = Deadline::from_now(60_000);
        pass(30);
        let left = deadline.left().expect("time is left");
        assert!((50_000..=59_970).contains(&left), "{left} ms left");
    }

    #[test]
    fn when_time_is_up_no_call_waits() {
        let mut deadlines = [Deadline::new(30), Deadline::from_now(30)];
        for deadline in &mut deadlines {
            let _ = [deadline.left(), deadline.left()]; // the clock runs
        }
        pass(40);
        for deadline in &mut deadlines {
            assert_eq!(deadline.left(), Err(Errno::AGAIN));
        }
    }
}
