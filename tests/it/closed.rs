//! Started with stdin, stdout or stderr closed, as some supervisors do it. A socket would
//! get its number, and with it the lines that are meant for stderr.

use crate::server::{
    BINARY, GET, RESPONSE, exchange, signal, sockets, wait_until, with_each_model,
};
use std::fs;
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};

/// The port on which a process listens: its socket's inode, in proc_net_tcp(5).
fn port(pid: u32) -> Option<u16> {
    let table = fs::read_to_string(format!("/proc/{pid}/net/tcp")).ok()?;
    let links: Vec<String> = sockets(pid)
        .into_iter()
        .filter_map(|fd| fs::read_link(format!("/proc/{pid}/fd/{fd}")).ok())
        .map(|link| link.to_string_lossy().into_owned())
        .collect();
    let listening = table.lines().find_map(|line| {
        let columns: Vec<&str> = line.split_whitespace().collect();
        let is_own = links.contains(&format!("socket:[{}]", columns.get(9)?));
        (columns[3] == "0A" && is_own).then(|| columns[1].rsplit(':').next())?
    });
    u16::from_str_radix(listening?, 16).ok()
}

/// Ends it with SIGTERM; its status.
fn stop(server: &mut Child) -> Option<i32> {
    signal("TERM", server.id());
    let mut status = None;
    wait_until("it ends", || {
        status = server.try_wait().expect("wait");
        status.is_some()
    });
    status.expect("ended").code()
}

#[test]
fn a_server_runs_and_answers_whichever_of_the_three_are_closed() {
    with_each_model(|model| {
        for closed in ["<&-", ">&-", "2>&-", "<&- >&- 2>&-"] {
            let script = format!("exec \"$@\" {closed}");
            let mut server = Command::new("sh")
                .args(["-c", &script, "sh", BINARY, model])
                .args(["-v", "--bind=127.0.0.1", "--port=0"])
                .stderr(Stdio::null())
                .spawn()
                .expect("a shell");
            let pid = server.id();
            let mut place = None;
            wait_until("it listens", || {
                place = port(pid);
                place.is_some()
            });
            for _ in 0..3 {
                let address = ("127.0.0.1", place.expect("a port"));
                let stream = TcpStream::connect(address).expect("connect");
                assert_eq!(exchange(stream, GET), RESPONSE, "{model} {closed}");
            }
            assert_eq!(stop(&mut server), Some(0), "{model} {closed}");
        }
    });
}

#[test]
fn a_probe_asks_whichever_of_the_three_are_closed() {
    let server = crate::server::Server::of("fork").start();
    for closed in ["<&-", ">&-", "2>&-", "<&- >&- 2>&-"] {
        let script = format!(
            "exec {BINARY} probe --bind 127.0.0.1 --port {} {closed}",
            server.port
        );
        let status = Command::new("sh").args(["-c", &script]).status();
        assert_eq!(status.expect("a shell").code(), Some(0), "{closed}");
    }
    server.stop();
}
