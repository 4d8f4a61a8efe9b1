//! `--timeout`: nobody holds the server up, whether silent, dripping or deaf.

use crate::proc::{PATIENCE, SetWhenDropped, try_signal};
use crate::server::{GET, RESPONSE, Server, children, each_server, received, wait_until};
use crate::strace::Recording;
use nix::libc;
use rustix::fd::{AsRawFd, OwnedFd};
use rustix::net::sockopt::{Timeout, set_socket_recv_buffer_size, set_socket_timeout};
use rustix::net::{
    AddressFamily, RecvFlags, SendFlags, SocketFlags, SocketType, connect, recv, send, socket_with,
};
use std::io::Write;
use std::iter;
use std::net::{Ipv4Addr, SocketAddrV4};
use std::ops::Range;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::thread;
use std::time::{Duration, Instant};

pub const TIMEOUT: &[u8] =
    b"HTTP/1.1 408 Request Timeout\r\nConnection: Close\r\nContent-Length: 0\r\n\r\n";

/// A second, measured on a machine that may be busy from before it begins.
const ONE_SECOND: Range<f64> = 0.99..10.0;

#[track_caller]
fn took_one_second(start: Instant) {
    let took = start.elapsed().as_secs_f64();
    assert!(ONE_SECOND.contains(&took), "{took}");
}

/// Node, Go, browsers and load balancers open connections ahead of need, and
/// would take a 408 for the answer to what they send next.
#[test]
fn a_client_that_says_nothing_is_closed_without_a_word() {
    for options in [&["--timeout=1"][..], &["--timeout=1", "--keep-alive=20"]] {
        each_server(options, |server| {
            let idle = server.idle_sockets();
            let start = Instant::now();
            let stream = server.connect();
            assert_eq!(received(stream.try_clone().expect("a second handle")), b"");
            took_one_second(start);
            wait_until("it does not linger", || server.sockets() == idle);
            took_one_second(start);
            let empty = server.connect();
            let mut line = empty.try_clone().expect("a second handle");
            line.write_all(b"\r\n").expect("send");
            assert_eq!(received(empty), b"", "an empty line is no beginning");
        });
    }
}

/// However it comes, all of a head has one limit from its first byte on.
#[test]
fn a_client_that_drips_gets_408() {
    each_server(&["--timeout=1"], |server| {
        let start = Instant::now();
        let stream = server.connect();
        let mut drip = stream.try_clone().expect("a second handle");
        drip.set_write_timeout(Some(PATIENCE)).expect("a limit");
        thread::scope(|scope| {
            // A field of forty seconds, if the server does not close before.
            scope.spawn(move || {
                let field = iter::repeat_n(&b'a', 800);
                for byte in b"GET / HTTP/1.1\r\nA: ".iter().chain(field) {
                    if drip.write_all(&[*byte]).is_err() {
                        break;
                    }
                    thread::sleep(Duration::from_millis(50));
                }
            });
            assert_eq!(received(stream), TIMEOUT);
            took_one_second(start);
        });
        // What drips on is read and dropped, for as long as --timeout says.
        let took = start.elapsed().as_secs_f64();
        assert!(took < 20.0, "{took}");
    });
}

/// A later byte does not begin the time anew.
#[test]
fn the_limit_of_a_head_begins_with_its_first_byte() {
    each_server(&["--timeout=8"], |server| {
        let start = Instant::now();
        let mut stream = server.connect();
        stream.write_all(b"G").expect("send");
        thread::sleep(Duration::from_secs(6));
        stream.write_all(b"E").expect("send");
        assert_eq!(received(stream), TIMEOUT);
        let took = start.elapsed().as_secs_f64();
        assert!((7.99..13.5).contains(&took), "{took}"); // and not 14
    });
}

/// Each process that serves, stopped and continued again and again: each time
/// the call that waits is interrupted.
fn disturb(server: u32, over: &AtomicBool) {
    while !over.load(Relaxed) {
        let children = children(server);
        for pid in [&[server][..], &children].concat() {
            for signal in ["STOP", "CONT"] {
                let _ = try_signal(signal, pid);
            }
        }
        thread::sleep(Duration::from_millis(40));
    }
}

