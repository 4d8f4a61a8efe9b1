//! One connection at a time: accept, answer, close. While one is served, the
//! others wait in the backlog.

use crate::acceptor::Acceptor;
use crate::connection::{Buffer, Service};
use crate::report::Served;
use crate::signal;
use rustix::fd::AsFd;

/// Serves until there are no more connections.
pub fn serve(mut acceptor: Acceptor, service: &Service, buffer: &mut Buffer) -> Served {
    let mut cut = 0;
    while let Some(connection) = acceptor.accept() {
        if acceptor.is_done() {
            signal::stop_without_signal(); // it was the last: `--grace` begins
        }
        let was_cut = service.serve(connection.as_fd(), acceptor.accepted, buffer, &signal::IDLE);
        drop(connection); // close(4)
        cut += u64::from(was_cut);
    }
    Served {
        connections: acceptor.accepted,
        cut,
        ..Served::default()
    }
}
