//! The clients that `record` starts.

use crate::process::{send, wait_for};
use rustix::process::Signal;
use std::io::{Read, Write};
use std::net::TcpListener;
use std::process::{Command, Stdio};

/// Ctrl-Z and fg: the recv of each client returns EINTR.
#[test]
fn a_client_that_was_stopped_gets_its_response() {
    let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a listener");
    let port = listener.local_addr().expect("its address").port();
    let mut client = Command::new(env!("CARGO_BIN_EXE_straceview"))
        .args(["client", "--count=1", "--every=0"])
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .expect("straceview runs");
    writeln!(client.stdin.take().expect("piped"), "{port}").expect("the port");
    let (mut connection, _) = listener.accept().expect("a client");
    assert_ne!(connection.read(&mut [0; 4096]).expect("a request"), 0);

    let states = || {
        let tasks = std::fs::read_dir(format!("/proc/{}/task", client.id())).expect("threads");
        let stat = |task: std::fs::DirEntry| std::fs::read_to_string(task.path().join("stat"));
        let stats = tasks.flatten().filter_map(|task| stat(task).ok());
        let states = stats.filter_map(|stat| stat.rsplit_once(") ")?.1.chars().next());
        states.collect::<String>()
    };
    let all_are = |wanted: &str| states().chars().all(|state| wanted.contains(state));
    let until = |wanted: &str| wait_for(|| all_are(wanted).then_some(()));
    until("S"); // it waits in recv
    send(Signal::STOP, client.id());
    until("T");
    send(Signal::CONT, client.id());
    until("SZ"); // it waits again, or has ended
    let response = b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nA";
    let _ = connection.write_all(response);
    drop(connection);
    let output = client.wait_with_output().expect("its end");
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
    assert!(output.status.success());
}
