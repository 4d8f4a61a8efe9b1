//! The lines on stderr, and the names of errors. Each line is one write, so
//! that those of several processes do not mix.

use crate::address::Address;
use crate::sys;
use crate::text::{Text, lookup};
use core::panic::Location;
use core::sync::atomic::{AtomicBool, Ordering::Relaxed};
use rustix::fd::BorrowedFd;
use rustix::io::{Errno, write};
use rustix::process::{Pid, WaitStatus};

/// `--verbose`: set once, before there is anything to tell.
pub static VERBOSE: AtomicBool = AtomicBool::new(false);

const STDOUT: i32 = 1;
const STDERR: i32 = 2;

/// What to do when the system refuses a call without which nothing works.
pub trait OrExit<T> {
    /// The call's result; if it failed, a line that names it, and exit status 1.
    fn or_exit(self, call: &str) -> T;
}

impl<T> OrExit<T> for Result<T, Errno> {
    fn or_exit(self, call: &str) -> T {
        self.unwrap_or_else(|errno| exit(call, None, errno))
    }
}

/// `acceptd: bind 0.0.0.0:9696: EADDRINUSE: address already in use`, and the end.
#[inline(never)]
pub fn exit(call: &str, address: Option<&Address<'_>>, errno: Errno) -> ! {
    failed(call, address, errno);
    sys::exit_group(1)
}

/// `acceptd: accept4: EMFILE: too many open files`
#[inline(never)]
pub fn failed(call: &str, address: Option<&Address<'_>>, errno: Errno) {
    let mut line = Line::new();
    line.text(call.as_bytes());
    if let Some(address) = address {
        line.text(b" ").address(address);
    }
    line.text(b": ").errno(errno);
    line.write();
}

/// Failures of one call in a row: the first is told, and at their end how
/// many they were, so that a long row does not flood whoever reads.
pub struct Burst {
    call: &'static str,
    failures: u64,
}

impl Burst {
    /// None so far.
    pub fn of(call: &'static str) -> Self {
        Self { call, failures: 0 }
    }

    /// `acceptd: accept4: EMFILE: too many open files`, if it is the first.
    #[inline(never)]
    pub fn failed(&mut self, errno: Errno) {
        if self.failures == 0 {
            failed(self.call, None, errno);
        }
        self.failures += 1;
    }

    /// The call went well. `acceptd: accept4: works again, failures 12`
    #[inline(never)]
    pub fn over(&mut self) {
        if self.failures > 0 {
            let mut line = Line::new();
            line.text(self.call.as_bytes());
            line.text(b": works again, failures ").number(self.failures);
            line.write();
            self.failures = 0;
        }
    }
}

/// What a model has done when it stops.
pub struct Served {
    /// Connections accepted.
    pub connections: u64,
    /// For the models that fork.
    pub children: Option<Counts>,
}

/// What became of the children.
pub struct Counts {
    /// Children made.
    pub forked: u32,
    /// Children waited for.
    pub reaped: u32,
    /// The most that were there at once.
    pub peak: u32,
}

/// `acceptd: fork: listening on 0.0.0.0:9696`
#[inline(never)]
pub fn listening(model: &[u8], address: &Address<'_>) {
    let mut line = Line::new();
    line.text(model).text(b": listening on ").address(address);
    line.write();
}

/// `acceptd: fork: stopped: connections 6, forked 6, reaped 6, peak 2`
#[inline(never)]
pub fn stopped(model: &[u8], served: &Served) {
    let mut line = Line::new();
    line.text(model)
        .text(b": stopped: connections ")
        .number(served.connections);
    if let Some(children) = &served.children {
        line.text(b", forked ").number(children.forked.into());
        line.text(b", reaped ").number(children.reaped.into());
        line.text(b", peak ").number(children.peak.into());
    }
    line.write();
}

/// `acceptd: accepted fd 4`, `acceptd: forked 4711`: what `--verbose` tells.
pub fn event(what: &str, number: i32) {
    if !VERBOSE.load(Relaxed) {
        return;
    }
    let mut line = Line::new();
    line.text(what.as_bytes()).number(number as u64);
    line.write();
}

