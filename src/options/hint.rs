//! Hints: which word the user may have meant.

/// A word of so many bytes or more is none of the options with a slip.
const TOO_LONG: usize = 25;
/// A word with more edits than this is another word, and no slip.
const EDITS_MAX: usize = 2;

/// The nearest of the words that have been considered, if what was written differs from it
/// by a slip.
pub struct Hint<'a> {
    written: &'a [u8],
    /// Only a word with fewer edits is nearer.
    edits: usize,
    /// The nearest word so far.
    pub word: &'static str,
}

impl<'a> Hint<'a> {
    /// No word yet.
    pub fn new(written: &'a [u8]) -> Self {
        Self {
            written,
            edits: written.len().min(EDITS_MAX + 1),
            word: "",
        }
    }

    /// Considers one word more.
    pub fn consider(&mut self, word: &'static str) {
        let edits = distance(self.written, word.as_bytes());
        if edits < self.edits {
            self.edits = edits;
            self.word = word;
        }
    }
}

/// How many letters must be inserted, deleted or replaced to turn one word into the
/// other: their Levenshtein distance.
fn distance(written: &[u8], word: &[u8]) -> usize {
    // row[n]: from the first n letters of `written` to the letters of `word` so far.
    let mut row: [usize; TOO_LONG] = core::array::from_fn(|n| n);
    let Some(row) = row.get_mut(..=written.len()) else {
        return usize::MAX;
    };
    for letter in word {
        let mut diagonal = row[0];
        row[0] += 1;
        let mut left = row[0];
        for (cell, other) in row[1..].iter_mut().zip(written) {
            let replaced = diagonal + usize::from(letter != other);
            diagonal = *cell;
            left = replaced.min(diagonal + 1).min(left + 1);
            *cell = left;
        }
    }
    row[written.len()]
}
