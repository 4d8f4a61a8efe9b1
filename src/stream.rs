//! Bytes to and from a TCP connection, whole and in time, for the models whose
//! calls wait.

use crate::signal;
use crate::sys;
use rustix::fd::BorrowedFd;
use rustix::io::{Errno, Result};
use rustix::net::{RecvFlags, SendFlags, recv, send};

/// A limit on several calls together, in milliseconds; 0: none.
///
/// The first call has its limit from the socket, and for most connections it
/// is the only call: the clock is read when there is a second, and the limit
/// counts from then.
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
        Self {
            limit,
            is_asked: true,
            end: sys::monotonic() + u64::from(limit),
        }
    }

    /// How long the next call may wait, milliseconds; 0: for ever. It is asked
    /// before each call, and again when a signal has interrupted one.
    ///
    /// # Errors
    ///
    /// EAGAIN: time is up, as if the call had waited in vain. EINTR: the
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

/// A connection, and how long its calls wait at present.
pub struct Stream<'a> {
    connection: BorrowedFd<'a>,
    /// SO_RCVTIMEO, milliseconds; 0: for ever.
    receive_limit: u32,
    /// SO_SNDTIMEO, likewise.
    send_limit: u32,
}

impl<'a> Stream<'a> {
    /// A connection whose calls wait so long at present, milliseconds; 0: for
    /// ever. An accepted one has both limits from its listener.
    pub fn new(connection: BorrowedFd<'a>, receive_limit: u32, send_limit: u32) -> Self {
        Self {
            connection,
            receive_limit,
            send_limit,
        }
    }

    /// `recv(connection, buffer, 0)`: how many bytes, 0 for the end.
    ///
    /// # Errors
    ///
    /// EAGAIN: nothing has come in time. EINTR: the server's `--grace` is over.
    /// ECONNRESET.
    ///
    /// # References
    ///
    /// [recv(2)](https://man7.org/linux/man-pages/man2/recv.2.html)
    pub fn receive(&mut self, buffer: &mut [u8], deadline: &mut Deadline) -> Result<usize> {
        loop {
            let left = deadline.left()?;
            self.limit_receive(left)?;
            match recv(self.connection, &mut *buffer, RecvFlags::empty()) {
                Ok((received, _)) => return Ok(received),
                Err(Errno::INTR) => {}
                Err(errno) => return Err(errno),
            }
        }
    }

    /// `recv(connection, NULL, .., MSG_TRUNC)`: drops what has come, without a
    /// copy, until the client closes, or nothing comes for `pause`
    /// milliseconds, or the deadline.
    ///
    /// # Errors
    ///
    /// Those of [`Stream::receive`].
    pub fn discard(&mut self, pause: u32, deadline: &mut Deadline) -> Result<()> {
        let mut silence = Deadline::new(pause);
        loop {
            let left = deadline.left()?;
            let silent = silence.left()?;
            self.limit_receive(if left == 0 { silent } else { left.min(silent) })?;
            match discard(self.connection, RecvFlags::empty()) {
                Ok(0) => return Ok(()),
                Ok(_) => silence = Deadline::new(pause),
                Err(Errno::INTR) => {} // the pause goes on
                Err(errno) => return Err(errno),
            }
        }
    }

    /// `send(connection, bytes, MSG_NOSIGNAL)`, until all is sent. A send that
    /// a signal interrupts, or that waits as long as it may, takes less than it
    /// is given.
    ///
    /// # Errors
    ///
    /// EAGAIN: time is up. EINTR: the server's `--grace` is over. EPIPE,
    /// ECONNRESET: the client has gone.
    ///
    /// # References
    ///
    /// [send(2)](https://man7.org/linux/man-pages/man2/send.2.html)
    pub fn send_all(
        &mut self,
        mut bytes: &[u8],
        flags: SendFlags,
        deadline: &mut Deadline,
    ) -> Result<()> {
        while !bytes.is_empty() {
            let left = deadline.left()?;
            if left != self.send_limit {
                sys::set_timeout(self.connection, sys::SEND, left)?;
                self.send_limit = left;
            }
            match send(self.connection, bytes, flags | SendFlags::NOSIGNAL) {
                Ok(sent) => bytes = bytes.get(sent..).unwrap_or_default(),
                Err(Errno::INTR) => {}
                Err(errno) => return Err(errno),
            }
        }
        Ok(())
    }

    fn limit_receive(&mut self, limit: u32) -> Result<()> {
        if limit != self.receive_limit {
            sys::set_timeout(self.connection, sys::RECEIVE, limit)?;
            self.receive_limit = limit;
        }
        Ok(())
    }
}

/// `recv(connection, NULL, 1 MiB, MSG_TRUNC)`: drops up to a mebibyte that has
/// come, and says how much; 0: the end.
///
/// # Errors
///
/// Those of recv(2).
///
/// # References
///
/// [tcp(7)](https://man7.org/linux/man-pages/man7/tcp.7.html)
pub fn discard(connection: BorrowedFd<'_>, flags: RecvFlags) -> Result<usize> {
    sys::discard(connection, 1 << 20, flags.bits())
}
