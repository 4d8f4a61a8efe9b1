//! Bytes to a verdict, and the bytes of a response: RFC 9112 as far as a
//! server needs it that answers every request alike. Pure.

use crate::text::{Text, lookup, split};

/// How long a request's head may be, in bytes. A longer one gets 431.
pub const HEAD_MAX: usize = 4096;

/// What the bytes received so far amount to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The blank line that ends the head is still to come.
    Incomplete,
    /// The first line is no `METHOD SP target SP HTTP/1.x`.
    NotHttp,
    /// The head is complete.
    Request {
        /// The method is HEAD: the response ends with its head.
        head_only: bool,
        /// More may be on its way, so that close(2) alone could reset the
        /// connection before the client has read the response.
        more: bool,
    },
}

/// Judges what has been received: the same bytes, the same verdict, however
/// the network cut them up.
///
/// A line ends with LF, with or without CR before it, and empty lines before
/// the first are skipped (RFC 9112, 2.2: both are a server's to allow, and
/// both help who types a request by hand).
#[inline(never)]
pub fn parse(received: &[u8]) -> Verdict {
    let mut lines = Lines(received);
    let request_line = loop {
        match lines.next() {
            Some([]) => {}
            Some(line) => break line,
            // Nothing that starts so becomes a method: no need to wait for a line.
            None if !lines
                .0
                .first()
                .is_none_or(|&byte| is_tchar(byte) || byte == b'\r') =>
            {
                return Verdict::NotHttp;
            }
            None => return Verdict::Incomplete,
        }
    };
    let Some(method) = parse_request_line(request_line) else {
        return Verdict::NotHttp;
    };

    // GET and HEAD have content only where a field says so (RFC 9112, 6);
    // other methods are likelier to, even from clients that forget the field.
    let head_only = method == b"HEAD";
    let mut more = !head_only && method != b"GET";
    for field in &mut lines {
        if field.is_empty() {
            more |= !lines.0.is_empty();
            return Verdict::Request { head_only, more };
        }
        more |= is_field(field, b"content-length:") || is_field(field, b"transfer-encoding:");
    }
    Verdict::Incomplete
}

/// The method, if it is a request line of HTTP/1 (RFC 9112, 3).
fn parse_request_line(mut line: &[u8]) -> Option<&[u8]> {
    let method = split(&mut line, b' ')?;
    let target = split(&mut line, b' ')?;
    let well_formed = !method.is_empty()
        && method.iter().all(|&byte| is_tchar(byte))
        && !target.is_empty()
        && target.iter().all(|&byte| byte > b' ' && byte != 0x7f)
        && matches!(line.strip_prefix(b"HTTP/1."), Some([b'0'..=b'9']));
    well_formed.then_some(method)
}

/// A character of a token, such as a method (RFC 9110, 5.6.2).
fn is_tchar(byte: u8) -> bool {
    matches!(byte, b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z' | b'!' | b'#'..=b'\'' | b'*' | b'+'
        | b'-' | b'.' | b'^'..=b'`' | b'|' | b'~')
}

/// Whether the line begins with this field name and its colon.
fn is_field(line: &[u8], name: &[u8]) -> bool {
    line.len() >= name.len()
        && line
            .iter()
            .zip(name)
            .all(|(byte, lower)| byte.to_ascii_lowercase() == *lower)
}

/// The complete lines, without their ends; what follows them stays behind.
struct Lines<'a>(&'a [u8]);

impl<'a> Iterator for Lines<'a> {
    type Item = &'a [u8];

    fn next(&mut self) -> Option<&'a [u8]> {
        let line = split(&mut self.0, b'\n')?;
        Some(line.strip_suffix(b"\r").unwrap_or(line))
    }
}

/// A response, ready to be sent: one buffer with the head and what of the
/// body fits behind it, which for most is all, so that one send does it.
pub struct Response<'a> {
    buffer: Text,
    head: usize,
    rest: &'a [u8],
}

impl<'a> Response<'a> {
    /// `HTTP/1.1 200 OK`, `Connection: Close`, `Content-Length: 1`, `A`.
    ///
    /// `status` is a code of three digits; 204, 205 and 304 have no body, and
    /// 204 and 304 no length either (RFC 9110, 8.6).
    pub fn new(status: u32, body: &'a [u8]) -> Self {
        let body: &[u8] = if has_body(status) { body } else { b"" };
        let mut buffer = Text::default();
        buffer.push(b"HTTP/1.1 ");
        buffer.push_number(status.into());
        buffer.push(b" ");
        buffer.push(lookup(REASONS, status).unwrap_or_default());
        buffer.push(b"\r\nConnection: Close\r\n");
        if status != 204 && status != 304 {
            buffer.push(b"Content-Length: ");
            buffer.push_number(body.len() as u64);
            buffer.push(b"\r\n");
        }
        buffer.push(b"\r\n");
        let head = buffer.as_bytes().len();
        let rest = buffer.push(body);
        Self { buffer, head, rest }
    }

    /// The bytes to send, and those to send after them, seldom any. HEAD
    /// asks for the head alone.
    #[inline(never)]
    pub fn parts(&self, head_only: bool) -> (&[u8], &[u8]) {
        let bytes = self.buffer.as_bytes();
        if head_only {
            (bytes.get(..self.head).unwrap_or_default(), b"")
        } else {
            (bytes, self.rest)
        }
    }
}

/// Whether a response of this status can have a body (RFC 9110, 15.3.5,
/// 15.3.6 and 15.4.5).
pub fn has_body(status: u32) -> bool {
    !matches!(status, 204 | 205 | 304)
}

/// Status codes that stand-ins are asked for, and their reason phrases (RFC
/// 9110, 15). Others go without: the phrase may be empty (RFC 9112, 4).
const REASONS: &[u8] = b"\
200 OK
201 Created
202 Accepted
204 No Content
301 Moved Permanently
302 Found
304 Not Modified
400 Bad Request
401 Unauthorized
403 Forbidden
404 Not Found
405 Method Not Allowed
408 Request Timeout
429 Too Many Requests
431 Request Header Fields Too Large
500 Internal Server Error
501 Not Implemented
502 Bad Gateway
503 Service Unavailable
504 Gateway Timeout
";

#[cfg(test)]
mod tests;
