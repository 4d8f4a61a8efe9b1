//! The lines on stderr, and the names of errors. Each line is one write, so
//! that those of several processes do not mix.

use crate::signal;
use crate::sys;
use core::net::SocketAddr;
use core::panic::Location;
use core::sync::atomic::{AtomicBool, Ordering::Relaxed};
use rustix::event::{PollFd, PollFlags, poll};
use rustix::io::{Errno, write};
use rustix::process::{Pid, WaitStatus};
use rustix::thread::Timespec;

mod errno;
mod failures;
mod line;

pub use failures::Failures;
use line::Value::{Address, Count, Failed, Foreign, Hint, IsNot, Number, Text};

/// `--verbose`: set once, before there is anything to report.
static VERBOSE: AtomicBool = AtomicBool::new(false);

const STDOUT: i32 = 1;
const STDERR: i32 = 2;

/// Whether a line has waited in vain since the stop began. Then no other line waits.
static UNREAD: AtomicBool = AtomicBool::new(false);

/// How often a line that waits for room checks whether the server stops.
const LOOK_AGAIN: Timespec = Timespec {
    tv_sec: 0,
    tv_nsec: 100_000_000,
};

/// For calls without which the program cannot go on.
pub trait OrExit<T> {
    /// Returns the call's result. If the call failed, writes a line that names it and
    /// ends the program with status 1.
    fn or_exit(self, call: &str) -> T;
}

impl<T> OrExit<T> for Result<T, Errno> {
    fn or_exit(self, call: &str) -> T {
        self.unwrap_or_else(|errno| exit(call, errno))
    }
}

/// `acceptd: listen: EADDRINUSE: address already in use`, and the end.
pub fn exit(call: &str, errno: Errno) -> ! {
    failed(call, errno);
    sys::exit_group(1)
}

/// `acceptd: bind 0.0.0.0:9696: EADDRINUSE: address already in use`, and the end.
/// A timeout is reported as ETIMEDOUT: the kernel's names for it are EAGAIN (recv),
/// EINPROGRESS (connect) and EALREADY (connect again, after a signal).
pub fn exit_at(call: &str, address: &SocketAddr, errno: Errno) -> ! {
    let errno = match errno {
        Errno::AGAIN | Errno::INPROGRESS | Errno::ALREADY => Errno::TIMEDOUT,
        errno => errno,
    };
    line::write("% %: %", &[Text(call), Address(address), Failed(errno)]);
    sys::exit_group(1)
}

/// `acceptd: accept4: EMFILE: too many open files`
fn failed(call: &str, errno: Errno) {
    line::write("%: %", &[Text(call), Failed(errno)]);
}

/// What a model has done when it stops.
#[derive(Default)]
pub struct Served {
    /// Connections accepted.
    pub connections: u64,
    /// For the models that fork.
    pub children: Option<Counts>,
    /// Connections that `--grace` cut off, in the queue or in flight.
    pub cut: u64,
}

/// What became of the children.
pub struct Counts {
    /// Children made.
    pub forked: u64,
    /// Children waited for.
    pub reaped: u64,
    /// The most that there were at once, with those that had ended and were not yet
    /// reaped; `None`: the kernel reaps, and nobody counts.
    pub peak: Option<u64>,
}

/// `acceptd: fork: listening on 0.0.0.0:9696`
pub fn listening(model: &str, address: &SocketAddr) {
    line::write("%: listening on %", &[Text(model), Address(address)]);
}

/// `acceptd: fork: stopped: connections 6, forked 6, reaped 6, peak 2`, and
/// `, cut 1` if `--grace` cut one off.
pub fn stopped(model: &str, served: &Served) {
    let children = served.children.as_ref();
    let peak = children.and_then(|children| children.peak);
    let values = [
        Text(model),
        Number(served.connections),
        Count(", forked ", children.map(|children| children.forked)),
        Count(
            ", reaped ",
            peak.and(children.map(|children| children.reaped)),
        ),
        Count(", peak ", peak),
        Count(", cut ", (served.cut > 0).then_some(served.cut)),
    ];
    line::write("%: stopped: connections %%%%%", &values);
}

/// From now on there are lines for each connection, request and child.
pub fn be_verbose() {
    VERBOSE.store(true, Relaxed);
}

/// Whether `--verbose` was given.
pub fn is_verbose() -> bool {
    VERBOSE.load(Relaxed)
}

