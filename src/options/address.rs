//! IP addresses from text. core::net has a parser for this too: it is several
//! times as long in the binary, and the oracle of the tests here.

use crate::text::{cut, parse_number};
use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// An IPv4 address in dotted decimal, or an IPv6 address (RFC 4291, 2.2).
pub fn parse_address(text: &[u8]) -> Option<IpAddr> {
    match parse_v4(text) {
        Some(address) => Some(Ipv4Addr::from(address).into()),
        None => Some(Ipv6Addr::from(parse_v6(text)?).into()),
    }
}

/// Four numbers up to 255. No zero leads, for some would read octal then.
fn parse_v4(text: &[u8]) -> Option<u32> {
    let mut address = 0;
    let mut rest = Some(text);
    for _ in 0..4 {
        let (part, more) = cut(rest?, b'.');
        let octet = parse_number(part).filter(|&octet| octet < 256)? as u32;
        if part.len() > 1 && part.starts_with(b"0") {
            return None;
        }
        address = address << 8 | octet;
        rest = more;
    }
    rest.is_none().then_some(address)
}

/// Eight groups of up to four hex digits; the last two may be an IPv4
/// address, and `::`, once, stands for one or more groups of zeros.
fn parse_v6(text: &[u8]) -> Option<[u16; 8]> {
    let mut groups = [0; 8];
    let mut count = 0;
    let mut gap = None;
    let mut rest = text;
    if let Some(after) = rest.strip_prefix(b"::") {
        gap = Some(0);
        rest = after;
    }
    while !rest.is_empty() {
        let (group, more) = cut(rest, b':');
        if let (Some(v4), None) = (parse_v4(group), more) {
            *groups.get_mut(count)? = (v4 >> 16) as u16;
            *groups.get_mut(count + 1)? = v4 as u16;
            count += 2;
            break;
        }
        *groups.get_mut(count)? = parse_group(group)?;
        count += 1;
        rest = match more {
            None => break,
            Some([b':', after @ ..]) if gap.is_none() => {
                gap = Some(count);
                after
            }
            Some([]) => return None, // it ends with one colon
            Some(after) => after,
        };
    }
    // What stands behind the gap moves to the end, its last group first.
    let shift = 8 - count;
    if let Some(gap) = gap.filter(|_| shift > 0) {
        for from in (gap..count).rev() {
            *groups.get_mut(from + shift)? = core::mem::take(groups.get_mut(from)?);
        }
        count = 8;
    }
    (count == 8 && gap.is_none_or(|_| shift > 0)).then_some(groups)
}

/// One to four hex digits.
fn parse_group(text: &[u8]) -> Option<u16> {
    if !(1..=4).contains(&text.len()) {
        return None;
    }
    text.iter().try_fold(0, |group, &byte| {
        Some(group << 4 | char::from(byte).to_digit(16)? as u16)
    })
}
