//! Black box tests: each starts the binary as a user would, and looks at what
//! a user would see. They need nothing but std, strace, unshare, ip and a shell.

mod builder;
mod client;
mod closed;
mod command_line;
mod deadlines;
mod documents;
mod elf;
mod every;
mod experiments;
mod faults;
mod grace;
mod handshake;
mod headers;
mod heads;
mod http;
mod inherited;
mod ipv6;
mod keep_alive;
mod layout;
mod limits;
mod lines;
mod linger;
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
mod values;
