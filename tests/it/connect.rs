//! How `acceptd probe` connects, and what it makes of a server that does not answer that.

use crate::command_line::run;
use crate::network::run_alone;
use crate::probe::unserved;
use crate::proc::{Started, address_of_its_own, waits_in};
use crate::server::{BINARY, Server, signal, sockets, state, wait_until, with_each_model};
use nix::libc;
use std::net::Ipv4Addr;
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

/// Every server that listens is well, whatever it answers, and however slowly.
#[test]
fn connect_asks_only_whether_somebody_listens() {
    with_each_model(|model| {
        let bind = format!("--bind={}", address_of_its_own());
        let server = Server::of(model).with("--sleep=30").with("--status=503");
        let server = server.with("--grace=0").with(&bind).start();
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

/// connect(2) with a limit ends with EINTR when a stopped process goes on, or strace comes.
#[test]
fn a_signal_does_not_end_the_wait_for_a_connection() {
    let server = Server::of("iterative").with("--sleep=4");
    let server = server.with("--backlog=1").start();
    let _served = server.get();
    wait_until("it is taken from the queue", || {
        sockets(server.pid).len() == 2
    });
    let _waiting = [server.get(), server.get()];
    let port = server.port.to_string();
    let mut probe = Command::new(BINARY);
    probe.args(["probe", "--bind=127.0.0.1", "--timeout=30", "--port", &port]);
    let mut probe = Started(probe.spawn().expect("a probe"));
    wait_until("it connects", || {
        waits_in(probe.0.id()) == Some(libc::SYS_connect)
    });
    signal("STOP", probe.0.id());
    wait_until("it stands", || state(probe.0.id()) == Some('T'));
    signal("CONT", probe.0.id());
    assert_eq!(probe.ended().code(), Some(0));
}

/// A signal does not begin the limit of connect anew.
#[test]
fn signals_do_not_prolong_the_wait_for_a_connection() {
    let server = Server::of("iterative").with("--sleep=60");
    let server = server.with("--backlog=1").with("--grace=0").start();
    let _served = server.connect();
    wait_until("it is taken from the queue", || {
        sockets(server.pid).len() == 2
    });
    let _waiting = [server.connect(), server.connect()];
    let port = server.port.to_string();
    let mut probe = Command::new(BINARY);
    probe.args(["probe", "--bind=127.0.0.1", "--timeout=6", "--port", &port]);
    probe.stderr(Stdio::null());
    let start = Instant::now();
    let mut probe = Started(probe.spawn().expect("a probe"));
    wait_until("it connects", || {
        waits_in(probe.0.id()) == Some(libc::SYS_connect)
    });
    thread::sleep(Duration::from_secs(5));
    signal("STOP", probe.0.id());
    wait_until("it stands", || state(probe.0.id()) == Some('T'));
    signal("CONT", probe.0.id());
    assert_eq!(probe.ended().code(), Some(1));
    let took = start.elapsed().as_secs_f64();
    assert!((5.99..10.5).contains(&took), "{took}"); // and not 11
}

/// One client is served and two wait: the queue holds one more than --backlog
/// says. The kernel drops each further SYN.
#[test]
fn connect_takes_a_full_queue_for_a_listener() {
    let server = Server::of("iterative").with("--sleep=60");
    let server = server.with("--backlog=1").with("--grace=0").start();
    let served = server.connect();
    wait_until("it is taken from the queue", || {
        sockets(server.pid).len() == 2
    });
    let waiting = [server.connect(), server.connect()];
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
    drop((served, waiting));
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
