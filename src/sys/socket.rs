//! Socket calls that rustix does not have, or that are larger there.

use super::{cpu, result, timeval};
use core::net::SocketAddr;
use linux_raw_sys::general::{__NR_getpeername, __NR_getsockname, __NR_recvfrom, __NR_setsockopt};
use linux_raw_sys::net::{
    AF_INET6, MSG_TRUNC, SO_BINDTOIFINDEX, SO_RCVTIMEO_OLD, SO_SNDTIMEO_OLD, SOL_SOCKET,
};
use rustix::fd::{AsRawFd, BorrowedFd};
use rustix::io::Result;
use rustix::net::RecvFlags;

/// What [`set_timeout`] limits: how long a recv or an accept may wait.
pub const RECEIVE: u32 = SO_RCVTIMEO_OLD;
/// What [`set_timeout`] limits: how long a send or a connect may wait.
pub const SEND: u32 = SO_SNDTIMEO_OLD;

/// `setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO_OLD, {seconds, microseconds}, 16)`:
/// a call that waits longer than `milliseconds` fails with EAGAIN; 0: no limit.
/// rustix has this, too, with a fallback for 32-bit CPUs that is not needed here.
///
/// # References
///
/// [socket(7)](https://man7.org/linux/man-pages/man7/socket.7.html)
pub fn set_timeout(socket: BorrowedFd<'_>, option: u32, milliseconds: u32) -> Result<()> {
    setsockopt(socket, option, &timeval(milliseconds))
}

/// No network interface has this index.
const NO_INTERFACE: i32 = i32::MAX;

/// `setsockopt(listener, SOL_SOCKET, SO_BINDTOIFINDEX, [2147483647], 4)`: from
/// now on the listener hears an interface that does not exist, so nobody new can
/// begin to connect: the kernel refuses a SYN as if nobody listened. A client that
/// has begun still gets in, unless it was sent a SYN cookie, and connections in the queue
/// stay there.
///
/// This takes no privilege. (SO_ATTACH_FILTER, which could drop a SYN as well, takes
/// CAP_NET_ADMIN on a TCP socket in kernels of 2026.)
///
/// # Errors
///
/// EPERM: before Linux 5.7 it takes CAP_NET_RAW. ENOPROTOOPT: before Linux 5.1.
///
/// # References
///
/// [socket(7)](https://man7.org/linux/man-pages/man7/socket.7.html), SO_BINDTODEVICE
pub fn refuse_new_handshakes(listener: BorrowedFd<'_>) -> Result<()> {
    setsockopt(listener, SO_BINDTOIFINDEX, &NO_INTERFACE)
}

/// `setsockopt(socket, SOL_SOCKET, option, value, sizeof value)`, for a type
/// that is the option's.
fn setsockopt<T>(socket: BorrowedFd<'_>, option: u32, value: &T) -> Result<()> {
    let arguments = [
        socket.as_raw_fd() as usize,
        SOL_SOCKET as usize,
        option as usize,
        &raw const *value as usize,
        size_of::<T>(),
    ];
    // SAFETY: the kernel reads a T, which the callers above chose for the option.
    result(unsafe { cpu::syscall(__NR_setsockopt, arguments) }).map(drop)
}

/// `recvfrom(socket, NULL, 1 MiB, MSG_TRUNC | flags, NULL, NULL)`: drops up to
/// a mebibyte that has come, and says how much; 0: the end. On a TCP socket
/// MSG_TRUNC copies nothing, so that the buffer may be null.
///
/// # Errors
///
/// Those of recv(2).
///
/// # References
///
/// [tcp(7)](https://man7.org/linux/man-pages/man7/tcp.7.html)
pub fn discard(socket: BorrowedFd<'_>, flags: RecvFlags) -> Result<usize> {
    let arguments = [
        socket.as_raw_fd() as usize,
        0,
        1 << 20,
        (MSG_TRUNC | flags.bits()) as usize,
        0,
    ];
    // SAFETY: the kernel writes nothing, for the bytes are dropped.
    let returned = result(unsafe { cpu::syscall(__NR_recvfrom, arguments) });
    returned.map(|length| length as usize)
}

/// `getsockname(socket, ..)`: its own address.
///
/// # Errors
///
/// None that an open socket gives.
///
/// # References
///
/// [getsockname(2)](https://man7.org/linux/man-pages/man2/getsockname.2.html)
pub fn own_address(socket: BorrowedFd<'_>) -> Result<SocketAddr> {
    address(socket, __NR_getsockname)
}

/// `getpeername(socket, ..)`: the client's address.
///
/// # Errors
///
/// ENOTCONN: the client has reset the connection.
///
/// # References
///
/// [getpeername(2)](https://man7.org/linux/man-pages/man2/getpeername.2.html)
pub fn peer_address(socket: BorrowedFd<'_>) -> Result<SocketAddr> {
    address(socket, __NR_getpeername)
}

/// A sockaddr_in or a sockaddr_in6: ip(7), ipv6(7).
#[repr(C)]
struct Name {
    family: u16,
    port: [u8; 2],
    v4: [u8; 4],
    v6: [u8; 16],
    scope: u32,
}

fn address(socket: BorrowedFd<'_>, call: u32) -> Result<SocketAddr> {
    let mut name = Name {
        family: 0,
        port: [0; 2],
        v4: [0; 4],
        v6: [0; 16],
        scope: 0,
    };
    let mut length = size_of::<Name>() as u32; // a socklen_t
    let arguments = [
        socket.as_raw_fd() as usize,
        &raw mut name as usize,
        &raw mut length as usize,
        0,
        0,
    ];
    // SAFETY: the kernel writes at most `length` bytes, as many as `name` has,
    // of which any are valid.
    result(unsafe { cpu::syscall(call, arguments) })?;
    let port = u16::from_be_bytes(name.port);
    Ok(if u32::from(name.family) == AF_INET6 {
        (name.v6, port).into()
    } else {
        (name.v4, port).into()
    })
}
