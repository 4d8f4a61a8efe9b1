//! strace's text: [`line`] reads a line, [`recording`] joins the lines.

pub mod call;
pub mod line;
pub mod purpose;
pub mod recording;
