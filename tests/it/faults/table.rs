//! Every system call that acceptd makes, every errno that its man page lists
//! in section 2, and what that leads to.

use super::Outcome::{self, Answers, Ends};
use super::Run;
use crate::server::{GET, RESPONSE};

/// These calls fail so, in turn, each time that it runs like this.
pub struct Row {
    pub call: &'static str,
    /// Which calls of a process fail, counted from 1: strace's `when=`.
    pub when: &'static [&'static str],
    pub errnos: &'static str,
    pub runs: &'static [Run],
    pub outcome: Outcome,
}

const fn row(
    call: &'static str,
    when: &'static [&'static str],
    errnos: &'static str,
    runs: &'static [Run],
    outcome: Outcome,
) -> Row {
    Row {
        call,
        when,
        errnos,
        runs,
        outcome,
    }
}

const ITERATIVE: Run = Run::Serve("iterative", &[GET]);
const FORK: Run = Run::Serve("fork", &[GET]);
const SERVERS: &[Run] = &[ITERATIVE, FORK];
const IN_PIECES: &[Run] = &[Run::Serve("iterative", &[b"GET / HTTP", b"/1.1\r\n\r\n"])];
const POST: &[Run] = &[
    Run::Serve("iterative", &[b"POST / HTTP/1.1\r\n\r\n"]),
    Run::Serve("fork", &[b"POST / HTTP/1.1\r\n\r\n"]),
];
const SLEEP: &[Run] = &[
    Run::Serve("iterative --sleep=0.02", &[GET]),
    Run::Serve("fork --sleep=0.02", &[GET]),
];
const CROWDED: &[Run] = &[Run::Serve("fork --max-children=1 --sleep=0.05", &[GET])];
/// Its first wait4 is the one before fork, its second waits for room.
const CROWDED_PROCESS: &[Run] = &[Run::Serve("process --max-children=1 --sleep=0.05", &[GET])];
const ON_STOP_KILL: &[Run] = &[Run::Serve("fork --on-stop=kill", &[GET])];
const VERBOSE: &[Run] = &[
    Run::Serve("iterative --verbose", &[GET]),
    Run::Serve("fork --verbose", &[GET]),
];
const STOP: &[Run] = &[
    Run::Stop("iterative --sleep=0.1"),
    Run::Stop("fork --sleep=0.1"),
];
/// The child is in its last sleep, and is killed.
const CUT: &[Run] = &[Run::Stop("fork --sleep=0.5 --grace=0.05")];
const NEVER_REAPED: &[Run] = &[Run::Stop("fork --sleep=0.05 --reap=never")];
const HELP: &[Run] = &[Run::Command("--help")];
const PROBE: &[Run] = &[Run::Command("probe")];

const ANSWERED: Outcome = Answers(RESPONSE);
const DROPPED: Outcome = Answers(b"");
const BUSY: Outcome =
    Answers(b"HTTP/1.1 503 Service Unavailable\r\nConnection: Close\r\nContent-Length: 0\r\n\r\n");
const TIMEOUT: Outcome =
    Answers(b"HTTP/1.1 408 Request Timeout\r\nConnection: Close\r\nContent-Length: 0\r\n\r\n");

const FIRST: &[&str] = &["1"];
const THREE: &[&str] = &["1..3"];

const SOCKET: &str = "EACCES EAFNOSUPPORT EINVAL EMFILE ENFILE ENOBUFS ENOMEM EPROTONOSUPPORT";
const SETSOCKOPT: &str = "EBADF EFAULT EINVAL ENOPROTOOPT ENOTSOCK";
const BIND: &str = "EACCES EADDRINUSE EBADF EINVAL ENOTSOCK EADDRNOTAVAIL EFAULT ELOOP \
     ENAMETOOLONG ENOENT ENOMEM ENOTDIR EROFS";
/// Of one connection that is over before it began, or of the network: the next may be well.
const ACCEPT_NEXT: &str = "EAGAIN EINTR ECONNABORTED EPROTO ENOPROTOOPT ENETDOWN ENETUNREACH \
     EHOSTDOWN EHOSTUNREACH ENONET EOPNOTSUPP";
const ACCEPT_LACKS: &str = "EMFILE ENFILE ENOBUFS ENOMEM";
const ACCEPT_BROKEN: &str =
    "EBADF EFAULT EINVAL ENOTSOCK EPERM ENOSR ESOCKTNOSUPPORT EPROTONOSUPPORT ETIMEDOUT";
const RECV: &str = "EBADF ECONNREFUSED ECONNRESET EFAULT EINVAL ENOMEM ENOTCONN ENOTSOCK";
const SEND: &str = "EACCES EAGAIN EALREADY EBADF ECONNRESET EDESTADDRREQ EFAULT EINVAL EISCONN \
     EMSGSIZE ENOBUFS ENOMEM ENOTCONN ENOTSOCK EOPNOTSUPP EPIPE";
const WRITE: &str = "EAGAIN EBADF EDESTADDRREQ EDQUOT EFAULT EFBIG EINVAL EIO ENOSPC EPERM EPIPE";
const OPEN: &str = "EACCES EBADF EBUSY EDQUOT EEXIST EFAULT EFBIG EINTR EINVAL EISDIR ELOOP EMFILE \
     ENAMETOOLONG ENFILE ENODEV ENOENT ENOMEM ENOSPC ENOTDIR ENXIO EOPNOTSUPP EOVERFLOW EPERM \
     EROFS ETXTBSY EAGAIN";
