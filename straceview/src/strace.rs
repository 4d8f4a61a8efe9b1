//! strace's text, read: [`line`] reads a line, [`join`] joins the halves of calls,
//! [`complete`] adds what was left out, [`recording`] holds all.

pub mod call;
mod complete;
pub mod entry;
mod join;
pub mod line;
pub mod purpose;
pub mod recording;
pub mod stack;
pub mod stamp;
