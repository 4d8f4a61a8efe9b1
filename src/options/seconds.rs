//! Seconds from text.

use crate::text::{cut, parse_number};
use core::time::Duration;

/// Seconds, with up to nine decimals or none: `1`, `0.5`, `.5`.
pub fn parse_seconds(text: &[u8]) -> Option<Duration> {
    let (whole, decimals) = cut(text, b'.');
    let seconds = if whole.is_empty() && decimals.is_some() {
        0
    } else {
        parse_number(whole)?
    };
    let mut nanoseconds = 0;
    if let Some(decimals) = decimals {
        nanoseconds = parse_number(decimals)?;
        for _ in decimals.len()..9 {
            nanoseconds *= 10;
        }
    }
    let fits = seconds <= u32::MAX.into() && nanoseconds < 1_000_000_000;
    fits.then(|| Duration::new(seconds, nanoseconds as u32))
}
