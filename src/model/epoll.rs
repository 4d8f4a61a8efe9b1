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
use crate::connection::{Buffer, Service, Wait};
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
    /// Where connections receive, in turn.
    buffer: &'a mut Buffer,
    entries: Entries,
    /// The time, if this turn has asked for it: milliseconds.
    now: Option<u64>,
}

/// The listener, and when to accept from it.
struct Listener {
    acceptor: Acceptor,
    next_look: Look,
}

/// When the loop looks into the listener's queue next. Times are milliseconds.
#[derive(Clone, Copy, PartialEq)]
enum Look {
    /// When epoll reports a client; once the server stops, at once.
    Watched,
    /// When there is room, and not before this time; 0: it is not a matter of time.
    /// Meanwhile epoll does not watch the listener.
    Paused(u64),
    /// The server stops, and the queue was empty. A handshake may be under way, so: at this
    /// time, or when epoll reports a client. If the queue is empty again, the listener is
    /// closed.
    Last(u64),
}

/// Serves until there are no more connections, and none is left.
pub fn serve(
    acceptor: Acceptor,
    service: &Service,
    buffer: &mut Buffer,
    max_connections: u32,
) -> Served {
    ioctl_fionbio(acceptor.listener(), true).or_exit("ioctl FIONBIO");
    let epoll = create(CreateFlags::empty()).or_exit("epoll_create1");
    EventLoop {
        epoll,
        service,
        buffer,
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
        let mut open = Some(Listener {
            acceptor,
            next_look: Look::Paused(0),
        });
        let mut is_ready = false;
        loop {
            self.expire();
            if let Some(mut listener) = open.take() {
                let listens = self.accept(&mut listener, is_ready);
                served.connections = listener.acceptor.accepted;
                if listens {
                    open = Some(listener);
                } // else close(3): it is dropped
            }
            if signal::is_stopping() {
                while let Some(place) = self.entries.first(Wait::Idle) {
                    self.wake(place); // answers, or closes
                }
                if signal::is_cut() {
                    served.cut = self.entries.len();
                    // Nobody serves those who wait in the queue any more.
                    while let Some(Ok(_)) =
                        open.as_mut().map(|listener| listener.acceptor.try_accept())
                    {
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
    fn turn(&mut self, open: Option<&Listener>, events: &mut [Event]) -> bool {
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
                place => self.wake(place as u32),
            }
        }
        is_ready
    }

    /// Accepts and serves the clients that wait. Returns whether the server still listens.
    fn accept(&mut self, listener: &mut Listener, is_ready: bool) -> bool {
        let is_stopping = signal::is_stopping();
        let looks = match listener.next_look {
            Look::Watched => is_ready || is_stopping,
            Look::Paused(time) => {
                !self.entries.is_full() && self.is_past(time) && self.watch(listener)
            }
            Look::Last(time) => is_ready || self.is_past(time),
        };
        if !looks {
            return true;
        }
        for _ in 0..BATCH {
            if self.entries.is_full() {
                self.pause(listener, 0);
                break;
            }
            match listener.acceptor.try_accept() {
                Ok(connection) => {
                    listener.next_look = Look::Watched;
                    self.begin(connection, listener.acceptor.accepted);
                }
                Err(Errno::AGAIN) if !is_stopping => break,
                Err(Errno::AGAIN) if listener.next_look != Look::Watched => return false,
                Err(Errno::AGAIN) => {
                    self.now = None; // this turn may have begun before the stop
                    listener.next_look = Look::Last(self.now() + u64::from(HANDSHAKE));
                    break;
                }
                Err(errno) if is_shortage(errno) => {
                    let time = self.now() + u64::from(SHORTAGE);
                    self.pause(listener, time);
                    break;
                }
                Err(_) => {} // the next may go well
            }
            if listener.acceptor.is_done() {
                signal::stop_without_signal();
                return false;
            }
        }
        true
    }

    /// Has epoll watch the listener. Returns whether it does: if memory is short, it is
    /// tried again later.
    fn watch(&mut self, listener: &mut Listener) -> bool {
        let data = EventData::new_u64(LISTENER);
        let socket = listener.acceptor.listener();
        listener.next_look = match add(&self.epoll, socket, data, EventFlags::IN) {
            Ok(()) => Look::Watched,
            Err(Errno::NOMEM | Errno::NOSPC) => Look::Paused(self.now() + u64::from(SHORTAGE)),
            Err(errno) => exit("epoll_ctl", errno),
        };
        listener.next_look == Look::Watched
    }

    /// Stops watching the listener until this time, milliseconds, and until there is room.
    fn pause(&mut self, listener: &mut Listener, time: u64) {
        delete(&self.epoll, listener.acceptor.listener()).or_exit("epoll_ctl");
        listener.next_look = Look::Paused(time);
    }

    /// Whether it is this time or later; 0: always.
    fn is_past(&mut self, time: u64) -> bool {
        time == 0 || time <= self.now()
    }

    /// The time, asked for once in a turn: milliseconds.
    #[inline(never)]
    fn now(&mut self) -> u64 {
        *self.now.get_or_insert_with(sys::monotonic)
    }

    /// How long epoll may wait until something is due; `None`: for ever.
    fn timeout(&mut self, open: Option<&Listener>) -> Option<Timespec> {
        let mut due = self.entries.next_deadline();
        if let Some(listener) = open {
            due = match listener.next_look {
                Look::Watched if signal::is_stopping() => 0,
                Look::Paused(time) if !self.entries.is_full() => due.min(time),
                Look::Last(time) => due.min(time),
                Look::Watched | Look::Paused(_) => due,
            };
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
