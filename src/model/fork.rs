//! The second model: fork a child for every connection. The child answers
//! while the parent is back at accept. After fork both processes hold both
//! sockets, so each closes the one that is the other's.

use crate::acceptor::Acceptor;
use crate::children::Children;
use crate::connection::Service;
use crate::report::Served;
use crate::sys::{Fork, exit_group};
use core::mem::forget;
use rustix::fd::{AsFd, OwnedFd};

/// When the parent closes its copy of a connection: `--parent-close`. Each is
/// what Rust's ownership makes of it: a value is dropped, or replaced by the
/// next one, or forgotten; and dropped means close(2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ParentClose {
    /// After fork.
    Now,
    /// When the next connection takes its place, as in Python, where
    /// `conn = accept()` leaves the one before without a reference.
    Late,
    /// Never: a descriptor leaks for every connection.
    Never,
}

/// Serves until there are no more connections, then waits for the children.
pub fn serve(
    acceptor: Acceptor,
    service: &mut Service<'_>,
    mut children: Children<'_>,
    parent_close: ParentClose,
) -> Served {
    Served {
        connections: fork_for_each(acceptor, service, &mut children, parent_close),
        children: Some(children.wait_for_all()),
    }
}

/// The loop of the parent, and the life of a child; how many there were.
fn fork_for_each(
    mut acceptor: Acceptor,
    service: &mut Service<'_>,
    children: &mut Children<'_>,
    parent_close: ParentClose,
) -> u64 {
    let mut connection: OwnedFd;
    loop {
        if !acceptor.is_done() {
            children.make_room(); // the others wait in the backlog
        }
        let Some(next) = acceptor.accept() else {
            return acceptor.accepted; // and close(3): acceptor is dropped
        };
        connection = next; // Late: here the one before is dropped
        match children.fork() {
            Ok(Fork::Child) => {
                drop(acceptor); // close(3): to listen is the parent's part
                service.answer(connection.as_fd());
                drop(connection); // close(4): the end, if the parent has closed its copy
                exit_group(0);
            }
            Ok(Fork::Parent) => match parent_close {
                ParentClose::Now => drop(connection), // close(4): to answer is the child's part
                ParentClose::Late => {}
                ParentClose::Never => forget(connection),
            },
            Err(_) => {
                service.unavailable(connection.as_fd());
                drop(connection);
            }
        }
    }
}
