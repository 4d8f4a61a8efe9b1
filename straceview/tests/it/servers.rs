//! Servers that are not acceptd: nothing breaks, and what they do is seen.

use crate::browser::{Scheme, looked_at};
use crate::drawn::{Drawn, draws};
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

/// A master that waits for signals, a worker that waits for events.
#[test]
fn nginx() {
    let room = tempfile::tempdir().expect("a directory");
    let free = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = free.local_addr().expect("an address").port().to_string();
    drop(free);
    let prefix = room.path().display().to_string();
    let template = std::fs::read_to_string(format!("{SERVERS}/nginx.conf")).expect("a file");
    let configuration = template.replace("PREFIX", &prefix).replace("PORT", &port);
    let file = format!("{prefix}/nginx.conf");
    std::fs::write(&file, configuration).expect("written");
    let nginx = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../target/nginx/usr/sbin/nginx"
    );
    let drawn = drawn(&[nginx, "-e", "stderr", "-c", &file]);
    assert_eq!(drawn.count("nginx"), 1, "{:?}", drawn.texts);
    assert_eq!(drawn.count("child"), 1);
    assert!(drawn.says("epoll_wait") && drawn.says("rt_sigsuspend"));
}
