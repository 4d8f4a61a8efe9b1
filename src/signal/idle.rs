//! The wait for another request, which a stop ends.

use super::is_stopping;
use crate::sys;
use core::sync::atomic::{AtomicI32, Ordering::SeqCst};
use rustix::fd::{AsRawFd, BorrowedFd};
use rustix::net::{Shutdown, shutdown};

/// A connection that waits for its next request, so that a stop can end the wait.
#[derive(Debug)]
pub struct Idle(AtomicI32);

impl Idle {
    const NONE: i32 = 0; // stdin: never a connection

    /// None waits.
    pub const fn none() -> Self {
        Self(AtomicI32::new(Self::NONE))
    }

    /// `connection` waits from now on.
    pub fn begin(&self, connection: BorrowedFd<'_>) {
        self.0.store(connection.as_raw_fd(), SeqCst);
        if is_stopping() {
            self.end();
        }
    }

    /// It waits no longer: a request has come, or none will.
    pub fn done(&self) {
        self.0.store(Self::NONE, SeqCst);
    }

    /// `shutdown(connection, SHUT_RD)`, if one waits: recv returns what has come
    /// until now, and then 0, even if it is called only after this.
    pub fn end(&self) {
        let connection = self.0.load(SeqCst);
        if connection != Self::NONE {
            let _ = shutdown(sys::fd(connection), Shutdown::Read);
        }
    }
}
