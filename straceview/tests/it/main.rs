//! The instruments from outside: what they record, and what they draw.

mod browser;
mod drawn;
mod explain;
mod page;
mod pictures;
mod servers;
mod timeline;
mod webdriver;
