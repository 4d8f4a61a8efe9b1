//! Without descriptors, processes or memory to be had: what can be served is
//! served, the rest waits or is told, and nothing spins.

use crate::proc::is_root;
use crate::server::{
    AT_ONCE, GET, RESPONSE, Server, answer, exchange, received, state, status, wait_until,
};
use crate::stop::holder_has;
use std::fs;
use std::io::{ErrorKind, Read, Write};
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

/// `prlimit(pid, ..)`, by whoever may.
pub fn limit(before: &[&str], pid: u32, resource: &str) {
    let pid = pid.to_string();
    let words = [before, &["prlimit", resource, "--pid", &pid]].concat();
    let set = Command::new(words[0]).args(&words[1..]).status();
    assert!(set.expect("prlimit").success(), "{resource}");
}

/// RLIMIT_NPROC back to its hard limit. A number would not do: it is compared with
/// all threads of the user, and a desktop has hundreds.
fn allow_processes(server: &Server) {
    let path = format!("/proc/{}/limits", server.pid);
    let limits = fs::read_to_string(path).expect("limits");
    let line = limits
        .lines()
        .find_map(|line| line.strip_prefix("Max processes"));
    let hard = line.and_then(|line| line.split_whitespace().nth(1));
    let resource = format!("--nproc={}:", hard.expect("a hard limit"));
    limit(&as_user(), server.pid, &resource);
}

/// Nanoseconds that a process has been on a CPU (proc_pid_schedstat(5)).
fn cpu_time(pid: u32) -> u64 {
    let text = fs::read_to_string(format!("/proc/{pid}/schedstat")).expect("schedstat");
    let first = text.split_whitespace().next().expect("a number");
    first.parse().expect("a number")
}

#[test]
fn without_a_descriptor_left_the_server_waits_and_says_so_once() {
    // 0, 1, 2, the listener; epoll has a descriptor of its own.
    for (model, nofile, counts) in [
        ("iterative", "--nofile=4:1024", ""),
        ("fork", "--nofile=4:1024", ", forked 1, reaped 1, peak 1"),
        ("thread", "--nofile=4:1024", ""),
        ("epoll", "--nofile=5:1024", ""),
    ] {
        let server = Server::of(model).under(&["prlimit", nofile]).start();
        let mut stream = server.get();
        assert_eq!(
            server.line(),
            "acceptd: accept4: EMFILE: too many open files"
        );
        let before = cpu_time(server.pid);
        let start = Instant::now();
        let wakes = || {
            status(server.pid, "voluntary_ctxt_switches")?
                .parse::<u32>()
                .ok()
        };
        let enough = wakes().expect("a number") + 5;
        thread::sleep(Duration::from_secs(2));
        wait_until("it has tried again", || wakes() >= Some(enough));
        stream.set_nonblocking(true).expect("non-blocking");
        let error = stream.read(&mut [0]).expect_err("no answer yet");
        assert_eq!(error.kind(), ErrorKind::WouldBlock);
        let used = Duration::from_nanos(cpu_time(server.pid) - before);
        assert!(used < Duration::from_millis(200), "{used:?} of two seconds");
        limit(&[], server.pid, "--nofile=64");
        stream.set_nonblocking(false).expect("blocking");
        assert_eq!(received(stream), RESPONSE);
        let (_, lines) = server.stop();
        let failures = lines[0].strip_prefix("acceptd: accept4: works again, failures ");
        let failures: u32 = failures
            .expect("the end of the burst")
            .parse()
            .expect("a count");
        // One each tenth of a second, or fewer on a busy machine; and one for what interrupts
        // the wait.
        let most = start.elapsed().as_millis() as u32 / 100 + 5;
        assert!((3..most).contains(&failures), "{failures}, at most {most}");
        let line = format!("acceptd: {model}: stopped: connections 1{counts}");
        assert_eq!(lines[1..], [line]);
    }
}

/// Its bytes wake the event loop, which accepts in its own time all the same.
#[test]
fn without_a_descriptor_left_a_busy_connection_changes_nothing() {
    // 0, 1, 2, the listener, epoll and one connection.
    let server = Server::of("epoll").under(&["prlimit", "--nofile=6"]);
    let server = server.start();
    let mut busy = server.connect();
    busy.write_all(b"GET / HTTP/1.1\r\nA: ").expect("send");
    wait_until("it is accepted", || holder_has(&server, "epoll"));
    let start = Instant::now();
    let second = server.get();
    assert_eq!(
        server.line(),
        "acceptd: accept4: EMFILE: too many open files"
    );
    for _ in 0..100 {
        busy.write_all(b"a").expect("send");
        thread::sleep(Duration::from_millis(5));
    }
    assert_eq!(exchange(busy, b"\r\n\r\n"), RESPONSE);
    assert_eq!(received(second), RESPONSE);
    let most = start.elapsed().as_millis() as u32 / 100 + 2; // one each tenth of a second
    let line = server.line();
    let failures = line.strip_prefix("acceptd: accept4: works again, failures ");
    let failures: u32 = failures
        .and_then(|count| count.parse().ok())
        .expect("a count");
    assert!(failures <= most, "{failures}, at most {most}");
    server.stop();
}