/// `acceptd: reaped 4711`, and before it, if so, `acceptd: killed by signal 9`.
#[inline(never)]
pub fn reaped(child: Pid, status: WaitStatus) {
    if let Some(signal) = status.terminating_signal() {
        event("killed by signal ", signal);
    }
    event("reaped ", child.as_raw_pid());
}

/// `acceptd: --port: 'x' is not a port (0 to 65535)`, then where help is.
#[inline(never)]
pub fn refused(subject: &[u8], value: Option<&[u8]>, reason: &[u8]) {
    let mut line = Line::new();
    line.text(subject).text(b": ");
    if let Some(value) = value {
        line.printable(value);
    }
    line.text(reason);
    line.text(b"\nacceptd: try 'acceptd --help'");
    line.write();
}

/// `acceptd: probe 0.0.0.0:9696: 'HTTP/1.1 503' is not what it should be`
#[inline(never)]
pub fn probed(address: &Address<'_>, answer: &[u8]) {
    let mut line = Line::new();
    line.text(b"probe ").address(address).text(b": ");
    line.printable(answer).text(b"2xx or 3xx");
    line.write();
}

/// `acceptd: panicked at src/lib.rs:1`
pub fn panicked(location: Option<&Location<'_>>) {
    let mut line = Line::new();
    line.text(b"panicked");
    if let Some(location) = location {
        line.text(b" at ").text(location.file().as_bytes());
        line.text(b":").number(location.line().into());
    }
    line.write();
}

/// Text that was asked for, on stdout.
#[inline(never)]
pub fn print(text: &str) {
    write_all(sys::fd(STDOUT), text.as_bytes()).or_exit("write");
}

/// A line for stderr, which starts with the program's name.
struct Line(Text);

impl Line {
    fn new() -> Self {
        let mut line = Self(Text::default());
        line.text(b"acceptd: ");
        line
    }

    fn text(&mut self, text: &[u8]) -> &mut Self {
        self.0.push(text);
        self
    }

    fn number(&mut self, number: u64) -> &mut Self {
        self.0.push_number(number);
        self
    }

    /// An address as the user wrote it, and a port: `0.0.0.0:9696`, `[::1]:9696`.
    fn address(&mut self, address: &Address<'_>) -> &mut Self {
        let (open, close): (&[u8], &[u8]) = if address.is_v6() {
            (b"[", b"]:")
        } else {
            (b"", b":")
        };
        self.text(open).text(address.text()).text(close);
        self.number(address.port().into())
    }

    /// What somebody else wrote, without what a terminal would obey; a long
    /// value is cut, so that the reason after it is not.
    fn printable(&mut self, value: &[u8]) -> &mut Self {
        self.text(b"'");
        for &byte in value.iter().take(64) {
            self.text(&[if byte.is_ascii_control() { b'?' } else { byte }]);
        }
        self.text(if value.len() > 64 {
            b"...' is not "
        } else {
            b"' is not "
        })
    }

    /// `EADDRINUSE: address already in use`; an unlisted one by its number.
    fn errno(&mut self, errno: Errno) -> &mut Self {
        let number = errno.raw_os_error() as u32;
        match lookup(ERRNOS, number) {
            Some(name) => self.text(name),
            None => self.text(b"errno ").number(number.into()),
        }
    }

    fn write(&mut self) {
        self.text(b"\n");
        let _ = write_all(sys::fd(STDERR), self.0.as_bytes()); // nowhere else to say it
    }
}

/// `write(fd, bytes)`, until all is written.
fn write_all(fd: BorrowedFd<'_>, mut bytes: &[u8]) -> Result<(), Errno> {
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
104 ECONNRESET: connection reset by peer
105 ENOBUFS: no buffer space available
110 ETIMEDOUT: connection timed out
111 ECONNREFUSED: connection refused
113 EHOSTUNREACH: no route to host
115 EINPROGRESS: not connected in time
";
