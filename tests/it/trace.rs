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

/// Two GETs in turn, each alone, and SIGTERM. So nothing happens at once, and
/// every run gives the same lines.
fn record(model: &str) -> Trace {
    let name = format!("{model}-{}.strace", std::process::id());
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let file = path.to_str().expect("text").to_string();
    let server = Server::of(model)
        .under(&["strace", "-f", "-o", &file])
        .start();
    server.accepting();
    for _ in 0..2 {
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
    let trace = record("iterative");
    golden("iterative", &trace);
    let names = trace.names(0);
    let start = names
        .iter()
        .position(|name| *name == "accept4")
        .expect("accept4");
    assert_eq!(names[..2], ["execve", "socket"]);
    let get = ["accept4", "recvfrom", "sendto", "close"];
    assert_eq!(names[start..start + 8], [get, get].concat());
}

#[test]
fn fork() {
    let trace = record("fork");
    golden("fork", &trace);
    let names = trace.names(0);
    let start = names
        .iter()
        .position(|name| *name == "accept4")
        .expect("accept4");
    assert_eq!(names[..2], ["execve", "socket"]);
    let get = [
        "accept4",
        "fork",
        "close",
        "accept4",
        "SIGCHLD",
        "wait4",
        "wait4",
        "rt_sigreturn",
    ];
    assert_eq!(names[start..start + 16], [get, get].concat());
    for child in 1..=2 {
        assert_eq!(
            trace.names(child),
            ["close", "recvfrom", "sendto", "close", "exit_group"]
        );
    }
}

/// The README explains the golden trace of fork, line by line.
#[test]
fn the_readme_shows_the_golden_trace() {
    let readme = include_str!("../../README.md");
    let golden = include_str!("../golden/fork.strace");
    let block = readme
        .split("```strace\n")
        .nth(1)
        .and_then(|rest| rest.split("```").next());
    let shown = block
        .expect("a block marked strace")
        .lines()
        .filter(|line| !line.is_empty());
    let calls: Vec<&str> = shown
        .map(|line| line.split("  <- ").next().expect("a call").trim_end())
        .collect();
    let lines: Vec<&str> = golden.lines().filter(|line| !line.is_empty()).collect();
    let second = lines
        .iter()
        .rposition(|line| line.starts_with("accept4") && line.ends_with("= 4"));
    let (parent, rest) = lines.split_at(second.expect("a second connection"));
    let stop = rest
        .iter()
        .position(|line| line.contains("ERESTARTSYS"))
        .expect("an accept")
        + 4;
    let stop = &rest[stop + 1..];
    let end = stop
        .iter()
        .position(|line| line.starts_with('#'))
        .expect("a child");
    let child = stop[end..]
        .iter()
        .position(|line| line.starts_with("# CHILD2"))
        .expect("two")
        + end;
    let expected: Vec<&str> = [parent, &stop[..child]].concat();
    assert_eq!(calls, expected, "README.md");
}
