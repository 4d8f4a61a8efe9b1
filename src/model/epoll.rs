//! One process for all connections at once. No call waits for a client: each
//! is tried, and if it would wait, epoll tells when to try again. Only
//! epoll_pwait waits, for whatever comes first. (With `--verbose`, ppoll may wait
//! for the reader of stderr.)
//!
//! A connection waits for one of these, or it does not wait at all: most are
//! accepted, answered and closed in one turn, and epoll never hears of them.
//!
//! | it waits for | at most | then |
//! |---|---|---|
//! | `Sleep`: the time | `--sleep` | receive, or send if the request is there |
//! | `Turn`: its next turn, after a busy one | 1 ms | go on |
//! | `Beginning`: the first bytes | `--timeout` | close |
//! | `Head`: the rest of a head | `--timeout` | 408 |
//! | `Response`: room to send it | `--timeout` | close |
//! | `Idle`: the next request | `--keep-alive` | close |
//! | `Linger`: the client's close | 2 s without a byte | close |
//!
//! Connections are edge-triggered (EPOLLET): epoll reports what comes once, and
//! not in each turn of a sleep. A connection is registered when it first has to
//! wait, and modified when it then waits to send instead of to receive, or the
//! other way round. The listener is level-triggered, so that a turn may leave some
//! of its queue to the next.

mod entries;
mod turn;

use crate::acceptor::{Acceptor, HANDSHAKE, SHORTAGE, is_shortage};
use crate::connection::{Service, Wait};
use crate::report::{OrExit, Served, exit};
use crate::signal;
use crate::sys;
use entries::Entries;
use rustix::event::epoll::{CreateFlags, Event, EventData, EventFlags, add, create, delete, wait};
use rustix::fd::OwnedFd;
use rustix::io::{Errno, ioctl_fionbio};
use rustix::thread::Timespec;

/// Connections accepted in one turn at most, and events taken: connections that
/// wait get their turn even under a flood of new ones.
const BATCH: usize = 64;
/// What the listener's events carry. A connection's events carry its place in the pool.
const LISTENER: u64 = u64::MAX;

/// The loop's state.
struct EventLoop<'a> {
    epoll: OwnedFd,
    service: &'a Service,
    entries: Entries,
    /// The time, if this turn has asked for it: milliseconds.
    now: Option<u64>,
}

/// The listener, and when to look at it.
struct Door {
    acceptor: Acceptor,
    /// Whether epoll watches it; not while there is no room, or a shortage.
    is_watched: bool,
    /// When to watch it again, or to look at it for the last time: milliseconds.
    opens: u64,
    /// The queue was empty once since the stop.
    has_looked: bool,
}

/// Serves until there are no more connections, and none is left.
pub fn serve(acceptor: Acceptor, service: &Service, max_connections: u32) -> Served {
    ioctl_fionbio(acceptor.listener(), true).or_exit("ioctl FIONBIO");
    let epoll = create(CreateFlags::empty()).or_exit("epoll_create1");
    EventLoop {
        epoll,
        service,
        entries: Entries::new(service, max_connections),
        now: None,
    }
    .run(acceptor)
}

