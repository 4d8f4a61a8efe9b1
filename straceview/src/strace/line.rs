//! One line of what `strace -f -ttt -T` writes, as far as it stands alone.
//! The names in angle brackets are strace's own.

use anyhow::{Context, bail};
use regex::Regex;
use std::sync::LazyLock;

/// Microseconds since the epoch.
pub type Micros = i64;

/// What one line says. The text is the line's own.
#[derive(Debug, PartialEq)]
pub struct Line<'a> {
    /// `None` where strace follows one process only and leaves it out.
    pub pid: Option<u32>,
    pub time: Micros,
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
    /// `+++ exited with 0 +++`: without the crosses.
    Ended(&'a str),
}

/// `[pid 5225] 1795538233.452427 text`, `5225  1795538233.452427 text` (-o), or no pid.
static HEAD: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"^(?:\[pid\s+(\d+)\]\s+|(\d+)\s+)?(\d+)\.(\d+)\s+(.*)$").expect("a regex")
});
static RESUMED: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"^<\.\.\. ([\w?]+) resumed>(.*)$").expect("a regex"));
static CALL: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"^[\w?]+\(").expect("a regex"));
static ATTACHED: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"(?:strace: |^)Process (\d+) attached$").expect("a regex"));

/// strace's mark of a call that another process' line cuts in two.
pub const UNFINISHED: &str = "<unfinished ...>";

impl<'a> Line<'a> {
    /// Fails for what `strace -f -ttt -T` does not write.
    pub fn parse(text: &'a str) -> anyhow::Result<Self> {
        let head = HEAD.captures(text).context(
            "not a line of `strace -f -ttt -T`: it has no time since the epoch before its call",
        )?;
        let pid = head.get(1).or(head.get(2));
        let pid = pid.map(|pid| pid.as_str().parse()).transpose();
        let micros = |digits: &str| format!("{digits:0<6.6}").parse::<Micros>();
        Ok(Self {
            pid: pid.context("the pid")?,
            time: seconds(&head[3])? + micros(&head[4]).context("the time")?,
            what: What::parse(head.get(5).expect("always there").as_str().trim_end())?,
        })
    }
}

/// Whole seconds; none that a later sum could overflow.
fn seconds(digits: &str) -> anyhow::Result<Micros> {
    let seconds: Micros = digits.parse().context("the time")?;
    let micros = seconds.checked_mul(1_000_000).filter(|m| *m < 1 << 60);
    micros.with_context(|| format!("the time: {digits} seconds is out of range"))
}

impl<'a> What<'a> {
    fn parse(text: &'a str) -> anyhow::Result<Self> {
        let within = |mark: &str| Some(text.strip_prefix(mark)?.strip_suffix(mark)?.trim());
        if let Some(signal) = within("---") {
            return Ok(Self::Signal(signal));
        }
        if let Some(end) = within("+++") {
            return Ok(Self::Ended(end));
        }
        if let Some(resumed) = RESUMED.captures(text) {
            let [name, rest] = [1, 2].map(|n| resumed.get(n).expect("always there").as_str());
            return Ok(Self::Resumed(name, rest));
        }
        if !CALL.is_match(text) {
            bail!("neither a call, nor a signal, nor an end");
        }
        Ok(match text.strip_suffix(UNFINISHED) {
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

/// Takes out of a line that strace has attached to a process: its pid, and the
/// line before it. On stderr the note cuts a call in two.
pub fn attached(text: &str) -> Option<(u32, &str)> {
    let note = ATTACHED.captures(text)?;
    let before = &text[..note.get(0)?.start()];
    Some((note[1].parse().ok()?, before))
}
