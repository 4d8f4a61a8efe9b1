//! Sockets, as far as rustix does not know them, or at a length that is felt.

use super::{cpu, result, timeval};
use crate::address::Address;
use linux_raw_sys::general::{__NR_getsockname, __NR_setsockopt};
use linux_raw_sys::net::{SO_RCVTIMEO_OLD, SO_SNDTIMEO_OLD, SOL_SOCKET, sockaddr_in6};
use rustix::fd::{AsRawFd, BorrowedFd};
use rustix::io::Result;
use rustix::net::addr::{SocketAddrArg, SocketAddrLen, SocketAddrOpaque};

/// What [`set_timeout`] limits: how long a recv may wait.
pub const RECEIVE: u32 = SO_RCVTIMEO_OLD;
/// What [`set_timeout`] limits: how long a send or a connect may wait.
pub const SEND: u32 = SO_SNDTIMEO_OLD;

/// `setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO_OLD, {seconds, microseconds}, 16)`:
/// a call that waits longer than `milliseconds` fails with EAGAIN. rustix has
/// this too, with a fallback for 32 bits that costs a fiftieth of the binary.
///
/// # References
///
/// [socket(7)](https://man7.org/linux/man-pages/man7/socket.7.html)
pub fn set_timeout(socket: BorrowedFd<'_>, option: u32, milliseconds: u32) -> Result<()> {
    let time = timeval(milliseconds);
    let arguments = [
        socket.as_raw_fd() as usize,
        SOL_SOCKET as usize,
        option as usize,
        &raw const time as usize,
        size_of_val(&time),
    ];
    // SAFETY: the kernel reads a timeval, two words, from `time`.
    let returned = unsafe { cpu::syscall(__NR_setsockopt, arguments) };
    result(returned).map(drop)
}

/// `getsockname(socket, address, ..)`: the port that it is bound to.
///
/// # References
///
/// [getsockname(2)](https://man7.org/linux/man-pages/man2/getsockname.2.html)
pub fn getsockname(socket: BorrowedFd<'_>, address: &mut Address<'_>) -> Result<()> {
    let mut length = size_of::<sockaddr_in6>() as u32;
    let arguments = [
        socket.as_raw_fd() as usize,
        &raw mut *address as usize,
        &raw mut length as usize,
        0,
        0,
    ];
    // SAFETY: the kernel writes a sockaddr of at most `length` bytes, and its length.
    result(unsafe { cpu::syscall(__NR_getsockname, arguments) }).map(drop)
}

// SAFETY: an Address begins with a sockaddr_in6, of which sockaddr_in is the first half.
unsafe impl SocketAddrArg for Address<'_> {
    unsafe fn with_sockaddr<R>(
        &self,
        call: impl FnOnce(*const SocketAddrOpaque, SocketAddrLen) -> R,
    ) -> R {
        call(
            (&raw const *self).cast(),
            if self.is_v6() { 28 } else { 16 },
        )
    }
}
