//! The second model: fork a child for every connection. The child answers
//! while the parent is back at accept. After fork both processes hold both
//! sockets, so each closes the one that is the other's.

use crate::children::Children;
use crate::connection::{Acceptor, Service};
use crate::report::{self, Served};
use crate::sys::{Fork, exit_group, fork};
use rustix::fd::AsFd;

/// Serves until there are no more connections, then waits for the children.
pub fn serve(mut acceptor: Acceptor, service: &mut Service<'_>) -> Served {
    let mut children = Children::reaped_by_signal();
    let mut connections = 0;
    while let Some(connection) = acceptor.accept() {
        connections += 1;
        match fork() {
            Ok(Fork::Child) => {
                drop(acceptor); // close(3): to listen is the parent's part
                service.answer(connection.as_fd());
                drop(connection); // close(4): the client sees the end now
                exit_group(0);
            }
            Ok(Fork::Parent(pid)) => {
                drop(connection); // close(4): to answer is the child's part
                children.add(pid);
            }
            Err(errno) => {
                report::failed("fork", None, errno);
                service.unavailable(connection.as_fd());
            }
        }
    }
    Served {
        connections,
        children: Some(children.wait_for_all()),
    }
}
