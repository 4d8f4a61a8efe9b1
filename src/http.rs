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
    let mut content = !matches!(method, b"GET" | b"HEAD");
    let mut hosts = 0;
    let (mut close, mut keep_alive) = (false, minor_version >= b'1');
    while let Some(line) = take_line(&mut rest) {
        if line.is_empty() {
            let method = match method {
                b"HEAD" => Method::Head,
                b"CONNECT" => Method::Connect,
                _ => Method::Any,
            };
            return Verdict::Complete(Request {
                length: received.len() - rest.len(),
                method,
                may_have_content: content,
                persists: keep_alive && !close,
            });
        }
        match parse_field(line) {
            None => return Verdict::NotHttp,
            Some(Field::Host) => hosts += 1,
            Some(Field::Content) => content = true,
            Some(Field::Close) => close = true,
            Some(Field::KeepAlive) => keep_alive = true,
            Some(Field::Other) => {}
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
    let method = split(&mut line, b' ')?;
    let target = split(&mut line, b' ')?;
    let Some([digit @ b'0'..=b'9']) = line.strip_prefix(b"HTTP/1.") else {
        return None;
    };
    (is_token(method) && is_target(target)).then_some((method, *digit))
}

/// A field line that changes how a request is answered.
enum Field {
    Host,
    /// Content-Length or Transfer-Encoding: content follows.
    Content,
    /// `Connection: close`
    Close,
    /// `Connection: keep-alive`
    KeepAlive,
    Other,
}

/// Reads a field line, `name: value`: no space before the colon, and no line
/// that continues the one before (RFC 9112, 5.1 and 5.2).
fn parse_field(line: &[u8]) -> Option<Field> {
    let mut value = line;
    let name = split(&mut value, b':').filter(|name| is_token(name))?;
    let is = |known: &[u8]| name.eq_ignore_ascii_case(known);
    let has = |option: &[u8]| {
        let mut options = value.split(|byte| *byte == b',');
        options.any(|word| word.trim_ascii().eq_ignore_ascii_case(option))
    };
    Some(match name.len() {
        4 if is(b"host") => Field::Host,
        10 if is(b"connection") && has(b"close") => Field::Close,
        10 if is(b"connection") && has(b"keep-alive") => Field::KeepAlive,
        14 if is(b"content-length") => Field::Content,
        17 if is(b"transfer-encoding") => Field::Content,
        _ => Field::Other,
    })
}

/// A token, such as a method or the name of a field (RFC 9110, 5.6.2).
pub fn is_token(text: &[u8]) -> bool {
    !text.is_empty() && text.iter().all(|&byte| is_token_byte(byte))
}

/// A character of a token: a visible one that is no delimiter.
fn is_token_byte(byte: u8) -> bool {
    byte.is_ascii_graphic() && !b"\"(),/:;<=>?@[\\]{}".contains(&byte)
}

/// The target of a request: no space, no control character (RFC 9112, 3.2).
pub fn is_target(text: &[u8]) -> bool {
    !text.is_empty() && text.iter().all(|&byte| byte > b' ' && byte != 0x7f)
}

#[cfg(test)]
mod tests;
