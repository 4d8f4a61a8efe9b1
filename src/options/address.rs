//! IP addresses from text. core::net has a parser, too. It would take five times as many
//! bytes of the binary, so it is only the oracle of the tests here.

use crate::text::{parse_number, split};
use core::net::IpAddr;

/// An IPv4 address in dotted decimal, or an IPv6 address: eight groups of up to
/// four hex digits, where the last two may be written as an IPv4 address, and `::` may
/// stand once, for one or more groups of zeros (RFC 4291, 2.2). No brackets, and no zone.
pub fn parse_address(text: &[u8]) -> Option<IpAddr> {
    match parse_v4(text) {
        Some(address) => Some(address.to_be_bytes().into()),
        None => parse_v6(text).map(IpAddr::from),
    }
}

/// Four numbers up to 255. None has a leading zero, since some programs would read it as octal.
fn parse_v4(text: &[u8]) -> Option<u32> {
    let mut rest = text;
    let mut address = 0;
    for left in (0..4).rev() {
        let octet = match left {
            0 => rest,
            _ => split(&mut rest, b'.')?,
        };
        if let [b'0', _, ..] = octet {
            return None;
        }
        address = address << 8 | parse_number(octet, 1, 255)?;
    }
    Some(address)
}

fn parse_v6(text: &[u8]) -> Option<[u16; 8]> {
    let mut groups = [0; 8];
    let mut count = 0;
    let mut gap = None; // where `::` stands
    let mut rest = text;
    if text.starts_with(b"::") {
        split(&mut rest, b':'); // so that there is one empty group, as in `1::2`
    }
    while let Some(group) = split(&mut rest, b':') {
        if !group.is_empty() {
            *groups.get_mut(count)? = parse_group(group)?;
            count += 1;
        } else if gap.is_none() && rest.len() + 1 < text.len() {
            gap = Some(count);
        } else {
            return None; // a second `::`, or one colon at the start
        }
    }
    if let Some(v4) = parse_v4(rest) {
        *groups.get_mut(count)? = (v4 >> 16) as u16;
        *groups.get_mut(count + 1)? = v4 as u16;
        count += 2;
    } else if !rest.is_empty() || !text.ends_with(b"::") {
        *groups.get_mut(count)? = parse_group(rest)?;
        count += 1;
    }
    let Some(gap) = gap else {
        return (count == 8).then_some(groups);
    };
    // What stands behind the gap moves to the end.
    for from in (gap..count).rev() {
        let group = core::mem::take(groups.get_mut(from)?);
        *groups.get_mut(from + 8 - count)? = group;
    }
    (count < 8).then_some(groups)
}

/// One to four hex digits.
fn parse_group(text: &[u8]) -> Option<u16> {
    let mut group = 0;
    for &byte in text {
        group = group << 4 | char::from(byte).to_digit(16)?;
    }
    matches!(text.len(), 1..=4).then_some(group as u16)
}

#[cfg(test)]
mod tests;
