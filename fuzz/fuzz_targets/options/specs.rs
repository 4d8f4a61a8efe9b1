//! The options once more: a table of its own, beside src/options/table.rs.

use acceptd::options::Name;

/// What a value may be.
pub enum Kind {
    Flag,
    Address,
    Text,
    Target,
    Field,
    Number(u64, u64),
    /// Seconds, kept as milliseconds; with the value of the option that is given alone,
    /// where that is allowed.
    Time(Option<u32>),
    Choice(&'static [&'static str]),
}

pub struct Spec {
    pub word: &'static str,
    pub name: Name,
    pub kind: Kind,
    /// Which commands have it, a letter each: i for iterative, f fork, p process, P prefork,
    /// t thread, e epoll, ? probe.
    pub of: &'static str,
}

const fn spec(word: &'static str, name: Name, of: &'static str, kind: Kind) -> Spec {
    Spec {
        word,
        name,
        kind,
        of,
    }
}

/// The largest number, and the longest time in milliseconds.
pub const MOST: u64 = u32::MAX as u64;

#[rustfmt::skip] // a line each
pub const SPECS: &[Spec] = &[
    spec("--bind", Name::Bind, "ifpPte?", Kind::Address),
    spec("--port", Name::Port, "ifpPte?", Kind::Number(0, 65535)),
    spec("--timeout", Name::Timeout, "ifpPte?", Kind::Time(None)),
    spec("--header", Name::Header, "ifpPte?", Kind::Field),
    spec("--connect", Name::Connect, "?", Kind::Flag),
    spec("--target", Name::Target, "?", Kind::Target),
    spec("--backlog", Name::Backlog, "ifpPte", Kind::Number(0, 2_147_483_647)),
    spec("--no-reuseaddr", Name::NoReuseaddr, "ifpPte", Kind::Flag),
    spec("--reuseport", Name::Reuseport, "ifpPte", Kind::Flag),
    spec("--sleep", Name::Sleep, "ifpPte", Kind::Time(Some(1000))),
    spec("--every", Name::Every, "ifpPte", Kind::Number(1, MOST)),
    spec("--body", Name::Body, "ifpPte", Kind::Text),
    spec("--status", Name::Status, "ifpPte", Kind::Number(200, 599)),
    spec("--keep-alive", Name::KeepAlive, "ifpPte", Kind::Time(Some(15_000))),
    spec("--exit-after", Name::ExitAfter, "ifpPte", Kind::Number(1, MOST)),
    spec("--stop-delay", Name::StopDelay, "ifpPte", Kind::Time(None)),
    spec("--grace", Name::Grace, "ifpPte", Kind::Time(None)),
    spec("--verbose", Name::Verbose, "ifpPte", Kind::Flag),
    spec("--workers", Name::Workers, "P", Kind::Number(1, 1024)),
    spec("--max-connections", Name::MaxConnections, "te", Kind::Number(1, 1_048_576)),
    spec("--max-children", Name::MaxChildren, "fp", Kind::Number(1, 4_194_304)),
    spec("--parent-close", Name::ParentClose, "fp", Kind::Choice(&["now", "late", "never"])),
    spec("--reap", Name::Reap, "fp", Kind::Choice(&["signal", "before-fork", "ignore", "never"])),
    spec("--on-stop", Name::OnStop, "fp", Kind::Choice(&["drain", "kill"])),
];

/// The numbers of options that are not given; all others are 0.
pub const DEFAULTS: [(&str, u32); 8] = [
    ("--port", 9696),
    ("--timeout", 10_000),
    ("--backlog", 4096),
    ("--every", 1),
    ("--status", 200),
    ("--grace", 5000),
    ("--workers", 4),
    ("--max-connections", 1024),
];
/// What `process` sets.
pub const PROCESS: [(&str, u32); 4] = [
    ("--backlog", 32),
    ("--parent-close", 1),
    ("--reap", 1),
    ("--on-stop", 1),
];