/// epoll has too many descriptors to watch (ENOSPC): it is asked again each tenth of a second.
#[test]
fn an_event_loop_that_may_not_watch_its_listener_tries_again() {
    let start = Instant::now();
    let server = Server::of("epoll").injecting(&["epoll_ctl:error=ENOSPC:when=1..5"]);
    let server = server.start();
    assert_eq!(server.send(GET), RESPONSE);
    let took = start.elapsed();
    assert!(took >= Duration::from_millis(450), "{took:?}");
    server.stop();
}

#[test]
fn without_a_descriptor_left_it_can_be_stopped() {
    for (model, nofile) in [
        ("iterative", "--nofile=4"),
        ("fork", "--nofile=4"),
        ("process", "--nofile=4"),
        ("prefork", "--nofile=4"),
        ("thread", "--nofile=4"),
        ("epoll", "--nofile=5"),
    ] {
        let server = Server::of(model).with("--grace=0.5");
        let server = server.under(&["prlimit", nofile]).start();
        let _waiting = server.connect();
        assert_eq!(
            server.line(),
            "acceptd: accept4: EMFILE: too many open files"
        );
        let (took, lines) = server.stop();
        // It waits for a descriptor, since somebody has connected, as long as --grace says.
        assert!(took < AT_ONCE, "{model}: {took:?}");
        let last = lines.last().expect("the stop line");
        assert!(last.contains(": stopped: connections 0"), "{lines:?}");
    }
}

#[test]
fn leaked_descriptors_are_waited_out_too() {
    // 0, 1, 2, the listener and two connections.
    let leaky = Server::of("fork").with("--parent-close=never");
    let leaky = leaky.under(&["prlimit", "--nofile=6:1024"]).start();
    for _ in 0..2 {
        let mut stream = leaky.get();
        assert_eq!(answer(&mut stream), RESPONSE);
    }
    let mut third = leaky.get();
    assert_eq!(
        leaky.line(),
        "acceptd: accept4: EMFILE: too many open files"
    );
    limit(&[], leaky.pid, "--nofile=64");
    assert_eq!(answer(&mut third), RESPONSE);
    leaky.stop();
}

/// Root has no limit on processes: another user, of whom there are no others.
fn as_user() -> Vec<&'static str> {
    if is_root() {
        vec![
            "setpriv",
            "--reuid=54321",
            "--regid=54321",
            "--clear-groups",
        ]
    } else {
        vec!["env"]
    }
}

#[test]
fn without_a_process_left_clients_are_told_and_service_goes_on() {
    for (model, call, counts) in [
        ("fork", "fork", "connections 5, forked 2,"),
        ("process", "fork", "connections 5, forked 2,"),
        ("thread", "clone", "connections 5"),
    ] {
        let server = Server::of(model).copied();
        let server = server
            .under(&[&as_user()[..], &["prlimit", "--nproc=1:"]].concat())
            .start();
        let busy =
            "HTTP/1.1 503 Service Unavailable\r\nConnection: Close\r\nContent-Length: 0\r\n\r\n";
        for _ in 0..3 {
            assert_eq!(String::from_utf8_lossy(&server.send(GET)), busy);
        }
        let message = format!("acceptd: {call}: EAGAIN: resource temporarily unavailable");
        assert_eq!(server.line(), message);
        allow_processes(&server);
        for _ in 0..2 {
            let mut stream = server.get();
            assert_eq!(answer(&mut stream), RESPONSE, "{model}");
        }
        let message = format!("acceptd: {call}: works again, failures 3");
        assert_eq!(server.line(), message);
        let (_, lines) = server.stop();
        assert!(lines[0].contains(counts), "{lines:?}");
    }
}

#[test]
fn a_running_server_needs_no_more_memory() {
    for model in ["iterative", "fork", "process", "prefork", "epoll"] {
        let server = Server::of(model).start();
        if model == "prefork" {
            server.idle_sockets(); // all workers are forked
        }
        // What it maps at its start comes behind the start line.
        wait_until("it waits for clients", || state(server.pid) == Some('S'));
        // Nothing can be mapped any more, and the stack cannot grow.
        limit(&[], server.pid, "--as=4096:4096");
        limit(&[], server.pid, "--data=0:0");
        thread::scope(|scope| {
            for _ in 0..20 {
                let mut stream = server.connect();
                scope.spawn(move || {
                    stream.write_all(GET).expect("send");
                    assert_eq!(answer(&mut stream), RESPONSE, "{model}");
                });
            }
        });
        server.stop();
    }
}
