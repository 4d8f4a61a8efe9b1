//! What a call is for, as far as a server's reader asks.

use super::call::Call;
use super::stamp::Micros;

/// The kinds that the picture tells apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Purpose {
    Accept,
    Receive,
    Send,
    Close,
    Fork,
    Wait,
    Sleep,
    Other,
}

impl Purpose {
    pub const ALL: [Self; 8] = [
        Self::Accept,
        Self::Receive,
        Self::Send,
        Self::Close,
        Self::Fork,
        Self::Wait,
        Self::Sleep,
        Self::Other,
    ];

    /// `on_socket`: read, write and close are files' calls as well, and then [`Purpose::Other`].
    pub fn of(name: &str, on_socket: bool) -> Self {
        match name {
            "accept" | "accept4" => Self::Accept,
            "recv" | "recvfrom" | "recvmsg" | "recvmmsg" => Self::Receive,
            "send" | "sendto" | "sendmsg" | "sendmmsg" => Self::Send,
            "read" | "readv" if on_socket => Self::Receive,
            "write" | "writev" | "sendfile" if on_socket => Self::Send,
            "close" | "shutdown" if on_socket => Self::Close,
            "close_range" => Self::Close,
            "fork" | "vfork" | "clone" | "clone3" => Self::Fork,
            "wait4" | "waitid" | "waitpid" => Self::Wait,
            "nanosleep" | "clock_nanosleep" | "pause" => Self::Sleep,
            _ => Self::Other,
        }
    }

    /// The word in the legend, and the class in the style sheet.
    pub fn word(self) -> &'static str {
        match self {
            Self::Accept => "accept",
            Self::Receive => "recv",
            Self::Send => "send",
            Self::Close => "close",
            Self::Fork => "fork",
            Self::Wait => "wait",
            Self::Sleep => "sleep",
            Self::Other => "other",
        }
    }
}

/// From here on a call that can wait is drawn as blocked. Below, what strace
/// itself takes is a large part of it.
pub const BLOCKED: Micros = 1000;

/// Whether the call, lasting so long, waited: strace does not say, its name does.
pub fn blocked(call: &Call, lasted: Micros) -> bool {
    lasted >= BLOCKED && can_wait(call.acts_as()) && !call.arguments.contains("WNOHANG")
}

/// Whether a call of this name may wait for something to happen.
pub fn can_wait(name: &str) -> bool {
    let kind = Purpose::of(name, true);
    let by_kind = !matches!(kind, Purpose::Close | Purpose::Fork | Purpose::Other);
    let families = [
        "poll",
        "ppoll",
        "select",
        "pselect",
        "epoll_",
        "futex",
        "flock",
        "semtimedop",
    ];
    let singles = [
        "connect",
        "rt_sigsuspend",
        "rt_sigtimedwait",
        "restart_syscall",
        "io_uring_enter",
    ];
    by_kind || singles.contains(&name) || families.iter().any(|family| name.starts_with(family))
}
