//! How far a measurement has come.

use indicatif::{ProgressBar, ProgressStyle};

/// A bar on stderr, if that is a terminal.
pub fn progress(what: &'static str, steps: usize) -> ProgressBar {
    let style = ProgressStyle::with_template("{prefix} {bar:30} {pos}/{len} {msg}")
        .expect("a template that is right");
    ProgressBar::new(steps as u64)
        .with_style(style)
        .with_prefix(what)
}
