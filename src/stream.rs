//! Bytes to and from a TCP connection, whole and in time.

use crate::signal;
use crate::sys;
use rustix::fd::BorrowedFd;
use rustix::io::{Errno, Result};
use rustix::net::{RecvFlags, SendFlags, recv, send};

/// `send(connection, bytes, MSG_NOSIGNAL)`, until all is sent: a send that a
/// signal interrupts, or that waits longer than SO_SNDTIMEO says, takes less
/// than it is given. What is left then has `timeout` milliseconds; 0: for ever.
///
/// # Errors
///
/// EAGAIN: time is up. EPIPE, ECONNRESET: the client has gone.
///
/// # References
///
/// [send(2)](https://man7.org/linux/man-pages/man2/send.2.html)
pub fn send_all(
    connection: BorrowedFd<'_>,
    mut bytes: &[u8],
    flags: SendFlags,
    timeout: u32,
) -> Result<()> {
    let mut deadline = Deadline::of(timeout);
    while !bytes.is_empty() {
        match send(connection, bytes, flags | SendFlags::NOSIGNAL) {
            Ok(sent) if sent == bytes.len() => return Ok(()),
            Ok(sent) => bytes = bytes.get(sent..).unwrap_or_default(),
            Err(Errno::INTR) if !signal::is_cut() => {}
            Err(error) => return Err(error),
        }
        deadline.limit(connection, sys::SEND)?;
    }
    Ok(())
}

/// `recv(connection, buffer, 0)`: how many bytes, 0 for the end.
///
/// # Errors
///
/// EAGAIN: nothing has come for as long as SO_RCVTIMEO says. ECONNRESET.
///
/// # References
///
/// [recv(2)](https://man7.org/linux/man-pages/man2/recv.2.html)
pub fn receive(connection: BorrowedFd<'_>, buffer: &mut [u8]) -> Result<usize> {
    loop {
        match recv(connection, &mut *buffer, RecvFlags::empty()) {
            Ok((received, _)) => return Ok(received),
            Err(Errno::INTR) if !signal::is_cut() => {}
            Err(error) => return Err(error),
        }
    }
}

/// A limit on several calls together. The first has it from its socket, and
/// for most it is the only one: the clock starts when there is a second.
pub struct Deadline {
    timeout: u32,
    end: u64,
}

impl Deadline {
    /// So many milliseconds; 0: no limit.
    pub fn of(timeout: u32) -> Self {
        Self { timeout, end: 0 }
    }

    /// Gives the next recv or send ([`sys::RECEIVE`], [`sys::SEND`]) what time
    /// is left.
    ///
    /// # Errors
    ///
    /// EAGAIN: none is, as if the call had waited in vain.
    pub fn limit(&mut self, connection: BorrowedFd<'_>, option: u32) -> Result<()> {
        if self.timeout == 0 {
            return Ok(());
        }
        let now = sys::monotonic();
        if self.end == 0 {
            self.end = now + u64::from(self.timeout);
        }
        match self.end.saturating_sub(now) {
            0 => Err(Errno::AGAIN),
            left => sys::set_timeout(connection, option, left as u32),
        }
    }
}
