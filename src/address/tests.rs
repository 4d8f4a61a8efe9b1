//! Addresses against core's parser.

use super::*;
use core::net::IpAddr;
use std::string::String;
use std::vec::Vec;

fn parse(text: &[u8]) -> Option<IpAddr> {
    // One that has been used before: the last of two --bind counts.
    let mut address = Address::UNSPECIFIED;
    address
        .set(b"ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff")
        .expect("an address");
    address.set(text)?;
    assert_eq!(address.text(), text);
    Some(if address.is_v6() {
        IpAddr::from(address.v6)
    } else {
        IpAddr::from(address.v4)
    })
}

#[test]
fn its_bytes_are_those_of_a_sockaddr() {
    let mut address = Address::UNSPECIFIED;
    address.set_port(9696);
    assert_eq!(address.port(), 9696);
    assert_eq!(core::mem::offset_of!(Address, port), 2);
    assert_eq!(core::mem::offset_of!(Address, v4), 4); // sin_addr, sin6_flowinfo
    assert_eq!(core::mem::offset_of!(Address, v6), 8); // sin6_addr
    assert_eq!(core::mem::offset_of!(Address, scope), 24); // sin6_scope_id
    assert_eq!(address.port, 9696_u16.to_be_bytes());
}

#[test]
fn addresses_agree_with_core() {
    // Every text of up to seven of these characters: all places where colons,
    // dots and digits can meet. Longer texts are put together from pieces.
    fn agree(text: &[u8]) {
        let oracle = core::str::from_utf8(text)
            .ok()
            .and_then(|text| text.parse().ok());
        assert_eq!(parse(text), oracle, "{}", String::from_utf8_lossy(text));
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
    let mut checked = 0;
    each(&mut Vec::new(), 7, &mut |text| {
        agree(text);
        checked += 1;
    });
    assert_eq!(checked, (6_usize.pow(8) - 1) / 5);

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
        valid += usize::from(parse(text.as_bytes()).is_some());
    }
    assert!(valid > 1000, "{valid} of the texts were addresses");
}
