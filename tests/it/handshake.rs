//! A handshake that is under way when the stop comes: the client has sent its
//! SYN and not yet its ACK. It gets in, and is answered. A client that begins after
//! the stop does not get in.
//!
//! The client is this test, which writes the packets of a host of its own into
//! a TUN device, in a network namespace of its own.

use crate::network::run_alone;
use crate::packet::{ACK, FIN, PSH, RST, SYN, Segment};
use crate::server::{GET, MODELS, RESPONSE, Server, wait_until};
use crate::strace::Recording;
use nix::libc;
use std::fs::File;
use std::io::{Read, Write};
use std::net::Ipv4Addr;
use std::os::fd::AsRawFd;
use std::process::Command;

const SERVER: Ipv4Addr = Ipv4Addr::new(10, 9, 0, 1);
const CLIENT: Ipv4Addr = Ipv4Addr::new(10, 9, 0, 2);

/// Runs the test below where it may make a network device.
#[test]
fn under_way_at_the_stop() {
    run_alone("handshake::in_a_network_of_its_own");
}

/// A device `tun0` whose other end is the file.
#[allow(unsafe_code)] // an ioctl that nix does not have
fn tun() -> File {
    let mut options = File::options();
    options.read(true).write(true);
    let tun = options.open("/dev/net/tun").expect("/dev/net/tun");
    // An ifreq (netdevice(7)): the name, 16 bytes, then flags.
    let mut request = [0_u8; 40];
    request[..4].copy_from_slice(b"tun0");
    let flags = (libc::IFF_TUN | libc::IFF_NO_PI) as u16;
    request[16..18].copy_from_slice(&flags.to_ne_bytes());
    // SAFETY: TUNSETIFF reads and writes an ifreq, which has 40 bytes.
    let made = unsafe { libc::ioctl(tun.as_raw_fd(), libc::TUNSETIFF, request.as_mut_ptr()) };
    assert_eq!(made, 0, "TUNSETIFF");
    for command in ["addr add 10.9.0.1/24 dev tun0", "link set tun0 up"] {
        let status = Command::new("ip").args(command.split(' ')).status();
        assert!(status.expect("ip").success(), "ip {command}");
    }
    tun
}

fn send(tun: &mut File, segment: &Segment) {
    tun.write_all(&segment.packet()).expect("sent");
}

/// The next TCP segment that the server sends to this port.
fn segment_to(tun: &mut File, port: u16) -> Segment {
    let mut packet = [0; 2048];
    loop {
        let length = tun.read(&mut packet).expect("a packet");
        match Segment::parse(&packet[..length]) {
            Some(segment) if segment.to.1 == port => return segment,
            _ => {}
        }
    }
}

#[test]
#[ignore = "under_way_at_the_stop runs it, in a network namespace"]
fn in_a_network_of_its_own() {
    let mut tun = tun();
    for (number, model) in MODELS.into_iter().enumerate() {
        let recording = Recording::of(&format!("handshake-{model}"));
        // The last look at the queue comes two seconds after the one before it,
        // not ten milliseconds: a busy machine has its time.
        let inject = match model {
            "epoll" => "inject=epoll_pwait:delay_exit=2000000:when=3+",
            _ => "inject=nanosleep:delay_exit=2000000",
        };
        let strace = recording.command(&["-f", "-e", inject]);
        let server = Server::of(model).with("--bind").with("10.9.0.1");
        let server = server.with("--grace=60").under(&strace).start();
        let port = 40_000 + number as u16;
        let mut segment = Segment::new((CLIENT, port), (SERVER, server.port));

        send(&mut tun, segment.with(SYN, 1_000, 0, b""));
        let syn_ack = segment_to(&mut tun, port);
        assert_eq!(syn_ack.flags, SYN | ACK, "{model}");

        server.signal("TERM");
        wait_until("the queue was empty once", || {
            let text = recording.text();
            // The handler refuses new clients, and then starts the timer.
            let stopping = text.split_once("setitimer(");
            stopping.is_some_and(|(_, rest)| {
                rest.lines().any(|line| {
                    // A worker asks with ppoll, since the listener is its parent's.
                    let asked = line.contains("ppoll") && line.contains("Timeout");
                    asked || line.contains("EAGAIN") && line.contains("accept4")
                })
            })
        });
        // Another client begins now: it is refused at once. Then the first goes on.
        let mut late = Segment::new((CLIENT, port + 100), (SERVER, server.port));
        let next = syn_ack.sequence.wrapping_add(1);
        send(&mut tun, late.with(SYN, 1, 0, b""));
        let refused = segment_to(&mut tun, port + 100);
        assert_eq!(refused.flags, RST | ACK, "{model}");
        send(&mut tun, segment.with(ACK, 1_001, next, b""));
        send(&mut tun, segment.with(ACK | PSH, 1_001, next, GET));

        let mut answer: Vec<u8> = Vec::new();
        loop {
            let got = segment_to(&mut tun, port);
            assert_eq!(got.flags & RST, 0, "{model}: a reset");
            answer.extend(&got.data);
            if got.flags & FIN != 0 {
                let end = got.sequence.wrapping_add(got.data.len() as u32 + 1);
                let sequence = 1_001 + GET.len() as u32;
                send(&mut tun, segment.with(ACK | FIN, sequence, end, b""));
                break;
            }
        }
        assert_eq!(answer, RESPONSE, "{model}");
        let (status, _) = server.ended();
        assert_eq!(status.code(), Some(0), "{model}");
    }
}
