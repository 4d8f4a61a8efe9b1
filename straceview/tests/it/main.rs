//! The instruments from outside: what they record, and what they draw.

mod browser;
mod drawn;
mod explain;
mod pictures;
mod servers;
mod timeline;
