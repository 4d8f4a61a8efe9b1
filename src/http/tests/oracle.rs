//! The head of a request once more, slow and obvious: the judge of these tests,
//! and of `just fuzz`.

use super::{Method, Request, Verdict};
use std::string::String;
use std::vec::Vec;

/// RFC 9112 once more, by way of whole strings.
pub fn oracle(received: &[u8]) -> Verdict {
    let text: String = received.iter().map(|&byte| char::from(byte)).collect();
    let mut lines: Vec<&str> = text.split('\n').collect();
    let behind = lines.pop().expect("split gives one");
    let lengths: Vec<usize> = lines.iter().map(|line| line.chars().count() + 1).collect();
    let lines: Vec<&str> = lines
        .into_iter()
        .map(|line| line.strip_suffix('\r').unwrap_or(line))
        .collect();
    let Some(first) = lines.iter().position(|line| !line.is_empty()) else {
        let next = behind.chars().next();
        let could_begin = next.is_none_or(|c| c == '\r' || token(&String::from(c)));
        return if could_begin {
            Verdict::Incomplete
        } else {
            Verdict::NotHttp
        };
    };
    let words: Vec<&str> = lines[first].split(' ').collect();
    let &[method, target, version] = &words[..] else {
        return Verdict::NotHttp;
    };
    let minor = version.strip_prefix("HTTP/1.").unwrap_or_default();
    let good_target = !target.is_empty() && target.chars().all(|c| c > ' ' && c != '\x7f');
    if !token(method) || !good_target || minor.len() != 1 || minor.parse::<u8>().is_err() {
        return Verdict::NotHttp;
    }
    let end = lines[first..].iter().position(|line| line.is_empty());
    let end = end.map(|after| first + after);
    let mut fields = Vec::new();
    for line in &lines[first + 1..end.unwrap_or(lines.len())] {
        match line.split_once(':') {
            Some((name, value)) if token(name) && value.chars().all(in_value) => {
                fields.push((name.to_ascii_lowercase(), value))
            }
            _ => return Verdict::NotHttp,
        }
    }
    let values = |wanted: &str| -> Vec<&str> {
        let of_name = fields.iter().filter(|(name, _)| name == wanted);
        of_name.map(|(_, value)| *value).collect()
    };
    if values("host").len() > 1 {
        return Verdict::NotHttp;
    }
    let Some(end) = end else {
        return Verdict::Incomplete;
    };
    let connection = values("connection").join(",").to_ascii_lowercase();
    let options: Vec<&str> = connection
        .split(',')
        .map(|option| option.trim_matches(|c: char| c.is_ascii_whitespace()))
        .collect();
    let says_length = !values("content-length").is_empty();
    let says_coding = !values("transfer-encoding").is_empty();
    let usual = method == "GET" || method == "HEAD";
    Verdict::Complete(Request {
        length: lengths[..=end].iter().sum(),
        method: match method {
            "HEAD" => Method::Head,
            "CONNECT" => Method::Connect,
            _ => Method::Any,
        },
        may_have_content: !usual || says_length || says_coding,
        persists: (minor != "0" || options.contains(&"keep-alive")) && !options.contains(&"close"),
    })
}

fn in_value(c: char) -> bool {
    c == '\t' || c >= ' '
}

fn token(text: &str) -> bool {
    let delimiter = |c| "\"(),/:;<=>?@[\\]{}".contains(c);
    !text.is_empty() && text.chars().all(|c| c.is_ascii_graphic() && !delimiter(c))
}
