//! Where connections come from: accept, and what each of its errors means.

use crate::connection::sleep;
use crate::report::{self, Failures};
use crate::signal;
use rustix::event::{PollFd, PollFlags, poll};
use rustix::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};
use rustix::io::Errno;
use rustix::net::{SocketFlags, accept_with};
use rustix::thread::{Timespec, nanosleep};

/// The listener, and how many connections were taken from it.
pub struct Acceptor {
    listener: OwnedFd,
    /// Connections so far.
    pub accepted: u64,
    /// Stop after so many; 0: never.
    exit_after: u32,
    /// SOCK_NONBLOCK for connections whose calls must not wait.
    flags: SocketFlags,
    failures: Failures,
    /// Whether the queue has been found empty since the stop began.
    found_empty: bool,
}

/// How long a handshake that is under way at the stop may still take, milliseconds.
pub const HANDSHAKE: u32 = 10;
/// How long to wait when descriptors or memory are short, milliseconds.
pub const SHORTAGE: u32 = 100;

/// Whether there are too many descriptors, or too little memory.
pub fn is_shortage(errno: Errno) -> bool {
    matches!(
        errno,
        Errno::MFILE | Errno::NFILE | Errno::NOBUFS | Errno::NOMEM
    )
}

impl Acceptor {
    /// Accepts from `listener`, which is closed when this is dropped, until
    /// there have been `exit_after` connections; 0: without end.
    pub fn new(listener: OwnedFd, exit_after: u32, flags: SocketFlags) -> Self {
        Self {
            listener,
            accepted: 0,
            exit_after,
            flags,
            failures: Failures::of("accept4"),
            found_empty: false,
        }
    }

    /// Whether there have been enough connections.
    pub fn is_done(&self) -> bool {
        self.accepted == u64::from(self.exit_after) && self.accepted != 0
    }

    /// The listener, to wait for.
    pub fn listener(&self) -> BorrowedFd<'_> {
        self.listener.as_fd()
    }

    /// `accept4(listener, NULL, NULL, 0)`: the next connection, which is
    /// closed when it is dropped. `None`: enough of them, or the server stops
    /// and has accepted everybody who had connected.
    ///
    /// # Errors
    ///
    /// Those that waiting does not mend, such as EBADF, ENOTSOCK and EPERM,
    /// end the program.
    ///
    /// # References
    ///
    /// [accept(2)](https://man7.org/linux/man-pages/man2/accept.2.html)
    pub fn accept(&mut self) -> Option<OwnedFd> {
        while !self.is_done() {
            match self.try_accept() {
                Ok(connection) => return Some(connection),
                Err(errno) if self.was_last(errno) => break,
                // A connection that ends may free what is short.
                Err(errno) if is_shortage(errno) => pause(SHORTAGE),
                Err(_) => {} // the next may go well
            }
        }
        None
    }

    /// Whether an accept that returned `errno` was the last. At the stop, a handshake that
    /// was under way may still complete. So this waits for it, and an empty queue is looked
    /// at twice.
    fn was_last(&mut self, errno: Errno) -> bool {
        if signal::is_cut() {
            // EINTR does not say whether there is a queue.
            errno != Errno::INTR || !self.has_queue()
        } else if signal::was_told() && errno == Errno::INTR {
            // A worker of prefork. Its parent may not have got the signal yet, and then the
            // listener still blocks: only ppoll looks without waiting.
            if self.has_queue() {
                return false;
            }
            let _ = sleep(HANDSHAKE);
            !self.has_queue()
        } else if signal::is_stopping() && errno == Errno::AGAIN {
            if self.found_empty {
                return true;
            }
            self.found_empty = true;
            let _ = sleep(HANDSHAKE);
            false
        } else {
            false
        }
    }

    /// `ppoll({listener, POLLIN}, 1, 0, ..)`: whether somebody waits to be accepted.
    fn has_queue(&self) -> bool {
        let mut listener = [PollFd::new(&self.listener, PollFlags::IN)];
        let now = Timespec::default();
        matches!(poll(&mut listener, Some(&now)), Ok(1..))
    }

    /// One accept4. After an error the next call may go well.
    ///
    /// # Errors
    ///
    /// EAGAIN: nobody waits. EINTR: a signal came. Those of [`is_shortage`], and
    /// those of one connection. All others end the program.
    pub fn try_accept(&mut self) -> Result<OwnedFd, Errno> {
        let accepted = accept_with(&self.listener, self.flags);
        match &accepted {
            Ok(connection) => {
                self.failures.end();
                self.accepted += 1;
                self.found_empty = false;
                report::event("accepted fd %", connection.as_raw_fd());
            }
            // Errors of one connection attempt, of a signal, or of --timeout, which
            // holds for the listener too (accept(2), "Error handling").
            Err(
                Errno::AGAIN
                | Errno::INTR
                | Errno::CONNABORTED
                | Errno::PROTO
                | Errno::NOPROTOOPT
                | Errno::NETDOWN
                | Errno::NETUNREACH
                | Errno::HOSTDOWN
                | Errno::HOSTUNREACH
                | Errno::NONET
                | Errno::OPNOTSUPP,
            ) => {}
            Err(errno) if is_shortage(*errno) => self.failures.add(*errno),
            Err(errno) => report::exit("accept4", *errno),
        }
        accepted
    }
}

/// `nanosleep(..)`: so many milliseconds, or until a signal comes.
pub fn pause(milliseconds: u32) {
    let _ = nanosleep(&Timespec {
        tv_sec: 0,
        tv_nsec: (milliseconds * 1_000_000).into(),
    });
}
