//! Bytes to and from a TCP connection, whole and in time.

use crate::signal;
use crate::sys;
use rustix::fd::BorrowedFd;
use rustix::io::{Errno, Result};
use rustix::net::{RecvFlags, SendFlags, recv, send};

/// `send(connection, bytes, MSG_NOSIGNAL)`, until all is sent: a send that a
/// signal interrupts, or that waits longer than SO_SNDTIMEO says, takes less
/// than it is given.
///
/// # Errors
///
/// EAGAIN: nothing could be sent for so long. EPIPE, ECONNRESET: the client
/// has gone.
///
/// # References
///
/// [send(2)](https://man7.org/linux/man-pages/man2/send.2.html)
pub fn send_all(connection: BorrowedFd<'_>, mut bytes: &[u8], flags: SendFlags) -> Result<()> {
    while !bytes.is_empty() {
        match send(connection, bytes, flags | SendFlags::NOSIGNAL) {
            Ok(sent) => bytes = bytes.get(sent..).unwrap_or_default(),
            Err(Errno::INTR) if !signal::is_cut() => {}
            Err(error) => return Err(error),
        }
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

/// A moment by which all must have been received.
pub struct Deadline(u64);

impl Deadline {
    /// So many milliseconds from now.
    pub fn after(time: u32) -> Self {
        Self(sys::monotonic() + u64::from(time))
    }

    /// Gives the next recv what time is left.
    ///
    /// # Errors
    ///
    /// EAGAIN: none is, as if recv had waited in vain.
    pub fn limit(&self, connection: BorrowedFd<'_>) -> Result<()> {
        match self.0.saturating_sub(sys::monotonic()) {
            0 => Err(Errno::AGAIN),
            left => sys::set_timeout(connection, sys::RECEIVE, left as u32),
        }
    }
}
