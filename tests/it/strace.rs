//! strace(1) beside a server: what it recorded.

use std::fs;
use std::path::{Path, PathBuf};
use std::process;

/// A recording, whose file is removed when this is dropped.
pub struct Recording(PathBuf);

impl Recording {
    /// None yet. The name is for the file, and no other test's.
    pub fn of(test: &str) -> Self {
        let name = format!("{test}-{}.strace", process::id());
        Self(Path::new(env!("CARGO_TARGET_TMPDIR")).join(name))
    }

    /// The command that records a server into it: for `Builder::under`.
    pub fn command<'a>(&'a self, options: &[&'a str]) -> Vec<&'a str> {
        let file = self.0.to_str().expect("text");
        [&["strace", "-o", file], options].concat()
    }

    /// What has been recorded until now.
    pub fn text(&self) -> String {
        fs::read_to_string(&self.0).expect("strace's output")
    }
}

impl Drop for Recording {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.0);
    }
}
