//! What a call does to the descriptors of who makes it.

use crate::strace::call::{Call, number};

/// A change of a table of descriptors.
#[derive(Debug, PartialEq)]
pub enum Change {
    /// New descriptors of something new.
    Make(Vec<i64>),
    /// Two ends of one thing, of socketpair and pipe.
    MakePair(i64, i64),
    /// The second refers to what the first does.
    Copy(i64, i64),
    Close(i64, i64),
    CloseOnExec(i64, i64, bool),
    /// Descriptors sent through a UNIX socket.
    Send(Vec<i64>),
    /// Descriptors that came through a UNIX socket.
    Receive(Vec<i64>),
    /// From here on the table is its own (unshare).
    Unshare,
    Nothing,
}

const O_CLOEXEC: i64 = 0o2_000_000;
const CLONE_FILES: i64 = 0x400;
const F_DUPFD: i64 = 0;
const F_SETFD: i64 = 2;
const F_DUPFD_CLOEXEC: i64 = 1030;
const FIONCLEX: i64 = 0x5450;
const FIOCLEX: i64 = 0x5451;
const CLOSE_RANGE_CLOEXEC: i64 = 4;

impl Change {
    pub fn of(call: &Call) -> Self {
        let first = call.descriptor(0);
        let Some(returned) = call.returned() else {
            // Linux has closed it even when close fails, but for EBADF.
            let closed =
                call.name == "close" && call.end.is_some() && !call.result.contains("EBADF");
            return match first {
                Some(number) if closed => Self::Close(number, number),
                _ => Self::Nothing,
            };
        };
        match (call.name.as_str(), first) {
            ("close", Some(number)) => Self::Close(number, number),
            ("close_range", Some(first)) => {
                // strace prints the largest unsigned as 4294967295 or ~0U.
                let last = call.descriptor(1).unwrap_or(i64::MAX);
                if call.has_flag(2, "CLOSE_RANGE_CLOEXEC", CLOSE_RANGE_CLOEXEC) {
                    Self::CloseOnExec(first, last, true)
                } else {
                    Self::Close(first, last)
                }
            }
            ("dup" | "dup2" | "dup3", Some(old)) => Self::Copy(old, returned),
            ("fcntl" | "fcntl64", Some(number)) => fcntl(call, number, returned),
            ("ioctl", Some(number)) if call.is_constant(1, "FIOCLEX", FIOCLEX) => {
                Self::CloseOnExec(number, number, true)
            }
            ("ioctl", Some(number)) if call.is_constant(1, "FIONCLEX", FIONCLEX) => {
                Self::CloseOnExec(number, number, false)
            }
            ("pipe" | "pipe2", _) => pair(call.argument(0)),
            ("socketpair", _) => pair(call.argument(3)),
            ("recvmsg" | "recvmmsg", _) => Self::Receive(passed(&call.arguments)),
            ("sendmsg" | "sendmmsg", _) => Self::Send(passed(&call.arguments)),
            ("unshare", _) if call.has_flag(0, "CLONE_FILES", CLONE_FILES) => Self::Unshare,
            // signalfd may be asked to change one that exists.
            ("signalfd" | "signalfd4", Some(0..)) => Self::Nothing,
            (name, _) if MAKERS.contains(&name) => Self::Make(vec![returned]),
            _ => Self::Nothing,
        }
    }
}

fn fcntl(call: &Call, number: i64, returned: i64) -> Change {
    let is = |name, value| call.is_constant(1, name, value);
    if is("F_DUPFD", F_DUPFD) || is("F_DUPFD_CLOEXEC", F_DUPFD_CLOEXEC) {
        Change::Copy(number, returned)
    } else if is("F_SETFD", F_SETFD) {
        Change::CloseOnExec(number, number, call.has_flag(2, "FD_CLOEXEC", 1))
    } else {
        Change::Nothing
    }
}

/// Whether the descriptors that a call makes are closed by execve.
pub fn makes_close_on_exec(call: &Call) -> bool {
    let flags = match call.name.as_str() {
        "epoll_create1" => 0,
        "open" | "socket" | "socketpair" | "pipe2" | "eventfd2" | "timerfd_create" => 1,
        "openat" | "dup3" => 2,
        "accept4" | "signalfd4" => 3,
        _ => return call.arguments.contains("CLOEXEC"),
    };
    call.has_flag(flags, "CLOEXEC", O_CLOEXEC) || call.arguments.contains("CLOEXEC")
}

/// Whether a fork's child shares the table of its parent.
pub fn shares_table(call: &Call) -> bool {
    call.arguments.contains("CLONE_FILES")
        || call.name == "clone" && call.has_flag(0, "CLONE_FILES", CLONE_FILES)
}

/// Whether a fork's child is a thread of its parent.
pub fn makes_thread(call: &Call) -> bool {
    const CLONE_THREAD: i64 = 0x10000;
    call.arguments.contains("CLONE_THREAD")
        || call.name == "clone" && call.has_flag(0, "CLONE_THREAD", CLONE_THREAD)
}

/// Calls that return a new descriptor.
const MAKERS: [&str; 31] = [
    "accept",
    "accept4",
    "socket",
    "open",
    "openat",
    "openat2",
    "creat",
    "open_by_handle_at",
    "open_tree",
    "epoll_create",
    "epoll_create1",
    "eventfd",
    "eventfd2",
    "timerfd_create",
    "signalfd",
    "signalfd4",
    "inotify_init",
    "inotify_init1",
    "fanotify_init",
    "memfd_create",
    "memfd_secret",
    "userfaultfd",
    "perf_event_open",
    "io_uring_setup",
    "pidfd_open",
    "pidfd_getfd",
    "mq_open",
    "fsopen",
    "fsmount",
    "fspick",
    "landlock_create_ruleset",
];

/// `[3, 4]`, and what strace -y puts behind each.
fn numbers(list: &str) -> Vec<i64> {
    let list = list.trim_matches(['[', ']']);
    list.split(", ").filter_map(number).collect()
}

fn pair(argument: Option<&str>) -> Change {
    match numbers(argument.unwrap_or(""))[..] {
        [one, other] => Change::MakePair(one, other),
        _ => Change::Nothing,
    }
}

/// The descriptors of all control messages with SCM_RIGHTS.
fn passed(arguments: &str) -> Vec<i64> {
    let lists = arguments.split("cmsg_type=SCM_RIGHTS, cmsg_data=[").skip(1);
    lists
        .flat_map(|rest| numbers(rest.split(']').next().unwrap_or("")))
        .collect()
}
