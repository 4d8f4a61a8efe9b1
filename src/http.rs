//! Bytes to a verdict: RFC 9112 as far as a server needs it that answers every
//! request alike. Pure.

pub mod response;

use crate::text::split;

/// How long a request's head may be, in bytes: RFC 9112, 3 wants request lines
/// of 8000 octets to fit. A longer head gets 431, or 414 if its first line has no end.
pub const HEAD_MAX: usize = 16 * 1024;

/// What the bytes received so far are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The blank line that ends the head is still to come.
    Incomplete,
    /// It is no request of HTTP/1.
    NotHttp,
    /// The head is complete.
    Complete(Request),
}

/// A request: the parts of its head that matter here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Request {
    /// How many bytes the head has, the blank line and empty lines before the
    /// first included.
    pub length: usize,
    /// Which kind of answer the method gets.
    pub method: Method,
    /// Content may follow the head. GET and HEAD have it only where a field
    /// says so (RFC 9112, 6). Other methods are likely to have it, even if the client
    /// forgets the field.
    pub may_have_content: bool,
    /// The client may send another request on the same connection (RFC 9112, 9.3).
    pub persists: bool,
}

/// What the method means for the answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// GET, POST, and every other.
    Any,
    /// The answer is a head without a body.
    Head,
    /// A tunnel, which this server does not make.
    Connect,
}

/// Judges what has been received. The same bytes get the same verdict.
///
/// A line ends with LF, with or without CR before it, and empty lines before
/// the first are skipped: RFC 9112, 2.2 allows both to a server, and both help
/// those who type a request by hand. So does a request without Host.
pub fn parse(received: &[u8]) -> Verdict {
    let mut rest = skip_empty_lines(received);
    // What cannot begin a method is refused at once: a TLS client waits for an
    // answer and sends no line.
    if rest
        .first()
        .is_some_and(|&byte| !is_token_byte(byte) && byte != b'\r')
    {
        return Verdict::NotHttp;
    }
    let Some((method, minor_version)) = take_request_line(&mut rest) else {
        return malformed(rest);
    };
    let (method, may_have_content) = match method {
        b"GET" => (Method::Any, false),
        b"HEAD" => (Method::Head, false),
        b"CONNECT" => (Method::Connect, true),
        _ => (Method::Any, true),
    };
    let mut request = Request {
        length: 0,
        method,
        may_have_content,
        persists: minor_version >= b'1',
    };
    let mut hosts = 0;
    let mut closes = false;
    while !take_line_end(&mut rest) {
        // No space before the colon, and no line that continues the one before
        // (RFC 9112, 5.1 and 5.2).
        let Some(name) = take_token(&mut rest, b':') else {
            return malformed(rest);
        };
        let Some(value) = take_value(&mut rest) else {
            return malformed(rest);
        };
        match name.len() {
            4 if is_same(name, b"host") => hosts += 1,
            10 if is_same(name, b"connection") => {
                for option in value.split(|byte| *byte == b',') {
                    let option = option.trim_ascii();
                    closes |= is_same(option, b"close");
                    request.persists |= is_same(option, b"keep-alive");
                }
            }
            14 if is_same(name, b"content-length") => request.may_have_content = true,
            17 if is_same(name, b"transfer-encoding") => request.may_have_content = true,
            _ => {}
        }
        if hosts > 1 {
            return Verdict::NotHttp; // RFC 9112, 3.2
        }
    }
    request.length = received.len() - rest.len();
    request.persists &= !closes;
    Verdict::Complete(request)
}

/// The line cannot be parsed so far. If it is complete, it is no HTTP; otherwise the
/// rest of it may still come.
fn malformed(rest: &[u8]) -> Verdict {
    let mut rest = rest;
    match split(&mut rest, b'\n') {
        Some(_) => Verdict::NotHttp,
        None => Verdict::Incomplete,
    }
}

/// What follows the empty lines before a request. They mean nothing (RFC 9112, 2.2).
pub fn skip_empty_lines(received: &[u8]) -> &[u8] {
    let mut rest = received;
    while take_line_end(&mut rest) {}
    rest
}

