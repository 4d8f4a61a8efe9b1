//! What somebody may have meant who wrote something else.

/// The longest word that a hint is looked for, in bytes.
const LENGTH_MAX: usize = 24;
/// So many edits are a slip; more are another word.
const EDITS_MAX: usize = 2;

/// The nearest of `words`, if `written` is a slip away from it.
pub fn nearest<'a>(written: &[u8], words: impl Iterator<Item = &'a str>) -> &'a str {
    let distances = words.map(|word| (distance(written, word.as_bytes()), word));
    match distances.min_by_key(|(distance, _)| *distance) {
        Some((distance, word)) if distance <= EDITS_MAX && distance < written.len() => word,
        _ => "",
    }
}

/// How many letters must be inserted, deleted or replaced to make one of the
/// other (Levenshtein).
fn distance(written: &[u8], word: &[u8]) -> usize {
    if written.len() > LENGTH_MAX {
        return usize::MAX;
    }
    // row[n]: from the first n letters of `written` to the letters of `word` so far.
    let mut row = [0; LENGTH_MAX + 1];
    for (n, cell) in row.iter_mut().enumerate() {
        *cell = n;
    }
    for letter in word {
        let mut diagonal = row[0];
        row[0] += 1;
        for (n, other) in written.iter().enumerate() {
            let replaced = diagonal + usize::from(letter != other);
            diagonal = row[n + 1];
            row[n + 1] = replaced.min(diagonal + 1).min(row[n] + 1);
        }
    }
    row[written.len()]
}
