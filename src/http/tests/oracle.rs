//! The head of a request once more, slow and obvious: the judge of these tests,
//! and of `just fuzz`.

use super::Verdict;
use std::string::String;
use std::vec::Vec;

/// RFC 9112 once more, by way of whole strings.
pub fn oracle(received: &[u8]) -> Verdict {
    let text: String = received.iter().map(|&byte| char::from(byte)).collect();
    let mut lines: Vec<&str> = text.split('\n').collect();
    let behind = lines.pop().expect("split gives one");
    let mut lines = lines
        .into_iter()
        .map(|line| line.strip_suffix('\r').unwrap_or(line));
    let Some(request_line) = lines.by_ref().find(|line| !line.is_empty()) else {
        let first = behind.chars().next();
        let could_begin = first.is_none_or(|c| c == '\r' || token(&String::from(c)));
        return if could_begin {
            Verdict::Incomplete
        } else {
            Verdict::NotHttp
        };
    };
    let words: Vec<&str> = request_line.split(' ').collect();
    let &[method, target, version] = &words[..] else {
        return Verdict::NotHttp;
    };
    let minor = version.strip_prefix("HTTP/1.").unwrap_or_default();
    let good_target = !target.is_empty() && target.chars().all(|c| c > ' ' && c != '\x7f');
    if !token(method) || !good_target || minor.len() != 1 || minor.parse::<u8>().is_err() {
        return Verdict::NotHttp;
    }
    let mut more = method != "GET" && method != "HEAD";
    while let Some(field) = lines.next() {
        if field.is_empty() {
            more |= lines.next().is_some() || !behind.is_empty();
            return Verdict::Request {
                head_only: method == "HEAD",
                more,
            };
        }
        let name = field
            .split(':')
            .next()
            .expect("split gives one")
            .to_ascii_lowercase();
        more |= field.contains(':') && ["content-length", "transfer-encoding"].contains(&&*name);
    }
    Verdict::Incomplete
}

fn token(text: &str) -> bool {
    let delimiter = |c| "\"(),/:;<=>?@[\\]{}".contains(c);
    !text.is_empty() && text.chars().all(|c| c.is_ascii_graphic() && !delimiter(c))
}
