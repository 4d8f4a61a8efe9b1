//! A line: filled in from a template, and written with one call.

use super::{errno, write_line};
use crate::text::{Text, split};
use core::net::{IpAddr, SocketAddr};
use rustix::io::Errno;

/// The longest line, in bytes.
const LINE_MAX: usize = 512;
/// How many bytes of a foreign text a line shows. The rest is cut off, so that there
/// is room for what follows it.
const FOREIGN_MAX: usize = 64;

/// A value that replaces a percent sign in a template.
#[derive(Clone, Copy)]
pub enum Value<'a> {
    Text(&'a str),
    Number(u64),
    /// `, peak 2`: what is counted, and how many there are; `None`: nothing.
    Count(&'a str, Option<u64>),
    /// An address and its port: `0.0.0.0:9696`, `[::1]:9696`. An IPv4 client
    /// of an IPv6 socket has its IPv4 address.
    Address(&'a SocketAddr),
    /// `EADDRINUSE: address already in use`; an unlisted one by its number.
    Failed(Errno),
    /// Text that does not come from this program.
    Foreign(&'a [u8]),
    /// `'x' is not `, if there is a value.
    IsNot(Option<&'a [u8]>),
    /// `; did you mean x?`, if there is a hint.
    Hint(&'a str),
}

/// Writes the program's name, the template with the values in the places of
/// its percent signs, and the end of the line.
pub fn write(template: &str, values: &[Value<'_>]) {
    let mut buffer = [0; LINE_MAX];
    let mut text = Text::new(&mut buffer);
    fill(&mut text, template, values);
    write_line(text.into_bytes());
}

fn fill(text: &mut Text<'_>, template: &str, values: &[Value<'_>]) {
    let mut template = template.as_bytes();
    text.push(b"acceptd: ");
    for value in values {
        text.push(split(&mut template, b'%').unwrap_or_default());
        push(text, *value);
    }
    text.push(template);
    text.push(b"\n");
}

fn push(text: &mut Text<'_>, value: Value<'_>) {
    match value {
        Value::Text(value) => text.push(value.as_bytes()),
        Value::Number(number) => text.push_number(number),
        Value::Count(_, None) => {}
        Value::Count(label, Some(number)) => {
            text.push(label.as_bytes());
            text.push_number(number);
        }
        Value::Address(address) => push_address(text, address),
        Value::Failed(errno) => {
            let number = errno.raw_os_error() as u32;
            match errno::name(number) {
                Some(name) => text.push(name),
                None => {
                    text.push(b"errno ");
                    text.push_number(number.into());
                }
            }
        }
        Value::Foreign(value) => push_clean(text, value),
        Value::IsNot(value) => {
            if let Some(value) = value {
                text.push(b"'");
                push_clean(text, value);
                text.push(b"' is not ");
            }
        }
        Value::Hint(hint) => {
            if !hint.is_empty() {
                text.push(b"; did you mean ");
                text.push(hint.as_bytes());
                text.push(b"?");
            }
        }
    }
}

/// Foreign text, with `?` for each byte that a terminal could obey.
fn push_clean(text: &mut Text<'_>, foreign: &[u8]) {
    for (n, &byte) in foreign.iter().enumerate() {
        if n == FOREIGN_MAX {
            text.push(b"...");
            break;
        }
        let is_plain = byte == b' ' || byte.is_ascii_graphic();
        text.push(&[if is_plain { byte } else { b'?' }]);
    }
}

fn push_address(text: &mut Text<'_>, address: &SocketAddr) {
    match address.ip().to_canonical() {
        IpAddr::V4(ip) => {
            let mut before: &[u8] = b"";
            for octet in ip.octets() {
                text.push(before);
                text.push_number(octet.into());
                before = b".";
            }
        }
        IpAddr::V6(ip) => {
            text.push(b"[");
            push_groups(text, ip.segments());
            text.push(b"]");
        }
    }
    text.push(b":");
    text.push_number(address.port().into());
}

/// The groups of an IPv6 address, the longest run of two or more zeros as
/// `::` (RFC 5952, 4).
fn push_groups(text: &mut Text<'_>, groups: [u16; 8]) {
    let mut longest = 0..1;
    let mut start = 0; // of the run of zeros that ends here
    for (n, group) in groups.iter().enumerate() {
        if *group != 0 {
            start = n + 1;
        } else if n + 1 - start > longest.len() {
            longest = start..n + 1;
        }
    }
    if longest.len() == 1 {
        longest = 8..8;
    }
    for (n, group) in groups.iter().enumerate() {
        if n == longest.start {
            text.push(b"::");
        } else if !longest.contains(&n) {
            if n != 0 && n != longest.end {
                text.push(b":");
            }
            text.push_digits((*group).into(), 16);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::string::String;

    fn written(address: &SocketAddr) -> String {
        let mut buffer = [0; LINE_MAX];
        let mut text = Text::new(&mut buffer);
        fill(&mut text, "%", &[Value::Address(address)]);
        String::from_utf8_lossy(text.into_bytes()).into_owned()
    }

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
            "[1:0:0:2:0:0:3:4]:80",
            "[1:2:3:4:5:6::]:80",
        ] {
            let address = text.parse().expect("an address");
            assert_eq!(written(&address), std::format!("acceptd: {address}\n"));
        }
        let mapped = "[::ffff:127.0.0.1]:80".parse().expect("an address");
        assert_eq!(written(&mapped), "acceptd: 127.0.0.1:80\n");
    }
}
