//! IP addresses from text, as the kernel takes them. core::net has a parser
//! for this too: it is several times as long in the binary, and the oracle
//! of the tests here. Pure.

use crate::text::{parse_number, split};

const INET: u16 = 2; // AF_INET, the same on every CPU
const INET6: u16 = 10; // AF_INET6

/// An address and a port, as bind(2) and connect(2) take them: a sockaddr_in6,
/// of which a sockaddr_in is the first half. Behind it, how it was written.
///
/// # References
///
/// [ip(7)](https://man7.org/linux/man-pages/man7/ip.7.html),
/// [ipv6(7)](https://man7.org/linux/man-pages/man7/ipv6.7.html)
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(C)]
pub struct Address<'a> {
    family: u16,
    port: [u8; 2],
    v4: [u8; 4],
    v6: [u8; 16],
    scope: u32,
    text: &'a [u8],
}

impl<'a> Address<'a> {
    /// 0.0.0.0: every IPv4 address of this machine.
    pub const UNSPECIFIED: Address<'static> = Address {
        family: INET,
        port: [0; 2],
        v4: [0; 4],
        v6: [0; 16],
        scope: 0,
        text: b"0.0.0.0",
    };

    /// Reads an IPv4 address in dotted decimal, or an IPv6 address: eight groups
    /// of up to four hex digits, the last two maybe as an IPv4 address, and `::`,
    /// once, for one or more groups of zeros (RFC 4291, 2.2).
    #[inline(always)]
    pub fn set(&mut self, text: &'a [u8]) -> Option<()> {
        self.text = text;
        if let Some(v4) = parse_v4(text) {
            self.family = INET;
            self.v4 = v4;
            return Some(());
        }
        self.family = INET6;
        self.v4 = [0; 4];
        self.v6 = [0; 16];
        let mut rest = text;
        if text.starts_with(b"::") {
            split(&mut rest, b':');
        }
        let mut at = 0;
        let mut gap = None; // where `::` stands
        while let Some(group) = split(&mut rest, b':') {
            if !group.is_empty() {
                self.put(&mut at, &parse_group(group)?)?;
            } else if gap.is_none() && rest.len() + 1 < text.len() {
                gap = Some(at);
            } else {
                return None;
            }
        }
        if let Some(v4) = parse_v4(rest) {
            self.put(&mut at, &v4)?;
        } else if !rest.is_empty() {
            self.put(&mut at, &parse_group(rest)?)?;
        } else if !text.ends_with(b"::") {
            return None;
        }
        match gap {
            None => (at == 16).then_some(()),
            Some(gap) => {
                // What stands behind the gap moves to the end.
                for from in (gap..at).rev() {
                    let byte = core::mem::take(self.v6.get_mut(from)?);
                    *self.v6.get_mut(from + 16 - at)? = byte;
                }
                (at < 16).then_some(())
            }
        }
    }

    #[inline(always)]
    fn put(&mut self, at: &mut usize, bytes: &[u8]) -> Option<()> {
        for &byte in bytes {
            *self.v6.get_mut(*at)? = byte;
            *at += 1;
        }
        Some(())
    }

    /// The same with this port.
    pub fn set_port(&mut self, port: u16) {
        self.port = port.to_be_bytes();
    }

    /// The port.
    pub fn port(&self) -> u16 {
        u16::from_be_bytes(self.port)
    }

    /// AF_INET or AF_INET6.
    pub fn family(&self) -> u16 {
        self.family
    }

    /// Whether it is an IPv6 address.
    pub fn is_v6(&self) -> bool {
        self.family == INET6
    }

    /// The address as it was written.
    pub fn text(&self) -> &'a [u8] {
        self.text
    }
}

/// Four numbers up to 255. No zero leads, for some would read octal then.
#[inline(never)]
fn parse_v4(mut text: &[u8]) -> Option<[u8; 4]> {
    let mut address = 0;
    for left in (0..4).rev() {
        let octet = if left == 0 {
            text
        } else {
            split(&mut text, b'.')?
        };
        if let [b'0', _, ..] = octet {
            return None;
        }
        address = address << 8 | parse_number(octet, 1, 255)?;
    }
    Some(address.to_be_bytes())
}

/// One to four hex digits.
#[inline(never)]
fn parse_group(text: &[u8]) -> Option<[u8; 2]> {
    let mut group = 0;
    for &byte in text {
        group = group << 4 | char::from(byte).to_digit(16)?;
    }
    (1..=4)
        .contains(&text.len())
        .then_some((group as u16).to_be_bytes())
}

#[cfg(test)]
mod tests;
