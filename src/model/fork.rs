//! A child for every connection. The child answers while the parent already accepts
//! the next one. After fork both processes hold both sockets, so each closes the one
//! that it does not use.

use crate::acceptor::Acceptor;
use crate::children::{CUT_STATUS, Children};
use crate::connection::{Buffer, Service, unavailable};
use crate::report::Served;
use crate::signal;
use crate::sys::{Fork, exit_group};
use core::mem::forget;
use rustix::fd::{AsFd, OwnedFd};

/// When the parent closes its copy of a connection: `--parent-close`. Rust's
/// ownership does it: the descriptor's value is dropped at once, or when the next
/// one replaces it, or it is forgotten. To drop it means close(2).
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
    service: &Service,
    buffer: &mut Buffer,
    mut children: Children,
    parent_close: ParentClose,
) -> Served {
    let mut served = fork_for_each(acceptor, service, buffer, &mut children, parent_close);
    let (counts, cut) = children.wait_for_all();
    served.children = Some(counts);
    served.cut += cut;
    served
}

/// The loop of the parent, and the life of a child.
fn fork_for_each(
    mut acceptor: Acceptor,
    service: &Service,
    buffer: &mut Buffer,
    children: &mut Children,
    parent_close: ParentClose,
) -> Served {
    let mut served = Served::default();
    let mut connection: OwnedFd; // it outlives its turn of the loop, for Late
    while let Some(next) = acceptor.accept() {
        connection = next; // Late: here the one before is dropped
        served.connections = acceptor.accepted;
        if !children.make_room() {
            served.cut += 1; // the server stops, and no child ends in time
            continue;
        }
        match children.fork() {
            Ok(Fork::Child) => {
                drop(acceptor); // close(3): to listen is the parent's part
                let was_cut = service.serve(
                    connection.as_fd(),
                    served.connections,
                    buffer,
                    &signal::IDLE,
                );
                drop(connection); // close(4): the end, if the parent has closed its copy
                exit_group(if was_cut { CUT_STATUS } else { 0 });
            }
            Ok(Fork::Parent) => match parent_close {
                ParentClose::Now => drop(connection), // close(4): to answer is the child's part
                ParentClose::Late => {}
                ParentClose::Never => forget(connection),
            },
            Err(_) => {
                unavailable(connection.as_fd());
                drop(connection);
            }
        }
    }
    served // and close(3): acceptor is dropped
}
