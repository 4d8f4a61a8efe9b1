//! A trace for a test: what strace prints of a server and a few GETs, without
//! what differs from run to run.

use crate::server::{GET, RESPONSE, Server, answer, wait_until};
use std::fs;
use std::io::Write;
use std::path::Path;
use std::sync::atomic::{AtomicU32, Ordering};

/// What the parent did, then what each child did, a call a line.
pub struct Trace {
    pub processes: Vec<Vec<String>>,
}

/// GETs in turn, each alone, and SIGTERM. What comes next waits until the
/// trace itself says that all have come to rest, so every run gives the same
/// lines. A client sends its request once its connection is accepted. With
/// `epoll` it sends at once: epoll then sees the request together with the connection.
pub fn record(command: &str, gets: usize) -> Trace {
    static RECORDS: AtomicU32 = AtomicU32::new(0); // two tests may record the same
    let record = RECORDS.fetch_add(1, Ordering::Relaxed);
    let name = format!("{}-{record}-{}", file_name(command), std::process::id());
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let file = path.to_str().expect("text").to_string();
    let (model, options) = command.split_once(' ').unwrap_or((command, ""));
    let mut strace = vec!["strace", "-f", "-o", &file];
    // No timer: a stop that takes longer, on a busy machine, would have ticks in its trace.
    strace.extend(["-e", "inject=setitimer:retval=0"]);
    if model == "epoll" {
        // Else the connection could be accepted before its request has come.
        strace.extend(["-e", "inject=epoll_pwait:delay_exit=1000000"]);
    }
    let server = options
        .split_whitespace()
        .fold(Server::of(model), |server, option| server.with(option))
        .under(&strace)
        .start();
    let trace = || Trace::of(&fs::read_to_string(&path).expect("a trace"), server.pid);
    let idle = |ended| {
        wait_until("the server is idle", || trace().is_idle(command, ended));
    };
    idle(0);
    for get in 1..=gets {
        let mut stream = server.connect();
        wait_until("the connection is accepted", || {
            let trace = trace();
            match model {
                "iterative" => trace.waits_in(0, "recvfrom"),
                "prefork" => (1..trace.processes.len()).any(|it| trace.waits_in(it, "recvfrom")),
                "epoll" => true,
                _ => trace.waits_in(0, "accept4") && trace.waits_in(get, "recvfrom"),
            }
        });
        stream.write_all(GET).expect("send");
        assert_eq!(answer(&mut stream), RESPONSE);
        idle(get);
    }
    let parent = server.pid;
    server.stop();
    let text = fs::read_to_string(&path).expect("a trace");
    fs::remove_file(path).expect("removed");
    Trace::of(&text, parent)
}

/// `fork --reap=never`: `fork-reap-never.strace`
pub fn file_name(command: &str) -> String {
    command.replace(" --", "-").replace('=', "-") + ".strace"
}

impl Trace {
    fn of(text: &str, parent: u32) -> Self {
        let mut pids = vec![parent.to_string()];
        let mut processes = vec![Vec::<String>::new()];
        for (pid, call) in text.lines().filter_map(|line| line.split_once(' ')) {
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

    /// Whether all connections so far are over, `ended` of them, and the server
    /// waits for the next.
    fn is_idle(&self, command: &str, ended: usize) -> bool {
        let count = |what| self.lines().filter(|line| line.contains(what)).count();
        let closed = |process| {
            let names = self.names(process);
            names.iter().filter(|name| **name == "close").count()
        };
        match command.split(' ').next() {
            Some("iterative") => closed(0) == ended && self.waits_in(0, "accept4"),
            Some("epoll") => closed(0) == ended && self.waits_in(0, "epoll_pwait"),
            Some("thread") => count("+++ exited") == ended && self.waits_in(0, "accept4"),
            Some("prefork") => {
                let workers = 1..self.processes.len();
                !workers.is_empty()
                    && workers
                        .clone()
                        .all(|worker| self.waits_in(worker, "accept4"))
                    && workers.map(closed).sum::<usize>() == ended
                    && self.waits_in(0, "wait4")
            }
            _ => {
                // If the parent ignores SIGCHLD, the kernel reaps and sends no signal.
                let signals = !command.contains("--reap=ignore");
                count("+++ exited") == ended
                    && (!signals || count("--- SIGCHLD") == ended)
                    && self.waits_in(0, "accept4")
            }
        }
    }

    fn lines(&self) -> impl Iterator<Item = &String> {
        self.processes.iter().flatten()
    }

    /// Whether a process is in this call, which has not returned.
    fn waits_in(&self, process: usize, call: &str) -> bool {
        let last = self.processes.get(process).and_then(|lines| lines.last());
        last.is_some_and(|line| line.starts_with(call) && !line.contains(" = "))
    }

    /// The names of the calls; a signal by its own.
    pub fn names(&self, process: usize) -> Vec<&str> {
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

/// Replaces the data of epoll's events, which strace writes in two ways: 6.1 as
/// `data={u32=5, u64=5}`, 6.13 as `data=0x5`.
fn without_epoll_data(line: &str) -> String {
    let mut words = line.split("data=");
    let mut whole = words.next().unwrap_or_default().to_string();
    for word in words {
        let end = match word.strip_prefix('{') {
            Some(_) => word.find('}').map(|end| end + 1),
            None => word.find('}'),
        };
        whole += "data=DATA";
        whole += &word[end.unwrap_or(word.len())..];
    }
    whole
}

/// Calls whose result is a pid.
const RETURN_PID: [&str; 5] = ["fork(", "clone(", "getpid(", "getppid(", "wait4("];

/// Without what differs from run to run: pids, ports, addresses, times.
fn normal(line: &str, pids: &[String]) -> String {
    if line.starts_with("execve(") {
        return "execve(\"acceptd\", ...) = 0".into();
    }
    if line.starts_with("clock_gettime(") {
        return "clock_gettime(CLOCK_MONOTONIC, TIME) = 0".into();
    }
    let line = &without_epoll_data(line);
    let mut words = String::new();
    let mut rest: &str = line;
    while let Some(start) = rest.find(|c: char| c.is_ascii_digit()) {
        let (before, from) = rest.split_at(start);
        let end = from
            .find(|c: char| !c.is_ascii_alphanumeric())
            .unwrap_or(from.len());
        let (number, after) = from.split_at(end);
        words += before;
        let after_text = |text| words.ends_with(text);
        // A length may be the same number as a pid.
        let is_pid = ["si_pid=", "kill(", "wait4("].into_iter().any(after_text)
            || after_text("= ") && RETURN_PID.iter().any(|call| line.starts_with(call));
        let pid = pids.iter().position(|pid| is_pid && pid == number);
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
    for injected in [" (DELAYED)", " (INJECTED)"] {
        words.truncate(words.trim_end_matches(injected).len());
    }
    // The size of a mask that is not there: whatever was in the register.
    if let Some((call, rest)) = words.rsplit_once(", NULL, ") {
        let after = rest.find(')').map(|end| &rest[end..]);
        if let (true, Some(after)) = (call.starts_with("epoll_pwait("), after) {
            words = format!("{call}, NULL, 0{after}");
        }
    }
    // strace pads the `=` into a column, where the line is short enough.
    match words.rsplit_once(" = ") {
        Some((call, result)) if call.ends_with([' ', ')']) => {
            format!("{} = {result}", call.trim_end())
        }
        _ => words,
    }
}