const CONNECT: &str = "EACCES EPERM EADDRINUSE EADDRNOTAVAIL EAFNOSUPPORT EAGAIN EALREADY EBADF \
     ECONNREFUSED EFAULT EINPROGRESS EINTR EISCONN ENETUNREACH ENOTSOCK EPROTOTYPE ETIMEDOUT";

#[rustfmt::skip] // a row a line
pub const TABLE: &[Row] = &[
    // What a server cannot do without: it says so, and leaves.
    row("socket", FIRST, SOCKET, SERVERS, Ends("socket")),
    row("setsockopt", &["1", "2", "3"], SETSOCKOPT, SERVERS, Ends("setsockopt")),
    row("bind", FIRST, BIND, SERVERS, Ends("bind")),
    row("listen", FIRST, "EADDRINUSE EBADF ENOTSOCK EOPNOTSUPP", SERVERS, Ends("listen")),
    row("getsockname", FIRST, "EBADF EFAULT EINVAL ENOBUFS ENOTSOCK", SERVERS, Ends("getsockname")),
    row("rt_sigaction", &["1", "2", "3", "4"], "EFAULT EINVAL", SERVERS, Ends("rt_sigaction")),
    row("rt_sigaction", &["5"], "EFAULT EINVAL", &[FORK], Ends("rt_sigaction")),
    // Accept: what passes, what is waited out, what nobody can mend.
    row("accept4", THREE, ACCEPT_NEXT, SERVERS, ANSWERED),
    row("accept4", THREE, ACCEPT_LACKS, SERVERS, ANSWERED),
    row("accept4", FIRST, ACCEPT_BROKEN, SERVERS, Ends("accept4")),
    // One connection: it ends, and no other.
    row("fork", FIRST, "EAGAIN ENOMEM ENOSYS", &[FORK], BUSY),
    row("prctl", FIRST, "EFAULT EINVAL EPERM", ON_STOP_KILL, DROPPED),
    // Not EINTR: strace cannot say how much of the sleep is left. Signals do, in stop.rs.
    row("nanosleep", FIRST, "EFAULT EINVAL", SLEEP, ANSWERED),
    row("recvfrom", THREE, "EINTR", SERVERS, ANSWERED),
    row("recvfrom", FIRST, "EAGAIN", SERVERS, TIMEOUT),
    row("recvfrom", FIRST, RECV, SERVERS, DROPPED),
    row("setsockopt", &["4"], SETSOCKOPT, IN_PIECES, DROPPED),
    row("sendto", THREE, "EINTR", SERVERS, ANSWERED),
    row("sendto", FIRST, SEND, SERVERS, DROPPED),
    row("shutdown", FIRST, "EBADF EINVAL ENOTCONN ENOTSOCK", POST, ANSWERED),
    row("close", FIRST, "EBADF EINTR EIO ENOSPC EDQUOT", SERVERS, ANSWERED),
    // Children.
    row("wait4", FIRST, "ECHILD EINTR EINVAL ESRCH", &[FORK], ANSWERED),
    row("wait4", FIRST, "ECHILD EINTR", CROWDED, ANSWERED),
    row("wait4", FIRST, "EINVAL ESRCH", CROWDED, Ends("wait4")),
    row("wait4", FIRST, "ECHILD EINTR EINVAL ESRCH", CROWDED_PROCESS, ANSWERED),
    row("wait4", &["2"], "EINVAL ESRCH", CROWDED_PROCESS, Ends("wait4")),
    row("rt_sigprocmask", &["1", "2"], "EFAULT EINVAL", CROWDED, ANSWERED),
    // Nobody hears it, and service goes on.
    row("write", &["2+"], "EINTR", VERBOSE, ANSWERED),
    row("write", &["2+"], WRITE, VERBOSE, ANSWERED),
    // Stop: what is in flight is answered, or cut when its time is over.
    // Not shutdown: on a listener, which nobody else closes, it cannot fail.
    row("setitimer", FIRST, "EFAULT EINVAL", STOP, ANSWERED),
    row("wait4", FIRST, "ECHILD EINTR", NEVER_REAPED, ANSWERED),
    row("wait4", FIRST, "EINVAL ESRCH", NEVER_REAPED, Ends("wait4")),
    row("rt_sigaction", &["6"], "EFAULT EINVAL", CUT, Ends("rt_sigaction")),
    row("openat", FIRST, OPEN, CUT, Ends("open")),
    row("read", FIRST, "EAGAIN EBADF EFAULT EINTR EINVAL EIO EISDIR", CUT, Ends("read")),
    row("kill", FIRST, "EINVAL EPERM ESRCH", CUT, Ends("kill")),
    // The other commands.
    row("write", FIRST, WRITE, HELP, Ends("write")),
    row("write", THREE, "EINTR", HELP, ANSWERED),
    row("socket", FIRST, SOCKET, PROBE, Ends("socket")),
    row("setsockopt", &["1", "2"], SETSOCKOPT, PROBE, Ends("setsockopt")),
    row("connect", FIRST, CONNECT, PROBE, Ends("connect")),
    row("sendto", FIRST, SEND, PROBE, Ends("sendto")),
    row("sendto", THREE, "EINTR", PROBE, ANSWERED),
    row("recvfrom", FIRST, "EAGAIN", PROBE, Ends("recvfrom")),
    row("recvfrom", FIRST, RECV, PROBE, Ends("recvfrom")),
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
    ("rt_sigreturn", "does not return to fail"),
    ("exit_group", "does not return"),
];
