//! The listening socket: socket, setsockopt, bind, listen.

use crate::report::{OrExit, exit_at};
use crate::signal;
use crate::sys;
use core::mem::forget;
use core::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use rustix::fd::{AsFd, AsRawFd, OwnedFd};
use rustix::io::{Errno, Result};
use rustix::net::sockopt::{set_ipv6_v6only, set_socket_reuseaddr, set_socket_reuseport};
use rustix::net::{AddressFamily, SocketFlags, SocketType, bind, listen, socket_with};

/// How a server listens.
pub struct Listening {
    /// `--bind` and `--port`. `::` is every address of this machine, IPv6 and
    /// IPv4, and every IPv4 address where there is no IPv6.
    pub address: SocketAddr,
    /// `--timeout`, milliseconds; 0: no limit. It is the limit of each call on an accepted
    /// socket, which inherits it. `limits` has that of several calls together.
    pub timeout: u32,
    /// SO_REUSEADDR: bind even while connections of an earlier server are in TIME_WAIT.
    pub reuseaddr: bool,
    /// `--reuseport`: another server may listen on the same port.
    pub reuseport: bool,
    /// How many connections may wait to be accepted; the kernel caps it at
    /// net.core.somaxconn.
    pub backlog: i32,
    /// `--stop-delay`, milliseconds.
    pub stop_delay: u32,
    /// `--grace`, milliseconds.
    pub grace: u32,
}

impl Listening {
    /// A TCP socket that listens, and its address. The stop is armed before anybody
    /// can connect.
    ///
    /// # Errors
    ///
    /// What the kernel refuses, such as bind: EADDRINUSE, EADDRNOTAVAIL,
    /// EACCES, ends the program.
    ///
    /// # References
    ///
    /// [bind(2)](https://man7.org/linux/man-pages/man2/bind.2.html),
    /// [listen(2)](https://man7.org/linux/man-pages/man2/listen.2.html),
    /// [tcp(7)](https://man7.org/linux/man-pages/man7/tcp.7.html),
    /// [ipv6(7)](https://man7.org/linux/man-pages/man7/ipv6.7.html)
    pub fn open(mut self) -> (OwnedFd, SocketAddr) {
        let listener = loop {
            match self.bound() {
                Ok(listener) => break listener,
                Err((_, errno)) if use_ipv4(&mut self.address, errno) => {}
                Err((call, errno)) => exit_at(call, &self.address, errno),
            }
        };
        signal::arm(listener.as_fd(), self.stop_delay, self.grace);
        listen(&listener, self.backlog).or_exit("listen");
        if self.address.port() == 0 {
            let bound = sys::own_address(listener.as_fd()).or_exit("getsockname");
            self.address.set_port(bound.port());
        }
        (listener, self.address)
    }

    /// A socket that is bound, or the call that failed.
    fn bound(&self) -> core::result::Result<OwnedFd, (&'static str, Errno)> {
        let listener = socket(&self.address).map_err(|errno| ("socket", errno))?;
        if self.timeout != 0 {
            let fd = listener.as_fd();
            sys::set_timeout(fd, sys::RECEIVE, self.timeout).or_exit("setsockopt SO_RCVTIMEO");
            sys::set_timeout(fd, sys::SEND, self.timeout).or_exit("setsockopt SO_SNDTIMEO");
        }
        if self.reuseaddr {
            set_socket_reuseaddr(&listener, true).or_exit("setsockopt SO_REUSEADDR");
        }
        if self.reuseport {
            set_socket_reuseport(&listener, true).or_exit("setsockopt SO_REUSEPORT");
        }
        if self.address.is_ipv6() {
            // The default is net.ipv6.bindv6only, which may be 1.
            set_ipv6_v6only(&listener, false).or_exit("setsockopt IPV6_V6ONLY");
        }
        bind(&listener, &self.address).map_err(|errno| ("bind", errno))?;
        Ok(listener)
    }
}

/// Makes `::` the wildcard of IPv4, if a call on it has failed because there is no IPv6.
pub fn use_ipv4(address: &mut SocketAddr, errno: Errno) -> bool {
    let is_missing = matches!(errno, Errno::AFNOSUPPORT | Errno::ADDRNOTAVAIL)
        && address.ip() == Ipv6Addr::UNSPECIFIED;
    if is_missing {
        address.set_ip(IpAddr::V4(Ipv4Addr::UNSPECIFIED));
    }
    is_missing
}

/// `socket(AF_INET, SOCK_STREAM, IPPROTO_IP)`, or AF_INET6.
///
/// The number of the socket is above 2. Where stdin, stdout or stderr was closed at the
/// start, an unused socket takes that place. Otherwise a connection could have stderr's
/// number, and would get the lines that are meant for stderr.
///
/// # References
///
/// [socket(2)](https://man7.org/linux/man-pages/man2/socket.2.html)
pub fn socket(address: &SocketAddr) -> Result<OwnedFd> {
    let family = if address.is_ipv6() {
        AddressFamily::INET6
    } else {
        AddressFamily::INET
    };
    loop {
        let socket = socket_with(family, SocketType::STREAM, SocketFlags::empty(), None)?;
        if socket.as_raw_fd() > 2 {
            return Ok(socket);
        }
        forget(socket);
    }
}
