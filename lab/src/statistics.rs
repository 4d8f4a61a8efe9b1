//! Medians, and how far the rounds lie apart.

use serde::Serialize;

/// The rounds of one measurement.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Spread {
    /// The smallest.
    pub min: f64,
    /// The middle one; of an even number, halfway between the two.
    pub median: f64,
    /// The largest.
    pub max: f64,
}

impl Spread {
    /// `None` of nothing.
    pub fn of(values: impl IntoIterator<Item = f64>) -> Option<Self> {
        let mut sorted: Vec<f64> = values.into_iter().collect();
        sorted.sort_by(f64::total_cmp);
        let middle = sorted.len() / 2;
        let upper = *sorted.get(middle)?;
        let median = if sorted.len().is_multiple_of(2) {
            (sorted[middle - 1] + upper) / 2.0
        } else {
            upper
        };
        Some(Self {
            min: sorted[0],
            median,
            max: sorted[sorted.len() - 1],
        })
    }
}

/// Four significant digits at most, thousands apart: `21,340`, `9.05`.
pub fn number(value: f64) -> String {
    if value >= 1000.0 {
        return thousands(value.round() as u64);
    }
    let decimals = match value.abs() {
        v if v >= 100.0 => 0,
        v if v >= 10.0 => 1,
        _ => 2,
    };
    format!("{value:.decimals$}")
}

/// `1234567` as `1,234,567`.
pub fn thousands(value: u64) -> String {
    let digits = value.to_string();
    let mut text = String::new();
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_of_odd_and_even_and_none() {
        let spread = |values: &[f64]| Spread::of(values.iter().copied());
        let of = |min, median, max| Some(Spread { min, median, max });
        assert_eq!(spread(&[3.0, 1.0, 2.0]), of(1.0, 2.0, 3.0));
        assert_eq!(spread(&[4.0, 1.0, 2.0, 8.0]), of(1.0, 3.0, 8.0));
        assert_eq!(spread(&[5.0]), of(5.0, 5.0, 5.0));
        assert_eq!(spread(&[]), None);
    }

    #[test]
    fn numbers_are_short() {
        assert_eq!(number(21339.7), "21,340");
        assert_eq!(number(1593.65), "1,594");
        assert_eq!(number(159.3), "159");
        assert_eq!(number(15.93), "15.9");
        assert_eq!(number(0.894), "0.89");
        assert_eq!(thousands(1234567), "1,234,567");
        assert_eq!(thousands(0), "0");
        assert_eq!(thousands(999), "999");
    }
}
