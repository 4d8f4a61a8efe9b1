//! SIGTERM and SIGINT: status 0, and the request in flight answered first.

use crate::proc::{kill, try_signal, unshare};
use crate::server::{
    AT_ONCE, GET, MODELS, RESPONSE, Server, children, received, wait_until, with_each_model,
};
use crate::strace::Recording;
use rustix::process::{Pid, Signal, kill_process_group};
use std::fs;
use std::io::Read;
use std::net::TcpStream;
use std::thread;
use std::time::Duration;

#[test]
fn an_idle_server_stops_at_once() {
    for model in MODELS {
        let patient = || Server::of(model).with("--timeout=60").with("--grace=60");
        for signal in ["TERM", "INT"] {
            let server = patient().start();
            assert_eq!(server.send(GET), RESPONSE);
            server.signal(signal);
            let (status, _) = server.ended();
            assert_eq!(status.code(), Some(0), "{model}, SIG{signal}");
        }
        let (took, _) = patient().start().stop();
        assert!(took < AT_ONCE, "{model}: {took:?}");
    }
}

/// A client whose request the server has, and is about to answer.
pub fn in_flight(server: &Server, model: &str) -> TcpStream {
    let stream = server.get();
    wait_until("it is accepted", || holder_has(server, model));
    stream
}

/// Whether the process that is to answer has the connection: the descriptor
/// after the listener, or after epoll's.
pub fn holder_has(server: &Server, model: &str) -> bool {
    let has = |pid, fd| fs::exists(format!("/proc/{pid}/fd/{fd}")).unwrap_or(false);
    match model {
        "iterative" | "thread" => has(server.pid, 4),
        "epoll" => has(server.pid, 5),
        _ => children(server.pid).into_iter().any(|child| has(child, 4)),
    }
}

#[test]
fn the_request_in_flight_is_answered_first() {
    with_each_model(|model| {
        // Under qemu each client of `refuses` is queued, and served until --grace is over.
        let server = Server::of(model).alone().with("--sleep=3");
        let server = server.with("--grace=15").start();
        let stream = in_flight(&server, model);
        server.signal("TERM");
        wait_until("nobody listens", || server.refuses());
        assert_eq!(received(stream), RESPONSE, "{model}");
        let (status, _) = server.ended();
        assert_eq!(status.code(), Some(0), "{model}");
    });
}

#[test]
fn a_terminal_interrupts_the_whole_group_and_no_answer_is_lost() {
    with_each_model(|model| {
        // Ctrl-C is SIGINT for each process of the group, in no certain order.
        for _ in 0..5 {
            let server = Server::of(model).with("--sleep=3").with("--grace=60");
            let server = server.under(&["setsid"]).start();
            let stream = in_flight(&server, model);
            let group = Pid::from_raw(server.pid as i32).expect("a pid");
            kill_process_group(group, Signal::INT).expect("kill");
            assert_eq!(received(stream), RESPONSE, "{model}");
            assert_eq!(server.ended().0.code(), Some(0), "{model}");
        }
    });
}

/// The second of two that are a quarter of a second apart.
#[test]
fn a_second_signal_ends_it_at_once() {
    for model in MODELS {
        let server = Server::of(model).alone().with("--sleep=30").start();
        let _stream = in_flight(&server, model);
        server.signal("TERM");
        server.wait_until_told();
        thread::sleep(Duration::from_millis(300));
        let children = children(server.pid);
        server.signal("TERM");
        for child in children {
            kill(child);
        }
        assert_eq!(server.ended().0.code(), Some(128 + 15), "{model}");
    }
}

