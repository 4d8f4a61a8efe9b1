//! Bytes to a verdict: RFC 9112 as far as a server needs it that answers every
//! request alike. Pure.

pub mod response;

use crate::text::split;

/// How long a request's head may be, in bytes: RFC 9112, 3 wants request lines
/// of 8000 octets to fit. A longer head gets 431.
pub const HEAD_MAX: usize = 16 * 1024;

/// What the bytes received so far amount to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The blank line that ends the head is still to come.
    Incomplete,
    /// It is no request of HTTP/1.
    NotHttp,
    /// The head is complete.
    Complete(Request),
}

/// A request, as far as its head says something that matters here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Request {
    /// How many bytes the head has, the blank line and empty lines before the
    /// first included.
    pub length: usize,
    /// The methods that are not answered like all others.
    pub method: Method,
    /// Content may follow the head. GET and HEAD have it only where a field
    /// says so (RFC 9112, 6); of other methods it is likely, even from clients
    /// that forget the field.
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

/// Judges what has been received: the same bytes, the same verdict, however
/// the network cut them up.
///
/// A line ends with LF, with or without CR before it, and empty lines before
/// the first are skipped: RFC 9112, 2.2 allows both to a server, and both help
/// those who type a request by hand. So does a request without Host.
pub fn parse(received: &[u8]) -> Verdict {
    let mut rest = received;
    let line = loop {
        match take_line(&mut rest) {
            Some([]) => {}
            Some(line) => break line,
            None => return without_a_line(rest),
        }
    };
    let Some((method, minor_version)) = parse_request_line(line) else {
        return Verdict::NotHttp;
    };
    let mut request = Request {
        length: 0,
        method: match method {
            _ if method == b"HEAD" => Method::Head,
            _ if method == b"CONNECT" => Method::Connect,
            _ => Method::Any,
        },
        may_have_content: method != b"GET" && method != b"HEAD",
        persists: minor_version >= b'1',
    };
    let mut hosts = 0;
    let mut closes = false;
    while let Some(mut line) = take_line(&mut rest) {
        if line.is_empty() {
            request.length = received.len() - rest.len();
            request.persists &= !closes;
            return Verdict::Complete(request);
        }
        // No space before the colon, and no line that continues the one before
        // (RFC 9112, 5.1 and 5.2).
        let Some(name) = take_token(&mut line, b':') else {
            return Verdict::NotHttp;
        };
        match name.len() {
            4 if is_same(name, b"host") => hosts += 1,
            10 if is_same(name, b"connection") => {
                closes |= lists(line, b"close");
                request.persists |= lists(line, b"keep-alive");
            }
            14 if is_same(name, b"content-length") => request.may_have_content = true,
            17 if is_same(name, b"transfer-encoding") => request.may_have_content = true,
            _ => {}
        }
        if hosts > 1 {
            return Verdict::NotHttp; // RFC 9112, 3.2
        }
    }
    Verdict::Incomplete
}

/// There is no whole line yet. What cannot begin a method is refused at once:
/// a TLS client waits for an answer and sends no line.
fn without_a_line(rest: &[u8]) -> Verdict {
    match rest {
        [first, ..] if !is_token_byte(*first) && *first != b'\r' => Verdict::NotHttp,
        _ => Verdict::Incomplete,
    }
}

/// Takes a line off `rest`, without its end, if it is complete.
fn take_line<'a>(rest: &mut &'a [u8]) -> Option<&'a [u8]> {
    let line = split(rest, b'\n')?;
    Some(line.strip_suffix(b"\r").unwrap_or(line))
}

/// The method, and the digit of the version, if it is a request line of
/// HTTP/1: `METHOD SP target SP HTTP/1.x` (RFC 9112, 3).
fn parse_request_line(mut line: &[u8]) -> Option<(&[u8], u8)> {
    let method = take_token(&mut line, b' ')?;
    let target = split(&mut line, b' ')?;
    match line.strip_prefix(b"HTTP/1.") {
        Some([digit @ b'0'..=b'9']) if is_target(target) => Some((method, *digit)),
        _ => None,
    }
}

/// Takes a token, such as a method or the name of a field, and the byte behind
/// it, which must be `end`, off `rest` (RFC 9110, 5.6.2).
pub fn take_token<'a>(rest: &mut &'a [u8], end: u8) -> Option<&'a [u8]> {
    let length = rest.iter().position(|&byte| !is_token_byte(byte))?;
    let (token, behind) = rest.split_at_checked(length)?;
    let [first, behind @ ..] = behind else {
        return None;
    };
    *rest = behind;
    (*first == end && !token.is_empty()).then_some(token)
}

/// A character of a token: a visible one that is no delimiter.
fn is_token_byte(byte: u8) -> bool {
    byte < 128 && TOKEN >> byte & 1 == 1
}

/// The characters of a token, a bit for each.
const TOKEN: u128 = {
    let mut set = 0;
    let mut byte = b'!';
    while byte <= b'~' {
        set |= 1 << byte;
        byte += 1;
    }
    let delimiters = b"\"(),/:;<=>?@[\\]{}";
    let mut n = 0;
    while n < delimiters.len() {
        set &= !(1 << delimiters[n]);
        n += 1;
    }
    set
};

/// The target of a request: no space, no control character (RFC 9112, 3.2).
pub fn is_target(text: &[u8]) -> bool {
    !text.is_empty() && text.iter().all(|&byte| byte > b' ' && byte != 0x7f)
}

/// Whether `list`, words with commas between them, has this word.
fn lists(mut list: &[u8], word: &[u8]) -> bool {
    while let Some(first) = split(&mut list, b',') {
        if is_same(first.trim_ascii(), word) {
            return true;
        }
    }
    is_same(list.trim_ascii(), word)
}

/// Whether `text` is `known`, which has small letters, in letters of any size.
pub fn is_same(text: &[u8], known: &[u8]) -> bool {
    let mut pairs = text.iter().zip(known);
    text.len() == known.len() && pairs.all(|(a, b)| a.to_ascii_lowercase() == *b)
}

#[cfg(test)]
mod tests;
