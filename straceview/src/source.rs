//! Which line of source made a call: [`symbols`] asks the debug information of a program,
//! [`lines`] chooses, of all lines on the stack, those to show.

pub mod lines;
pub mod symbols;
