//! How `acceptd probe` connects, and what it makes of a server that does not answer that.

use crate::command_line::run;
use crate::network::run_alone;
use crate::proc::{Started, output, waits_in};
use crate::server::{BINARY, Server, signal, sockets, state, wait_until, with_each_model};
use nix::libc;
use rustix::fd::OwnedFd;
use rustix::net::{AddressFamily, SocketFlags, SocketType, bind, getsockname, socket_with};
use std::net::{Ipv4Addr, SocketAddr, SocketAddrV4, TcpStream};
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

/// Every server that listens is well, whatever it answers, and however slowly.
#[test]
fn connect_asks_only_whether_somebody_listens() {
    with_each_model(|model| {
        let server = Server::of(model).alone().with("--sleep=30");
        let server = server.with("--status=503").with("--grace=0").start();
        let bind = format!("--bind={}", server.address);
        let _waiting = [server.connect(), server.connect()];
        let port = server.port.to_string();
        let probe = ["probe", &bind, "--connect", "--port", &port];
        for _ in 0..3 {
            let output = run(&probe);
            assert_eq!(output.stderr, b"", "{model}");
            assert_eq!(output.status.code(), Some(0), "{model}");
        }
        server.stop();
        let output = run(&probe);
        assert_eq!(output.status.code(), Some(1), "{model}");
    });
}

/// A port on which nobody listens. It is taken, so no server of another test gets it.
struct Unserved {
    _socket: OwnedFd,
    place: SocketAddr,
}

fn unserved(address: Ipv4Addr) -> Unserved {
    // CLOEXEC: a server that another test starts meanwhile must not have it.
    let (family, kind) = (AddressFamily::INET, SocketType::STREAM);
    let socket = socket_with(family, kind, SocketFlags::CLOEXEC, None).expect("a socket");
    bind(&socket, &SocketAddrV4::new(address, 0)).expect("a port");
    let place = SocketAddr::try_from(getsockname(&socket).expect("its address"));
    Unserved {
        _socket: socket,
        place: place.expect("an internet address"),
    }
}

#[test]
fn the_port_of_the_environment_is_asked() {
    let server = Server::of("iterative").alone().start();
    let bind = format!("--bind={}", server.address);
    let probe = |words: &[&str], port: &str| {
        let mut probe = Command::new(BINARY);
        probe
            .args([&["probe", &bind], words].concat())
            .env("PORT", port);
        output(&mut probe).status.code()
    };
    let nobody = unserved(server.address);
    let other = nobody.place.port().to_string();
    let port = server.port.to_string();
    assert_eq!(probe(&[], &port), Some(0));
    assert_eq!(probe(&["--port", &port], &other), Some(0), "--port wins");
    assert_eq!(probe(&[], &other), Some(1));
}

#[test]
fn nobody_there_is_refused() {
    let nobody = unserved(Ipv4Addr::LOCALHOST);
    let place = nobody.place;
    let port = place.port().to_string();
    let output = run(&["probe", "--bind=127.0.0.1", "--port", &port]);
    let line = format!("acceptd: connect {place}: ECONNREFUSED: connection refused\n");
    assert_eq!(String::from_utf8_lossy(&output.stderr), line);
    assert_eq!(output.status.code(), Some(1));
}

/// One client is served and two wait: the queue holds one more than --backlog
/// says. The kernel drops each further SYN.
fn full(sleep: &str) -> (Server, [TcpStream; 3]) {
    let server = Server::of("iterative").with(sleep).with("--backlog=1");
    let server = server.with("--grace=0").start();
    let served = server.get();
    wait_until("it is taken from the queue", || {
        sockets(server.pid).len() == 2
    });
    let clients = [served, server.get(), server.get()];
    (server, clients)
}

/// A probe of a server whose queue is full: it waits in connect(2).
fn connecting(server: &Server, timeout: &str) -> Started {
    let port = server.port.to_string();
    let mut probe = Command::new(BINARY);
    probe.args(["probe", "--bind=127.0.0.1", timeout, "--port", &port]);
    let probe = Started(probe.stderr(Stdio::null()).spawn().expect("a probe"));
    wait_until("it connects", || {
        waits_in(probe.0.id()) == Some(libc::SYS_connect)
    });
    probe
}

/// Stops a process and lets it go on: its call returns EINTR.
fn interrupt(process: &Started) {
    let pid = process.0.id();
    signal("STOP", pid);
    wait_until("it stands", || state(pid) == Some('T'));
    signal("CONT", pid);
}

/// connect(2) with a limit ends with EINTR when a stopped process goes on, or strace comes.
#[test]
fn a_signal_does_not_end_the_wait_for_a_connection() {
    let (server, _clients) = full("--sleep=4");
    let mut probe = connecting(&server, "--timeout=30");
    interrupt(&probe);
    assert_eq!(probe.ended().code(), Some(0));
}

/// A signal does not begin the limit of connect anew.
#[test]
fn signals_do_not_prolong_the_wait_for_a_connection() {
    let (server, _clients) = full("--sleep=60");
    let start = Instant::now();
    let mut probe = connecting(&server, "--timeout=12");
    thread::sleep(Duration::from_secs(6));
    interrupt(&probe);
    assert_eq!(probe.ended().code(), Some(1));
    let took = start.elapsed().as_secs_f64();
    assert!((11.99..17.5).contains(&took), "{took}"); // and not 18
}

#[test]
fn connect_takes_a_full_queue_for_a_listener() {
    let (server, _clients) = full("--sleep=60");
    let port = server.port.to_string();
    let probe = [
        "probe",
        "--bind=127.0.0.1",
        "--port",
        &port,
        "--timeout=0.3",
    ];
    let asked = run(&probe);
    let line = format!("acceptd: connect 127.0.0.1:{port}: ETIMEDOUT: connection timed out\n");
    assert_eq!(String::from_utf8_lossy(&asked.stderr), line);
    let connected = run(&[&probe[..], &["--connect"]].concat());
    assert_eq!(connected.status.code(), Some(0));
}

/// A queue that is full on this machine gives no answer, and neither does an address of
/// another machine where nobody is.
#[test]
fn connect_takes_no_answer_from_another_machine_for_none() {
    run_alone("connect::nobody_answers_in_a_network_of_its_own");
}

/// Ignored by itself: it adds a route, which would change this machine.
#[test]
#[ignore = "connect_takes_no_answer_from_another_machine_for_none runs it, in a network namespace"]
fn nobody_answers_in_a_network_of_its_own() {
    let mut ip = Command::new("ip");
    ip.args(["route", "add", "192.0.2.1", "dev", "lo"]); // it is no address of lo
    assert!(ip.status().expect("ip").success());
    let asked = run(&[
        "probe",
        "--bind=192.0.2.1",
        "--port=80",
        "--timeout=0.3",
        "--connect",
    ]);
    let line = "acceptd: connect 192.0.2.1:80: ETIMEDOUT: connection timed out\n";
    assert_eq!(String::from_utf8_lossy(&asked.stderr), line);
    assert_eq!(asked.status.code(), Some(1));
}
