//! `just soak`: 100,000 connections for each model, and a crowd of clients who
//! say nothing while as many others are served. Every answer is counted, and
//! the server's memory, descriptors and children must be what they were.

// Of these, the other tests use the rest.
#[path = "../it/builder.rs"]
#[allow(dead_code)]
mod builder;
#[path = "../it/client.rs"]
#[allow(dead_code)]
mod client;
#[path = "../it/proc.rs"]
#[allow(dead_code)]
mod proc;
#[path = "../it/server.rs"]
#[allow(dead_code, unused_imports)]
mod server;

use proc::{allow_descriptors, status};
use server::{GET, RESPONSE, Server, all_children, answer, children, wait_until};
use std::fs;
use std::io::Write;
use std::net::TcpStream;
use std::thread;
use std::time::Instant;

const CONNECTIONS: usize = 100_000;
/// Clients who say nothing: so many children that they are reaped in rounds.
const SILENT: usize = 1_200;
const ROOM: &str = "--max-children=2000";
/// Clients at a time: enough to keep the server busy, no more than its backlog.
const CLIENTS: usize = 4;

/// What must not grow.
struct Footprint {
    /// kB (proc_pid_smaps(5)): VmRSS of proc_pid_status(5) is inexact.
    rss: u64,
    descriptors: usize,
    children: usize,
}

impl Footprint {
    /// Of a server whose children have ended.
    fn of(server: &Server) -> Self {
        let children = server.zombies();
        let path = format!("/proc/{}/smaps_rollup", server.pid);
        let text = fs::read_to_string(path).expect("smaps_rollup");
        let rss = text.lines().find_map(|line| line.strip_prefix("Rss:"));
        let rss = rss.and_then(|rss| rss.trim().strip_suffix(" kB")?.parse().ok());
        let descriptors = fs::read_dir(format!("/proc/{}/fd", server.pid)).expect("fds");
        Self {
            rss: rss.expect("a number of kB"),
            descriptors: descriptors.count(),
            children,
        }
    }
}

/// So many GETs, a connection each; how many were answered.
fn get(server: &Server, times: usize) -> usize {
    let address = ("127.0.0.1", server.port);
    let client = move || {
        let mut answered = 0;
        for _ in 0..times / CLIENTS {
            let mut stream = TcpStream::connect(address).expect("connect");
            stream.write_all(GET).expect("send");
            answered += usize::from(answer(&mut stream) == RESPONSE);
        }
        answered
    };
    let clients: Vec<_> = (0..CLIENTS).map(|_| thread::spawn(client)).collect();
    let answered = clients
        .into_iter()
        .map(|client| client.join().expect("done"));
    answered.sum()
}

/// What `load` leaves behind, once the server has been warm.
fn check(name: &str, server: Server, expected: usize, load: impl FnOnce(&Server) -> usize) {
    let by_signal = handles_child_exit(&server);
    get(&server, 100);
    rest(&server, by_signal);
    let before = Footprint::of(&server);
    let start = Instant::now();
    let answered = load(&server);
    let took = start.elapsed().as_secs_f64();
    rest(&server, by_signal);
    get(&server, CLIENTS); // where each fork reaps those before it: here they are
    rest(&server, by_signal);
    let after = Footprint::of(&server);
    println!("{name}: {answered} of {expected} answered in {took:.1} s");
    println!("  RSS {} kB, then {}", before.rss, after.rss);
    println!(
        "  descriptors {}, then {}",
        before.descriptors, after.descriptors
    );
    println!("  children {}, then {}", before.children, after.children);
    assert_eq!(answered, expected, "{name}");
    assert!(after.rss.abs_diff(before.rss) <= 8, "{name}");
    assert_eq!(after.descriptors, before.descriptors, "{name}");
    // The last ones wait for the next fork.
    let left = if by_signal { 0 } else { CLIENTS };
    assert!(after.children <= left, "{name}");
    let (_, lines) = server.stop();
    println!("  {}", lines.join("\n  "));
}

/// Waits until all children have ended, and are reaped if signals see to that.
fn rest(server: &Server, by_signal: bool) {
    if by_signal {
        wait_until("all are reaped", || {
            all_children(server.pid).is_empty() && handles_child_exit(server)
        });
    }
    server.zombies();
}

/// Whether the server has a handler for SIGCHLD, bit 16 of SigCgt
/// (proc_pid_status(5)): `--reap signal` has, but not while it reaps in rounds.
fn handles_child_exit(server: &Server) -> bool {
    let caught = status(server.pid, "SigCgt").expect("SigCgt");
    u64::from_str_radix(&caught, 16).expect("hex") & 1 << 16 != 0
}

/// Connections, all accepted, whose clients say nothing.
fn connect_silent(server: &Server) -> Vec<TcpStream> {
    let silent = (0..SILENT).map(|_| server.connect()).collect();
    wait_until("all are accepted", || children(server.pid).len() >= SILENT);
    silent
}

fn beside_the_silent(server: &Server) -> usize {
    let silent = connect_silent(server);
    let answered = get(server, SILENT);
    drop(silent);
    answered
}

/// Has children end beside the silent ones until the server reaps in rounds; how many.
fn begin_rounds(server: &Server) -> usize {
    let mut ended = 0;
    wait_until("rounds begin", || {
        assert_eq!(get(server, CLIENTS), CLIENTS);
        ended += CLIENTS;
        !handles_child_exit(server)
    });
    ended
}

/// When a crowd ends in rounds, those are over: what follows is reaped at its end.
fn in_rounds(server: &Server) -> usize {
    let silent = connect_silent(server);
    begin_rounds(server);
    drop(silent);
    rest(server, true);
    get(server, CLIENTS)
}

fn main() {
    allow_descriptors();
    for model in ["iterative", "fork", "process"] {
        let server = Server::of(model).start();
        check(model, server, CONNECTIONS, |server| {
            get(server, CONNECTIONS)
        });
    }
    // The iterative model has one process: a silent client costs it --timeout.
    for model in ["fork", "process"] {
        let server = Server::of(model).with("--timeout=60").with(ROOM);
        let server = server.with("--backlog=4096").start();
        let name = format!("{model}, beside {SILENT} silent clients");
        check(&name, server, SILENT, beside_the_silent);
    }
    let server = Server::of("fork").with("--timeout=60").with(ROOM).start();
    check("fork, in rounds", server, CLIENTS, in_rounds);
    // Their children are more than one read of /proc lists, and all are cut, not
    // before --grace is over: the alarm that was for the rounds is for that now.
    let server = Server::of("fork").with("--grace=0.3").with(ROOM).start();
    let silent = connect_silent(&server);
    let forked = SILENT + begin_rounds(&server);
    let (took, lines) = server.stop();
    println!("stopped beside them in {:.1} s", took.as_secs_f64());
    println!("  {}", lines.join("\n  "));
    assert!((0.3..3.0).contains(&took.as_secs_f64()));
    assert!(lines[0].contains(&format!("forked {forked}, reaped {forked},")));
    drop(silent);
}
