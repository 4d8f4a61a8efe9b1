//! A response, as far as it has come.

use anyhow::bail;

/// Whether the head is there, and as much of the body as its Content-Length states. The
/// end of the connection may come late, where a parent still holds it (the article's
/// fork). A response that states no length is never whole.
///
/// # Errors
///
/// What is not HTTP.
pub fn is_whole(response: &[u8]) -> anyhow::Result<bool> {
    let mut headers = [httparse::EMPTY_HEADER; 32];
    let mut parsed = httparse::Response::new(&mut headers);
    let head = match parsed.parse(response) {
        Ok(httparse::Status::Complete(head)) => head,
        Ok(httparse::Status::Partial) => return Ok(false),
        Err(error) => bail!("not an HTTP response: {error}"),
    };
    let mut stated = headers
        .iter()
        .filter(|header| header.name.eq_ignore_ascii_case("content-length"));
    let length = stated
        .next()
        .and_then(|header| std::str::from_utf8(header.value).ok());
    let length: Option<usize> = length.and_then(|length| length.trim().parse().ok());
    Ok(length.is_some_and(|length| response.len() - head >= length))
}

#[cfg(test)]
mod tests {
    use super::is_whole;

    #[test]
    fn a_response_is_whole_with_its_last_byte() {
        let response = b"HTTP/1.1 200 OK\r\ncontent-LENGTH: 2\r\nA: b\r\n\r\nAB";
        for length in 0..response.len() {
            assert!(!is_whole(&response[..length]).expect("HTTP"), "{length}");
        }
        assert!(is_whole(response).expect("HTTP"));
        assert!(!is_whole(b"HTTP/1.1 200 OK\r\n\r\nA").expect("HTTP"));
        assert!(is_whole(b"hello\r\n\r\n").is_err());
    }
}
