//! Black box tests: each starts the binary as a user would, and looks at what
//! a user would see. They need nothing but std, strace, unshare and a shell.

mod builder;
mod client;
mod command_line;
mod deadlines;
mod documents;
mod elf;
mod experiments;
mod faults;
mod grace;
mod handshake;
mod http;
mod inherited;
mod layout;
mod lines;
mod load;
mod models;
mod packet;
mod probe;
mod proc;
mod recorder;
mod seccomp;
mod server;
mod shortage;
mod stop;
mod stop_load;
mod trace;
