//! One line of strace's text, as far as it stands alone: who, when, where, what.
//! The names in angle brackets are strace's own.

use super::stamp::Stamp;
use anyhow::{Context, bail};

/// What one line says. The text is the line's own.
#[derive(Debug, PartialEq)]
pub struct Line<'a> {
    /// `None` where strace follows one process only and leaves it out.
    pub pid: Option<u32>,
    /// The process' name, which `-Y` puts behind the pid.
    pub name: Option<&'a str>,
    /// `None` without `-t`, `-tt`, `-ttt` and `-r`.
    pub stamp: Option<Stamp>,
    /// The instruction pointer, of `-i`.
    pub pointer: Option<u64>,
    pub what: What<'a>,
}

/// The kinds of line.
#[derive(Debug, PartialEq)]
pub enum What<'a> {
    /// `close(4) = 0 <0.000050>`
    Call(&'a str),
    /// `close(4 <unfinished ...>`: without the mark.
    Begun(&'a str),
    /// `<... close resumed>) = 0 <0.000050>`: the name, and what follows.
    Resumed(&'a str, &'a str),
    /// `--- SIGTERM {si_signo=SIGTERM, ...} ---`: without the dashes.
    Signal(&'a str),
    /// `--- stopped by SIGTSTP ---`
    Stopped,
    /// `+++ exited with 0 +++`: without the crosses.
    Ended(&'a str),
}

/// strace's mark of a call that another process' line cuts in two.
pub const UNFINISHED: &str = "<unfinished ...>";
/// strace's mark of a call that it left, when it was told to end.
const DETACHED: &str = "<detached ...>";

impl<'a> Line<'a> {
    /// Fails for what strace does not write.
    pub fn parse(text: &'a str) -> anyhow::Result<Self> {
        let (pid, name, rest) = process(text);
        let (stamp, rest) = Stamp::take(rest)?;
        let (pointer, rest) = brackets(rest);
        Ok(Self {
            pid,
            name,
            stamp,
            pointer,
            what: What::parse(rest.trim())?,
        })
    }
}

/// `[pid 5225] `, `5225  ` (-o), `5225<name> ` (-Y), or nothing.
fn process(text: &str) -> (Option<u32>, Option<&str>, &str) {
    let within = text.strip_prefix("[pid").map(str::trim_start);
    let start = within.unwrap_or(text);
    let digits = start.len() - start.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    let Ok(pid) = start[..digits].parse() else {
        return (None, None, text);
    };
    let mut rest = &start[digits..];
    let mut name = None;
    if let Some(named) = rest.strip_prefix('<') {
        // A name may hold any character: its bracket is the first with a blank behind it.
        let close = if within.is_some() { ">]" } else { "> " };
        let Some(end) = named.find(close) else {
            return (None, None, text);
        };
        (name, rest) = (Some(&named[..end]), &named[end + 1..]);
    }
    let rest = if within.is_some() {
        rest.strip_prefix(']')
    } else {
        rest.starts_with([' ', '\t']).then_some(rest)
    };
    match rest {
        Some(rest) => (Some(pid), name, rest.trim_start()),
        None => (None, None, text),
    }
}

/// `[00007f2a1b0d9c77] ` of -i, `[  3] ` of -n, in any number.
fn brackets(mut text: &str) -> (Option<u64>, &str) {
    let mut pointer = None;
    loop {
        let Some((inside, rest)) = text
            .strip_prefix('[')
            .and_then(|text| text.split_once("] "))
        else {
            return (pointer, text);
        };
        let inside = inside.trim();
        // strace writes a pointer that it does not know as question marks.
        if !inside.chars().all(|c| c.is_ascii_hexdigit() || c == '?') {
            return (pointer, text);
        }
        if inside.len() >= 8 {
            pointer = u64::from_str_radix(inside, 16).ok();
        }
        text = rest.trim_start();
    }
}

impl<'a> What<'a> {
    fn parse(text: &'a str) -> anyhow::Result<Self> {
        let within = |mark: &str| Some(text.strip_prefix(mark)?.strip_suffix(mark)?.trim());
        if let Some(signal) = within("---") {
            let stopped = signal.starts_with("stopped by ");
            return Ok(if stopped {
                Self::Stopped
            } else {
                Self::Signal(signal)
            });
        }
        if let Some(end) = within("+++") {
            return Ok(Self::Ended(end));
        }
        if let Some(resumed) = text.strip_prefix("<... ") {
            let (name, rest) = resumed.split_once(" resumed>").context("half a call")?;
            return Ok(Self::Resumed(name, rest));
        }
        let name = text
            .split('(')
            .next()
            .filter(|name| name.len() < text.len());
        let is_name = |name: &str| {
            name.chars()
                .all(|c| c.is_alphanumeric() || "_?".contains(c))
        };
        if !name.is_some_and(|name| !name.is_empty() && is_name(name)) {
            bail!("neither a call, nor a signal, nor an end");
        }
        let cut = text
            .strip_suffix(UNFINISHED)
            .or_else(|| text.strip_suffix(DETACHED));
        Ok(match cut {
            // The arguments that follow may need the blank behind their comma.
            Some(begun) => Self::Begun(begun.strip_suffix(' ').unwrap_or(begun)),
            None => Self::Call(text),
        })
    }
}

/// What strace says of itself, without a time: nothing that happened.
pub fn is_note(text: &str) -> bool {
    let notes = ["strace: ", "Process ", "[ Process PID="];
    text.trim().is_empty() || notes.iter().any(|note| text.starts_with(note))
}

/// Whether strace's table of counts (-c, -C) begins here. It is the end of a recording.
pub fn is_summary(text: &str) -> bool {
    text.starts_with("% time ") || text.starts_with("System call usage summary ")
}

/// Takes out of a line that strace has attached to a process: its pid, and the
/// line before it. On stderr the note cuts a call in two.
pub fn attached(text: &str) -> Option<(u32, &str)> {
    let rest = text.strip_suffix(" attached")?;
    let (before, pid) = rest.rsplit_once("Process ")?;
    let pid = pid.parse().ok()?;
    let before = before
        .strip_suffix("strace: ")
        .or(before.is_empty().then_some(""))?;
    Some((pid, before))
}
