//! A thread for every connection. Threads share what a fork copies: memory, and
//! the table of descriptors. So the main thread must not close the connection,
//! as a parent does after fork, and the thread must not close the listener, as
//! a child does: each descriptor is closed once, for all threads. A crash of one
//! thread ends all.

use crate::acceptor::Acceptor;
use crate::connection::unavailable;
use crate::report::Served;
use crate::threads::Threads;
use rustix::fd::AsFd;

/// Serves until there are no more connections, then waits for the threads.
/// Those that `--grace` cuts off end with the process.
pub fn serve(mut acceptor: Acceptor, mut threads: Threads) -> Served {
    let mut served = Served::default();
    while let Some(connection) = acceptor.accept() {
        served.connections = acceptor.accepted;
        if !threads.make_room() {
            served.cut += 1; // the server stops, and no thread ends in time
            continue;
        }
        // The thread owns the connection now, unless there is no thread.
        if let Some(connection) = threads.serve(connection, served.connections) {
            unavailable(connection.as_fd());
        }
    }
    drop(acceptor); // close(3)
    served.cut += u64::from(threads.wait_for_all());
    served
}
