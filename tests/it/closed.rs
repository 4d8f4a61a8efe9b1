//! Started with stdin, stdout or stderr closed, as some supervisors do it. A socket would
//! get its number, and with it the lines that are meant for stderr.

use crate::proc::{PATIENCE, Started, output};
use crate::server::{
    BINARY, GET, RESPONSE, exchange, signal, sockets, wait_until, with_each_model,
};
use rustix::net::getsockname;
use rustix::net::sockopt::socket_acceptconn;
use rustix::process::{Pid, PidfdFlags, PidfdGetfdFlags, pidfd_getfd, pidfd_open};
use std::net::{SocketAddr, TcpStream};
use std::process::{Command, Stdio};

/// The port on which a process listens, by a copy of its socket.
fn port(pid: u32) -> Option<u16> {
    let process = pidfd_open(Pid::from_raw(pid as i32)?, PidfdFlags::empty()).ok()?;
    sockets(pid).into_iter().find_map(|fd| {
        let copy = pidfd_getfd(&process, fd as i32, PidfdGetfdFlags::empty()).ok()?;
        let listens = socket_acceptconn(&copy).ok()?;
        let address = SocketAddr::try_from(getsockname(&copy).ok()?).ok()?;
        listens.then_some(address.port())
    })
}

#[test]
fn a_server_runs_and_answers_whichever_of_the_three_are_closed() {
    with_each_model(|model| {
        for closed in ["<&-", ">&-", "2>&-", "<&- >&- 2>&-"] {
            let script = format!("exec \"$@\" {closed}");
            let server = Command::new("sh")
                .args(["-c", &script, "sh", BINARY, model])
                .args(["-v", "--bind=127.0.0.1", "--port=0"])
                .stderr(Stdio::null())
                .spawn();
            let mut server = Started(server.expect("a shell"));
            let pid = server.0.id();
            let mut place = None;
            wait_until("it listens", || {
                place = port(pid);
                place.is_some()
            });
            for _ in 0..3 {
                let address = ("127.0.0.1", place.expect("a port"));
                let stream = TcpStream::connect(address).expect("connect");
                stream.set_read_timeout(Some(PATIENCE)).expect("a limit");
                assert_eq!(exchange(stream, GET), RESPONSE, "{model} {closed}");
            }
            signal("TERM", pid);
            assert_eq!(server.ended().code(), Some(0), "{model} {closed}");
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
        let probe = output(Command::new("sh").args(["-c", &script]));
        assert_eq!(probe.status.code(), Some(0), "{closed}");
    }
    server.stop();
}
