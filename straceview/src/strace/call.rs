//! One system call, its two halves joined: name, arguments, result, times.

use super::line::UNFINISHED;
use super::stamp::Micros;
use std::borrow::Cow;

/// A call as strace prints it. What strace does not know is not there.
#[derive(Debug, Clone, PartialEq)]
pub struct Call {
    pub name: String,
    /// Between the parentheses.
    pub arguments: String,
    /// Behind the `=`; empty for a call that never came back.
    pub result: String,
    pub start: Micros,
    /// `None`: it did not return, by its nature or while strace looked.
    pub end: Option<Micros>,
    /// What the recording says of how long it took: -T, or the time of its second half.
    pub lasted: Option<Micros>,
}

impl Call {
    /// Reads `name(arguments) = result <seconds>`, without the marks of strace's
    /// interruptions. `None`: this is no call.
    pub fn parse(text: &str, start: Micros, resumed: Option<Micros>) -> Option<Self> {
        let marked = text.contains(UNFINISHED) || text.contains("<unavailable>");
        let text: Cow<str> = if marked {
            text.replace(UNFINISHED, "")
                .replace("<unavailable>", "")
                .into()
        } else {
            text.into()
        };
        let (name, rest) = text.split_once('(')?;
        let (arguments, rest) = match closing(rest) {
            Some(at) => (&rest[..at], &rest[at + 1..]),
            None => (rest, ""),
        };
        let result = rest.trim_start().strip_prefix('=').unwrap_or("").trim();
        let (result, seconds) = duration(result);
        // A call with no result has not come back: exit_group, or a kill.
        let returned = !result.is_empty() && result != "?";
        let lasted = seconds.or(resumed.map(|end| end - start));
        Some(Self {
            name: name.to_string(),
            arguments: arguments.trim().to_string(),
            result: result.to_string(),
            start,
            end: returned.then(|| start + lasted.unwrap_or(0)),
            lasted,
        })
    }

    /// The name, or that of the call which restart_syscall goes on with.
    pub fn acts_as(&self) -> &str {
        let resumed = self.arguments.split("<... resuming interrupted ").nth(1);
        resumed
            .and_then(|rest| rest.split(' ').next())
            .unwrap_or(&self.name)
    }

    /// The number returned; `None` for an error, and for what strace does not know.
    pub fn returned(&self) -> Option<i64> {
        // In a pid namespace: `5 /* 5225 in strace's PID NS */`.
        let outer = self.result.split_once("/* ").map(|(_, outer)| outer);
        number(outer.unwrap_or(&self.result)).filter(|number| *number >= 0)
    }

    /// Whether an argument holds a flag: by its name, or in the number of `-e raw`.
    pub fn has_flag(&self, index: usize, name: &str, bit: i64) -> bool {
        let argument = self.argument(index).unwrap_or("");
        argument.contains(name) || number(argument).is_some_and(|flags| flags & bit != 0)
    }

    /// Whether an argument is a constant: by its name, or as the number of `-e raw`.
    pub fn is_constant(&self, index: usize, name: &str, value: i64) -> bool {
        self.argument(index).is_some_and(|argument| {
            argument == name || number(argument).is_some_and(|number| number == value)
        })
    }

    /// The arguments, one by one: commas within strings and brackets split nothing.
    pub fn argument(&self, index: usize) -> Option<&str> {
        let mut rest = self.arguments.as_str();
        for _ in 0..index {
            rest = &rest[outside(rest, |c, depth| c == ',' && depth == 0)? + 1..];
        }
        let end = outside(rest, |c, depth| c == ',' && depth == 0).unwrap_or(rest.len());
        Some(rest[..end].trim()).filter(|argument| !argument.is_empty())
    }

    /// A descriptor among the arguments: `4`, `0x4`, or `4<socket:[12345]>` of strace -y.
    pub fn descriptor(&self, index: usize) -> Option<i64> {
        number(self.argument(index)?)
    }
}

/// The number that the text starts with, decimal or (-e raw) hexadecimal.
pub fn number(text: &str) -> Option<i64> {
    if let Some(hexadecimal) = text.strip_prefix("0x") {
        let end = hexadecimal.find(|c: char| !c.is_ascii_hexdigit());
        let digits = &hexadecimal[..end.unwrap_or(hexadecimal.len())];
        // AT_FDCWD and -1 are large numbers here.
        return u64::from_str_radix(digits, 16)
            .ok()
            .map(|number| number as i64);
    }
    let digits = text.strip_prefix('-').unwrap_or(text);
    let length = digits.find(|c: char| !c.is_ascii_digit());
    let end = text.len() - digits.len() + length.unwrap_or(digits.len());
    text[..end].parse().ok()
}

/// Where the call's parenthesis closes. strace leaves quotes and parentheses
/// in the paths of -y as they are: then the last that a result follows.
fn closing(text: &str) -> Option<usize> {
    let balanced = outside(text, |c, depth| c == ')' && depth == 0);
    let followed = |at: &usize| {
        let rest = text[at + 1..].trim_start();
        rest.is_empty() || rest.starts_with('=')
    };
    balanced
        .filter(followed)
        .or_else(|| text.rmatch_indices(')').map(|(at, _)| at).find(followed))
}

/// The first place outside all strings where `found` holds, given the depth of brackets.
fn outside(text: &str, found: impl Fn(char, usize) -> bool) -> Option<usize> {
    let (mut depth, mut quoted, mut escaped) = (0_usize, false, false);
    for (at, c) in text.char_indices() {
        if quoted {
            quoted = escaped || c != '"';
            escaped = !escaped && c == '\\';
            continue;
        }
        if found(c, depth) {
            return Some(at);
        }
        match c {
            '"' => quoted = true,
            '(' | '[' | '{' => depth += 1,
            ')' | ']' | '}' => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    None
}

/// The result, and the microseconds of -T.
fn duration(result: &str) -> (&str, Option<Micros>) {
    let split = || {
        let (before, seconds) = result.strip_suffix('>')?.rsplit_once('<')?;
        let seconds: f64 = seconds.parse().ok()?;
        // A day is more than any call of a picture lasts; and no sum overflows.
        let lasted = (0.0..1e9).contains(&seconds).then_some(seconds * 1e6)?;
        Some((before.trim(), lasted.round() as Micros))
    };
    match split() {
        Some((result, lasted)) => (result, Some(lasted)),
        None => (result, None),
    }
}
