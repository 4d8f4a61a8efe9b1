//! Text in a buffer of fixed size, and numbers from text: what core::fmt and
//! core::str would do, for a tenth of their bytes. Pure.

/// Up to `N` bytes of text. What does not fit is left out.
pub struct Text<const N: usize> {
    bytes: [u8; N],
    length: usize,
}

impl<const N: usize> Default for Text<N> {
    fn default() -> Self {
        Self {
            bytes: [0; N],
            length: 0,
        }
    }
}

impl<const N: usize> Text<N> {
    /// Appends as much of `bytes` as fits, and returns the rest.
    pub fn push<'a>(&mut self, bytes: &'a [u8]) -> &'a [u8] {
        let space = self.bytes.get_mut(self.length..).unwrap_or_default();
        let fits = bytes.len().min(space.len());
        for (to, from) in space.iter_mut().zip(bytes) {
            *to = *from;
        }
        self.length += fits;
        bytes.get(fits..).unwrap_or_default()
    }

    /// Appends `number` in decimal.
    pub fn push_number(&mut self, number: u64) {
        if number > 9 {
            self.push_number(number / 10);
        }
        self.push(&[b'0' + (number % 10) as u8]);
    }

    /// Appends spaces until the text is `length` bytes long.
    pub fn pad(&mut self, length: usize) {
        while self.length < length.min(N) {
            self.push(b" ");
        }
    }

    /// The text so far.
    pub fn as_bytes(&self) -> &[u8] {
        self.bytes.get(..self.length).unwrap_or_default()
    }

    /// Empties it.
    pub fn clear(&mut self) {
        self.length = 0;
    }
}

/// Takes the text before the first `separator` off `text`, and the separator;
/// where there is none, nothing.
pub fn split<'a>(text: &mut &'a [u8], separator: u8) -> Option<&'a [u8]> {
    let end = text.iter().position(|&byte| byte == separator)?;
    let before = text.get(..end);
    *text = text.get(end + 1..).unwrap_or_default();
    before
}

/// A number of at most `max` units in decimal: no sign, no space. Decimals of
/// a unit may follow a point, if one unit counts that many: with a unit of
/// 1000, `1.5` is 1500, and `0.0001` is no number.
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
