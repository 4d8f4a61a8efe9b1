//! The first model: accept, answer, close; one connection at a time.
//! While one is served, the others wait in the backlog.

use crate::acceptor::Acceptor;
use crate::connection::Service;
use crate::report::Served;
use rustix::fd::AsFd;

/// Serves until there are no more connections.
pub fn serve(mut acceptor: Acceptor, service: &mut Service<'_>) -> Served {
    while let Some(connection) = acceptor.accept() {
        service.answer(connection.as_fd());
        drop(connection); // close(4)
    }
    Served {
        connections: acceptor.accepted,
        children: None,
    }
}
