//! Reads the values of options.

use super::address::parse_address;
use super::table::{Opt, Takes};
use super::{Options, TARGET_MAX};
use crate::http::response::FIELDS_MAX;
use crate::http::{is_same, is_target, take_token};
use crate::text::parse_number;

impl<'a> Options<'a> {
    /// Keeps the value of the option at this place of the table, or says what it is not.
    pub(super) fn keep(
        &mut self,
        place: usize,
        option: &Opt,
        value: &'a [u8],
    ) -> Result<(), &'static str> {
        let number = match option.takes {
            Takes::Number { min, max, .. } => {
                parse_number(value, 1, max).filter(|number| *number >= min)
            }
            Takes::Seconds { .. } => parse_number(value, 1000, u32::MAX),
            Takes::Choice(words) => {
                let place = words.iter().position(|word| word.as_bytes() == value);
                place.map(|place| place as u32)
            }
            Takes::Address => {
                let ip = parse_address(value).ok_or(option.what)?;
                self.address.set_ip(ip);
                return Ok(());
            }
            Takes::Target => {
                let is_path = is_target(value) && value.starts_with(b"/");
                if !is_path || value.len() > TARGET_MAX {
                    return Err(option.what);
                }
                self.target = value;
                return Ok(());
            }
            Takes::Text => {
                self.body = Some(value);
                return Ok(());
            }
            Takes::Field => return self.add_header(value),
            Takes::Flag => return Err("wanted: it takes no value"),
        };
        self.set(place, number.ok_or(option.what)?);
        Ok(())
    }

    /// Takes a field line, or says why not. Connection, Content-Length and
    /// Transfer-Encoding are refused: the server writes them, since they must be true.
    fn add_header(&mut self, line: &'a [u8]) -> Result<(), &'static str> {
        let mut value = line;
        let name = take_token(&mut value, b':');
        let is_text = value
            .iter()
            .all(|byte| *byte == b'\t' || !byte.is_ascii_control());
        let (Some(name), true) = (name, is_text) else {
            return Err("a field (NAME: VALUE, NAME a token, VALUE on one line)");
        };
        for own in &["connection", "content-length", "transfer-encoding"] {
            if is_same(name, own.as_bytes()) {
                return Err("yours to set: acceptd says how the response is framed");
            }
        }
        let mut used = line.len() + 2;
        for field in self.headers() {
            used += field.len() + 2;
        }
        if used > FIELDS_MAX {
            return Err("short enough: 1536 bytes for all fields together");
        }
        let place = self.headers.get_mut(self.header_count);
        *place.ok_or("one of the first 16 fields, and no more fit")? = line;
        self.header_count += 1;
        Ok(())
    }
}
