//! Servers that are not acceptd: nothing breaks, and what they do is seen.

use crate::browser::{Scheme, looked_at};
use crate::drawn::{Drawn, draws};
use crate::process::{send, wait_for};
use rustix::process::Signal;
use std::path::Path;
use std::process::Command;

const SERVERS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/servers");

/// The interpreter itself: what is called python3 may be a script.
fn python() -> String {
    let program = "import sys; print(sys.executable)";
    let output = Command::new("python3")
        .args(["-c", program])
        .output()
        .expect("python3 runs");
    String::from_utf8(output.stdout)
        .expect("UTF-8")
        .trim()
        .into()
}

fn drawn(server: &[&str]) -> Drawn {
    let room = tempfile::tempdir().expect("a directory");
    let path = |name: &str| room.path().join(name).display().to_string();
    let (trace, picture) = (path("trace"), path("picture.svg"));
    let options = [
        "record",
        "--output",
        &trace,
        "--clients=3",
        "--every=1",
        "--",
    ];
    draws(&[&options[..], server].concat());
    draws(&["timeline", &trace, "--output", &picture]);
    looked_at(Scheme::Light, &[picture.clone().into()]);
    let drawn = Drawn::read(Path::new(&picture));
    assert!(drawn.bytes < 200_000, "{} bytes", drawn.bytes);
    assert_eq!(drawn.count("client "), 3);
    assert_eq!(drawn.bars("served").len(), 3, "{:?}", drawn.texts);
    drawn
}

fn python_drawn(name: &str) -> Drawn {
    drawn(&[&python(), &format!("{SERVERS}/{name}.py"), ".1"])
}

/// Two descriptors in turn, each open until its successor is there; all zombies.
#[test]
fn python_fork() {
    let drawn = python_drawn("fork");
    assert_eq!(drawn.count("child"), 3);
    assert_eq!(drawn.lasting("held"), 3, "{:?}", drawn.titles);
    assert_eq!(drawn.bars("zombie").len(), 3, "{:?}", drawn.texts);
}

/// Reaps the one before, when it forks the next.
#[test]
fn python_multiprocessing() {
    let drawn = python_drawn("process");
    assert_eq!(drawn.count("child"), 3);
    assert_eq!(drawn.bars("zombie").len(), 3, "{:?}", drawn.texts);
}

/// No lanes of their own for the descriptors: they share them.
#[test]
fn python_threads() {
    let drawn = python_drawn("threads");
    assert_eq!(drawn.count("thread"), 3);
    assert_eq!(drawn.count("child"), 0);
    assert_eq!(drawn.bars("zombie").len(), 0);
}

fn nginx_drawn(daemon: &str) -> Drawn {
    let room = tempfile::tempdir().expect("a directory");
    let free = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = free.local_addr().expect("an address").port().to_string();
    drop(free);
    let prefix = room.path().display().to_string();
    let template = std::fs::read_to_string(format!("{SERVERS}/nginx.conf")).expect("a file");
    let configuration = template
        .replace("PREFIX", &prefix)
        .replace("PORT", &port)
        .replace("DAEMON", daemon);
    let file = format!("{prefix}/nginx.conf");
    std::fs::write(&file, configuration).expect("written");
    let nginx = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../target/nginx/usr/sbin/nginx"
    );
    drawn(&[nginx, "-e", "stderr", "-c", &file])
}

/// A master that waits for signals, a worker that waits for events.
#[test]
fn nginx() {
    let drawn = nginx_drawn("off");
    assert_eq!(drawn.count("nginx"), 1, "{:?}", drawn.texts);
    assert_eq!(drawn.count("child"), 1);
    assert!(drawn.says("epoll_wait") && drawn.says("rt_sigsuspend"));
}

/// The process that was started ends at once, and its child listens.
#[test]
fn nginx_in_the_background() {
    let drawn = nginx_drawn("on");
    assert_eq!(drawn.count("child"), 2);
    assert!(drawn.says("epoll_wait") && drawn.says("rt_sigsuspend"));
}

/// No process and no directory stays, whoever is signalled.
#[test]
fn an_interrupted_recording_leaves_nothing() {
    let room = tempfile::tempdir().expect("a directory");
    let program = room.path().join("sleeps");
    std::fs::copy("/bin/sleep", &program).expect("a copy");
    let mut record = Command::new(env!("CARGO_BIN_EXE_straceview"))
        .args(["record", "--output", "trace", "--"])
        .arg(&program)
        .arg("60")
        .current_dir(room.path())
        .env("TMPDIR", room.path())
        .spawn()
        .expect("straceview runs");
    let runs = || {
        let processes = std::fs::read_dir("/proc").expect("/proc").flatten();
        let mut programs = processes.filter_map(|entry| entry.path().join("exe").read_link().ok());
        programs.any(|file| file == program)
    };
    let until = |wanted: bool| wait_for(|| (runs() == wanted).then_some(()));
    until(true);
    send(Signal::TERM, record.id());
    assert_eq!(record.wait().expect("its end").code(), Some(1));
    until(false);
    let entries = std::fs::read_dir(room.path()).expect("it").flatten();
    let names: Vec<_> = entries.map(|entry| entry.file_name()).collect();
    assert_eq!(names, ["sleeps"]);
}
