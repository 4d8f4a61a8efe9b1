//! `lab bench`: every model of acceptd beside its peers.

pub mod check;
mod client;
mod counts;
mod groups;
mod peers;
mod processes;
mod server;
mod statistics;
mod trace;
mod wrk;
