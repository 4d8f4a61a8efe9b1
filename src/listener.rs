//! The listening socket: socket, setsockopt, bind, listen.

use crate::address::Address;
use crate::report::{OrExit, exit, exit_at};
use crate::sys;
use rustix::fd::{AsFd, AsRawFd, OwnedFd};
use rustix::io::Errno;
use rustix::net::sockopt::set_socket_reuseaddr;
use rustix::net::{AddressFamily, SocketFlags, SocketType, bind, listen, socket_with};

/// A TCP socket that listens.
///
/// `timeout`, in milliseconds, is what every accepted socket inherits.
/// `reuseaddr` lets it bind while connections of a server that ran here before
/// are still in TIME_WAIT. `backlog` is how many connections may wait to be
/// accepted; the kernel caps it at net.core.somaxconn.
///
/// # Errors
///
/// What the kernel refuses, such as bind: EADDRINUSE, EADDRNOTAVAIL, EACCES,
/// ends the program.
///
/// # References
///
/// [bind(2)](https://man7.org/linux/man-pages/man2/bind.2.html),
/// [listen(2)](https://man7.org/linux/man-pages/man2/listen.2.html),
/// [tcp(7)](https://man7.org/linux/man-pages/man7/tcp.7.html)
pub fn open(address: &Address<'_>, timeout: u32, reuseaddr: bool, backlog: i32) -> OwnedFd {
    let listener = socket(address, timeout);
    if reuseaddr {
        set_socket_reuseaddr(&listener, true).or_exit("setsockopt SO_REUSEADDR");
    }
    if let Err(errno) = bind(&listener, address) {
        exit_at("bind", address, errno);
    }
    listen(&listener, backlog).or_exit("listen");
    listener
}

/// A TCP socket of the address's family, whose calls wait no longer than
/// `timeout` milliseconds; 0: for ever.
///
/// # References
///
/// [socket(2)](https://man7.org/linux/man-pages/man2/socket.2.html),
/// [socket(7)](https://man7.org/linux/man-pages/man7/socket.7.html)
pub fn socket(address: &Address<'_>, timeout: u32) -> OwnedFd {
    let family = AddressFamily::from_raw(address.family());
    let socket =
        socket_with(family, SocketType::STREAM, SocketFlags::empty(), None).or_exit("socket");
    // Else a connection could have stderr's number, and get the lines meant for it.
    if socket.as_raw_fd() <= 2 {
        drop(socket); // or the line would go to it
        exit("socket, with stdin, stdout or stderr closed", Errno::BADF);
    }
    if timeout != 0 {
        let fd = socket.as_fd();
        sys::set_timeout(fd, sys::RECEIVE, timeout).or_exit("setsockopt SO_RCVTIMEO");
        sys::set_timeout(fd, sys::SEND, timeout).or_exit("setsockopt SO_SNDTIMEO");
    }
    socket
}
