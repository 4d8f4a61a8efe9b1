//! The calls of a conversation, recv and send, and what they wait for.

use super::{LINGER, Service};
use crate::limits::{Deadline, Limits};
use crate::signal::Idle;
use crate::sys;
use rustix::fd::BorrowedFd;
use rustix::io::Result;
use rustix::net::{RecvFlags, SendFlags, recv, send};

/// What a conversation waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wait {
    /// `--sleep`
    Sleep,
    /// Its next turn: it has made its calls of this one.
    Turn,
    /// The first bytes of its first request.
    Beginning,
    /// The rest of a head.
    Head,
    /// Room to send the response.
    Response,
    /// The first bytes of its next request.
    Idle,
    /// The client's close.
    Linger,
}

impl Wait {
    /// How many there are: the last one is named here.
    pub const COUNT: usize = Self::Linger as usize + 1;

    /// Whether it ends by time alone, and not by what the client does.
    pub fn is_pause(self) -> bool {
        matches!(self, Self::Sleep | Self::Turn)
    }
}

/// How the calls of a conversation are made.
pub struct Calls<'a> {
    /// What the client gets.
    pub service: &'a Service,
    /// The connection.
    pub connection: BorrowedFd<'a>,
    /// How long the calls wait, and where the stop finds the connection while it
    /// waits for another request; `None`: the calls do not wait.
    pub waiting: Option<(Limits, &'a Idle)>,
}

impl Calls<'_> {
    /// Sets the limits for what the conversation waits for from now on.
    pub(super) fn begin(&mut self, wait: Wait) {
        if let Some((limits, _)) = &mut self.waiting {
            limits.deadline = match wait {
                Wait::Head | Wait::Linger => Deadline::from_now(self.service.timeout),
                Wait::Idle => Deadline::new(self.service.keep_alive),
                _ => Deadline::new(self.service.timeout),
            };
            limits.silence = (wait == Wait::Linger).then(|| Deadline::new(LINGER));
        }
    }

    pub(super) fn receive(&mut self, wait: Wait, space: &mut [u8]) -> Result<usize> {
        let Some((limits, idle)) = &mut self.waiting else {
            return recv(self.connection, space, RecvFlags::empty()).map(|(received, _)| received);
        };
        if wait == Wait::Idle {
            idle.begin(self.connection);
        }
        let received = limits
            .before_receive(self.connection)
            .and_then(|()| recv(self.connection, space, RecvFlags::empty()));
        if wait == Wait::Idle {
            idle.done();
        }
        received.map(|(received, _)| received)
    }

    pub(super) fn send(&mut self, bytes: &[u8], flags: SendFlags) -> Result<usize> {
        if let Some((limits, _)) = &mut self.waiting {
            limits.before_send(self.connection)?;
        }
        send(self.connection, bytes, flags | SendFlags::NOSIGNAL)
    }

    pub(super) fn discard(&mut self) -> Result<usize> {
        if let Some((limits, _)) = &mut self.waiting {
            limits.before_receive(self.connection)?;
        }
        let dropped = sys::discard(self.connection, RecvFlags::empty())?;
        // A signal does not prolong the silence; what comes does.
        if let Some((limits, _)) = &mut self.waiting {
            limits.silence = Some(Deadline::new(LINGER));
        }
        Ok(dropped)
    }
}
