//! Lines for the user, beside what is asked for.

use std::fmt::Arguments;
use std::io::{Write, stderr, stdout};

/// A line on stderr. Its reader may have left, as `head` does behind `2>&1`: eprintln would
/// panic.
pub fn complain(line: Arguments) {
    let _ = writeln!(stderr(), "straceview: {line}");
}

/// A line on stdout, in the same way.
pub fn tell(line: Arguments) {
    let _ = writeln!(stdout(), "{line}");
}
