//! The lines on stderr, and the names of errors. Each line is one write, so
//! that those of several processes do not mix.

use crate::address::Address;
use crate::sys;
use crate::text::{Text, lookup, split};
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
    #[inline(always)]
    fn or_exit(self, call: &str) -> T {
        self.unwrap_or_else(|errno| exit(call, errno))
    }
}

/// `acceptd: listen: EADDRINUSE: address already in use`, and the end.
#[inline(never)]
pub fn exit(call: &str, errno: Errno) -> ! {
    failed(call, errno);
    sys::exit_group(1)
}

/// `acceptd: bind 0.0.0.0:9696: EADDRINUSE: address already in use`, and the end.
#[inline(never)]
pub fn exit_at(call: &str, address: &Address<'_>, errno: Errno) -> ! {
    let mut line = Line::of("% %: %");
    line.text(call.as_bytes()).address(address).errno(errno);
    line.write();
    sys::exit_group(1)
}

/// `acceptd: accept4: EMFILE: too many open files`
#[inline(never)]
fn failed(call: &str, errno: Errno) {
    Line::of("%: %").text(call.as_bytes()).errno(errno).write();
}

/// Failures of one call in a row: the first is told, and at their end how
/// many they were, so that a long row does not flood whoever reads.
pub struct Burst {
    call: &'static str,
    failures: u32,
}

impl Burst {
    /// None so far.
    pub fn of(call: &'static str) -> Self {
        Self { call, failures: 0 }
    }

    /// `acceptd: accept4: EMFILE: too many open files`, if it is the first.
    pub fn failed(&mut self, errno: Errno) {
        if self.failures == 0 {
            failed(self.call, errno);
        }
        self.failures = self.failures.wrapping_add(1);
    }

    /// The call went well. `acceptd: accept4: works again, failures 12`
    #[inline(never)]
    pub fn over(&mut self) {
        if self.failures > 0 {
            let mut line = Line::of("%: works again, failures %");
            line.text(self.call.as_bytes())
                .number(self.failures.into())
                .write();
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
    /// The most that were there at once; `None`: the kernel reaps, and tells nobody.
    pub peak: Option<u32>,
}

/// `acceptd: fork: listening on 0.0.0.0:9696`
pub fn listening(model: &[u8], address: &Address<'_>) {
    Line::of("%: listening on %")
        .text(model)
        .address(address)
        .write();
}

/// `acceptd: fork: stopped: connections 6, forked 6, reaped 6, peak 2`
pub fn stopped(model: &[u8], served: &Served) {
    let mut line = Line::of("%: stopped: connections %");
    line.text(model).number(served.connections);
    if let Some(children) = &served.children {
        line.continued(", forked %").number(children.forked.into());
        if let Some(peak) = children.peak {
            line.continued(", reaped %, peak %");
            line.number(children.reaped.into()).number(peak.into());
        }
    }
    line.write();
}

/// `acceptd: accepted fd 4`, `acceptd: forked 4711`: what `--verbose` tells.
#[inline(never)]
pub fn event(what: &'static str, number: i32) {
    if VERBOSE.load(Relaxed) {
        Line::of(what).number(number as u64).write();
    }
}

/// `acceptd: reaped 4711`, and before it, if so, `acceptd: killed by signal 9`.
pub fn reaped(child: Pid, status: WaitStatus) {
    if let Some(signal) = status.terminating_signal() {
        event("killed by signal %", signal);
    }
    event("reaped %", child.as_raw_pid());
}

/// `acceptd: --port: 'x' is not a port (0 to 65535)`, then where help is.
#[inline(always)]
pub fn refused(subject: &[u8], value: Option<&[u8]>, reason: &[u8]) {
    let mut line = Line::of("%: %%\nacceptd: try 'acceptd --help'");
    line.foreign(subject).is_not(value).text(reason).write();
}

/// `acceptd: probe 0.0.0.0:9696: 'HTTP/1.1 503' is not 2xx or 3xx`
pub fn probed(address: &Address<'_>, answer: &[u8]) {
    let mut line = Line::of("probe %: %2xx or 3xx");
    line.address(address).is_not(Some(answer)).write();
}

/// `acceptd: panicked at src/lib.rs:1`
pub fn panicked(location: Option<&Location<'_>>) {
    let mut line = Line::of("panicked");
    if let Some(location) = location {
        line.continued(" at %:%");
        line.text(location.file().as_bytes())
            .number(location.line().into());
    }
    line.write();
}

/// Text that was asked for, on stdout.
#[inline(never)]
pub fn print(text: &str) {
    write_all(sys::fd(STDOUT), text.as_bytes()).or_exit("write");
}

/// A line for stderr: the program's name, and a template in which the values
/// that follow take the places of the percent signs.
struct Line {
    line: Text,
    template: &'static [u8],
}

impl Line {
    #[inline(never)]
    fn of(template: &'static str) -> Self {
        let mut line = Self {
            line: Text::default(),
            template: b"",
        };
        line.line.push(b"acceptd: ");
        line.continued(template);
        line
    }

    fn continued(&mut self, template: &'static str) -> &mut Self {
        self.template = template.as_bytes();
        self.text(b"")
    }

    /// A value, and the template up to the next.
    #[inline(never)]
    fn text(&mut self, value: &[u8]) -> &mut Self {
        self.line.push(value);
        let literal = split(&mut self.template, b'%');
        self.line.push(literal.unwrap_or(self.template));
        self
    }

    #[inline(never)]
    fn number(&mut self, number: u64) -> &mut Self {
        self.line.push_number(number);
        self.text(b"")
    }

    /// An address as the user wrote it, and a port: `0.0.0.0:9696`, `[::1]:9696`.
    #[inline(never)]
    fn address(&mut self, address: &Address<'_>) -> &mut Self {
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
    fn is_not(&mut self, value: Option<&[u8]>) -> &mut Self {
        if let Some(value) = value {
            self.line.push(b"'");
            self.clean(value);
            self.line.push(b"' is not ");
        }
        self.text(b"")
    }

    fn foreign(&mut self, text: &[u8]) -> &mut Self {
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
    fn errno(&mut self, errno: Errno) -> &mut Self {
        let number = errno.raw_os_error() as u32;
        match lookup(ERRNOS, number) {
            Some(name) => self.text(name),
            None => {
                self.line.push(b"errno ");
                self.number(number.into())
            }
        }
    }

    #[inline(never)]
    fn write(&mut self) {
        self.line.push(b"\n");
        let _ = write_all(sys::fd(STDERR), self.line.as_bytes()); // nowhere else to say it
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
104 ECONNRESET: connection reset by peer
105 ENOBUFS: no buffer space available
110 ETIMEDOUT: connection timed out
111 ECONNREFUSED: connection refused
113 EHOSTUNREACH: no route to host
115 EINPROGRESS: not connected in time
";
