//! Medians, and how far the rounds lie apart.

use serde::{Deserialize, Serialize};

/// The rounds of one measurement. In JSON: `[min, median, max]`, shortened.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(from = "[f64; 3]", into = "[f64; 3]")]
pub struct Spread {
    /// The smallest.
    pub min: f64,
    /// The middle one; of an even number, halfway between the two.
    pub median: f64,
    /// The largest.
    pub max: f64,
}

impl Spread {
    /// `None` if there is no value.
    pub fn of(values: impl IntoIterator<Item = f64>) -> Option<Self> {
        let mut sorted: Vec<f64> = values.into_iter().collect();
        sorted.sort_by(f64::total_cmp);
        let middle = sorted.len() / 2;
        let upper = *sorted.get(middle)?;
        let median = if sorted.len() % 2 == 0 {
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

impl From<[f64; 3]> for Spread {
    fn from([min, median, max]: [f64; 3]) -> Self {
        Self { min, median, max }
    }
}

impl From<Spread> for [f64; 3] {
    fn from(spread: Spread) -> Self {
        [spread.min, spread.median, spread.max].map(short)
    }
}

/// To five significant digits: what lies behind them is noise.
pub fn short(value: f64) -> f64 {
    format!("{value:.4e}").parse().unwrap_or(value)
}

/// Three significant digits, or else the whole part, thousands apart: `21,340`, `9.05`.
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
        if i > 0 && (digits.len() - i) % 3 == 0 {
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
    fn a_spread_in_json_is_short_and_comes_back() {
        let spread = Spread::of([1.0 / 3.0, 21339.72]).unwrap();
        let text = serde_json::to_string(&spread).unwrap();
        assert_eq!(text, "[0.33333,10670.0,21340.0]");
        let back: Spread = serde_json::from_str(&text).unwrap();
        assert_eq!(
            (back.min, back.median, back.max),
            (0.33333, 10670.0, 21340.0)
        );
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
