//! Socket options that rustix does not have, or has at a higher price.

use super::{cpu, result, timeval};
use linux_raw_sys::general::{__NR_recvfrom, __NR_setsockopt};
use linux_raw_sys::net::{
    MSG_TRUNC, SO_BINDTOIFINDEX, SO_RCVTIMEO_OLD, SO_SNDTIMEO_OLD, SOL_SOCKET,
};
use rustix::fd::{AsRawFd, BorrowedFd};
use rustix::io::Result;

/// What [`set_timeout`] limits: how long a recv or an accept may wait.
pub const RECEIVE: u32 = SO_RCVTIMEO_OLD;
/// What [`set_timeout`] limits: how long a send or a connect may wait.
pub const SEND: u32 = SO_SNDTIMEO_OLD;

/// `setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO_OLD, {seconds, microseconds}, 16)`:
/// a call that waits longer than `milliseconds` fails with EAGAIN; 0: no limit.
/// rustix has this too, with a fallback for 32-bit CPUs that costs a fiftieth of the binary.
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
/// has begun gets through, and who is in the queue stays there.
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

/// `recvfrom(socket, NULL, length, MSG_TRUNC | flags, NULL, NULL)`: on a TCP
/// socket MSG_TRUNC drops the bytes instead of copying them, so that the buffer
/// may be null and the length as large as one likes.
///
/// # References
///
/// [tcp(7)](https://man7.org/linux/man-pages/man7/tcp.7.html)
pub fn discard(socket: BorrowedFd<'_>, length: usize, flags: u32) -> Result<usize> {
    let arguments = [
        socket.as_raw_fd() as usize,
        0,
        length,
        (MSG_TRUNC | flags) as usize,
        0,
    ];
    // SAFETY: the kernel writes nothing, for the bytes are dropped. A sixth
    // argument, the length of an address, is not looked at without an address.
    let returned = result(unsafe { cpu::syscall(__NR_recvfrom, arguments) });
    returned.map(|length| length as usize)
}