/// A handshake under way has its ten milliseconds, whatever children end meanwhile.
#[test]
fn signals_do_not_shorten_the_wait_for_handshakes() {
    let recording = Recording::of("pause");
    let strace = recording.command(&["-ttt", "-e", "trace=accept4"]);
    let server = Server::of("fork").under(&strace).start();
    server.accepting();
    server.signal("TERM");
    while try_signal("CHLD", server.pid).is_ok() && !server.is_over() {
        thread::sleep(Duration::from_millis(1));
    }
    assert_eq!(server.ended().0.code(), Some(0));
    let trace = recording.text();
    let empty = trace.lines().filter(|line| line.contains("EAGAIN"));
    let times = empty.map(|line| line.split(' ').next()?.parse::<f64>().ok());
    let times: Vec<f64> = times.map(|time| time.expect("a time")).collect();
    let [first, second] = times[..] else {
        panic!("{trace}");
    };
    assert!(second - first >= 0.01, "{trace}");
}

/// timeout(1) sends its signal to the process and then to the group. On a busy machine the
/// server may see the second a quarter of a second later, when it ends the server at once:
/// so there are five trials.
#[test]
fn the_same_signal_at_once_again_is_the_same_stop() {
    with_each_model(|model| {
        let is_one_stop = || {
            let server = Server::of(model).with("--sleep=3").with("--grace=60");
            let server = server.start();
            let mut stream = in_flight(&server, model);
            server.signal("TERM");
            thread::sleep(Duration::from_millis(20)); // or the kernel makes one of the two
            server.signal("TERM");
            let mut answer = Vec::new();
            let _ = stream.read_to_end(&mut answer);
            (answer, server.ended().0.code()) == (RESPONSE.to_vec(), Some(0))
        };
        assert!((0..5).any(|_| is_one_stop()), "{model}");
    });
}

#[test]
fn the_same_as_pid_1() {
    let unshare = unshare(&["--pid", "--fork", "--kill-child"]);
    with_each_model(|model| {
        let server = Server::of(model).with("--timeout=60").with("--grace=60");
        let server = server.under(&unshare).start();
        let status = fs::read_to_string(format!("/proc/{}/status", server.pid)).expect("/proc");
        let inside = status
            .lines()
            .find_map(|line| line.strip_prefix("NSpid:"))
            .expect("NSpid");
        assert_eq!(inside.split_whitespace().last(), Some("1"));
        assert_eq!(server.send(GET), RESPONSE);
        let (took, _) = server.stop();
        assert!(took < AT_ONCE, "{model}: {took:?}");

        let server = Server::of(model).with("--sleep=3").with("--grace=60");
        let server = server.under(&unshare).start();
        let stream = in_flight(&server, model);
        server.signal("TERM");
        assert_eq!(received(stream), RESPONSE, "{model}");
        assert_eq!(server.ended().0.code(), Some(0), "{model}");
    });
}

/// For a load balancer that goes on sending until it has noticed the stop.
#[test]
fn stop_delay_goes_on_accepting() {
    with_each_model(|model| {
        let server = Server::of(model).with("--stop-delay=4").start();
        server.signal("TERM");
        thread::sleep(Duration::from_millis(300));
        assert_eq!(server.send(GET), RESPONSE, "{model}");
        let (status, _) = server.ended();
        assert_eq!(status.code(), Some(0), "{model}");

        // A second signal ends the delay if it comes at least a quarter of a second after the
        // first. Nothing shows from outside when the first was handled.
        let server = Server::of(model).with("--stop-delay=30").start();
        server.signal("TERM");
        thread::sleep(Duration::from_secs(3));
        let (took, _) = server.stop();
        assert!(took < AT_ONCE, "{model}: {took:?}");
    });
}

/// The next server listens before this one stops.
#[test]
fn reuseport_lets_the_next_server_listen_at_once() {
    for model in MODELS {
        let first = Server::of(model).with("--reuseport").start();
        let port = first.port.to_string();
        let next = Server::of(model).with("--reuseport").with("--port");
        let next = next.with(&port).start();
        assert_eq!(next.port, first.port);
        first.stop();
        assert_eq!(next.send(GET), RESPONSE, "{model}");
    }
}
