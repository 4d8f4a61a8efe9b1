//! The system calls, as strace prints them: a budget, and the golden traces.
//! `just bless` writes the golden files anew.

use crate::recorder::{Trace, file_name, record};
use std::fs;

/// Compares a trace with the golden one, or writes that anew.
fn golden(command: &str, trace: &Trace) {
    let mut text = String::new();
    for (n, lines) in trace.processes.iter().enumerate() {
        text += &if n == 0 {
            "# PARENT\n".into()
        } else {
            format!("\n# CHILD{n}\n")
        };
        for line in lines {
            text += line;
            text.push('\n');
        }
    }
    let name = file_name(command);
    let path = format!("{}/tests/golden/{name}", env!("CARGO_MANIFEST_DIR"));
    if std::env::var_os("ACCEPTD_BLESS").is_some() {
        fs::write(&path, &text).expect("written");
    }
    let expected = fs::read_to_string(&path).expect("a golden trace");
    assert_eq!(
        text, expected,
        "differs from {path}; ACCEPTD_BLESS=1 rewrites it"
    );
}

/// One GET shows a model; the experiments show at the second what became of
/// the first. `now` and `signal` are fork's defaults.
#[test]
fn golden_traces() {
    for (command, gets) in [
        ("iterative", 1),
        ("fork", 1),
        ("process", 2),
        ("fork --parent-close=late", 2),
        ("fork --parent-close=never", 2),
        ("fork --reap=before-fork", 2),
        ("fork --reap=ignore", 2),
        ("fork --reap=never", 2),
        ("prefork --workers=1", 1),
        ("thread", 2),
        ("epoll", 1),
    ] {
        golden(command, &record(command, gets));
    }
}

/// `process` is short for options of fork, and options after it override.
#[test]
fn process_is_a_preset_of_fork() {
    for (process, fork) in [
        (
            "process",
            "fork --parent-close=late --reap=before-fork --on-stop=kill --backlog=32",
        ),
        (
            "process --parent-close=now --reap=signal --on-stop=drain --backlog=4096",
            "fork",
        ),
        (
            "process --reap=never --backlog=5",
            "fork --parent-close=late --reap=never --on-stop=kill --backlog=5",
        ),
    ] {
        let [process, fork] = [process, fork].map(|command| {
            let mut trace = record(command, 2);
            for lines in &mut trace.processes {
                lines.retain(|line| !line.starts_with("write(")); // they name the model
            }
            trace.processes
        });
        assert_eq!(process, fork);
    }
}

#[test]
fn the_budget_of_iterative() {
    let trace = record("iterative", 3);
    let names = trace.names(0);
    assert_eq!(
        names[..2],
        ["execve", "getpid"],
        "nothing comes before main"
    );
    let start = names.iter().position(|name| *name == "accept4");
    let start = start.expect("accept4");
    for get in names[start..start + 12].chunks(4) {
        assert_eq!(get, ["accept4", "recvfrom", "sendto", "close"]);
    }
}

#[test]
fn the_budget_of_fork() {
    let trace = record("fork", 3);
    let names = trace.names(0);
    assert_eq!(
        names[..2],
        ["execve", "getpid"],
        "nothing comes before main"
    );
    let start = names.iter().position(|name| *name == "accept4");
    let start = start.expect("accept4");
    for get in names[start..start + 24].chunks(8) {
        assert_eq!(get[..4], ["accept4", "fork", "close", "accept4"]);
        assert_eq!(get[4..], ["SIGCHLD", "wait4", "wait4", "rt_sigreturn"]);
    }
    for child in 1..=3 {
        let names = trace.names(child);
        assert_eq!(
            names,
            ["close", "recvfrom", "sendto", "close", "exit_group"]
        );
    }
}

/// A worker's calls are those of an iterative server.
#[test]
fn the_budget_of_prefork() {
    let trace = record("prefork --workers=1", 3);
    let names = trace.names(1);
    assert_eq!(names[..2], ["prctl", "getppid"]);
    for get in names[2..14].chunks(4) {
        assert_eq!(get, ["accept4", "recvfrom", "sendto", "close"]);
    }
}

/// The first thread's stack is mapped; the next threads use it again.
#[test]
fn the_budget_of_thread() {
    let trace = record("thread", 3);
    let names = trace.names(0);
    let start = names.iter().position(|name| *name == "accept4");
    let start = start.expect("accept4");
    assert_eq!(names[start..start + 3], ["accept4", "mmap", "clone"]);
    for get in names[start + 3..start + 7].chunks(2) {
        assert_eq!(get, ["accept4", "clone"]);
    }
    for thread in 1..=3 {
        let names = trace.names(thread);
        assert_eq!(names, ["recvfrom", "sendto", "close", "exit"]);
    }
}

/// A request that is there when its connection is: epoll hears of the listener only.
#[test]
fn the_budget_of_epoll() {
    let trace = record("epoll", 3);
    let names = trace.names(0);
    let start = names.iter().position(|name| *name == "epoll_pwait");
    let start = start.expect("epoll_pwait");
    for get in names[start..start + 18].chunks(6) {
        assert_eq!(get[..2], ["epoll_pwait", "accept4"]);
        assert_eq!(get[2..5], ["recvfrom", "sendto", "close"]);
        assert_eq!(get[5], "accept4", "nobody else waits");
    }
}

/// docs/trace.md explains the golden trace of fork, line by line.
#[test]
fn the_page_of_the_trace_shows_the_golden_trace() {
    let block = include_str!("../../docs/trace.md")
        .split("```strace\n")
        .nth(1);
    let block = block
        .and_then(|rest| rest.split("```").next())
        .expect("a block marked strace");
    let is_call = |line: &&str| !line.is_empty() && !line.starts_with("    ");
    let shown: Vec<&str> = block.lines().filter(is_call).collect();
    let golden = include_str!("../golden/fork.strace")
        .lines()
        .filter(is_call);
    assert_eq!(shown, golden.collect::<Vec<_>>());
}
