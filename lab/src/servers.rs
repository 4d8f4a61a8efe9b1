//! The servers that are measured: which there are, where their programs lie,
//! how one is started, accounted for and ended.

pub mod cgroup;
pub mod descendants;
pub mod peers;
pub mod processes;
pub mod programs;
pub mod server;
pub mod started;
pub mod table;
