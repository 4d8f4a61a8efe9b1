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
    /// Whether there have been enough connections.
    fn is_done(&self) -> bool {
        self.exit_after != 0 && self.connections.load(Relaxed) >= self.exit_after
    }
}

/// Keeps `workers` workers until the server stops, then waits for them.
pub fn serve(
    mut acceptor: Acceptor,
    service: &Service,
    buffer: &mut Buffer,
    mut children: Children,
    workers: u32,
    exit_after: u32,
) -> Served {
    let [connections, in_service, cut, ..] = sys::shared_counters(3).or_exit("mmap") else {
        unreachable!("there are three");
    };
    let totals = Totals {
        connections,
        in_service,
        cut,
        exit_after: exit_after.into(),
    };
    if exit_after != 0 {
        signal::stop_on_alarm().or_exit("rt_sigaction");
    }
    let parent = getpid();
    let mut forked = 0;
    while !signal::is_stopping() {
        if totals.is_done() {
            signal::stop_at_once(); // even during --stop-delay
        } else if children.alive() == u64::from(workers) {
            children.wait_for_one();
        } else {
            if forked >= workers {
                pause(REPLACEMENT);
            }
            match children.fork() {
                Ok(Fork::Child) => {
                    signal::die_with(parent).or_exit("prctl");
                    work(&mut acceptor, service, buffer, &totals, parent);
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
    work(&mut acceptor, service, buffer, &totals, parent);
    drop(acceptor); // close(3)
    Served {
        connections: connections.load(Relaxed),
        children: Some(counts),
        // A worker that was killed while it served is still counted in `in_service`.
        cut: cut.load(Relaxed) + in_service.load(Relaxed).min(killed),
    }
}

/// The life of a worker, until there are no more connections.
fn work(
    acceptor: &mut Acceptor,
    service: &Service,
    buffer: &mut Buffer,
    totals: &Totals,
    parent: Pid,
) {
    while !totals.is_done() {
        let Some(connection) = acceptor.accept() else {
            break;
        };
        let number = totals.connections.fetch_add(1, Relaxed) + 1;
        if totals.exit_after != 0 && number >= totals.exit_after {
            let _ = kill_process(parent, Signal::ALARM); // that was the last
            if number > totals.exit_after {
                totals.connections.fetch_sub(1, Relaxed); // another worker had the last
                break;
            }
        }
        totals.in_service.fetch_add(1, Relaxed);
        let was_cut = service.serve(connection.as_fd(), number, buffer, &signal::IDLE);
        drop(connection); // close(4)
        if was_cut {
            totals.cut.fetch_add(1, Relaxed);
        }
        totals.in_service.fetch_sub(1, Relaxed);
    }
}
