//! The source that a page carries: the files whose lines made calls.

use super::rows::Row;
use crate::source::lines::Source;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// A part of a source file.
#[derive(Serialize)]
pub struct Lines {
    /// The number of the first line.
    first: usize,
    lines: Vec<String>,
}

/// A file with more lines is not whole in the page: only what is near the lines that made
/// calls.
const WHOLE_FILE: usize = 800;
const AROUND: usize = 30;

/// Each file once, by its path.
pub fn sources(source: &Source, rows: &[Row]) -> BTreeMap<String, Lines> {
    let mut used = BTreeMap::<&str, BTreeSet<usize>>::new();
    for (file, line) in rows.iter().flat_map(|row| &row.lines) {
        used.entry(file).or_default().insert(*line as usize);
    }
    let part = |(file, lines): (&str, BTreeSet<usize>)| {
        let text = source.file(file)?;
        let (first, last) = if text.len() <= WHOLE_FILE {
            (1, text.len())
        } else {
            let last = lines.last()? + AROUND;
            (
                lines.first()?.saturating_sub(AROUND).max(1),
                last.min(text.len()),
            )
        };
        let lines = text[first - 1..last].to_vec();
        Some((file.to_string(), Lines { first, lines }))
    };
    used.into_iter().filter_map(part).collect()
}