/// `acceptd: accepted fd 4`, `acceptd: forked 4711`, with `--verbose`.
pub fn event(what: &'static str, number: i32) {
    if is_verbose() {
        line::write(what, &[Number(number as u64)]);
    }
}

/// `acceptd: 127.0.0.1:41234 GET /health 200`: what was asked, and the status
/// of the answer. `request` is the request line, or as much of it as has come.
pub fn answered(peer: Option<&SocketAddr>, request: &[u8], status: u32) {
    let request = request.strip_suffix(b"\r").unwrap_or(request);
    let end = request.len().saturating_sub(b" HTTP/1.1".len());
    let request = match request.split_at_checked(end) {
        Some((asked, version)) if version.starts_with(b" HTTP/1.") => asked,
        _ => request,
    };
    let (asked, status) = (Foreign(request), Number(status.into()));
    match peer {
        Some(peer) => line::write("% % %", &[Address(peer), asked, status]),
        None => line::write("- % %", &[asked, status]),
    }
}

/// `acceptd: reaped 4711`, and before it, if so, `acceptd: killed by signal 9`.
pub fn reaped(child: Pid, status: WaitStatus) {
    if let Some(signal) = status.terminating_signal() {
        event("killed by signal %", signal);
    }
    event("reaped %", child.as_raw_pid());
}

/// A bad command line: `acceptd: --port: 'x' is not a port (0 to 65535)`, then
/// how to get help. `reason` follows the value, if there is one, or `subject`;
/// `domain` is what the value may be, or empty.
pub fn refused(subject: &[u8], value: Option<&[u8]>, reason: &str, domain: &[u8], hint: &str) {
    let values = [
        Foreign(subject),
        IsNot(value),
        Text(reason),
        Foreign(domain),
        Hint(hint),
    ];
    line::write("%: %%%%\nacceptd: try 'acceptd --help'", &values);
}

/// `acceptd: probe 0.0.0.0:9696: 'HTTP/1.1 503' is not 2xx or 3xx`
pub fn probed(address: &SocketAddr, answer: &[u8]) {
    let address = Address(address);
    match answer.trim_ascii_end() {
        [] => line::write("probe %: closed without an answer", &[address]),
        answer => line::write("probe %: %2xx or 3xx", &[address, IsNot(Some(answer))]),
    }
}

/// `acceptd: panicked at src/lib.rs:1`
pub fn panicked(location: Option<&Location<'_>>) {
    match location {
        Some(location) => {
            let line = Number(location.line().into());
            line::write("panicked at %:%", &[Text(location.file()), line]);
        }
        None => line::write("panicked", &[]),
    }
}

/// Writes text that was asked for to stdout.
pub fn print(mut text: &[u8]) {
    while !text.is_empty() {
        match write(sys::fd(STDOUT), text) {
            Ok(written) => text = text.get(written..).unwrap_or_default(),
            Err(Errno::INTR) => {}
            Err(errno) => exit("write", errno),
        }
    }
}

/// Writes a line to stderr. If that fails, there is nowhere else to report it. When a
/// signal interrupts the write, it is made again, unless the server stops: a reader
/// that has stopped reading must not delay the stop.
///
/// A signal interrupts the write of the process and thread that gets it. With
/// `--verbose` children and other threads write lines, too, and may get no signal:
/// so each line first waits for room, with a limit.
fn write_line(line: &[u8]) {
    if is_verbose() && !has_room() {
        return;
    }
    while write(sys::fd(STDERR), line) == Err(Errno::INTR) && !signal::is_stopping() {}
}

/// `ppoll({stderr, POLLOUT}, 1, ..)`: waits for room for a line. Returns false if the
/// server stops and there is no room: then the line is left out. During a stop, one line
/// waits, for at most 100 ms.
///
/// # References
///
/// [poll(2)](https://man7.org/linux/man-pages/man2/poll.2.html)
fn has_room() -> bool {
    while !UNREAD.load(Relaxed) {
        if has_room_within(&LOOK_AGAIN) {
            return true;
        }
        UNREAD.store(signal::is_stopping(), Relaxed);
    }
    has_room_now()
}

/// `ppoll({stderr, POLLOUT}, 1, 0, ..)`: whether a line can be written without waiting.
fn has_room_now() -> bool {
    has_room_within(&Timespec::default())
}

fn has_room_within(limit: &Timespec) -> bool {
    let mut stderr = [PollFd::from_borrowed_fd(sys::fd(STDERR), PollFlags::OUT)];
    !matches!(poll(&mut stderr, Some(limit)), Ok(0) | Err(Errno::INTR))
}
