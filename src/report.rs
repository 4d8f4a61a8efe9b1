//! The lines on stderr, and the names of errors. Each line is one write, so
//! that those of several processes do not mix.

use crate::address::Address;
use crate::sys;
use core::panic::Location;
use core::sync::atomic::{AtomicBool, Ordering::Relaxed};
use rustix::io::Errno;
use rustix::process::{Pid, WaitStatus};

mod line;

use line::Line;

/// `--verbose`: set once, before there is anything to tell.
pub static VERBOSE: AtomicBool = AtomicBool::new(false);

const STDOUT: i32 = 1;

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
/// What a time limit on the socket broke off is ETIMEDOUT here; the kernel has
/// other names for that, for recv EAGAIN, for connect EINPROGRESS.
#[inline(never)]
pub fn exit_at(call: &str, address: &Address<'_>, errno: Errno) -> ! {
    let errno = match errno {
        Errno::AGAIN | Errno::INPROGRESS => Errno::TIMEDOUT,
        errno => errno,
    };
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
    pub forked: u64,
    /// Children waited for.
    pub reaped: u64,
    /// The most that were there at once, those among them that had ended and were not
    /// yet reaped; `None`: the kernel reaps, and tells nobody.
    pub peak: Option<u64>,
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
        line.continued(", forked %").number(children.forked);
        if let Some(peak) = children.peak {
            line.continued(", reaped %, peak %");
            line.number(children.reaped).number(peak);
        }
    }
    line.write();
}

/// `acceptd: accepted fd 4`, `acceptd: forked 4711`: what `--verbose` tells, until
/// nobody reads it.
#[inline(never)]
pub fn event(what: &'static str, number: i32) {
    if VERBOSE.load(Relaxed) && Line::of(what).number(number as u64).write() {
        VERBOSE.store(false, Relaxed);
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
    line::write_all(sys::fd(STDOUT), text.as_bytes()).or_exit("write");
}
