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
    pub fn as_bytes(&self) -> &[u8] {
        self.bytes.get(..self.len).unwrap_or_default()
    }
}

/// Takes the text before the first `separator` off `text`, and the separator;
/// where there is none, nothing.
#[inline(never)]
pub fn split<'a>(text: &mut &'a [u8], separator: u8) -> Option<&'a [u8]> {
    let end = text.iter().position(|&byte| byte == separator)?;
    let before = text.get(..end);
    *text = text.get(end + 1..).unwrap_or_default();
    before
}

/// A number of at most `max` (below 2^32) units in decimal, no sign, no
/// space. Parts of a unit may follow a point, if a whole has that many.
#[inline(never)]
pub fn parse_number(text: &[u8], unit: u32, max: u32) -> Option<u32> {
    let mut number = 0_u64;
    let mut place = 0; // what a digit behind the point counts
    for &byte in text {
        if byte == b'.' && place == 0 {
            place = unit;
            continue;
        }
        let digit = u32::from(byte.wrapping_sub(b'0'));
        if digit > 9 {
            return None;
        }
        if place == 0 {
            number = number * 10 + u64::from(digit * unit);
        } else {
            place /= 10;
            if place == 0 {
                return None;
            }
            number += u64::from(digit * place);
        }
        if number > u64::from(max) {
            return None;
        }
    }
    let whole = text.last().is_some_and(u8::is_ascii_digit);
    whole.then_some(number as u32)
}

/// What stands behind `number` in a table of lines: a number, a space, text.
/// One text costs less than a table of pointers to texts.
pub fn lookup(mut table: &'static [u8], number: u32) -> Option<&'static [u8]> {
    loop {
        let mut line = split(&mut table, b'\n')?;
        if parse_number(split(&mut line, b' ')?, 1, u32::MAX) == Some(number) {
            return Some(line);
        }
    }
}