/// Takes the end of a line, if `rest` begins with one.
fn take_line_end(rest: &mut &[u8]) -> bool {
    match *rest {
        [b'\n', behind @ ..] | [b'\r', b'\n', behind @ ..] => *rest = behind,
        _ => return false,
    }
    true
}

/// The method, and the digit of the version, if it is a request line of
/// HTTP/1: `METHOD SP target SP HTTP/1.x` (RFC 9112, 3).
fn take_request_line<'a>(rest: &mut &'a [u8]) -> Option<(&'a [u8], u8)> {
    let method = take_token(rest, b' ')?;
    take_part(rest, is_target_byte, b' ')?;
    let (version, behind) = rest.split_at_checked(8)?;
    let digit = *version.strip_prefix(b"HTTP/1.")?.first()?;
    let mut behind = behind;
    if !digit.is_ascii_digit() || !take_line_end(&mut behind) {
        return None;
    }
    *rest = behind;
    Some((method, digit))
}

/// Takes a token, such as a method or the name of a field, and the byte behind
/// it, which must be `end` (RFC 9110, 5.6.2).
pub fn take_token<'a>(rest: &mut &'a [u8], end: u8) -> Option<&'a [u8]> {
    take_part(rest, is_token_byte, end)
}

/// Takes one or more bytes of a kind, and `end` behind them.
fn take_part<'a>(rest: &mut &'a [u8], is_part: impl Fn(u8) -> bool, end: u8) -> Option<&'a [u8]> {
    let whole = *rest;
    let mut behind = whole.iter();
    let first = loop {
        match *behind.next()? {
            byte if is_part(byte) => {}
            byte => break byte,
        }
    };
    let part = whole.get(..whole.len() - behind.len() - 1)?;
    if part.is_empty() || first != end {
        return None;
    }
    *rest = behind.as_slice();
    Some(part)
}

/// Takes the value of a field, and the end of its line. It has no CR elsewhere, which another
/// server could take for the end of the line (RFC 9112, 2.2), and no NUL, which it could take
/// for the end of the text (RFC 9110, 5.5).
fn take_value<'a>(rest: &mut &'a [u8]) -> Option<&'a [u8]> {
    let whole = *rest;
    let mut behind = whole.iter();
    while let b' '.. | b'\t' = *behind.next()? {}
    let value = whole.get(..whole.len() - behind.len() - 1)?;
    *rest = match whole.get(value.len()..)? {
        [b'\n', next @ ..] | [b'\r', b'\n', next @ ..] => next,
        _ => return None,
    };
    Some(value)
}

/// A character of a token: a visible one that is no delimiter.
#[inline(always)] // a call for each byte of a head
fn is_token_byte(byte: u8) -> bool {
    TOKEN[usize::from(byte / 64)] >> (byte % 64) & 1 == 1
}

/// A bit for each byte: whether a token may have it.
const TOKEN: [u64; 4] = {
    let mut bits = [0; 4];
    let mut byte = 0;
    while byte < 256 {
        let is_part = matches!(byte as u8, b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'!'
            | b'#'..=b'\'' | b'*' | b'+' | b'-' | b'.' | b'^'..=b'`' | b'|' | b'~');
        bits[byte / 64] |= (is_part as u64) << (byte % 64);
        byte += 1;
    }
    bits
};

/// A character of a request's target: no space, no control character (RFC 9112, 3.2).
fn is_target_byte(byte: u8) -> bool {
    byte > b' ' && byte != 0x7f
}

/// Whether it may be the target of a request.
pub fn is_target(text: &[u8]) -> bool {
    !text.is_empty() && text.iter().all(|&byte| is_target_byte(byte))
}

/// Whether `text` is `known`, in capitals or small letters. `known` has small letters and `-`:
/// all have bit 0x20, in which a capital differs. `text` has no control characters.
pub fn is_same(text: &[u8], known: &[u8]) -> bool {
    let mut pairs = text.iter().zip(known);
    text.len() == known.len() && pairs.all(|(a, b)| a | 0x20 == *b)
}

#[cfg(test)]
mod tests;