impl EventLoop<'_> {
    fn run(mut self, acceptor: Acceptor) -> Served {
        let mut served = Served::default();
        let mut events = [Event {
            flags: EventFlags::empty(),
            data: EventData::new_u64(0),
        }; BATCH];
        let mut open = Some(Door {
            acceptor,
            is_watched: false,
            opens: 0,
            has_looked: false,
        });
        let mut is_ready = false;
        loop {
            self.expire();
            if let Some(mut door) = open.take() {
                let listens = self.accept(&mut door, is_ready);
                served.connections = door.acceptor.accepted;
                if listens {
                    open = Some(door);
                } // else close(3): it is dropped
            }
            if signal::is_stopping() {
                while let Some(place) = self.entries.first(Wait::Idle) {
                    self.advance(place); // answers, or closes
                }
                if signal::is_cut() {
                    served.cut = self.entries.len();
                    // Nobody serves those who wait in the queue any more.
                    while let Some(Ok(_)) = open.as_mut().map(|door| door.acceptor.try_accept()) {
                        served.cut += 1;
                        served.connections += 1;
                    }
                    return served;
                }
                if open.is_none() && self.entries.is_empty() {
                    return served;
                }
            }
            is_ready = self.turn(open.as_ref(), &mut events);
        }
    }

    /// `epoll_pwait(..)`: waits for events or the next deadline, and continues the
    /// connections that are ready. Returns whether clients wait to be accepted.
    fn turn(&mut self, open: Option<&Door>, events: &mut [Event]) -> bool {
        let timeout = self.timeout(open);
        self.now = None;
        let ready = match wait(&self.epoll, &mut *events, timeout.as_ref()) {
            Ok(ready) => ready,
            Err(Errno::INTR) => 0, // a signal: the loop sees what it has changed
            Err(errno) => exit("epoll_pwait", errno),
        };
        let mut is_ready = false;
        for event in events.iter().take(ready) {
            match event.data.u64() {
                LISTENER => is_ready = true,
                place => self.advance(place as u32),
            }
        }
        is_ready
    }

    /// Accepts and serves the clients that wait. Returns whether the server still listens.
    fn accept(&mut self, door: &mut Door, is_ready: bool) -> bool {
        let is_stopping = signal::is_stopping();
        if !door.is_watched {
            if self.entries.is_full() || door.opens != 0 && door.opens > self.now() {
                return true;
            }
            let data = EventData::new_u64(LISTENER);
            let listener = door.acceptor.listener();
            match add(&self.epoll, listener, data, EventFlags::IN) {
                Ok(()) => door.is_watched = true,
                Err(Errno::NOMEM | Errno::NOSPC) => {
                    door.opens = self.now() + u64::from(SHORTAGE);
                    return true;
                }
                Err(errno) => exit("epoll_ctl", errno),
            }
        } else if !is_ready && (!is_stopping || door.opens > self.now()) {
            return true;
        }
        for _ in 0..BATCH {
            if self.entries.is_full() {
                self.unwatch(door, 0);
                break;
            }
            match door.acceptor.try_accept() {
                Ok(connection) => {
                    door.has_looked = false;
                    self.begin(connection, door.acceptor.accepted);
                }
                Err(Errno::AGAIN) if !is_stopping => break,
                Err(Errno::AGAIN) if door.has_looked => return false,
                Err(Errno::AGAIN) => {
                    door.has_looked = true;
                    door.opens = self.now() + u64::from(HANDSHAKE);
                    break;
                }
                Err(errno) if is_shortage(errno) => {
                    self.unwatch(door, SHORTAGE);
                    break;
                }
                Err(_) => {} // the next may go well
            }
            if door.acceptor.is_done() {
                signal::stop_without_signal();
                return false;
            }
        }
        true
    }

    /// Stops watching the listener, for so many milliseconds, and until there is room.
    fn unwatch(&mut self, door: &mut Door, milliseconds: u32) {
        delete(&self.epoll, door.acceptor.listener()).or_exit("epoll_ctl");
        door.is_watched = false;
        door.opens = self.now() + u64::from(milliseconds);
    }

    /// The time, asked for once in a turn: milliseconds.
    #[inline(never)]
    fn now(&mut self) -> u64 {
        *self.now.get_or_insert_with(sys::monotonic)
    }

    /// How long epoll may wait until something is due; `None`: for ever.
    fn timeout(&mut self, open: Option<&Door>) -> Option<Timespec> {
        let mut due = self.entries.next_deadline();
        if let Some(door) = open {
            let looks_again = door.is_watched && signal::is_stopping();
            let opens_again = !door.is_watched && !self.entries.is_full();
            if looks_again || opens_again {
                due = due.min(door.opens);
            }
        }
        if due == u64::MAX {
            return None;
        }
        let left = due.saturating_sub(self.now());
        Some(Timespec {
            tv_sec: (left / 1000) as i64,
            tv_nsec: (left % 1000 * 1_000_000) as i64,
        })
    }
}
