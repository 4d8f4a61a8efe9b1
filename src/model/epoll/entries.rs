//! The connections of the event loop, and for each kind of wait a queue. All
//! waits of a kind last equally long, so each queue is in the order of its
//! deadlines, and the next one is at its head: no heap, no timer for each.

use crate::connection::{Buffer, Conversation, LINGER, Service, Wait};
use crate::report::OrExit;
use crate::sys::{Mapping, Pool};
use rustix::fd::OwnedFd;

/// A connection.
pub struct Entry {
    pub connection: OwnedFd,
    pub conversation: Conversation,
    /// The conversation's `wait_number` when its deadline was set.
    pub wait_number: u32,
    /// The events that it is registered for: EPOLLIN or EPOLLOUT; 0: not registered.
    pub interest: u32,
    /// When it stops lingering, even if bytes still come: milliseconds; u64::MAX: never,
    /// or it does not linger.
    pub lingers_until: u64,
    wait: Option<Wait>,
    deadline: u64,
    before: Option<u32>,
    after: Option<u32>,
}

impl Entry {
    /// A connection that does not wait yet.
    pub fn new(connection: OwnedFd, number: u64) -> Self {
        Self {
            connection,
            conversation: Conversation::new(number),
            wait_number: 0,
            interest: 0,
            lingers_until: u64::MAX,
            wait: None,
            deadline: 0,
            before: None,
            after: None,
        }
    }

    /// What it waits for.
    pub fn waits_for(&self) -> Option<Wait> {
        self.wait
    }
}

/// A queue of connections, linked through their entries.
#[derive(Clone, Copy, Default)]
struct Queue {
    /// How long its connections wait, milliseconds; 0: for ever.
    lasts: u32,
    first: Option<u32>,
    last: Option<u32>,
}

/// All connections: at most `--max-connections`. A place takes memory when it is first used:
/// its entry, 96 bytes, and pages of its buffer only if it waits with bytes in it, as for the
/// rest of a head. Memory is used again, and not given back.
pub struct Entries {
    pool: Pool<Entry>,
    queues: [Queue; Wait::COUNT],
    /// For each connection: a head that waits for its rest.
    buffers: &'static mut [Buffer],
}

impl Entries {
    /// Room for `max` connections, in memory that is touched when it is used.
    ///
    /// # Errors
    ///
    /// mmap: ENOMEM ends the program.
    pub fn new(service: &Service, max: u32) -> Self {
        let mut queues = [Queue::default(); Wait::COUNT];
        for queue in &mut queues {
            queue.lasts = service.timeout; // Beginning, Head, Response
        }
        queues[Wait::Sleep as usize].lasts = service.sleep.max(1);
        queues[Wait::Turn as usize].lasts = 1;
        queues[Wait::Idle as usize].lasts = service.keep_alive;
        queues[Wait::Linger as usize].lasts = match service.timeout {
            0 => LINGER,
            timeout => LINGER.min(timeout),
        };
        Self {
            pool: Pool::new(max as usize).or_exit("mmap"),
            queues,
            buffers: Mapping::buffers(max as usize).or_exit("mmap"),
        }
    }

    /// How many connections there are.
    pub fn len(&self) -> u64 {
        self.pool.len() as u64
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.pool.is_empty()
    }

    /// Whether there is room for no more.
    pub fn is_full(&self) -> bool {
        self.pool.is_full()
    }

    /// Adds a connection and returns its place. Where there is no room, it is closed.
    pub fn insert(&mut self, entry: Entry) -> Option<u32> {
        self.pool.insert(entry)
    }

    /// The connection at this place, if it is still open, and its buffer.
    pub fn get(&mut self, place: u32) -> Option<(&mut Entry, &mut Buffer)> {
        let buffer = self.buffers.get_mut(place as usize)?;
        Some((self.pool.get_mut(place)?, buffer))
    }

    /// `close(connection)`
    pub fn close(&mut self, place: u32) {
        self.leave(place);
        self.pool.remove(place);
    }

    /// The connection waits for this, from `now` on.
    pub fn enter(&mut self, place: u32, wait: Wait, now: u64) {
        self.leave(place);
        let queue = self.queues[wait as usize];
        let Some(entry) = self.pool.get_mut(place) else {
            return;
        };
        entry.wait = Some(wait);
        entry.deadline = match queue.lasts {
            0 => u64::MAX,
            lasts => now + u64::from(lasts),
        };
        if wait == Wait::Linger {
            entry.deadline = entry.deadline.min(entry.lingers_until);
        }
        entry.before = queue.last;
        match queue.last.and_then(|last| self.pool.get_mut(last)) {
            Some(last) => last.after = Some(place),
            None => self.queues[wait as usize].first = Some(place),
        }
        self.queues[wait as usize].last = Some(place);
    }

    /// The connection stops waiting. Returns what it waited for.
    pub fn leave(&mut self, place: u32) -> Option<Wait> {
        let entry = self.pool.get_mut(place)?;
        let wait = entry.wait.take()?;
        let (before, after) = (entry.before.take(), entry.after.take());
        match before.and_then(|before| self.pool.get_mut(before)) {
            Some(entry) => entry.after = after,
            None => self.queues[wait as usize].first = after,
        }
        match after.and_then(|after| self.pool.get_mut(after)) {
            Some(entry) => entry.before = before,
            None => self.queues[wait as usize].last = before,
        }
        Some(wait)
    }

    /// The connection that has waited for this the longest.
    pub fn first(&self, wait: Wait) -> Option<u32> {
        self.queues[wait as usize].first
    }

    /// When the next wait is over, milliseconds; u64::MAX: never.
    pub fn next_deadline(&mut self) -> u64 {
        let firsts = self.queues.iter().filter_map(|queue| queue.first);
        let entries =
            firsts.filter_map(|first| self.pool.get_mut(first).map(|entry| entry.deadline));
        entries.min().unwrap_or(u64::MAX)
    }

    /// A connection whose wait was over at `now`.
    pub fn expired(&mut self, now: u64) -> Option<u32> {
        let mut firsts = self.queues.iter().filter_map(|queue| queue.first);
        firsts.find(|&first| {
            let entry = self.pool.get_mut(first);
            entry.is_some_and(|entry| entry.deadline <= now)
        })
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn an_entry_has_the_bytes_that_its_comment_says() {
        assert_eq!(size_of::<Option<super::Entry>>(), 96);
    }
}
