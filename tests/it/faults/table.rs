//! Every system call that acceptd makes, every errno that its man page lists
//! in section 2, and what that leads to.
//!
//! `row("accept4", THREE, ACCEPT_LACKS, SERVERS, ANSWERED)` reads: in each scene of
//! [`SERVERS`], the first three calls of accept4 fail with EMFILE, and the client is
//! answered nevertheless; and so with each other errno of that list.

use super::Outcome::{self, ClientGets, EndsNaming};
use super::Scene::{self, Command, Request, Stop};
use super::errnos::*;
use crate::server::{GET, KEPT, RESPONSE};

/// A call that fails, and what becomes of acceptd and its client.
pub struct Row {
    pub call: &'static str,
    /// Which calls of a process or thread fail, counted from 1: strace's `when=`. Each
    /// is a run of its own.
    pub when: &'static [&'static str],
    /// Each is a run of its own.
    pub errnos: &'static str,
    /// Each is a run of its own.
    pub scenes: &'static [Scene],
    pub outcome: Outcome,
}

const fn row(
    call: &'static str,
    when: &'static [&'static str],
    errnos: &'static str,
    scenes: &'static [Scene],
    outcome: Outcome,
) -> Row {
    Row {
        call,
        when,
        errnos,
        scenes,
        outcome,
    }
}

const FIRST: &[&str] = &["1"];
const THREE: &[&str] = &["1..3"];

/// The client gets the response, as if nothing had happened.
const ANSWERED: Outcome = ClientGets(RESPONSE);
/// The connection is closed without an answer.
const DROPPED: Outcome = ClientGets(b"");
const BUSY: Outcome = ClientGets(
    b"HTTP/1.1 503 Service Unavailable\r\nConnection: Close\r\nContent-Length: 0\r\n\r\n",
);
const TIMEOUT: Outcome = ClientGets(crate::deadlines::TIMEOUT);

const ITERATIVE: Scene = Request("iterative", &[GET]);
const FORK_GET: Scene = Request("fork", &[GET]);
const PREFORK: Scene = Request("prefork --workers=1", &[GET]);
const THREAD: Scene = Request("thread", &[GET]);
const EPOLL: Scene = Request("epoll", &[GET]);
const SERVERS: &[Scene] = &[ITERATIVE, FORK_GET, PREFORK, THREAD, EPOLL];
/// Their calls wait for the client.
const WAITING: &[Scene] = &[ITERATIVE, FORK_GET, PREFORK, THREAD];
/// One process accepts for all: where it cannot, the server cannot.
const ACCEPTS_ITSELF: &[Scene] = &[ITERATIVE, FORK_GET, THREAD, EPOLL];
const PIECES: &[&[u8]] = &[b"GET / HTTP", b"/1.1\r\n\r\n"];
const POST: &[&[u8]] = &[b"POST / HTTP/1.1\r\n\r\n"];
const POSTS: &[Scene] = &[
    Request("iterative", POST),
    Request("fork", POST),
    Request("prefork", POST),
    Request("thread", POST),
    Request("epoll", POST),
];
const SLEEPS: &[Scene] = &[
    Request("iterative --sleep=0.02", &[GET]),
    Request("fork --sleep=0.02", &[GET]),
    Request("prefork --sleep=0.02", &[GET]),
    Request("thread --sleep=0.02", &[GET]),
];
const VERBOSE: &[Scene] = &[
    Request("iterative --verbose", &[GET]),
    Request("fork --verbose", &[GET]),
    Request("prefork --verbose", &[GET]),
    Request("thread --verbose", &[GET]),
    Request("epoll --verbose", &[GET]),
];
/// SIGTERM comes while a request is in flight. They take a moment: with a call missing, a
/// stop may take all of --grace. On a busy machine the request is in flight for long enough
/// to be seen, and answered before --grace is over.
const STOP_ITERATIVE: Scene = Stop("iterative --sleep=1 --grace=8");
const STOP_FORK: Scene = Stop("fork --sleep=1 --grace=8");
const STOP_PREFORK: Scene = Stop("prefork --sleep=1 --grace=8");
const STOP_THREAD: Scene = Stop("thread --sleep=1 --grace=8");
const STOP_EPOLL: Scene = Stop("epoll --sleep=1 --grace=8");
const STOP_WAITING: &[Scene] = &[STOP_ITERATIVE, STOP_FORK, STOP_PREFORK, STOP_THREAD];
const EPOLL_IN_PIECES: &[Scene] = &[Request("epoll", PIECES)];
/// With one connection it is full: epoll no longer watches the listener, until a 408 makes room.
const EPOLL_FULL: &[Scene] = &[Request("epoll --max-connections=1 --timeout=1", PIECES)];
/// The child is in its sleep, and is killed.
const CUT: &[Scene] = &[Stop("fork --sleep=4 --grace=0.05")];
const CUT_UNCOUNTED: &[Scene] = &[Stop("fork --sleep=4 --grace=0.05 --reap=ignore")];
const NEVER_REAPED: &[Scene] = &[Stop("fork --sleep=1 --reap=never")];
const HELP: &[Scene] = &[Command("--help")];
const PROBE: &[Scene] = &[Command("probe")];

