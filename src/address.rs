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

    /// Reads an IPv4 address in dotted decimal, or an IPv6 address (RFC 4291, 2.2).
    #[inline(never)]
    pub fn parse(text: &'a [u8]) -> Option<Self> {
        let mut address = Address {
            text,
            ..Self::UNSPECIFIED
        };
        match parse_v4(text) {
            Some(v4) => address.v4 = v4.to_be_bytes(),
            None => {
                address.family = INET6;
                address.v6 = parse_v6(text)?.to_be_bytes();
            }
        }
        Some(address)
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
fn parse_v4(mut text: &[u8]) -> Option<u32> {
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
    Some(address)
}

/// Eight groups of up to four hex digits; the last two may be an IPv4
/// address, and `::`, once, stands for one or more groups of zeros.
fn parse_v6(text: &[u8]) -> Option<u128> {
    let mut rest = text;
    if let Some(after) = text.strip_prefix(b":") {
        rest = after.starts_with(b":").then_some(after)?;
    }
    let mut address = 0_u128;
    let mut count = 0_u32;
    let mut before_gap = None; // the groups before `::`, in their place
    loop {
        let group = split(&mut rest, b':');
        match (group, group.unwrap_or(rest)) {
            (None, []) if text.ends_with(b"::") => break,
            (Some([]), _) if before_gap.is_none() => {
                for _ in count..8 {
                    address <<= 16;
                }
                before_gap = Some(address);
                address = 0;
            }
            (_, digits) => match parse_v4(digits).filter(|_| group.is_none()) {
                Some(v4) => {
                    address = address << 32 | u128::from(v4);
                    count += 2;
                    break;
                }
                None => {
                    address = address << 16 | u128::from(parse_group(digits)?);
                    count += 1;
                    if group.is_none() {
                        break;
                    }
                }
            },
        }
    }
    match before_gap {
        None if count == 8 => Some(address),
        Some(before) if count < 8 => Some(before | address),
        _ => None,
    }
}

/// One to four hex digits.
fn parse_group(text: &[u8]) -> Option<u32> {
    let mut group = 0;
    for &byte in text {
        group = group << 4 | char::from(byte).to_digit(16)?;
    }
    (1..=4).contains(&text.len()).then_some(group)
}
