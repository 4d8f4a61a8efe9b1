//! One connection, from accept to close: sleep, recv, send.

use crate::http::{HEAD_MAX, Response, Verdict, parse};
use crate::report;
use crate::signal;
use crate::sys;
use core::time::Duration;
use rustix::fd::{AsRawFd, BorrowedFd, OwnedFd};
use rustix::io::{Errno, Result};
use rustix::net::{RecvFlags, SendFlags, Shutdown, SocketFlags, accept_with, recv, send, shutdown};
use rustix::thread::{NanosleepRelativeResult, Timespec, nanosleep};

/// Where connections come from: the listener, and how many to take from it.
pub struct Acceptor {
    /// Dropped, it is closed: `close(3)`.
    pub listener: OwnedFd,
    /// Connections left until there are no more (`--exit-after`).
    pub left: u64,
}

impl Acceptor {
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
        if self.left == 0 {
            return None;
        }
        let mut exhausted = false;
        loop {
            match accept_with(&self.listener, SocketFlags::empty()) {
                Ok(connection) => {
                    self.left -= 1;
                    report::event("accepted fd ", connection.as_raw_fd());
                    return Some(connection);
                }
                Err(Errno::INVAL) => return None,
                Err(errno) if is_exhaustion(errno) && signal::stopped() => return None,
                Err(errno) if is_passing(errno) => {}
                Err(errno) if is_exhaustion(errno) => {
                    // Once a burst: the next attempt fails alike. A child
                    // that ends may free what lacks, and ends the sleep too.
                    if !exhausted {
                        report::failed("accept4", None, errno);
                        exhausted = true;
                    }
                    let _ = nanosleep(&Timespec {
                        tv_sec: 0,
                        tv_nsec: 100_000_000,
                    });
                }
                Err(errno) => report::exit("accept4", None, errno),
            }
        }
    }
}

/// Errors of one connection attempt, or of a signal: the next may go well
/// (accept(2), "Error handling").
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

/// Too many descriptors, here or in the system, or too little memory.
fn is_exhaustion(error: Errno) -> bool {
    matches!(
        error,
        Errno::MFILE | Errno::NFILE | Errno::NOBUFS | Errno::NOMEM
    )
}

/// What every connection gets.
pub struct Service<'a> {
    /// How long to sleep before recv: the slow request.
    pub sleep: Duration,
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
        let _ = self.exchange(connection);
    }

    /// 503, for a client that gets no child. It must not hold the parent up:
    /// nothing here waits, neither for its request nor for room to send.
    pub fn unavailable(&mut self, connection: BorrowedFd<'_>) {
        let _ = send_response(connection, Response::new(503, b"").parts(false));
        let _ = shutdown(connection, Shutdown::Write);
        // What it has sent and nobody has read would make close(2) a reset.
        while let Ok((_, 1..)) = recv(connection, &mut self.buffer, RecvFlags::DONTWAIT) {}
    }

    fn exchange(&mut self, connection: BorrowedFd<'_>) -> Result<()> {
        let status = match receive_head(connection, &mut self.buffer)? {
            None => return Ok(()),
            Some(Verdict::Request { head_only, more }) => {
                send_response(connection, self.response.parts(head_only))?;
                return if more {
                    self.linger(connection)
                } else {
                    Ok(())
                };
            }
            Some(Verdict::NotHttp) => 400,
            Some(Verdict::Incomplete) => 431,
        };
        // What is still to come of such a request, nobody reads.
        send_response(connection, Response::new(status, b"").parts(false))?;
        self.linger(connection)
    }

    /// Closing while request bytes are unread, or still come, resets the
    /// connection, and a reset can destroy a response that the client has not
    /// read. So: say that no more follows, then read and drop until the client
    /// closes, for at most two seconds (RFC 9112, 9.6).
    fn linger(&mut self, connection: BorrowedFd<'_>) -> Result<()> {
        shutdown(connection, Shutdown::Write)?;
        let end = sys::monotonic() + 2_000_000_000;
        loop {
            let left = end.saturating_sub(sys::monotonic());
            if left == 0 {
                return Ok(());
            }
            sys::set_receive_timeout(connection, left)?;
            if receive(connection, &mut self.buffer)? == 0 {
                return Ok(());
            }
        }
    }
}

/// Receives until the head is complete or cannot become so; `Incomplete`: the
/// buffer is full. `None`: the client closed and had sent nothing.
fn receive_head(
    connection: BorrowedFd<'_>,
    buffer: &mut [u8; HEAD_MAX],
) -> Result<Option<Verdict>> {
    let mut filled = 0;
    let mut verdict = Verdict::Incomplete;
    while verdict == Verdict::Incomplete {
        let Some(room @ [_, ..]) = buffer.get_mut(filled..) else {
            break;
        };
        match receive(connection, room)? {
            0 if filled == 0 => return Ok(None),
            0 => return Ok(Some(Verdict::NotHttp)), // no head ends in the middle
            received => filled += received,
        }
        verdict = parse(buffer.get(..filled).unwrap_or_default());
    }
    Ok(Some(verdict))
}

/// Sends the response: one send, or for a long body two, of which the first
/// announces the second (MSG_MORE), so that the kernel does not wait for an
/// acknowledgement between them.
fn send_response(connection: BorrowedFd<'_>, (first, rest): (&[u8], &[u8])) -> Result<()> {
    let more = if rest.is_empty() {
        SendFlags::empty()
    } else {
        SendFlags::MORE
    };
    send_all(connection, first, more)?;
    send_all(connection, rest, SendFlags::empty())
}

/// `send(connection, bytes, MSG_NOSIGNAL)`, until all is sent: a send may
/// take less than it is given.
fn send_all(connection: BorrowedFd<'_>, mut bytes: &[u8], flags: SendFlags) -> Result<()> {
    while !bytes.is_empty() {
        match send(connection, bytes, flags | SendFlags::NOSIGNAL) {
            Ok(sent) => bytes = bytes.get(sent..).unwrap_or_default(),
            Err(Errno::INTR) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// `recv(connection, buffer, 0)`: how many bytes, 0 for the end.
fn receive(connection: BorrowedFd<'_>, buffer: &mut [u8]) -> Result<usize> {
    loop {
        match recv(connection, &mut *buffer, RecvFlags::empty()) {
            Ok((received, _)) => return Ok(received),
            Err(Errno::INTR) => {}
            Err(error) => return Err(error),
        }
    }
}

/// `nanosleep(time)`, all of it: a signal interrupts it, and it goes on.
fn sleep(time: Duration) {
    let mut left = Timespec {
        tv_sec: time.as_secs() as i64,
        tv_nsec: time.subsec_nanos().into(),
    };
    while left.tv_sec != 0 || left.tv_nsec != 0 {
        match nanosleep(&left) {
            NanosleepRelativeResult::Interrupted(rest) => left = rest,
            _ => return,
        }
    }
}
