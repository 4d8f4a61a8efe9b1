//! What the event loop does about one connection, until it has to wait.

use super::EventLoop;
use super::entries::Entry;
use crate::connection::{Buffer, Calls, Wait};
use crate::signal;
use rustix::event::epoll::{EventData, EventFlags, add, modify};
use rustix::fd::{AsFd, OwnedFd};
use rustix::io::{Errno, Result};

impl EventLoop<'_> {
    /// A new connection: it sleeps first, or it is served until it has to wait.
    pub(super) fn begin(&mut self, connection: OwnedFd, number: u64) {
        let sleeps = self.service.sleep_of(number) != 0;
        let Some(place) = self.entries.insert(Entry::new(connection, number)) else {
            return;
        };
        if sleeps {
            let now = self.now();
            self.entries.enter(place, Wait::Sleep, now);
        } else {
            self.resume(place, None);
        }
    }

    /// Continues the connections whose wait is over.
    pub(super) fn expire(&mut self) {
        if self.entries.next_deadline() == u64::MAX {
            return;
        }
        let now = self.now();
        while let Some(place) = self.entries.expired(now) {
            let wait = self.entries.leave(place);
            self.resume(place, wait);
        }
    }

    /// epoll has reported a connection, or the server stops: continues it, unless it
    /// sleeps or waits for its turn.
    pub(super) fn wake(&mut self, place: u32) {
        let wait = self
            .entries
            .get(place)
            .and_then(|(entry, _)| entry.waits_for());
        if !wait.is_some_and(Wait::is_pause) {
            self.resume(place, None);
        }
    }

    /// Continues a connection until it has to wait or is closed. `expired` is the
    /// wait whose time is over, if there is one.
    fn resume(&mut self, place: u32, expired: Option<Wait>) {
        let Some((entry, received)) = self.entries.get(place) else {
            return;
        };
        let buffer = &mut *self.buffer;
        copy(entry.conversation.filled(), received, buffer);
        let mut calls = Calls {
            service: self.service,
            connection: entry.connection.as_fd(),
            waiting: None,
        };
        let conversation = &mut entry.conversation;
        let goes_on = expired.is_none_or(|wait| {
            wait.is_pause() || conversation.on_timeout(wait, &mut calls, buffer)
        });
        let waits_for = match goes_on {
            true => conversation.advance(&mut calls, buffer),
            false => Ok(None),
        };
        if let Ok(Some(_)) = waits_for {
            copy(conversation.filled(), buffer, received);
        }
        match waits_for {
            Ok(Some(Wait::Idle)) if signal::is_stopping() => self.entries.close(place),
            Ok(Some(wait)) if self.wait_for(place, wait).is_ok() => {}
            _ => self.entries.close(place), // it is over, or the client has gone
        }
    }

    /// Has epoll report what a connection waits for, and gives it a deadline.
    ///
    /// # Errors
    ///
    /// Those of epoll_ctl. ETIMEDOUT: it has lingered long enough.
    fn wait_for(&mut self, place: u32, wait: Wait) -> Result<()> {
        let interest = match wait {
            Wait::Sleep | Wait::Turn => EventFlags::empty(),
            Wait::Response => EventFlags::OUT,
            Wait::Beginning | Wait::Head | Wait::Idle | Wait::Linger => EventFlags::IN,
        };
        let Some((entry, _)) = self.entries.get(place) else {
            return Ok(());
        };
        if !interest.is_empty() && entry.interest != interest.bits() {
            let change = if entry.interest == 0 { add } else { modify };
            let data = EventData::new_u64(place.into());
            change(
                &self.epoll,
                &entry.connection,
                data,
                interest | EventFlags::ET,
            )?;
            entry.interest = interest.bits();
        }
        let wait_number = entry.conversation.wait_number;
        // A limit may hold for several calls together, as for a head: then the connection
        // keeps its deadline, and its place in the queue. (Not after Wait::Turn, the pause
        // after 64 calls.)
        let is_same = entry.wait_number == wait_number && entry.waits_for() == Some(wait);
        entry.wait_number = wait_number;
        let lingers = entry.conversation.lingers();
        let now = self.now();
        if lingers && !self.may_linger(place, now) {
            return Err(Errno::TIMEDOUT);
        }
        if !is_same || lingers {
            self.entries.enter(place, wait, now);
        }
        Ok(())
    }

    /// Whether a connection may go on waiting for the client's close: while bytes
    /// come, it may do so for `--timeout`.
    fn may_linger(&mut self, place: u32, now: u64) -> bool {
        let timeout = u64::from(self.service.timeout);
        let Some((entry, _)) = self.entries.get(place) else {
            return false;
        };
        if entry.lingers_until == u64::MAX && timeout != 0 {
            entry.lingers_until = now + timeout;
        }
        now < entry.lingers_until
    }
}

/// The first `length` bytes. Most connections have received nothing before a turn and
/// need nothing after it, so their own memory is not touched.
fn copy(length: usize, from: &Buffer, to: &mut Buffer) {
    if let (Some(from), Some(to)) = (from.get(..length), to.get_mut(..length)) {
        to.copy_from_slice(from);
    }
}
