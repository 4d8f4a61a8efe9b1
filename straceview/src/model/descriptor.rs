//! Descriptors: which call makes one, and which ends it.

use crate::strace::call::Call;
use crate::strace::line::Micros;
use std::collections::BTreeMap;

/// One descriptor of one process, from the call that made it to what ended it.
#[derive(Debug, PartialEq)]
pub struct Descriptor {
    pub number: i64,
    /// Which of the model's objects it refers to.
    pub object: usize,
    pub from: Micros,
    /// `None`: still open when the recording ends.
    pub to: Option<Micros>,
    pub ending: Ending,
}

/// What ended a descriptor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// close, or dup2 onto it.
    Closed,
    /// Closed by a successful execve: close-on-exec.
    Exec,
    /// Nobody closed it: its process ended.
    Exit,
    /// Nobody closed it so far.
    Open,
}

/// The open descriptors of a process, or of all threads of one.
#[derive(Debug, Clone, Default)]
pub struct Table {
    pub open: BTreeMap<i64, Entry>,
}

/// An open descriptor.
#[derive(Debug, Clone)]
pub struct Entry {
    pub object: usize,
    /// Its place in its process' list.
    pub record: usize,
    pub close_on_exec: bool,
}

/// What a call does to the table of who makes it.
#[derive(Debug, PartialEq)]
pub enum Change {
    /// New descriptors of something new.
    Make(Vec<i64>),
    /// The second refers to what the first does.
    Copy(i64, i64),
    Close(i64, i64),
    CloseOnExec(i64, i64, bool),
    Nothing,
}

impl Change {
    pub fn of(call: &Call) -> Self {
        let Some(returned) = call.returned() else {
            // Linux has closed it even when close fails, but for EBADF.
            let closed = call.name == "close" && !call.result.contains("EBADF");
            return match call.descriptor(0) {
                Some(number) if closed => Self::Close(number, number),
                _ => Self::Nothing,
            };
        };
        let first = call.descriptor(0);
        match (call.name.as_str(), first) {
            ("close", Some(number)) => Self::Close(number, number),
            ("close_range", Some(first)) => {
                // strace prints the largest unsigned as 4294967295 or ~0U.
                let last = call.descriptor(1).unwrap_or(i64::MAX);
                if call.arguments.contains("CLOSE_RANGE_CLOEXEC") {
                    Self::CloseOnExec(first, last, true)
                } else {
                    Self::Close(first, last)
                }
            }
            ("dup" | "dup2" | "dup3", Some(old)) => Self::Copy(old, returned),
            ("fcntl", Some(number)) => match call.argument(1) {
                Some("F_DUPFD" | "F_DUPFD_CLOEXEC") => Self::Copy(number, returned),
                Some("F_SETFD") => {
                    Self::CloseOnExec(number, number, call.arguments.contains("FD_CLOEXEC"))
                }
                _ => Self::Nothing,
            },
            ("ioctl", Some(number)) => match call.argument(1) {
                Some("FIOCLEX") => Self::CloseOnExec(number, number, true),
                Some("FIONCLEX") => Self::CloseOnExec(number, number, false),
                _ => Self::Nothing,
            },
            ("pipe" | "pipe2", _) => Self::Make(numbers(call.argument(0))),
            ("socketpair", _) => Self::Make(numbers(call.argument(3))),
            ("recvmsg", _) => Self::Make(passed(&call.arguments)),
            // signalfd may be asked to change one that exists.
            ("signalfd" | "signalfd4", Some(0..)) => Self::Nothing,
            (name, _) if MAKERS.contains(&name) => Self::Make(vec![returned]),
            _ => Self::Nothing,
        }
    }
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
fn numbers(argument: Option<&str>) -> Vec<i64> {
    let list = argument.unwrap_or("").trim_matches(['[', ']']);
    list.split(", ")
        .filter_map(crate::strace::call::number)
        .collect()
}

/// Descriptors that came through a UNIX socket.
fn passed(arguments: &str) -> Vec<i64> {
    let rights = arguments.split("cmsg_type=SCM_RIGHTS, cmsg_data=").nth(1);
    numbers(rights.and_then(|data| data.split(']').next()))
}
