//! Text in a buffer of fixed size, and numbers from text. core::fmt and core::str would do
//! this with ten times the bytes. Pure.

/// Text in a buffer. What does not fit is left out.
pub struct Text<'a> {
    buffer: &'a mut [u8],
    length: usize,
}

impl<'a> Text<'a> {
    /// No text yet.
    pub fn new(buffer: &'a mut [u8]) -> Self {
        Self { buffer, length: 0 }
    }

    /// Appends `bytes`.
    pub fn push(&mut self, bytes: &[u8]) {
        let space = self.buffer.get_mut(self.length..).unwrap_or_default();
        for (place, byte) in space.iter_mut().zip(bytes) {
            *place = *byte;
            self.length += 1;
        }
    }

    /// Appends `number` in decimal.
    pub fn push_number(&mut self, number: u64) {
        self.push_digits(number, 10);
    }

    /// Appends `number` in this base, 10 or 16.
    pub fn push_digits(&mut self, number: u64, base: u64) {
        if number >= base {
            self.push_digits(number / base, base);
        }
        let digit = (number % base) as u8;
        self.push(&[digit + if digit < 10 { b'0' } else { b'a' - 10 }]);
    }

    /// Appends spaces until the text is `length` bytes long, or the buffer is full.
    pub fn pad(&mut self, length: usize) {
        while self.length < length.min(self.buffer.len()) {
            self.push(b" ");
        }
    }

    /// How many bytes there are.
    pub fn length(&self) -> usize {
        self.length
    }

    /// The text, as long as its buffer lives.
    pub fn into_bytes(self) -> &'a [u8] {
        self.buffer.get(..self.length).unwrap_or_default()
    }
}

/// Takes the text before the first `separator` from `text`, and the separator with it.
/// Returns `None`, and takes nothing, if there is no separator.
pub fn split<'a>(text: &mut &'a [u8], separator: u8) -> Option<&'a [u8]> {
    let whole = *text;
    let mut behind = whole.iter();
    while *behind.next()? != separator {}
    *text = behind.as_slice();
    whole.get(..whole.len() - text.len() - 1)
}

/// The line of `table` that begins with this number and a space: the whole line, and what
/// follows the space.
pub fn find_line(table: &'static str, number: u32) -> Option<(&'static [u8], &'static [u8])> {
    let mut rest = table.as_bytes();
    loop {
        let line = split(&mut rest, b'\n')?;
        let mut text = line;
        let key = split(&mut text, b' ')?;
        if parse_number(key, 1, u32::MAX) == Some(number) {
            return Some((line, text));
        }
    }
}

/// A decimal number without sign and space, times `unit`: with a unit of 1000, `1.5` is
/// 1500. There may be as many decimals as `unit` has zeros, so `0.0001` is no number then.
/// A result above `max` is no number, either.
pub fn parse_number(text: &[u8], unit: u32, max: u32) -> Option<u32> {
    let mut number = 0_u64;
    let mut place = 0; // what a digit behind the point counts; 0: no point yet
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
            number = number * 10 + u64::from(digit) * u64::from(unit);
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
