//! `just soak`: 100,000 connections for each model, and a crowd of clients who
//! say nothing while as many others are served. Every answer is counted, and
//! the server's memory, descriptors and children must be what they were.

// The other tests use what is not used here.
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

use proc::allow_descriptors;
use server::{GET, RESPONSE, Server, all_children, answer, sockets, state, wait_until};
use std::fs;
use std::io::Write;
use std::net::TcpStream;
use std::thread;
use std::time::Instant;

const CONNECTIONS: usize = 100_000;
/// Clients who say nothing.
const SILENT: usize = 1_200;
/// Clients at a time: enough to keep the server busy, no more than its backlog.
const CLIENTS: usize = 4;
/// kB that may come and go: a thread more that has not quite ended when the next
/// begins has a stack of its own, of which it touches a few pages.
const SLACK: u64 = 64;

/// What must not grow.
#[derive(Debug)]
struct Footprint {
    /// kB, of the server and its workers (proc_pid_smaps(5)): VmRSS of
    /// proc_pid_status(5) is inexact.
    rss: u64,
    descriptors: usize,
    /// Children, the ended among them.
    children: usize,
    threads: usize,
}

impl Footprint {
    /// The footprint of a server that rests.
    fn of(server: &Server) -> Self {
        let count = |what| {
            let entries = fs::read_dir(format!("/proc/{}/{what}", server.pid));
            entries.expect("proc").count()
        };
        let children = all_children(server.pid);
        let workers = children.iter().filter(|child| state(**child) != Some('Z'));
        Self {
            rss: rss(server.pid) + workers.map(|worker| rss(*worker)).sum::<u64>(),
            descriptors: count("fd"),
            children: children.len(),
            threads: count("task"),
        }
    }
}

fn rss(pid: u32) -> u64 {
    let text = fs::read_to_string(format!("/proc/{pid}/smaps_rollup")).expect("smaps_rollup");
    let rss = text.lines().find_map(|line| line.strip_prefix("Rss:"));
    let rss = rss.and_then(|rss| rss.trim().strip_suffix(" kB")?.parse().ok());
    rss.expect("a number of kB")
}

/// Sends `times` GETs, each on a connection of its own. Returns how many were answered.
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

/// Waits until the server has ended all that it did: no connection, no child at
/// work but the workers of prefork, no thread but the first.
fn rest(model: &str, server: &Server) {
    let workers = if model == "prefork" { 4 } else { 0 };
    // `process` closes a connection when the next one comes.
    let most = if model == "process" { 2 } else { 1 };
    wait_until("the server rests", || {
        let children = all_children(server.pid);
        let at_work = |child: &&u32| state(**child).is_some_and(|state| state != 'Z');
        let is_reaped = model == "process" || children.len() == workers;
        let tasks = fs::read_dir(format!("/proc/{}/task", server.pid)).expect("proc");
        children.iter().filter(at_work).count() == workers
            && is_reaped
            && sockets(server.pid).len() <= most
            && tasks.count() == 1
    });
}

/// Compares the footprint of a warm server before and after `load`.
fn check(model: &str, name: &str, server: Server, expected: usize, load: fn(&Server) -> usize) {
    get(&server, 1_000);
    rest(model, &server);
    let before = Footprint::of(&server);
    let start = Instant::now();
    let answered = load(&server);
    let took = start.elapsed().as_secs_f64();
    rest(model, &server);
    get(&server, CLIENTS); // `process` reaps its children at the next fork: this is that fork
    rest(model, &server);
    let after = Footprint::of(&server);
    println!("{name}: {answered} of {expected} answered in {took:.1} s");
    println!("  before: {before:?}");
    println!("  after:  {after:?}");
    assert_eq!(answered, expected, "{name}");
    let may_grow = if expected == SILENT {
        SILENT as u64 * 24
    } else {
        SLACK
    };
    let grows = matches!(model, "thread" | "epoll"); // as many stacks or buffers as it once had
    let most = before.rss + if grows { may_grow } else { SLACK };
    assert!(after.rss <= most, "{name}");
    assert_eq!(after.descriptors, before.descriptors, "{name}");
    assert_eq!(after.threads, before.threads, "{name}");
    // Those that only the next fork reaps.
    let left = before.children.max(CLIENTS);
    assert!(after.children <= left, "{name}");
    let (_, lines) = server.stop();
    println!("  {}", lines.join("\n  "));
    assert!(!lines[0].contains("cut"), "{name}");
}

fn serve(server: &Server) -> usize {
    get(server, CONNECTIONS)
}

/// Serves as many clients beside those that have connected and say nothing.
fn beside_the_silent(server: &Server) -> usize {
    let silent: Vec<TcpStream> = (0..SILENT).map(|_| server.connect()).collect();
    wait_until("all are accepted", || {
        all_children(server.pid)
            .len()
            .max(sockets(server.pid).len())
            > SILENT - 1
    });
    let answered = get(server, SILENT);
    drop(silent);
    answered
}

fn main() {
    allow_descriptors();
    for model in ["iterative", "fork", "process", "prefork", "thread", "epoll"] {
        let server = Server::of(model).start();
        check(model, model, server, CONNECTIONS, serve);
    }
    // The iterative model and prefork have as many processes as clients that they
    // serve at a time: a silent one costs them --timeout.
    for (model, room) in [
        ("fork", "--max-children=2000"),
        ("process", "--max-children=2000"),
        ("thread", "--max-connections=2000"),
        ("epoll", "--max-connections=2000"),
    ] {
        let server = Server::of(model).with("--timeout=60").with(room);
        let server = server.with("--backlog=4096").start();
        let name = format!("{model}, beside {SILENT} silent clients");
        check(model, &name, server, SILENT, beside_the_silent);
    }
    // A crowd of children is cut off together, not before --grace is over.
    let server = Server::of("fork").with("--grace=0.3").with("--timeout=60");
    let server = server.with("--max-children=2000").start();
    let silent: Vec<TcpStream> = (0..SILENT).map(|_| server.connect()).collect();
    wait_until("all are accepted", || {
        all_children(server.pid).len() == SILENT
    });
    let (took, lines) = server.stop();
    println!("stopped beside them in {:.1} s", took.as_secs_f64());
    println!("  {}", lines.join("\n  "));
    assert!((0.3..30.0).contains(&took.as_secs_f64()));
    let counts = format!("forked {SILENT}, reaped {SILENT}, peak {SILENT}, cut {SILENT}");
    assert!(lines[0].ends_with(&counts), "{lines:?}");
    drop(silent);
    // The pid of a child that still runs is remembered, however many come after it.
    let server = Server::of("fork").with("--reap=ignore");
    let server = server.with("--grace=0.3").with("--timeout=600").start();
    let silent = server.connect();
    wait_until("it is accepted", || all_children(server.pid).len() == 1);
    assert_eq!(get(&server, 70_000), 70_000);
    let (took, lines) = server.stop();
    println!("stopped after 70,000 others in {:.1} s", took.as_secs_f64());
    println!("  {}", lines.join("\n  "));
    assert!(lines[0].ends_with("connections 70001, forked 70001, cut 1"));
    drop(silent);
}
