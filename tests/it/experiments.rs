//! What the options of the lessons do: descriptors left behind, zombies,
//! children that die with their parent, TIME_WAIT.

use crate::command_line::run;
use crate::network::run_alone;
use crate::proc::waits_in;
use crate::server::{GET, RESPONSE, Server, answer, children, signal, sockets, state, wait_until};
use nix::libc;
use std::fs;
use std::thread::sleep;
use std::time::Duration;

/// GETs in turn, the child of each ended before the next comes.
fn gets(server: &Server, count: usize) {
    for _ in 0..count {
        let mut stream = server.get();
        assert_eq!(answer(&mut stream), RESPONSE);
        server.zombies();
    }
}

#[test]
fn descriptors_of_six_connections_and_what_stays_open() {
    for (how, numbers, left) in [
        ("now", [4, 4, 4, 4, 4, 4], &[3][..]),
        ("late", [4, 5, 4, 5, 4, 5], &[3, 5]),
        ("never", [4, 5, 6, 7, 8, 9], &[3, 4, 5, 6, 7, 8, 9]),
    ] {
        let option = format!("--parent-close={how}");
        let server = Server::of("fork").with(&option).with("-v").start();
        gets(&server, 6);
        assert_eq!(sockets(server.pid), left, "{how}");
        let (_, lines) = server.stop();
        let accepted: Vec<i32> = lines
            .iter()
            .filter_map(|line| line.strip_prefix("acceptd: accepted fd "))
            .map(|number| number.parse().expect("a number"))
            .collect();
        assert_eq!(accepted, numbers, "{how}");
    }
}

/// The same holds if the process that starts it ignores SIGCHLD, which exec keeps.
#[test]
fn zombies_after_five_requests() {
    let ignoring = ["sh", "-c", "trap '' CHLD; exec \"$@\"", "sh"];
    for (how, zombies) in [
        ("signal", 0),
        ("before-fork", 1),
        ("ignore", 0),
        ("never", 5),
    ] {
        for before in [&[][..], &ignoring] {
            let server = Server::of("fork")
                .with(&format!("--reap={how}"))
                .under(before)
                .start();
            gets(&server, 5);
            if how == "signal" {
                server.idle(); // the handler may be about to reap
            }
            assert_eq!(server.zombies(), zombies, "{how}");
            // The stop waits for those that are left; the kernel tells nobody whom it reaped.
            let counted = if how == "ignore" {
                ""
            } else {
                ", reaped 5, peak "
            };
            let counts = format!("connections 5, forked 5{counted}");
            let (_, lines) = server.stop();
            assert!(lines[0].contains(&counts), "{how}: {lines:?}");
        }
    }
}

/// Where nobody learns of a child's end there is no limit on children: `--max-children` is 1024
/// where it is not given, and holds for `--reap signal` and `before-fork` alone.
#[test]
fn more_children_than_max_children_are_left_zombies_or_reaped_by_the_kernel() {
    for (how, zombies) in [("ignore", 0), ("never", 1031)] {
        let reap = format!("--reap={how}");
        let server = Server::of("fork").with(&reap).start();
        let silent = server.connect(); // its child is there while the others come and go
        for n in 1..=1030 {
            assert_eq!(server.send(GET), RESPONSE, "{how}: {n}");
        }
        drop(silent);
        assert_eq!(server.zombies(), zombies, "{how}");
        server.stop();
    }
}

/// Three children that sleep, and what is left of them after their parent was
/// killed in a way that it cannot handle. Who adopts a child that has ended may
/// leave it a zombie: that is dead.
#[test]
fn children_die_with_the_parent_if_on_stop_says_so() {
    for (model, option, dead) in [
        ("process", "--sleep=120", true),
        ("fork", "--on-stop=kill", true),
        ("process", "--on-stop=drain", false),
        ("fork", "--sleep=120", false),
    ] {
        // By themselves they end later than the test waits.
        let server = Server::of(model).with("--sleep=120").with(option).start();
        let _clients = [server.connect(), server.connect(), server.connect()];
        wait_until("three children sleep", || {
            let children = children(server.pid);
            children.len() == 3 && children.iter().all(|&child| is_asleep(child))
        });
        let children = children(server.pid);
        server.signal("KILL");
        wait_until("the parent is dead", || is_dead(server.pid));
        if dead {
            wait_until("they are dead", || {
                children.iter().all(|&child| is_dead(child))
            });
            continue;
        }
        sleep(Duration::from_secs(1)); // enough to die in
        for child in children {
            assert!(!is_dead(child), "{model} {option}");
            signal("KILL", child);
        }
    }
}

fn is_dead(pid: u32) -> bool {
    matches!(state(pid), None | Some('Z' | 'X'))
}

/// Whether a child is at its `--sleep`, the listener closed.
fn is_asleep(child: u32) -> bool {
    waits_in(child) == Some(libc::SYS_nanosleep) && sockets(child).len() == 1
}

/// A network has room for so many TIME_WAITs (tcp_max_tw_buckets), and other tests, or a
/// benchmark, may have left as many in this one.
#[test]
fn time_wait_is_met_without_reuseaddr() {
    run_alone("experiments::time_wait_in_a_network_of_its_own");
}

/// acceptd closes first, so TIME_WAIT is on its side, and on its port. To
/// bind there, both must have SO_REUSEADDR: who left it, and who comes.
#[test]
#[ignore = "time_wait_is_met_without_reuseaddr runs it, in a network namespace"]
fn time_wait_in_a_network_of_its_own() {
    for (before, after, binds) in [
        ("-v", "-v", true),
        ("-v", "--no-reuseaddr", false),
        ("--no-reuseaddr", "-v", false),
        ("--no-reuseaddr", "--no-reuseaddr", false),
    ] {
        let server = Server::of("iterative").with(before).start();
        let port = server.port.to_string();
        assert_eq!(server.send(GET), RESPONSE);
        wait_until("the connection is in TIME_WAIT", || {
            is_in_time_wait(server.port)
        });
        server.stop();
        let next = ["iterative", "--bind=127.0.0.1", "--port", &port, after];
        if binds {
            let server = Server::of("iterative").with("--port").with(&port).start();
            assert_eq!(server.port.to_string(), port);
            server.stop();
        } else {
            let output = run(&next);
            let message =
                format!("acceptd: bind 127.0.0.1:{port}: EADDRINUSE: address already in use\n");
            assert_eq!(String::from_utf8_lossy(&output.stderr), message);
            assert_eq!(output.status.code(), Some(1));
        }
    }
}

/// Whether a connection to this port of the loopback is: state 06 in proc_net(5).
fn is_in_time_wait(port: u16) -> bool {
    let table = fs::read_to_string("/proc/net/tcp").expect("/proc/net/tcp");
    table.lines().any(|line| {
        let mut columns = line.split_whitespace().skip(1);
        let local = columns.next().unwrap_or_default();
        local == format!("0100007F:{port:04X}") && columns.nth(1) == Some("06")
    })
}
