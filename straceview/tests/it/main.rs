//! The instruments from outside: what they record, and what they draw.

mod acceptd;
mod browser;
mod client;
mod drawn;
mod explain;
mod figure;
mod kinds;
mod layout;
mod page;
mod pictures;
mod process;
mod scale;
mod servers;
mod stepping;
mod timeline;
mod webdriver;