#[rustfmt::skip] // a row a line
pub const TABLE: &[Row] = &[
    // Calls without which there is no server: it names the call, and ends.
    row("rt_sigaction", &["1", "2", "3", "4"], SIGACTION, SERVERS, EndsNaming("rt_sigaction")),
    row("rt_sigprocmask", FIRST, SIGACTION, SERVERS, EndsNaming("rt_sigprocmask")),
    row("socket", FIRST, SOCKET, SERVERS, EndsNaming("socket")),
    row("setsockopt", &["1", "2", "3"], SETSOCKOPT, WAITING, EndsNaming("setsockopt")),
    row("setsockopt", FIRST, SETSOCKOPT, &[EPOLL], EndsNaming("setsockopt SO_REUSEADDR")),
    row("setsockopt", &["2"], SETSOCKOPT, &[Request("epoll --reuseport", &[GET])], EndsNaming("setsockopt SO_REUSEPORT")),
    row("setsockopt", &["2"], SETSOCKOPT, &[Request("epoll --bind=::1", &[GET])], EndsNaming("setsockopt IPV6_V6ONLY")),
    row("bind", FIRST, BIND, SERVERS, EndsNaming("bind")),
    row("listen", FIRST, LISTEN, SERVERS, EndsNaming("listen")),
    row("getsockname", FIRST, GETSOCKNAME, SERVERS, EndsNaming("getsockname")),
    row("mmap", FIRST, MMAP, &[FORK_GET, PREFORK, THREAD, EPOLL], EndsNaming("mmap")),
    row("mmap", &["2"], MMAP, &[PREFORK, THREAD, EPOLL], EndsNaming("mmap")),
    row("mmap", &["3"], MMAP, &[THREAD], EndsNaming("mmap")),
    row("ioctl", FIRST, IOCTL, &[EPOLL], EndsNaming("ioctl FIONBIO")),
    row("epoll_create1", FIRST, EPOLL_CREATE1, &[EPOLL], EndsNaming("epoll_create1")),
    row("epoll_ctl", FIRST, EPOLL_CTL_BROKEN, &[EPOLL], EndsNaming("epoll_ctl")),
    row("epoll_ctl", FIRST, EPOLL_CTL_LACKS, &[EPOLL], ANSWERED),
    // The third stops watching the listener, the fourth watches it again.
    row("epoll_ctl", &["3"], EPOLL_CTL, EPOLL_FULL, EndsNaming("epoll_ctl")),
    row("epoll_ctl", &["4"], EPOLL_CTL_BROKEN, EPOLL_FULL, EndsNaming("epoll_ctl")),
    // A shortage at the fourth is met by the line that meets it at the first.
    row("epoll_pwait", FIRST, EPOLL_WAIT, &[EPOLL], EndsNaming("epoll_pwait")),
    row("epoll_pwait", THREE, "EINTR", &[EPOLL], ANSWERED),
    // Accept: what passes, what is waited out, what nobody can mend.
    row("accept4", THREE, ACCEPT_NEXT, SERVERS, ANSWERED),
    row("accept4", THREE, ACCEPT_LACKS, SERVERS, ANSWERED),
    row("accept4", FIRST, ACCEPT_BROKEN, ACCEPTS_ITSELF, EndsNaming("accept4")),
    // A worker that ends is replaced. Its second call fails; every worker's first would,
    // and nobody would be served.
    row("accept4", &["2"], ACCEPT_BROKEN, &[PREFORK], ANSWERED),
    // One connection: it ends, and no other.
    row("fork", FIRST, FORK, &[FORK_GET], BUSY),
    row("fork", FIRST, FORK, &[PREFORK], ANSWERED), // it tries again
    row("mmap", &["4"], MMAP, &[THREAD], BUSY),
    row("clone", FIRST, CLONE, &[THREAD], BUSY),
    row("prctl", FIRST, PRCTL, &[Request("fork --on-stop=kill", &[GET])], DROPPED),
    row("epoll_ctl", &["2"], EPOLL_CTL, EPOLL_IN_PIECES, DROPPED),
    // Not EINTR: strace cannot say how much of the sleep is left. Signals do, in deadlines.rs.
    row("nanosleep", FIRST, "EFAULT EINVAL", SLEEPS, ANSWERED),
    row("recvfrom", THREE, "EINTR", SERVERS, ANSWERED),
    row("recvfrom", FIRST, "EAGAIN", WAITING, DROPPED), // it has sent nothing in time
    row("recvfrom", FIRST, "EAGAIN", &[EPOLL], ANSWERED),
    row("recvfrom", &["2"], "EAGAIN", &[Request("iterative", PIECES)], TIMEOUT),
    row("recvfrom", FIRST, RECV, SERVERS, DROPPED),
    // The time of the next request is another than --timeout.
    row("setsockopt", &["4"], SETSOCKOPT, &[Request("iterative --keep-alive=5", &[GET])], ClientGets(KEPT)),
    row("sendto", THREE, "EINTR", SERVERS, ANSWERED),
    row("sendto", FIRST, "EAGAIN", WAITING, DROPPED),
    row("sendto", FIRST, "EAGAIN", &[EPOLL], ANSWERED),
    row("sendto", FIRST, SEND, SERVERS, DROPPED),
    row("shutdown", FIRST, SHUTDOWN, POSTS, ANSWERED),
    row("close", FIRST, CLOSE, SERVERS, ANSWERED),
    // Children.
    row("wait4", FIRST, "ECHILD EINTR EINVAL ESRCH", &[FORK_GET, PREFORK], ANSWERED),
    row("wait4", &["2"], "ECHILD EINTR", &[PREFORK], ANSWERED),
    row("wait4", &["2"], "EINVAL ESRCH", &[PREFORK], EndsNaming("wait4")),
    // A line is lost, and service goes on.
    row("write", &["2..4"], "EINTR", VERBOSE, ANSWERED),
    row("write", &["2+"], WRITE, VERBOSE, ANSWERED),
    row("ppoll", &["2..4"], "EFAULT EINTR EINVAL ENOMEM", VERBOSE, ANSWERED),
    row("getpeername", FIRST, GETPEERNAME, VERBOSE, ANSWERED),
    // Stop: what is in flight is answered, or cut when its time is over.
    row("setsockopt", &["4"], SETSOCKOPT, STOP_WAITING, ANSWERED),
    row("setsockopt", &["2"], SETSOCKOPT, &[STOP_EPOLL], ANSWERED),
    row("ioctl", FIRST, IOCTL, STOP_WAITING, ANSWERED),
    row("ioctl", &["2"], IOCTL, &[STOP_EPOLL], ANSWERED),
    row("rt_sigaction", &["5"], SIGACTION, &[STOP_ITERATIVE, STOP_EPOLL], ANSWERED),
    row("setitimer", FIRST, "EFAULT EINVAL", &[STOP_ITERATIVE, STOP_FORK, STOP_EPOLL], ANSWERED),
    row("futex", FIRST, FUTEX, &[STOP_THREAD], ANSWERED),
    row("wait4", FIRST, "ECHILD EINTR", NEVER_REAPED, ANSWERED),
    row("wait4", FIRST, "EINVAL ESRCH", NEVER_REAPED, EndsNaming("wait4")),
    row("kill", FIRST, KILL, &[STOP_PREFORK], ANSWERED), // a worker that is not told is cut
    row("kill", FIRST, KILL, CUT, EndsNaming("kill")),
    row("kill", FIRST, "ESRCH", CUT_UNCOUNTED, ANSWERED), // the child is taken for ended
    // The other commands.
    row("write", FIRST, WRITE, HELP, EndsNaming("write")),
    row("write", THREE, "EINTR", HELP, ANSWERED),
    row("socket", FIRST, SOCKET, PROBE, EndsNaming("socket")),
    row("setsockopt", FIRST, SETSOCKOPT, PROBE, EndsNaming("setsockopt")),
    row("connect", FIRST, CONNECT, PROBE, EndsNaming("connect")),
    row("connect", THREE, "EINTR", PROBE, ANSWERED),
    row("sendto", FIRST, "EAGAIN", PROBE, EndsNaming("sendto")),
    row("sendto", FIRST, SEND, PROBE, EndsNaming("sendto")),
    row("sendto", THREE, "EINTR", PROBE, ANSWERED),
    row("recvfrom", FIRST, "EAGAIN", PROBE, EndsNaming("recvfrom")),
    row("recvfrom", FIRST, RECV, PROBE, EndsNaming("recvfrom")),
    row("recvfrom", THREE, "EINTR", PROBE, ANSWERED),
];

/// Calls that have no error to inject.
pub const NEVER_FAIL: &[(&str, &str)] = &[
    ("execve", "if it fails, there is no acceptd"),
    (
        "clock_gettime",
        "EFAULT and EINVAL, of which CLOCK_MONOTONIC and a place on the stack have none",
    ),
    ("getpid", "no errors"),
    ("getppid", "no errors"),
    (
        "restart_syscall",
        "the kernel's, not acceptd's: a nanosleep goes on that a signal without a handler interrupted",
    ),
    ("sched_yield", "always succeeds on Linux"),
    ("rt_sigreturn", "does not return to fail"),
    ("exit", "does not return"),
    ("exit_group", "does not return"),
];
