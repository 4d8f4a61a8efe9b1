//! The errors of errno(3) that a user can do something about. The numbers are
//! the same on every CPU that this runs on.

use crate::text::find_line;

/// `EADDRINUSE: address already in use`, if it is listed.
pub fn name(number: u32) -> Option<&'static [u8]> {
    find_line(ERRORS, number).map(|(_, text)| text)
}

const ERRORS: &str = "\
1 EPERM: operation not permitted
2 ENOENT: no such file or directory
3 ESRCH: no such process
9 EBADF: bad file descriptor
11 EAGAIN: resource temporarily unavailable
12 ENOMEM: cannot allocate memory
13 EACCES: permission denied
22 EINVAL: invalid argument
23 ENFILE: too many open files in system
24 EMFILE: too many open files
28 ENOSPC: no space left on device
38 ENOSYS: function not implemented
97 EAFNOSUPPORT: address family not supported by protocol
98 EADDRINUSE: address already in use
99 EADDRNOTAVAIL: cannot assign requested address
101 ENETUNREACH: network is unreachable
104 ECONNRESET: connection reset by peer
105 ENOBUFS: no buffer space available
110 ETIMEDOUT: connection timed out
111 ECONNREFUSED: connection refused
113 EHOSTUNREACH: no route to host
";

#[cfg(test)]
mod tests {
    use super::name;
    use nix::errno::Errno::{self, *};
    use std::io;
    use std::string::ToString;
    use std::vec::Vec;

    /// Those that a user can do something about, and no other.
    const LISTED: [Errno; 21] = [
        EPERM,
        ENOENT,
        ESRCH,
        EBADF,
        EAGAIN,
        ENOMEM,
        EACCES,
        EINVAL,
        ENFILE,
        EMFILE,
        ENOSPC,
        ENOSYS,
        EAFNOSUPPORT,
        EADDRINUSE,
        EADDRNOTAVAIL,
        ENETUNREACH,
        ECONNRESET,
        ENOBUFS,
        ETIMEDOUT,
        ECONNREFUSED,
        EHOSTUNREACH,
    ];

    /// The oracle is strerror(3), whose texts begin with a capital.
    #[test]
    fn errors_have_the_names_and_texts_of_libc() {
        for errno in LISTED {
            let number = errno as i32;
            let libc = io::Error::from_raw_os_error(number).to_string();
            let text = libc.strip_suffix(&std::format!(" (os error {number})"));
            let (first, rest) = text.expect("its number at the end").split_at(1);
            let expected = std::format!("{errno:?}: {}{rest}", first.to_lowercase());
            assert_eq!(name(number as u32), Some(expected.as_bytes()));
        }
    }

    #[test]
    fn no_other_error_has_a_name() {
        let listed = LISTED.map(|errno| errno as u32);
        let named: Vec<u32> = (0..4096).filter(|number| name(*number).is_some()).collect();
        assert_eq!(named, listed);
    }
}
