//! The first model: accept, answer, close; one connection at a time.
//! While one is served, the others wait in the backlog.

use crate::connection::{Acceptor, Service};
use crate::report::Served;
use rustix::fd::AsFd;

/// Serves until there are no more connections.
pub fn serve(mut acceptor: Acceptor, service: &mut Service<'_>) -> Served {
    let mut connections = 0;
    while let Some(connection) = acceptor.accept() {
        connections += 1;
        service.answer(connection.as_fd());
        drop(connection); // close(4)
    }
    Served {
        connections,
        children: None,
    }
}
