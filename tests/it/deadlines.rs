//! `--timeout`: nobody holds the server up, whether silent, dripping or deaf.

use crate::server::{GET, RESPONSE, Server, all_children, answer, received, wait_until};
use rustix::fd::{AsRawFd, OwnedFd};
use rustix::net::sockopt::set_socket_recv_buffer_size;
use rustix::net::{
    AddressFamily, RecvFlags, SendFlags, SocketFlags, SocketType, connect, recv, send, socket_with,
};
use std::io::Write;
use std::net::{Ipv4Addr, SocketAddrV4};
use std::ops::Range;
use std::thread;
use std::time::{Duration, Instant};

const TIMEOUT: &[u8] =
    b"HTTP/1.1 408 Request Timeout\r\nConnection: Close\r\nContent-Length: 0\r\n\r\n";

/// A second, measured on a machine that may be busy.
const ONE_SECOND: Range<f64> = 0.8..2.5;

fn is_served(server: &Server) {
    let mut next = server.connect();
    next.write_all(GET).expect("send");
    assert_eq!(answer(&mut next), RESPONSE, "the next client is served");
}

#[test]
fn a_client_that_says_nothing_or_drips_gets_408() {
    thread::scope(|scope| {
        for model in ["iterative", "fork", "process"] {
            for drips in [false, true] {
                scope.spawn(move || {
                    let server = Server::of(model).with("--timeout=1").start();
                    let start = Instant::now();
                    let stream = server.connect();
                    if drips {
                        let mut stream = stream.try_clone().expect("a second handle");
                        // Until the server has had enough of it and closes.
                        thread::spawn(move || {
                            let mut bytes = GET[..GET.len() - 2].iter().cycle();
                            while stream.write_all(&[*bytes.next().expect("endless")]).is_ok() {
                                thread::sleep(Duration::from_millis(50));
                            }
                        });
                    }
                    assert_eq!(received(stream), TIMEOUT, "{model}, drips: {drips}");
                    let took = start.elapsed();
                    assert!(
                        ONE_SECOND.contains(&took.as_secs_f64()),
                        "{model}: {took:?}"
                    );
                    is_served(&server);
                    let took = start.elapsed();
                    // What drips on is read and dropped for two seconds.
                    assert!(took < Duration::from_secs(5), "{model}: {took:?}");
                });
            }
        }
    });
}

/// A client with little room for what it does not read: TCP_MAXSEG keeps the
/// server's send buffer small too.
fn deaf(port: u16) -> OwnedFd {
    const IPPROTO_TCP: i32 = 6;
    const TCP_MAXSEG: i32 = 2;
    #[allow(unsafe_code)] // std and rustix have no TCP_MAXSEG
    unsafe extern "C" {
        fn setsockopt(fd: i32, level: i32, name: i32, value: *const i32, length: u32) -> i32;
    }
    // CLOEXEC: a server that another test starts meanwhile must not have it.
    let (family, kind) = (AddressFamily::INET, SocketType::STREAM);
    let client = socket_with(family, kind, SocketFlags::CLOEXEC, None).expect("a socket");
    // SAFETY: the kernel reads the four bytes of an i32.
    #[allow(unsafe_code)]
    let set = unsafe { setsockopt(client.as_raw_fd(), IPPROTO_TCP, TCP_MAXSEG, &536, 4) };
    assert_eq!(set, 0, "TCP_MAXSEG");
    set_socket_recv_buffer_size(&client, 1).expect("the least it may be");
    let server = SocketAddrV4::new(Ipv4Addr::LOCALHOST, port);
    connect(&client, &server).expect("connect");
    send(&client, GET, SendFlags::empty()).expect("send");
    client
}

#[test]
fn a_client_that_reads_nothing_or_too_slowly_is_cut() {
    let body = "b".repeat(130_000);
    thread::scope(|scope| {
        for model in ["iterative", "fork"] {
            for reads in [false, true] {
                let server = Server::of(model).with("--timeout=0.5");
                let server = server.with("--body").with(&body).start();
                scope.spawn(move || {
                    let start = Instant::now();
                    let client = deaf(server.port);
                    let server_is_free = || {
                        // Once it has accepted, that is; the client is the first.
                        server.accepting();
                        wait_until("no child is left", || all_children(server.pid).is_empty());
                        start.elapsed().as_secs_f64()
                    };
                    if reads {
                        // 40 kB a second: the whole would take more than three.
                        let total = read_slowly(&client);
                        assert!(total < 130_000, "{model}: all came");
                    } else {
                        wait_until("the response is on its way", || peeks(&client));
                        // --timeout for the first send, and once more for the rest.
                        let took = server_is_free();
                        assert!((0.4..2.5).contains(&took), "{model}: {took}");
                    }
                    drop(client);
                    assert!(server.send(GET).len() > 130_000, "{model}: the next");
                });
            }
        }
    });
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
    let name = format!("timeout-0-{}.strace", std::process::id());
    let path = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let file = path.to_str().expect("text");
    let strace = ["strace", "-o", file, "-e", "trace=setsockopt,clock_gettime"];
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
    let trace = std::fs::read_to_string(&path).expect("strace's output");
    let calls: Vec<&str> = trace.lines().filter(|line| line.contains('(')).collect();
    assert_eq!(calls.len(), 1, "{trace}");
    assert!(calls[0].contains("SO_REUSEADDR"), "{trace}");
    std::fs::remove_file(path).expect("removed");
}
