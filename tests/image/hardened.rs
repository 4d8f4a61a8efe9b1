//! The container that a careful user runs: what it answers, what it may, how
//! it ends.

use crate::container::{ALONE, Container, HARDENED, RESPONSE, podman, received, try_podman};
use std::fs;
use std::thread;

const MODELS: [&str; 3] = ["iterative", "fork", "process"];

#[test]
fn the_image_is_the_binary_and_what_it_says_of_itself() {
    let inspect = |field| podman(&["image", "inspect", "--format", field, "acceptd"]);
    assert_eq!(inspect("{{.Config.User}}"), "65534:65534");
    assert_eq!(
        inspect("{{.Config.Entrypoint}} {{.Config.Cmd}}"),
        "[/acceptd] [fork]"
    );
    let version = inspect("{{index .Labels \"org.opencontainers.image.version\"}}");
    assert_eq!(version, env!("CARGO_PKG_VERSION"));
    assert_eq!(inspect("{{len .RootFS.Layers}}"), "1");
    let size: u64 = inspect("{{.Size}}").parse().expect("bytes");
    assert!(size <= 32_768, "{size} bytes"); // the binary, a tar header, the configuration
    let version = podman(&["run", "--rm", "--network=none", "acceptd", "--version"]);
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
fn it_stops_within_a_second_with_status_0() {
    for model in MODELS {
        let container = Container::run(HARDENED, &[model]);
        assert_eq!(received(container.request()), RESPONSE);
        assert_eq!(container.stop(), "0", "{model}");
        let line = format!("acceptd: {model}: stopped: connections 1");
        assert!(container.logs().contains(&line), "{}", container.logs());
    }
}

#[test]
fn it_answers_the_request_in_flight_and_then_stops() {
    for model in ["iterative", "fork"] {
        let container = Container::run(HARDENED, &[model, "--sleep=0.5", "--verbose"]);
        let client = container.request();
        container.wait_for_line("accepted");
        assert_eq!(container.stop(), "0", "{model}");
        assert_eq!(received(client), RESPONSE, "{model}");
    }
}

/// `process` kills its children on stop, as Python's daemon=True does.
#[test]
fn as_process_it_stops_at_once_whatever_is_in_flight() {
    let container = Container::run(HARDENED, &["process", "--sleep=30", "--verbose"]);
    let client = container.request();
    container.wait_for_line("forked");
    assert_eq!(container.stop(), "0");
    let mut byte = [0];
    let read = std::io::Read::read(&mut &client, &mut byte);
    assert!(!matches!(read, Ok(1..)), "an answer of a killed child");
}

#[test]
fn a_client_beyond_the_limit_of_processes_gets_a_503() {
    let limit = [HARDENED, &["--pids-limit=2"]].concat(); // the last of two counts
    let container = Container::run(&limit, &["fork", "--sleep=1", "--verbose"]);
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
fn with_64_children_it_answers_100_clients_at_once_in_32_mib() {
    let limits = ["--pids-limit=80", "--memory=32m"];
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
fn it_is_healthy() {
    let container = Container::run_as_is(ALONE, &[]);
    assert_eq!(container.inspect(".State.Health.Status"), "starting");
    assert!(container.probe().status.success());
    assert_eq!(container.inspect(".State.Health.Status"), "healthy");
}

#[test]
fn a_server_that_answers_503_or_not_at_all_is_unhealthy() {
    for arguments in [["fork", "--status=503"], ["iterative", "--sleep=60"]] {
        let container = Container::run_as_is(ALONE, &arguments);
        for _ in 0..3 {
            assert!(!container.probe().status.success(), "{arguments:?}");
        }
        let status = container.inspect(".State.Health.Status");
        assert_eq!(status, "unhealthy", "{arguments:?}");
    }
}

#[test]
fn it_refuses_what_acceptd_refuses_with_status_2() {
    let output = try_podman(&["run", "--rm", "--network=none", "acceptd", "forks"]);
    assert_eq!(output.status.code(), Some(2));
    let message = String::from_utf8_lossy(&output.stderr);
    assert!(
        message.contains("acceptd: MODEL: 'forks' is not a model"),
        "{message}"
    );
}
