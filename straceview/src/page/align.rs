//! Where two recordings run the same line.

/// Two bytes for each are 200 MB.
const MOST: usize = 100_000_000;

/// Pairs of rows with the same key, in the order of both: as many as there can be.
///
/// `None`: there are too many rows to compare each with each.
pub fn pairs(one: &[String], other: &[String]) -> Option<Vec<(usize, usize)>> {
    if one.len().saturating_mul(other.len()) > MOST {
        return None;
    }
    // longest[i][j]: how many pairs from row i of the one and row j of the other on.
    let width = other.len() + 1;
    let mut longest = vec![0_u16; (one.len() + 1) * width];
    for i in (0..one.len()).rev() {
        for j in (0..other.len()).rev() {
            longest[i * width + j] = if one[i] == other[j] {
                longest[(i + 1) * width + j + 1].saturating_add(1)
            } else {
                longest[(i + 1) * width + j].max(longest[i * width + j + 1])
            };
        }
    }
    let (mut i, mut j) = (0, 0);
    let mut pairs = Vec::new();
    while i < one.len() && j < other.len() {
        if one[i] == other[j] {
            pairs.push((i, j));
            (i, j) = (i + 1, j + 1);
        } else if longest[(i + 1) * width + j] >= longest[i * width + j + 1] {
            i += 1;
        } else {
            j += 1;
        }
    }
    Some(pairs)
}

#[cfg(test)]
mod tests {
    use super::pairs;

    #[test]
    fn the_longest_common_run_of_rows_is_paired() {
        let rows = |text: &str| text.chars().map(String::from).collect::<Vec<_>>();
        let found = |one, other| {
            let (one, other) = (rows(one), rows(other));
            let pairs = pairs(&one, &other).expect("few rows");
            let letters = pairs.into_iter().map(|(i, j)| {
                assert_eq!(one[i], other[j]);
                one[i].clone()
            });
            letters.collect::<String>()
        };
        assert_eq!(found("abcde", "abxde"), "abde");
        assert_eq!(found("abc", ""), "");
        // fork, close, accept beside fork, accept, close.
        assert_eq!(found("fcaf", "facf").len(), 3);
    }

    #[test]
    fn too_many_rows_are_not_paired() {
        let rows = vec![String::new(); 10_001];
        assert_eq!(pairs(&rows, &rows), None);
        assert_eq!(pairs(&rows, &rows[..1]), Some(vec![(0, 0)]));
    }
}
