//! The clients: one request, many in a loop, and wrk.

pub mod get;
pub mod looping;
mod response;
pub mod wrk;
