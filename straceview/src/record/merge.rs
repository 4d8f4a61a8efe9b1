//! Two recordings in one, by time: strace -o begins each line with a pid and a time.

/// A line that has no time stays behind the line before it.
pub fn by_time(first: &[u8], second: &[u8]) -> Vec<u8> {
    let (mut first, mut second) = (lines(first).peekable(), lines(second).peekable());
    let mut merged = Vec::new();
    loop {
        let from_first = match (first.peek(), second.peek()) {
            (Some((one, _)), Some((other, _))) => one <= other,
            (Some(_), None) => true,
            (None, Some(_)) => false,
            (None, None) => return merged,
        };
        let next = if from_first {
            first.next()
        } else {
            second.next()
        };
        merged.extend(next.expect("peeked").1);
    }
}

/// Each line with its end, and its time as text: all seconds have as many digits.
fn lines(text: &[u8]) -> impl Iterator<Item = (&[u8], &[u8])> {
    let mut last: &[u8] = b"";
    text.split_inclusive(|byte| *byte == b'\n')
        .map(move |line| {
            let mut words = line
                .split(|byte| *byte == b' ')
                .filter(|word| !word.is_empty());
            let time = words
                .nth(1)
                .filter(|word| word.contains(&b'.') && word[0].is_ascii_digit());
            last = time.unwrap_or(last);
            (last, line)
        })
}

#[cfg(test)]
mod tests {
    use super::by_time;

    #[test]
    fn the_earlier_line_comes_first() {
        let server =
            b"10 7.000001 accept4(3 <unfinished ...>\n10 7.000009 <... accept4 resumed>) = 4\n";
        let clients = b"9999 7.000003 connect(3) = 0\n9999 7.000010 +++ exited with 0 +++\n";
        let merged = String::from_utf8(by_time(server, clients)).expect("text");
        let pids: Vec<&str> = merged
            .lines()
            .map(|line| line.split(' ').next().expect("a pid"))
            .collect();
        assert_eq!(pids, ["10", "9999", "10", "9999"]);
        assert_eq!(merged.len(), server.len() + clients.len());
    }
}
