//! A line, put together from a template, and written at once.

use super::{errno, write_line};
use crate::text::{Text, split};
use core::net::{IpAddr, SocketAddr};
use rustix::io::Errno;

/// Bytes of a foreign text that a line shows; the rest is cut off, so that what
/// follows it is not.
const FOREIGN_MAX: usize = 64;

/// A line for stderr: the program's name, and a template in which the values
/// that follow take the places of the percent signs.
pub struct Line {
    line: Text<512>,
    template: &'static [u8],
}

impl Line {
    pub fn new(template: &'static str) -> Self {
        let mut line = Self {
            line: Text::default(),
            template: b"",
        };
        line.line.push(b"acceptd: ");
        line.append(template);
        line
    }

    /// One more template.
    pub fn append(&mut self, template: &'static str) -> &mut Self {
        self.template = template.as_bytes();
        self.literal()
    }

    /// The template, up to the next value.
    fn literal(&mut self) -> &mut Self {
        let literal = split(&mut self.template, b'%');
        let literal = literal.unwrap_or_else(|| core::mem::take(&mut self.template));
        self.line.push(literal);
        self
    }

    pub fn text(&mut self, value: &[u8]) -> &mut Self {
        self.line.push(value);
        self.literal()
    }

    pub fn number(&mut self, number: u64) -> &mut Self {
        self.line.push_number(number);
        self.literal()
    }

    /// An address and its port: `0.0.0.0:9696`, `[::1]:9696`. An IPv4 client
    /// of an IPv6 socket has its IPv4 address.
    pub fn address(&mut self, address: &SocketAddr) -> &mut Self {
        match address.ip().to_canonical() {
            IpAddr::V4(ip) => {
                for (n, octet) in ip.octets().into_iter().enumerate() {
                    self.line.push(if n == 0 { b"" } else { b"." });
                    self.line.push_number(octet.into());
                }
            }
            IpAddr::V6(ip) => {
                self.line.push(b"[");
                self.groups(ip.segments());
                self.line.push(b"]");
            }
        }
        self.line.push(b":");
        self.number(address.port().into())
    }

    /// The groups of an IPv6 address, the longest run of two or more zeros as
    /// `::` (RFC 5952, 4).
    fn groups(&mut self, groups: [u16; 8]) {
        let zeros = |from: usize| groups.iter().skip(from).take_while(|group| **group == 0);
        let longest = (0..8).rev().max_by_key(|&from| zeros(from).count());
        let from = longest.unwrap_or_default();
        let run = zeros(from).count();
        let mut n = 0;
        while n < 8 {
            if run > 1 && n == from {
                self.line.push(b"::");
                n += run;
                continue;
            }
            if n > 0 && (run < 2 || n != from + run) {
                self.line.push(b":");
            }
            let group = groups.get(n).copied().unwrap_or_default();
            self.hexadecimal(group);
            n += 1;
        }
    }

    fn hexadecimal(&mut self, number: u16) {
        if number > 15 {
            self.hexadecimal(number / 16);
        }
        let digit = char::from_digit((number % 16).into(), 16).unwrap_or_default();
        self.line.push(&[digit as u8]);
    }

    /// `'x' is not `, if there is a value.
    pub fn is_not(&mut self, value: Option<&[u8]>) -> &mut Self {
        if let Some(value) = value {
            self.line.push(b"'");
            self.clean(value);
            self.line.push(b"' is not ");
        }
        self.literal()
    }

    /// What somebody else wrote.
    pub fn foreign(&mut self, text: &[u8]) -> &mut Self {
        self.clean(text);
        self.literal()
    }

    /// What somebody else wrote, without what a terminal would obey.
    fn clean(&mut self, text: &[u8]) {
        for &byte in text.iter().take(FOREIGN_MAX) {
            let byte = if byte.is_ascii_control() { b'?' } else { byte };
            self.line.push(&[byte]);
        }
        let is_cut = text.len() > FOREIGN_MAX;
        self.line.push(if is_cut { b"..." } else { b"" });
    }

    /// `EADDRINUSE: address already in use`; an unlisted one by its number.
    pub fn errno(&mut self, errno: Errno) -> &mut Self {
        let number = errno.raw_os_error() as u32;
        match errno::name(number) {
            Some(name) => self.text(name.as_bytes()),
            None => {
                self.line.push(b"errno ");
                self.number(number.into())
            }
        }
    }

    pub fn write(&mut self) {
        self.line.push(b"\n");
        write_line(self.line.as_bytes());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::string::String;

    /// The oracle is std, which follows RFC 5952 too.
    #[test]
    fn addresses_are_written_as_std_writes_them() {
        for text in [
            "0.0.0.0:0",
            "192.168.1.255:65535",
            "[::]:9696",
            "[::1]:1",
            "[1::]:1",
            "[2001:db8::1]:80",
            "[2001:db8:0:1::1]:80",
            "[1:0:0:2:0:0:0:3]:80",
            "[1:2:3:4:5:6:7:8]:80",
            "[1:2:3:4:5:6:7:0]:80",
            "[0:2:3:4:5:6:7:8]:80",
            "[fe80::abcd:0:ef]:80",
        ] {
            let address = text.parse().expect("an address");
            let mut line = Line::new("%");
            line.address(&address);
            let written = String::from_utf8_lossy(line.line.as_bytes()).into_owned();
            assert_eq!(written, std::format!("acceptd: {address}"));
        }
        let mut line = Line::new("%");
        line.address(&"[::ffff:127.0.0.1]:80".parse().expect("an address"));
        assert_eq!(line.line.as_bytes(), b"acceptd: 127.0.0.1:80");
    }
}
