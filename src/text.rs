//! Text: put together in a buffer of fixed size, taken apart, looked up. What
//! core::fmt and core::str would do, for a tenth of their bytes. Pure.

/// What a [`Text`] holds, in bytes: a line of ours, or the head of a response.
pub const CAPACITY: usize = 512;

/// Up to [`CAPACITY`] bytes of text. What does not fit is left out.
pub struct Text {
    bytes: [u8; CAPACITY],
    len: usize,
}

impl Default for Text {
    fn default() -> Self {
        Self {
            bytes: [0; CAPACITY],
            len: 0,
        }
    }
}

impl Text {
    /// Appends as much of `bytes` as fits, and returns the rest.
    pub fn push<'a>(&mut self, bytes: &'a [u8]) -> &'a [u8] {
        let mut rest = bytes;
        while let ([byte, more @ ..], Some(place)) = (rest, self.bytes.get_mut(self.len)) {
            *place = *byte;
            self.len += 1;
            rest = more;
        }
        rest
    }

    /// Appends `number` in decimal.
    pub fn push_number(&mut self, number: u64) {
        if number > 9 {
            self.push_number(number / 10);
        }
        self.push(&[b'0' + (number % 10) as u8]);
    }

    /// The text so far.
    #[inline(never)]
    pub fn as_bytes(&self) -> &[u8] {
        self.bytes.get(..self.len).unwrap_or_default()
    }
}

/// The text before the first `separator`, and the text after it, if it is there.
pub fn cut(text: &[u8], separator: u8) -> (&[u8], Option<&[u8]>) {
    match text.iter().position(|&byte| byte == separator) {
        Some(end) => (text.get(..end).unwrap_or_default(), text.get(end + 1..)),
        None => (text, None),
    }
}

/// A whole number in decimal: up to 19 digits, no sign, no space.
pub fn parse_number(text: &[u8]) -> Option<u64> {
    if text.is_empty() || text.len() > 19 {
        return None;
    }
    text.iter().try_fold(0_u64, |number, &byte| {
        let digit = byte.is_ascii_digit().then(|| byte - b'0')?;
        Some(number.wrapping_mul(10).wrapping_add(digit.into())) // 19 digits fit
    })
}

/// What stands behind `number` in a table of lines: a number, a space, text.
/// One text costs less than a table of pointers to texts.
pub fn lookup(table: &'static [u8], number: u64) -> Option<&'static [u8]> {
    let mut rest = Some(table);
    while let Some(lines) = rest {
        let (line, more) = cut(lines, b'\n');
        let (key, found) = cut(line, b' ');
        if parse_number(key) == Some(number) {
            return found;
        }
        rest = more;
    }
    None
}
