//! The system calls, as strace prints them: a budget, and the golden traces.
//! `ACCEPTD_BLESS=1 cargo test trace` writes the golden files anew.

use crate::server::{GET, RESPONSE, Server, received};
use std::fs;
use std::io::Write;
use std::path::Path;

/// What the parent did, then what each child did, a call a line.
struct Trace {
    processes: Vec<Vec<String>>,
}

/// GETs in turn, each alone, and SIGTERM. So nothing happens at once, and
/// every run gives the same lines.
fn record(model: &str, gets: usize) -> Trace {
    let name = format!("{model}-{gets}-{}.strace", std::process::id());
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let file = path.to_str().expect("text").to_string();
    let server = Server::of(model)
        .under(&["strace", "-f", "-o", &file])
        .start();
    server.accepting();
    for _ in 0..gets {
        let mut stream = server.connect();
        if model == "fork" {
            // The child waits for the request; let its parent be back in accept.
            crate::server::wait_until("there is a child", || {
                !crate::server::children(server.pid).is_empty()
            });
            server.accepting();
        }
        stream.write_all(GET).expect("send");
        assert_eq!(received(stream), RESPONSE);
        server.idle();
    }
    let parent = server.pid.to_string();
    server.stop();
    let text = fs::read_to_string(&path).expect("strace's output");
    fs::remove_file(path).expect("removed");
    Trace::of(&text, &parent)
}

impl Trace {
    fn of(text: &str, parent: &str) -> Self {
        let mut pids = vec![parent.to_string()];
        let mut processes = vec![Vec::<String>::new()];
        for line in text.lines() {
            let (pid, call) = line.split_once(' ').expect("a pid");
            let call = call.trim_start();
            let process = pids
                .iter()
                .position(|known| known == pid)
                .unwrap_or_else(|| {
                    pids.push(pid.into());
                    processes.push(Vec::new());
                    pids.len() - 1
                });
            // Two processes at once: strace splits a call in two.
            if let Some((_, rest)) = call.split_once(" resumed>") {
                processes[process]
                    .last_mut()
                    .expect("its beginning")
                    .push_str(rest);
            } else {
                processes[process].push(call.trim_end_matches(" <unfinished ...>").into());
            }
        }
        for line in processes.iter_mut().flatten() {
            *line = normal(line, &pids);
        }
        Self { processes }
    }

    /// The names of the calls; a signal by its own.
    fn names(&self, process: usize) -> Vec<&str> {
        let lines = self.processes[process].iter();
        lines
            .filter(|line| !line.starts_with("+++"))
            .map(|line| match line.strip_prefix("--- ") {
                Some(signal) => signal.split(' ').next().expect("a name"),
                None => line.split('(').next().expect("a name"),
            })
            .collect()
    }
}

/// Without what differs from run to run: pids, ports, addresses, times.
fn normal(line: &str, pids: &[String]) -> String {
    if line.starts_with("execve(") {
        return "execve(\"acceptd\", ...) = 0".into();
    }
    let mut words = String::new();
    let mut rest = line;
    while let Some(start) = rest.find(|c: char| c.is_ascii_digit()) {
        let (before, from) = rest.split_at(start);
        let end = from
            .find(|c: char| !c.is_ascii_alphanumeric())
            .unwrap_or(from.len());
        let (number, after) = from.split_at(end);
        words += before;
        let pid = pids.iter().position(|pid| pid == number);
        let after_text = |text| words.ends_with(text);
        let normal = match pid {
            Some(0) => "PARENT".into(),
            Some(child) => format!("CHILD{child}"),
            None if after_text("htons(") => "PORT".into(),
            None if after_text("si_utime=") || after_text("si_stime=") => "T".into(),
            None if after_text("si_pid=") => "KILLER".into(),
            None if after_text("si_uid=") => "USER".into(),
            None if number.starts_with("0x") => "ADDRESS".into(),
            None => number.to_string(),
        };
        words += &normal;
        rest = after;
    }
    words += rest;
    // strace pads the `=` into a column, where the line is short enough.
    match words.rsplit_once(" = ") {
        Some((call, result)) if call.ends_with([' ', ')']) => {
            format!("{} = {result}", call.trim_end())
        }
        _ => words,
    }
}

fn golden(model: &str, trace: &Trace) {
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
    let path = format!("{}/tests/golden/{model}.strace", env!("CARGO_MANIFEST_DIR"));
    if std::env::var_os("ACCEPTD_BLESS").is_some() {
        fs::write(&path, &text).expect("written");
    }
    let expected = fs::read_to_string(&path).expect("a golden trace");
    assert_eq!(
        text, expected,
        "differs from {path}; ACCEPTD_BLESS=1 rewrites it"
    );
}

#[test]
fn iterative() {
    golden("iterative", &record("iterative", 1));
    let trace = record("iterative", 3);
    let names = trace.names(0);
    assert_eq!(names[..2], ["execve", "socket"]);
    let start = names
        .iter()
        .position(|name| *name == "accept4")
        .expect("accept4");
    for get in names[start..start + 12].chunks(4) {
        assert_eq!(get, ["accept4", "recvfrom", "sendto", "close"]);
    }
}

#[test]
fn fork() {
    golden("fork", &record("fork", 1));
    let trace = record("fork", 3);
    let names = trace.names(0);
    assert_eq!(names[..2], ["execve", "socket"]);
    let start = names
        .iter()
        .position(|name| *name == "accept4")
        .expect("accept4");
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

/// The README explains the golden trace of fork, line by line.
#[test]
fn the_readme_shows_the_golden_trace() {
    let block = include_str!("../../README.md").split("```strace\n").nth(1);
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
