//! Where connections come from: accept, and what to make of its errors.

use crate::report::{self, Burst};
use crate::signal;
use rustix::fd::{AsRawFd, OwnedFd};
use rustix::io::Errno;
use rustix::net::{SocketFlags, accept_with};
use rustix::thread::{Timespec, nanosleep};

/// The listener, and how many connections were taken from it.
pub struct Acceptor {
    listener: OwnedFd,
    /// Connections so far.
    pub accepted: u64,
    exit_after: u32,
    failures: Burst,
}

impl Acceptor {
    /// Accepts from `listener`, which is closed when this is dropped, until
    /// there have been so many connections; 0: without end.
    pub fn new(listener: OwnedFd, exit_after: u32) -> Self {
        Self {
            listener,
            accepted: 0,
            exit_after,
            failures: Burst::of("accept4"),
        }
    }

    /// Whether there have been enough connections.
    pub fn is_done(&self) -> bool {
        self.accepted == u64::from(self.exit_after) && self.accepted != 0
    }

    /// `accept4(listener, NULL, NULL, 0)`: the next connection, which is
    /// closed when it is dropped. `None`: enough of them, or the listener
    /// was shut down, which is how a signal stops the server.
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
        if self.is_done() {
            return None;
        }
        loop {
            match accept_with(&self.listener, SocketFlags::empty()) {
                Ok(connection) => {
                    self.failures.over();
                    self.accepted += 1;
                    report::event("accepted fd %", connection.as_raw_fd());
                    return Some(connection);
                }
                Err(errno) if is_passing(errno) => {}
                // Shut down is EINVAL; other errors come before it.
                Err(_) if signal::stopped() => return None,
                // Ctrl-C goes to all: a child that has not yet closed the
                // listener may shut it down before the signal comes here.
                Err(Errno::INVAL) => {
                    pause();
                    if !signal::stopped() {
                        report::exit("accept4", Errno::INVAL);
                    }
                }
                // Too many descriptors or too little memory. A child that ends
                // may free what lacks, and its signal ends the pause.
                Err(errno @ (Errno::MFILE | Errno::NFILE | Errno::NOBUFS | Errno::NOMEM)) => {
                    self.failures.failed(errno);
                    pause();
                }
                Err(errno) => report::exit("accept4", errno),
            }
        }
    }
}

/// A tenth of a second, or until a signal comes.
fn pause() {
    let _ = nanosleep(&Timespec {
        tv_sec: 0,
        tv_nsec: 100_000_000,
    });
}

/// Errors of one connection attempt, of a signal, or of --timeout, which
/// holds for the listener too: the next may go well (accept(2), "Error handling").
fn is_passing(error: Errno) -> bool {
    matches!(
        error,
        Errno::INTR
            | Errno::AGAIN
            | Errno::CONNABORTED
            | Errno::PROTO
            | Errno::NOPROTOOPT
            | Errno::NETDOWN
            | Errno::NETUNREACH
            | Errno::HOSTDOWN
            | Errno::HOSTUNREACH
            | Errno::NONET
            | Errno::OPNOTSUPP
    )
}
