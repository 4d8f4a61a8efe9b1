//! The bytes of a response (RFC 9110, RFC 9112).

use crate::text::{Text, find_line};

/// Bytes that a response's head may have for the fields of `--header`, names
/// and line ends included.
pub const FIELDS_MAX: usize = 1536;

/// What happens to the connection after a response.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Then {
    /// `Connection: Close`: this response is the last.
    Close,
    /// `Connection: Keep-Alive`: another request may follow. HTTP/1.1 does not
    /// need the field; HTTP/1.0 does (RFC 9112, 9.3).
    KeepAlive,
}

/// Where a response is put together.
pub type Buffer = [u8; 2048];
/// An empty buffer.
pub const EMPTY: Buffer = [0; 2048];

/// A response, ready to be sent: one buffer with the head and as much of the body as
/// fits behind it. Most bodies fit, and need one send.
#[derive(Clone, Copy)]
pub struct Response<'a> {
    /// Its status.
    pub status: u32,
    bytes: &'a [u8],
    head: usize,
    rest: &'static [u8],
}

impl<'a> Response<'a> {
    /// `HTTP/1.1 200 OK`, `Connection: Close`, `fields`, `Content-Length: 1`, `A`.
    ///
    /// `status` is a code of three digits; 204, 205 and 304 have no body, and
    /// 204 and 304 no length either (RFC 9110, 8.6). Each of `fields` is one
    /// field line, without its end; together they have at most [`FIELDS_MAX`] bytes.
    pub fn new(
        buffer: &'a mut [u8],
        status: u32,
        then: Then,
        fields: &[&[u8]],
        body: &'static [u8],
    ) -> Self {
        let body: &[u8] = if has_body(status) { body } else { b"" };
        let mut buffer = Text::new(buffer);
        buffer.push(b"HTTP/1.1 ");
        match find_line(STATUSES, status) {
            Some((line, _)) => buffer.push(line),
            None => {
                buffer.push_number(status.into());
                buffer.push(b" ");
            }
        }
        buffer.push(match then {
            Then::Close => b"\r\nConnection: Close\r\n",
            Then::KeepAlive => b"\r\nConnection: Keep-Alive\r\n",
        });
        for field in fields {
            buffer.push(field);
            buffer.push(b"\r\n");
        }
        if status != 204 && status != 304 {
            buffer.push(b"Content-Length: ");
            buffer.push_number(body.len() as u64);
            buffer.push(b"\r\n");
        }
        buffer.push(b"\r\n");
        let head = buffer.length();
        buffer.push(body);
        let bytes = buffer.into_bytes();
        Self {
            status,
            bytes,
            head,
            rest: body.get(bytes.len() - head..).unwrap_or_default(),
        }
    }

    /// The answer to a request that acceptd does not serve: no body, and the
    /// connection is closed. 405 lists the methods that are served (RFC 9110, 15.5.6).
    pub fn error(buffer: &'a mut [u8], status: u32) -> Self {
        let allow: &[&[u8]] = &[b"Allow: GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS"];
        let fields = if status == 405 { allow } else { &[] };
        Self::new(buffer, status, Then::Close, fields, b"")
    }

    /// The bytes to send first, and those to send after them (none for most
    /// responses). A response to HEAD is its head alone.
    pub fn parts(&self, head_only: bool) -> (&'a [u8], &'static [u8]) {
        if head_only {
            (self.bytes.get(..self.head).unwrap_or_default(), b"")
        } else {
            (self.bytes, self.rest)
        }
    }
}

/// Whether a response of this status can have a body (RFC 9110, 15.3.5,
/// 15.3.6 and 15.4.5).
pub fn has_body(status: u32) -> bool {
    !matches!(status, 204 | 205 | 304)
}

/// The status codes that are used most, and their reason phrases (RFC 9110, 15). Others
/// have none: the phrase may be empty (RFC 9112, 4).
const STATUSES: &str = "\
200 OK
201 Created
202 Accepted
204 No Content
301 Moved Permanently
302 Found
304 Not Modified
307 Temporary Redirect
308 Permanent Redirect
400 Bad Request
401 Unauthorized
403 Forbidden
404 Not Found
405 Method Not Allowed
408 Request Timeout
414 URI Too Long
429 Too Many Requests
431 Request Header Fields Too Large
500 Internal Server Error
501 Not Implemented
502 Bad Gateway
503 Service Unavailable
504 Gateway Timeout
";
