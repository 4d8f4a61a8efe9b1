//! deploy/seccomp.json: what acceptd calls, from the golden traces and from
//! runs with the options that those leave out. `just seccomp` writes it anew.

use crate::proc::{output, waits_in};
use crate::server::{BINARY, GET, RESPONSE, Server, answer, children, wait_until, with_each_model};
use nix::libc;
use std::collections::BTreeSet;
use std::fs;
use std::io::Write;
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Mutex;
use std::thread;

/// What runc calls between loading the profile and the exec of acceptd, where
/// no-new-privileges is set: it opens the FIFO on which it waits for `start`,
/// closes what acceptd must not inherit, and its threads (Go's) wake each
/// other. Without any of them runc 1.1.5 starts nothing.
const RUNC: [&str; 4] = ["fstatfs", "futex", "getdents64", "openat"];

type Names = BTreeSet<String>;

/// The names of the calls in what strace wrote, with pids or without.
fn names(trace: &str) -> Names {
    let calls = trace.lines().filter_map(|line| line.split_once('('));
    let words = calls.filter_map(|(before, _)| before.split(' ').next_back());
    let of_name = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
    let is_name = |word: &&str| !word.is_empty() && word.chars().all(of_name);
    words.filter(is_name).map(String::from).collect()
}

fn golden() -> Names {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden");
    let files = fs::read_dir(folder).expect("tests/golden");
    let texts = files.map(|file| fs::read_to_string(file.expect("a file").path()).expect("text"));
    texts.flat_map(|text| names(&text)).collect()
}

/// Where strace writes.
fn file(name: &str) -> PathBuf {
    let name = format!("seccomp-{name}-{}", std::process::id());
    Path::new(env!("CARGO_TARGET_TMPDIR")).join(name)
}

fn read(file: PathBuf) -> Names {
    let text = fs::read_to_string(&file).expect("a trace");
    fs::remove_file(file).expect("removed");
    names(&text)
}

/// The calls of a server that is started with this command, used, and stopped.
fn calls(command: &str, usage: impl FnOnce(&Server)) -> Names {
    let file = file(&command.replace(' ', ""));
    let strace = ["strace", "-f", "-o", file.to_str().expect("text")];
    let mut words = command.split(' ');
    let server = Server::of(words.next().expect("a model")).under(&strace);
    let server = words.fold(server, |server, word| server.with(word)).start();
    usage(&server);
    server.stop();
    read(file)
}

/// Slow, late, large and broken requests.
fn requests(server: &Server) {
    for request in [
        b"POST / HTTP/1.1\r\nContent-Length: 1\r\n\r\na".to_vec(),
        b"GET / HTTP/1.1\r\n".to_vec(), // and no end: 408
        b"no request\r\n\r\n".to_vec(),
        vec![b'a'; 20_000], // 431
    ] {
        let mut stream = server.connect();
        stream.write_all(&request).expect("send");
        assert_ne!(answer(&mut stream), b"");
    }
}

/// More clients at once than the server takes.
fn crowd(server: &Server) {
    thread::scope(|scope| {
        for stream in (0..8).map(|_| server.connect()) {
            scope.spawn(|| assert_eq!(answer_to_get(stream), RESPONSE));
        }
    });
}

fn answer_to_get(mut stream: TcpStream) -> Vec<u8> {
    stream.write_all(GET).expect("send");
    answer(&mut stream)
}

/// A child that is still at work when the server stops, its client gone.
fn unfinished(server: &Server) {
    server.connect();
    wait_until("a child", || !children(server.pid).is_empty());
}

/// A server that is stopped and continued, or frozen with its container, in
/// its sleep: the kernel has it call restart_syscall(2) for the rest.
fn frozen(server: &Server) {
    let mut stream = server.get();
    wait_until("it sleeps", || {
        waits_in(server.pid) == Some(libc::SYS_nanosleep)
    });
    server.suspend();
    server.signal("CONT");
    assert_eq!(answer(&mut stream), RESPONSE);
}

fn probed() -> Names {
    let server = Server::of("iterative").start();
    let file = file("probe");
    let mut strace = Command::new("strace");
    strace
        .arg("-o")
        .arg(&file)
        .args([BINARY, "probe", "--port"]);
    let probe = output(strace.arg(server.port.to_string()));
    assert!(probe.status.success());
    read(file)
}

fn profile(acceptd: &Names) -> String {
    let list = |names: &mut dyn Iterator<Item = &str>| {
        let quoted: Vec<String> = names.map(|name| format!("\"{name}\"")).collect();
        quoted.join(",\n        ")
    };
    let acceptd_list = list(&mut acceptd.iter().map(String::as_str));
    let missing = RUNC.into_iter().filter(|name| !acceptd.contains(*name));
    let runc_list = list(&mut missing.into_iter());
    format!(
        r#"{{
  "defaultAction": "SCMP_ACT_ERRNO",
  "defaultErrnoRet": 1,
  "syscalls": [
    {{
      "comment": "acceptd, as strace saw it: written by `just seccomp`",
      "names": [
        {acceptd_list}
      ],
      "action": "SCMP_ACT_ALLOW"
    }},
    {{
      "comment": "acceptd on aarch64 and riscv64, which have no fork",
      "names": ["clone"],
      "action": "SCMP_ACT_ALLOW",
      "includes": {{ "arches": ["arm64", "riscv64"] }}
    }},
    {{
      "comment": "runc with no-new-privileges, from loading this until it execs acceptd",
      "names": [
        {runc_list}
      ],
      "action": "SCMP_ACT_ALLOW"
    }}
  ]
}}
"#
    )
}

#[test]
fn the_profile_is_what_the_traces_show() {
    let mut acceptd = golden();
    let seen = Mutex::new(Names::new());
    with_each_model(|model| {
        let options = "--sleep=0.01 --timeout=2 --keep-alive=0.1 --stop-delay=0.05 -v";
        let calls = calls(&format!("{model} {options}"), requests);
        seen.lock().expect("whole").extend(calls);
    });
    acceptd.extend(seen.into_inner().expect("whole"));
    for more in [
        probed(),
        calls("fork --max-children=1 --sleep=0.2", crowd),
        calls("thread --max-connections=1 --sleep=0.2", crowd),
        calls("epoll --max-connections=1 --sleep=0.2", crowd),
        calls("prefork --exit-after=9", crowd),
        calls("iterative --sleep=3", frozen),
        calls("fork --sleep=30 --grace=0.1", unfinished),
        calls("process --sleep=30", unfinished),
    ] {
        acceptd.extend(more);
    }
    // Called only while a thread leaves its stack, which no test can time.
    acceptd.insert("sched_yield".into());
    let profile = profile(&acceptd);
    let path = format!("{}/deploy/seccomp.json", env!("CARGO_MANIFEST_DIR"));
    if std::env::var_os("ACCEPTD_BLESS").is_some() {
        fs::write(&path, &profile).expect("written");
    }
    let expected = fs::read_to_string(&path).expect("a profile");
    assert_eq!(profile, expected, "`just seccomp` rewrites {path}");
}
