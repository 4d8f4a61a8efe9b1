//! Numbers and times, against slower oracles; addresses.

use super::{fork, refused};
use crate::text::parse_number;
use std::format;
use std::string::ToString;
use std::vec::Vec;

#[test]
fn numbers_agree_with_core() {
    // Around every limit and every change of length, and all up to 100,000.
    let mut numbers: Vec<i128> = (-10..100_000).collect();
    let powers = (0..=20)
        .map(|n| 10_i128.pow(n))
        .chain((0..=64).map(|n| 1 << n));
    for power in powers {
        numbers.extend(power - 2..=power + 2);
    }
    for number in numbers {
        let text = number.to_string();
        for max in [599, 65_535, u32::MAX] {
            let oracle = text.parse().ok().filter(|n| *n <= max);
            assert_eq!(parse_number(text.as_bytes(), 1, max), oracle, "{text}");
        }
    }
    for text in [
        "", "+1", "-1", " 1", "1 ", "0x1", "1e3", "1_0", "1.", "1.0", ".", "\u{661}",
    ] {
        assert_eq!(parse_number(text.as_bytes(), 1, 65_535), None, "{text:?}");
    }
}

#[test]
fn seconds_agree_with_exact_arithmetic() {
    let parsed = |text: &str| parse_number(text.as_bytes(), 1000, u32::MAX);
    for whole in ["", "0", "1", "59", "4294966", "4294967", "4294968", "x"] {
        for decimals in [
            "", "0", "5", "05", "250", "295", "296", "999", "001", "1234", "-1", "1.1",
        ] {
            let text = format!("{whole}.{decimals}");
            let seconds = if whole.is_empty() {
                Some(0)
            } else {
                whole.parse::<u64>().ok()
            };
            let fits = !decimals.is_empty() && decimals.len() <= 3;
            let milliseconds = fits
                .then(|| format!("{decimals:0<3}").parse::<u64>().ok())
                .flatten();
            let oracle = seconds.zip(milliseconds).map(|(s, ms)| s * 1000 + ms);
            let oracle = oracle.and_then(|ms| u32::try_from(ms).ok());
            assert_eq!(parsed(&text), oracle, "{text}");
        }
        let oracle = whole
            .parse::<u32>()
            .ok()
            .and_then(|seconds| seconds.checked_mul(1000));
        assert_eq!(parsed(whole), oracle, "{whole}");
    }
}

/// Both ends of each range are in it, and their neighbours are not.
#[test]
fn each_range_begins_and_ends_where_it_says() {
    for (model, name, min, max) in [
        ("fork", "--port", 0, 65_535),
        ("fork", "--backlog", 0, 2_147_483_647),
        ("fork", "--status", 200, 599),
        ("fork", "--every", 1, 4_294_967_295_u64),
        ("fork", "--exit-after", 1, 4_294_967_295),
        ("fork", "--max-children", 1, 4_194_304),
        ("prefork", "--workers", 1, 1024),
        ("thread", "--max-connections", 1, 1_048_576),
    ] {
        for number in [min, max] {
            let value = number.to_string();
            super::taken(model, &[name, &value]);
        }
        let (below, above) = ((min as i64 - 1).to_string(), (max + 1).to_string());
        for value in [below, above] {
            let message = super::command(&[model, name, &value]).expect_err(name);
            let expected = format!("{name}: '{value}' is not a ");
            assert!(message.starts_with(&expected), "{message}");
            let range = format!(" ({min} to {max})");
            assert!(message.ends_with(&range), "{message}");
        }
    }
}

#[test]
fn an_address_lands_whole_and_has_no_name_no_brackets_no_zone() {
    for text in [
        "0.0.0.0",
        "127.0.0.1",
        "::",
        "0102:304::",
        "::ffff:127.0.0.1",
    ] {
        let ip = fork(&["--bind", "1::2", "--bind", text]).address().ip();
        assert_eq!(ip, text.parse::<core::net::IpAddr>().expect("an address"));
    }
    for text in [
        "",
        "localhost",
        "1.2.3",
        "01.2.3.4",
        "[::1]",
        "::1::",
        "fe80::1%lo",
        "\u{661}.1.1.1",
    ] {
        let message = format!("--bind: '{text}' is not an address");
        refused(&["fork", "--bind", text], &message);
    }
}
