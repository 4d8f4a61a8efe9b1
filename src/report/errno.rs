//! The errors of errno(3) that a user can do something about. The numbers are
//! the same on every CPU that this runs on.

/// `EADDRINUSE: address already in use`, if it is listed.
pub fn name(number: u32) -> Option<&'static str> {
    Some(match number {
        1 => "EPERM: operation not permitted",
        2 => "ENOENT: no such file or directory",
        3 => "ESRCH: no such process",
        9 => "EBADF: bad file descriptor",
        11 => "EAGAIN: resource temporarily unavailable",
        12 => "ENOMEM: cannot allocate memory",
        13 => "EACCES: permission denied",
        22 => "EINVAL: invalid argument",
        23 => "ENFILE: too many open files in system",
        24 => "EMFILE: too many open files",
        28 => "ENOSPC: no space left on device",
        38 => "ENOSYS: function not implemented",
        97 => "EAFNOSUPPORT: address family not supported by protocol",
        98 => "EADDRINUSE: address already in use",
        99 => "EADDRNOTAVAIL: cannot assign requested address",
        101 => "ENETUNREACH: network is unreachable",
        104 => "ECONNRESET: connection reset by peer",
        105 => "ENOBUFS: no buffer space available",
        110 => "ETIMEDOUT: connection timed out",
        111 => "ECONNREFUSED: connection refused",
        113 => "EHOSTUNREACH: no route to host",
        _ => return None,
    })
}
