//! Workers that are forked first. Each is an iterative server of its own, and
//! all accept from the one listener: the kernel wakes one of those that wait.
//! The parent replaces a worker that has ended, and at the stop it ends all of them.
//! It serves a connection itself only if the workers have left it in the queue.

use crate::acceptor::{Acceptor, pause};
use crate::children::Children;
use crate::connection::{Buffer, Service};
use crate::report::{OrExit, Served};
use crate::signal;
use crate::sys::{self, Fork, exit_group};
use core::sync::atomic::{AtomicU64, Ordering::Relaxed};
use rustix::fd::AsFd;
use rustix::process::{Pid, Signal, getpid, kill_process};

/// How long the parent waits before it replaces a worker, milliseconds: workers that
/// end at once must not make it a busy loop.
const REPLACEMENT: u32 = 100;

/// What the workers count together, in memory that they share.
struct Totals {
    /// Connections accepted, by all.
    connections: &'static AtomicU64,
    /// Connections in service.
    in_service: &'static AtomicU64,
    /// Connections accepted when `--grace` was over.
    cut: &'static AtomicU64,
    /// `--exit-after`; 0: never.
    exit_after: u64,
}

impl Totals {
    fn new(exit_after: u32) -> Self {
        let [connections, in_service, cut, ..] = sys::shared_counters(3).or_exit("mmap") else {
            unreachable!("there are three");
        };
        Self {
            connections,
            in_service,
            cut,
            exit_after: exit_after.into(),
        }
    }

    /// Whether there have been enough connections.
    fn is_done(&self) -> bool {
        self.exit_after != 0 && self.connections.load(Relaxed) >= self.exit_after
    }
}

/// A worker. The parent is one, too, for those whom the others leave in the queue.
struct Worker<'a> {
    acceptor: Acceptor,
    service: &'a Service,
    buffer: &'a mut Buffer,
    totals: Totals,
    parent: Pid,
}

/// Keeps `workers` workers until the server stops, then waits for them.
pub fn serve(
    acceptor: Acceptor,
    service: &Service,
    buffer: &mut Buffer,
    mut children: Children,
    workers: u32,
    exit_after: u32,
) -> Served {
    let mut worker = Worker {
        acceptor,
        service,
        buffer,
        totals: Totals::new(exit_after),
        parent: getpid(),
    };
    if exit_after != 0 {
        signal::stop_on_alarm().or_exit("rt_sigaction");
    }
    let mut forked = 0;
    while !signal::is_stopping() {
        if worker.totals.is_done() {
            signal::stop_at_once(); // even during --stop-delay
        } else if children.alive() == u64::from(workers) {
            children.wait_for_one();
        } else {
            if forked >= workers {
                pause(REPLACEMENT);
            }
            match children.fork() {
                Ok(Fork::Child) => {
                    signal::die_with(worker.parent).or_exit("prctl");
                    worker.work();
                    exit_group(0);
                }
                Ok(Fork::Parent) => forked = forked.saturating_add(1),
                Err(_) => pause(REPLACEMENT),
            }
        }
    }
    let (counts, killed) = children.wait_for_all();
    // Each worker has served until the queue was empty. Somebody is left in it if the
    // workers have died, or if `--grace` is over: the parent serves them, or counts them.
    worker.work();
    let Worker {
        acceptor, totals, ..
    } = worker;
    drop(acceptor); // close(3)
    Served {
        connections: totals.connections.load(Relaxed),
        children: Some(counts),
        // A worker that was killed while it served is still counted in `in_service`.
        cut: totals.cut.load(Relaxed) + totals.in_service.load(Relaxed).min(killed),
    }
}

impl Worker<'_> {
    /// Accepts and serves until there are no more connections.
    fn work(&mut self) {
        let totals = &self.totals;
        while !totals.is_done() {
            let Some(connection) = self.acceptor.accept() else {
                break;
            };
            let number = totals.connections.fetch_add(1, Relaxed) + 1;
            if totals.exit_after != 0 && number >= totals.exit_after {
                let _ = kill_process(self.parent, Signal::ALARM); // that was the last
                if number > totals.exit_after {
                    // Another worker had the last. Whoever comes after it is not served.
                    totals.connections.fetch_sub(1, Relaxed);
                    break;
                }
            }
            totals.in_service.fetch_add(1, Relaxed);
            let fd = connection.as_fd();
            let was_cut = self.service.serve(fd, number, self.buffer, &signal::IDLE);
            drop(connection); // close(4)
            if was_cut {
                totals.cut.fetch_add(1, Relaxed);
            }
            totals.in_service.fetch_sub(1, Relaxed);
        }
    }
}
