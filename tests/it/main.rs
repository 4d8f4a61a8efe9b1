//! Black box tests: each starts the binary as a user would, and looks at what
//! a user would see. They need strace, ip, perl, the programs of util-linux (unshare,
//! prlimit and their like), a shell and /dev/net/tun.

mod builder;
mod client;
mod closed;
mod command_line;
mod connect;
mod cut;
mod deadlines;
mod documents;
mod elf;
mod event_loop;
mod every;
mod exit_after;
mod experiments;
mod faults;
mod grace;
mod handshake;
mod headers;
mod heads;
mod http;
mod idle;
mod inherited;
mod ipv6;
mod keep_alive;
mod layout;
mod lines;
mod linger;
mod load;
mod models;
mod network;
mod packet;
mod prefork;
mod probe;
mod proc;
mod recorder;
mod seccomp;
mod server;
mod shortage;
mod stop;
mod stop_delay;
mod stop_load;
mod strace;
mod trace;
mod unread;
mod values;
