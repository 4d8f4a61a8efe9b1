//! Failures of one call, many in a row, in two lines.

use super::line::{
    self,
    Value::{Number, Text},
};
use super::{failed, has_room_now};
use rustix::io::Errno;

/// Failures of one call in a row. The first one is reported, and at the end of the
/// row how many there were: a long row does not flood the reader.
pub struct Failures {
    call: &'static str,
    count: u32,
}

impl Failures {
    /// No failure yet.
    pub fn of(call: &'static str) -> Self {
        Self { call, count: 0 }
    }

    /// `acceptd: accept4: EMFILE: too many open files`, if it is the first. If stderr is full
    /// the line is left out: the server must go on.
    pub fn add(&mut self, errno: Errno) {
        if self.count == 0 && has_room_now() {
            failed(self.call, errno);
        }
        self.count = self.count.wrapping_add(1);
    }

    /// The call went well. `acceptd: accept4: works again, failures 12`
    pub fn end(&mut self) {
        if self.count > 0 {
            if has_room_now() {
                let values = [Text(self.call), Number(self.count.into())];
                line::write("%: works again, failures %", &values);
            }
            self.count = 0;
        }
    }
}
