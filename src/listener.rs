//! The listening socket: socket, setsockopt, bind, listen.

use crate::report::{OrExit, Place, exit};
use core::net::{IpAddr, SocketAddr};
use rustix::fd::OwnedFd;
use rustix::net::sockopt::set_socket_reuseaddr;
use rustix::net::{AddressFamily, SocketFlags, SocketType, bind, listen, socket_with};

/// A TCP socket that listens on `ip` and the port of `place`, with a queue of `backlog`
/// connections that wait to be accepted (the kernel caps it at
/// net.core.somaxconn).
///
/// SO_REUSEADDR lets it bind while connections of a server that ran here
/// before are still in TIME_WAIT.
///
/// # Errors
///
/// What the kernel refuses, such as bind: EADDRINUSE, EADDRNOTAVAIL, EACCES,
/// ends the program.
///
/// # References
///
/// [socket(2)](https://man7.org/linux/man-pages/man2/socket.2.html),
/// [bind(2)](https://man7.org/linux/man-pages/man2/bind.2.html),
/// [listen(2)](https://man7.org/linux/man-pages/man2/listen.2.html),
/// [tcp(7)](https://man7.org/linux/man-pages/man7/tcp.7.html)
pub fn open(ip: IpAddr, place: Place<'_>, backlog: i32) -> OwnedFd {
    let family = match ip {
        IpAddr::V4(_) => AddressFamily::INET,
        IpAddr::V6(_) => AddressFamily::INET6,
    };
    let listener =
        socket_with(family, SocketType::STREAM, SocketFlags::empty(), None).or_exit("socket");
    set_socket_reuseaddr(&listener, true).or_exit("setsockopt SO_REUSEADDR");
    if let Err(errno) = bind(&listener, &SocketAddr::new(ip, place.port)) {
        exit("bind", Some(place), errno);
    }
    listen(&listener, backlog).or_exit("listen");
    listener
}
