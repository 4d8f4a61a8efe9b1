//! The threads of a process: how they are started, counted and waited for.

use crate::connection::{Buffer, Service};
use crate::http::HEAD_MAX;
use crate::report::{Failures, OrExit};
use crate::signal::{self, Idle};
use crate::sys::{self, Handover, Mapping, Once, Stacks};
use core::sync::atomic::{AtomicU32, AtomicU64, Ordering::Relaxed, Ordering::SeqCst};
use rustix::fd::{AsFd, OwnedFd};
use rustix::io::Errno;
use rustix::thread::{futex, sched_yield};

static SHARED: Once<Shared> = Once::empty();

/// What all threads see. Each part is `Sync`: read only, atomic, or handed over.
struct Shared {
    service: &'static Service,
    tasks: &'static [Task],
    /// Threads that serve a connection: a futex word.
    active: AtomicU32,
    /// 1 while the main thread waits for `active` to change.
    is_waited_for: AtomicU32,
}

/// What the thread on one stack has to do.
struct Task {
    connection: Handover<OwnedFd>,
    /// The connection's number since the start.
    number: AtomicU64,
    /// Where the stop finds the connection while it waits for another request.
    idle: Idle,
}

impl Task {
    fn new() -> Self {
        Self {
            connection: Handover::empty(),
            number: AtomicU64::new(0),
            idle: Idle::none(),
        }
    }
}

/// The main thread's account of the others.
pub struct Threads {
    shared: &'static Shared,
    stacks: Stacks<HEAD_MAX>,
    max: u32,
    failures: Failures,
}

impl Threads {
    /// No thread yet, and at most `max` at once.
    ///
    /// # Errors
    ///
    /// mmap: ENOMEM ends the program.
    pub fn new(service: &'static Service, max: u32) -> Self {
        Self {
            shared: SHARED.set(Shared {
                service,
                tasks: Mapping::filled(max as usize, Task::new).or_exit("mmap"),
                active: AtomicU32::new(0),
                is_waited_for: AtomicU32::new(0),
            }),
            stacks: Stacks::reserve(max as usize).or_exit("mmap"),
            max,
            failures: Failures::of("clone"),
        }
    }

    /// `clone(..)`: starts a thread that serves `connection` and closes it. Returns the
    /// connection if no thread can be made.
    pub fn serve(&mut self, connection: OwnedFd, number: u64) -> Option<OwnedFd> {
        match self.start(connection, number) {
            Ok(()) => {
                self.failures.end();
                None
            }
            Err((errno, connection)) => {
                self.failures.add(errno);
                connection
            }
        }
    }

    fn start(&mut self, connection: OwnedFd, number: u64) -> Result<(), (Errno, Option<OwnedFd>)> {
        let stack = loop {
            match self.stacks.find_free() {
                Ok(stack) => break stack,
                // There are fewer threads than stacks, so one is about to leave its own.
                Err(Errno::AGAIN) => sched_yield(),
                Err(errno) => return Err((errno, Some(connection))),
            }
        };
        let Some(task) = self.shared.tasks.get(stack) else {
            return Err((Errno::AGAIN, Some(connection)));
        };
        task.number.store(number, Relaxed);
        task.connection.put(connection);
        self.shared.active.fetch_add(1, SeqCst);
        self.stacks.start(stack, serve_one).map_err(|errno| {
            self.shared.active.fetch_sub(1, SeqCst);
            (errno, task.connection.take())
        })
    }

    /// Waits until there are fewer threads than `max`, and returns true; or false, if
    /// `--grace` is over first.
    pub fn make_room(&self) -> bool {
        self.wait_for(self.max - 1) < self.max
    }

    /// Waits until there is no thread left, or `--grace` is over. Returns how many are
    /// left.
    pub fn wait_for_all(self) -> u32 {
        signal::stop_without_signal();
        self.wait_for(0)
    }

    /// `futex(&active, FUTEX_WAIT_PRIVATE, ..)`: waits until there are at most
    /// `count` threads, or `--grace` is over. Returns how many there are. Once the server
    /// stops, connections that wait for another request wait no longer.
    fn wait_for(&self, count: u32) -> u32 {
        loop {
            let active = self.shared.active.load(SeqCst);
            if active <= count || signal::is_cut() {
                return active;
            }
            if signal::is_stopping() {
                for task in self.shared.tasks {
                    task.idle.end();
                }
            }
            self.shared.is_waited_for.store(1, SeqCst);
            // It returns at once if a thread has ended since; after a signal, too.
            let _ = futex::wait(&self.shared.active, futex::Flags::PRIVATE, active, None);
        }
    }
}

/// The life of a thread.
extern "C" fn serve_one(stack: usize, buffer: &'static mut Buffer) -> ! {
    if let Some(shared) = SHARED.get() {
        let mut was_cut = false;
        if let Some(task) = shared.tasks.get(stack) {
            if let Some(connection) = task.connection.take() {
                let number = task.number.load(Relaxed);
                let fd = connection.as_fd();
                was_cut = shared.service.serve(fd, number, buffer, &task.idle);
                drop(connection); // close(4): the only one, for descriptors are shared
            }
        }
        // One that was cut off stays in `active`: at the end that says how many were.
        if !was_cut {
            shared.active.fetch_sub(1, SeqCst);
        }
        if shared.is_waited_for.swap(0, SeqCst) != 0 {
            let _ = futex::wake(&shared.active, futex::Flags::PRIVATE, 1);
        }
    }
    sys::exit_thread()
}
