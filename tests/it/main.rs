//! Black box tests: each starts the binary as a user would, and looks at what
//! a user would see. They need nothing but std, strace, unshare and a shell.

mod command_line;
mod elf;
mod experiments;
mod http;
mod layout;
mod lines;
mod models;
mod recorder;
mod seccomp;
mod server;
mod stop;
mod trace;
