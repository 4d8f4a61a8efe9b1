//! The container that a careful user runs: what it answers, and what it may do.

use crate::container::{Container, HARDENED, RESPONSE, received};
use crate::engine::{engine, inspect_image, try_engine};
use std::fs;
use std::thread;

#[test]
fn the_image_is_the_binary_and_what_it_says_of_itself() {
    assert_eq!(inspect_image("{{.Config.User}}"), "65534:65534");
    assert_eq!(
        inspect_image("{{.Config.Entrypoint}} {{.Config.Cmd}}"),
        "[/acceptd] [fork --bind ::]"
    );
    let version = inspect_image("{{index .Config.Labels \"org.opencontainers.image.version\"}}");
    assert_eq!(version, env!("CARGO_PKG_VERSION"));
    assert_eq!(inspect_image("{{len .RootFS.Layers}}"), "1");
    let size: u64 = inspect_image("{{.Size}}").parse().expect("bytes");
    assert!(size <= 49_152, "{size} bytes"); // the binary, a tar header, the configuration
    let version = engine(&["run", "--rm", "--network=none", "acceptd", "--version"]);
    assert_eq!(version, format!("acceptd {}", env!("CARGO_PKG_VERSION")));
}

#[test]
fn it_answers_without_a_capability_as_pid_1_of_nobody() {
    let container = Container::run(HARDENED, &["fork"]);
    for _ in 0..3 {
        assert_eq!(received(container.request()), RESPONSE);
    }
    let pid = container.inspect(".State.Pid");
    let status = fs::read_to_string(format!("/proc/{pid}/status")).expect("/proc");
    let field = |name: &str| {
        let line = status.lines().find_map(|line| line.strip_prefix(name));
        let words = line.expect(name).split_whitespace();
        words.map(String::from).collect::<Vec<_>>()
    };
    assert_eq!(field("NSpid:").last().map(String::as_str), Some("1"));
    assert_eq!(field("Uid:"), ["65534"; 4]);
    for set in ["CapInh:", "CapPrm:", "CapEff:", "CapBnd:", "CapAmb:"] {
        assert_eq!(field(set), ["0000000000000000"], "{set}");
    }
    assert_eq!(field("NoNewPrivs:"), ["1"]);
}

#[test]
fn a_client_beyond_the_limit_of_processes_gets_a_503() {
    let limit = [HARDENED, &["--pids-limit=2"]].concat(); // the last of two counts
    let container = Container::run(&limit, &["fork", "--sleep=8", "--verbose"]);
    let first = container.request();
    container.wait_for_line("forked");
    let second = received(container.request());
    assert!(second.starts_with("HTTP/1.1 503 "), "{second}");
    assert_eq!(received(first), RESPONSE);
    let line = "acceptd: fork: EAGAIN";
    assert!(container.logs().contains(line), "{}", container.logs());
}

/// The limits of deploy/kubernetes.yaml fit together.
#[test]
fn with_64_children_it_answers_100_clients_at_once_in_64_mib() {
    let limits = ["--pids-limit=80", "--memory=64m"];
    let engine = [HARDENED, &limits].concat();
    let container = Container::run(&engine, &["fork", "--max-children=64"]);
    thread::scope(|scope| {
        for _ in 0..100 {
            scope.spawn(|| {
                for _ in 0..20 {
                    assert_eq!(received(container.request()), RESPONSE);
                }
            });
        }
    });
    assert_eq!(container.stop(), "0");
}

#[test]
fn it_refuses_what_acceptd_refuses_with_status_2() {
    let output = try_engine(&["run", "--rm", "--network=none", "acceptd", "forks"]);
    assert_eq!(output.status.code(), Some(2));
    let message = String::from_utf8_lossy(&output.stderr);
    assert!(
        message.contains("acceptd: MODEL: 'forks' is not one of iterative"),
        "{message}"
    );
}
