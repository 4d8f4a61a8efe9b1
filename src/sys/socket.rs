//! Socket options that rustix does not have, or has at a higher price.

use super::{cpu, result, timeval};
use core::net::SocketAddr;
use linux_raw_sys::general::{__NR_getpeername, __NR_getsockname, __NR_recvfrom, __NR_setsockopt};
use linux_raw_sys::net::{
    AF_INET6, MSG_TRUNC, SO_ATTACH_FILTER, SO_RCVTIMEO_OLD, SO_SNDTIMEO_OLD, SOL_SOCKET,
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
/// rustix has this too, with a fallback for 32-bit CPUs that costs a fiftieth of the binary.
///
/// # References
///
/// [socket(7)](https://man7.org/linux/man-pages/man7/socket.7.html)
pub fn set_timeout(socket: BorrowedFd<'_>, option: u32, milliseconds: u32) -> Result<()> {
    setsockopt(socket, option, &timeval(milliseconds))
}

/// An instruction of classic BPF, a `sock_filter`.
#[repr(C)]
struct Instruction {
    code: u16,
    jump_if_true: u8,
    jump_if_false: u8,
    k: u32,
}

/// A `sock_fprog`.
#[repr(C)]
struct Program {
    length: u16,
    instructions: *const Instruction,
}

const fn instruction(code: u16, jump_if_true: u8, jump_if_false: u8, k: u32) -> Instruction {
    Instruction {
        code,
        jump_if_true,
        jump_if_false,
        k,
    }
}

/// The flags of a TCP segment, byte 13 of its header (RFC 9293, 3.1).
const FLAGS: u32 = 13;
const SYN: u32 = 0x02;
const ACK: u32 = 0x10;

/// Drops each segment with SYN and without ACK, which asks for a new
/// connection, and passes all others. A filter on a TCP socket sees the packet
/// from the TCP header on, so this holds for IPv4 and IPv6.
static NO_NEW_HANDSHAKES: [Instruction; 5] = [
    instruction(0x30, 0, 0, FLAGS), // BPF_LD | BPF_B | BPF_ABS: load the flags
    instruction(0x54, 0, 0, SYN | ACK), // BPF_ALU | BPF_AND | BPF_K: keep these two
    instruction(0x15, 0, 1, SYN),   // BPF_JMP | BPF_JEQ | BPF_K: SYN alone?
    instruction(0x06, 0, 0, 0),     // BPF_RET: yes, pass 0 bytes of it
    instruction(0x06, 0, 0, u32::MAX), // BPF_RET: no, pass all of it
];

/// `setsockopt(listener, SOL_SOCKET, SO_ATTACH_FILTER, {5, ..}, 16)`: from now
/// on nobody new can begin to connect. A client that has begun gets through, and
/// one that begins now repeats its SYN after a second.
///
/// # References
///
/// [socket(7)](https://man7.org/linux/man-pages/man7/socket.7.html), and the
/// kernel's [networking/filter](https://docs.kernel.org/networking/filter.html)
pub fn drop_new_handshakes(listener: BorrowedFd<'_>) -> Result<()> {
    let program = Program {
        length: NO_NEW_HANDSHAKES.len() as u16,
        instructions: NO_NEW_HANDSHAKES.as_ptr(),
    };
    setsockopt(listener, SO_ATTACH_FILTER, &program)
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
    // SAFETY: the kernel writes nothing, for the bytes are dropped. A sixth
    // argument, the length of an address, is not looked at without an address.
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
