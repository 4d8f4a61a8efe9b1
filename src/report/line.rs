//! A line, put together from a template, and written at once.

use crate::address::Address;
use crate::sys;
use crate::text::{Text, lookup, split};
use rustix::fd::BorrowedFd;
use rustix::io::{Errno, write};

const STDERR: i32 = 2;

/// A line for stderr: the program's name, and a template in which the values
/// that follow take the places of the percent signs.
pub struct Line {
    line: Text,
    template: &'static [u8],
}

impl Line {
    #[inline(never)]
    pub fn of(template: &'static str) -> Self {
        let mut line = Self {
            line: Text::default(),
            template: b"",
        };
        line.line.push(b"acceptd: ");
        line.continued(template);
        line
    }

    pub fn continued(&mut self, template: &'static str) -> &mut Self {
        self.template = template.as_bytes();
        self.text(b"")
    }

    /// A value, and the template up to the next.
    #[inline(never)]
    pub fn text(&mut self, value: &[u8]) -> &mut Self {
        self.line.push(value);
        let literal = split(&mut self.template, b'%');
        self.line.push(literal.unwrap_or(self.template));
        self
    }

    #[inline(never)]
    pub fn number(&mut self, number: u64) -> &mut Self {
        self.line.push_number(number);
        self.text(b"")
    }

    /// An address as the user wrote it, and a port: `0.0.0.0:9696`, `[::1]:9696`.
    #[inline(never)]
    pub fn address(&mut self, address: &Address<'_>) -> &mut Self {
        let (open, close): (&[u8], &[u8]) = if address.is_v6() {
            (b"[", b"]:")
        } else {
            (b"", b":")
        };
        self.line.push(open);
        self.line.push(address.text());
        self.line.push(close);
        self.number(address.port().into())
    }

    /// `'x' is not `, if there is a value.
    pub fn is_not(&mut self, value: Option<&[u8]>) -> &mut Self {
        if let Some(value) = value {
            self.line.push(b"'");
            self.clean(value);
            self.line.push(b"' is not ");
        }
        self.text(b"")
    }

    pub fn foreign(&mut self, text: &[u8]) -> &mut Self {
        self.clean(text);
        self.text(b"")
    }

    /// What somebody else wrote, without what a terminal would obey; if long
    /// it is cut, so that what follows is not.
    fn clean(&mut self, text: &[u8]) {
        for &byte in text.iter().take(64) {
            let byte = if byte.is_ascii_control() { b'?' } else { byte };
            self.line.push(&[byte]);
        }
        self.line.push(if text.len() > 64 { b"..." } else { b"" });
    }

    /// `EADDRINUSE: address already in use`; an unlisted one by its number.
    #[inline(never)]
    pub fn errno(&mut self, errno: Errno) -> &mut Self {
        let number = errno.raw_os_error() as u32;
        match lookup(ERRNOS, number) {
            Some(name) => self.text(name),
            None => {
                self.line.push(b"errno ");
                self.number(number.into())
            }
        }
    }

    /// Where it fails, there is nowhere else to say it. Whether whoever reads
    /// has stopped to, so that a signal had to end the wait for it.
    #[inline(never)]
    pub fn write(&mut self) -> bool {
        self.line.push(b"\n");
        write(sys::fd(STDERR), self.line.as_bytes()) == Err(Errno::INTR)
    }
}

/// `write(fd, bytes)`, until all is written.
pub fn write_all(fd: BorrowedFd<'_>, mut bytes: &[u8]) -> Result<(), Errno> {
    while !bytes.is_empty() {
        match write(fd, bytes) {
            Ok(written) => bytes = bytes.get(written..).unwrap_or_default(),
            Err(Errno::INTR) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// errno(3): those that a user can do something about; others are printed as
/// numbers. These are the same on every CPU that this runs on.
const ERRNOS: &[u8] = b"\
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