#[test]
fn signals_do_not_hold_a_time_limit_off() {
    each_server(&["--timeout=1"], |server| {
        let idle = server.idle_sockets();
        let over = &AtomicBool::new(false);
        thread::scope(|scope| {
            let pid = server.pid;
            scope.spawn(move || disturb(pid, over));
            let disturbed = SetWhenDropped(over);
            let start = Instant::now();
            let mut stream = server.connect();
            stream.write_all(&GET[..9]).expect("send");
            let answer = received(stream);
            let start_of_linger = Instant::now();
            let mut post = server.connect();
            post.write_all(b"POST / HTTP/1.1\r\n\r\n").expect("send");
            assert_eq!(crate::server::answer(&mut post), RESPONSE);
            wait_until("it is left", || server.sockets() == idle);
            drop(disturbed);
            assert_eq!(answer, TIMEOUT);
            let head = start_of_linger - start;
            assert!(ONE_SECOND.contains(&head.as_secs_f64()), "{head:?}");
            // --timeout, which is less than the two seconds without a byte; in the iterative
            // model the client before has its linger first.
            took_one_second(start_of_linger);
        });
    });
}

/// A client with little room for what it does not read: TCP_MAXSEG keeps the
/// server's send buffer small too.
pub fn deaf(port: u16) -> OwnedFd {
    static SEGMENT: i32 = 536;
    // CLOEXEC: a server that another test starts meanwhile must not have it.
    let (family, kind) = (AddressFamily::INET, SocketType::STREAM);
    let client = socket_with(family, kind, SocketFlags::CLOEXEC, None).expect("a socket");
    let (level, name, segment) = (libc::IPPROTO_TCP, libc::TCP_MAXSEG, &raw const SEGMENT);
    let socket = client.as_raw_fd();
    #[allow(unsafe_code)] // std and rustix have no TCP_MAXSEG
    // SAFETY: the kernel reads the four bytes of an i32.
    let set = unsafe { libc::setsockopt(socket, level, name, segment.cast(), 4) };
    assert_eq!(set, 0, "TCP_MAXSEG");
    set_socket_timeout(&client, Timeout::Recv, Some(PATIENCE)).expect("a limit");
    set_socket_recv_buffer_size(&client, 1).expect("the least it may be");
    let server = SocketAddrV4::new(Ipv4Addr::LOCALHOST, port);
    connect(&client, &server).expect("connect");
    send(&client, GET, SendFlags::empty()).expect("send");
    client
}

#[test]
fn a_client_that_reads_nothing_or_too_slowly_is_cut() {
    let body = "b".repeat(130_000);
    for reads in [false, true] {
        let options = ["--timeout=0.5", "--body", &body];
        each_server(&options, |server| {
            let idle = server.idle_sockets();
            let start = Instant::now();
            let client = deaf(server.port);
            if reads {
                // 40 kB a second: the whole would take more than three.
                let total = read_slowly(&client);
                assert!(total < 130_000, "all came");
            } else {
                wait_until("the response is on its way", || peeks(&client));
                // --timeout for the first send, and once more for the rest.
                wait_until("it is cut", || server.sockets() == idle);
                let took = start.elapsed().as_secs_f64();
                assert!((0.49..10.0).contains(&took), "{took}");
            }
            drop(client);
            assert!(server.send(GET).len() > 130_000, "the next");
        });
    }
}

fn peeks(client: &OwnedFd) -> bool {
    let some = recv(client, &mut [0; 1], RecvFlags::PEEK | RecvFlags::DONTWAIT);
    some.is_ok()
}

/// How many bytes come until the end.
fn read_slowly(client: &OwnedFd) -> usize {
    let mut total = 0;
    while let Ok((received @ 1.., _)) = recv(client, &mut [0; 2000], RecvFlags::empty()) {
        total += received;
        thread::sleep(Duration::from_millis(50));
    }
    total
}

#[test]
fn timeout_0_waits_for_ever_and_costs_no_call() {
    let recording = Recording::of("timeout-0");
    let strace = recording.command(&["-e", "trace=setsockopt,clock_gettime"]);
    let server = Server::of("iterative")
        .with("--timeout=0")
        .under(&strace)
        .start();
    let mut stream = server.connect();
    for piece in [&GET[..9], &GET[9..]] {
        stream.write_all(piece).expect("send");
        // Nothing tells from outside that recv has returned; if it has not,
        // the test only shows less.
        thread::sleep(Duration::from_millis(200));
    }
    assert_eq!(received(stream), RESPONSE);
    server.stop();
    let trace = recording.text();
    let served = trace.split("SIGTERM").next().expect("split gives one");
    let calls: Vec<&str> = served.lines().filter(|line| line.contains('(')).collect();
    assert_eq!(calls.len(), 1, "{trace}");
    assert!(calls[0].contains("SO_REUSEADDR"), "{trace}");
}
