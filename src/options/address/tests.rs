//! Addresses against core's parser.

use super::*;
use std::string::String;
use std::vec::Vec;

fn agree(text: &[u8]) {
    let oracle = core::str::from_utf8(text)
        .ok()
        .and_then(|text| text.parse().ok());
    let parsed = parse_address(text);
    assert_eq!(parsed, oracle, "{}", String::from_utf8_lossy(text));
}

fn each(text: &mut Vec<u8>, left: usize, check: &mut impl FnMut(&[u8])) {
    check(text);
    if left > 0 {
        for &byte in b":.0f9g" {
            text.push(byte);
            each(text, left - 1, check);
            text.pop();
        }
    }
}

/// Every text of up to seven of six characters: all places where colons, dots
/// and digits can meet.
#[test]
fn short_addresses_agree_with_core() {
    let mut checked = 0;
    each(&mut Vec::new(), 7, &mut |text| {
        agree(text);
        checked += 1;
    });
    assert_eq!(checked, (6_usize.pow(8) - 1) / 5);
}

/// Longer texts, put together from pieces.
#[test]
fn long_addresses_agree_with_core() {
    let pieces = [
        "", "1", "01", "0", "255", "256", "ffff", "12345", "1.2.3.4", "g",
    ];
    let mut state = 1_u64; // a fixed seed: the same texts every time
    let mut random = move |n: usize| {
        state = state
            .wrapping_mul(6364136223846793005)
            .wrapping_add(1442695040888963407);
        (state >> 33) as usize % n
    };
    let mut valid = 0;
    for _ in 0..300_000 {
        let separator = if random(4) == 0 { "." } else { ":" };
        let mut text = String::new();
        for _ in 0..1 + random(9) {
            if !text.is_empty() {
                text += separator;
            }
            text += if random(6) == 0 {
                pieces[random(pieces.len())]
            } else {
                ["1", "ab"][random(2)]
            };
        }
        agree(text.as_bytes());
        valid += usize::from(parse_address(text.as_bytes()).is_some());
    }
    assert!(valid > 1000, "{valid} of the texts were addresses");
}
