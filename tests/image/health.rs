//! The image's HEALTHCHECK: it says that the server listens, however slowly or
//! badly it is told to answer.

use crate::container::{ALONE, Container, HARDENED};
use crate::engine::inspect_image;
use std::iter;
use std::net::{TcpListener, TcpStream};
use std::time::Duration;

/// A port that nobody has just now.
fn free_port() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    listener
        .local_addr()
        .expect("its address")
        .port()
        .to_string()
}

/// Runs the check of the image ten times, beside so many clients that wait, and
/// then asks the engine.
fn assert_healthy(arguments: &[&str], clients: usize) {
    let port = format!("--env=PORT={}", free_port());
    let container = Container::run_as_is(&[HARDENED, &[&port]].concat(), arguments);
    let waiting: Vec<TcpStream> = (0..clients).map(|_| container.request()).collect();
    let check = inspect_image("{{range .Config.Healthcheck.Test}}{{.}} {{end}}");
    let words: Vec<&str> = check.split_whitespace().collect();
    let ("CMD", command) = words
        .split_first()
        .map(|(kind, rest)| (*kind, rest))
        .expect("a check")
    else {
        panic!("a shell, which the image has not: {check}");
    };
    for number in 1..=10 {
        let output = container.exec(command);
        let message = String::from_utf8_lossy(&output.stderr);
        assert!(
            output.status.success(),
            "{arguments:?}, check {number}: {message}"
        );
    }
    assert_eq!(container.health(), "healthy", "{arguments:?}");
    drop(waiting);
}

#[test]
fn a_server_that_sleeps_is_healthy() {
    assert_healthy(&["fork", "--sleep"], 10);
    assert_healthy(&["fork", "--sleep=2"], 10);
    assert_healthy(&["iterative", "--sleep=2"], 10);
}

#[test]
fn a_server_that_answers_503_is_healthy() {
    assert_healthy(&["fork", "--status", "503"], 0);
}

#[test]
fn by_default_it_is_healthy_on_port_9696() {
    let container = Container::run_as_is(ALONE, &[]);
    assert!(container.logs().contains(":9696"), "{}", container.logs());
    assert_eq!(container.health(), "healthy");
}

/// Where the queue is full the kernel drops each further SYN.
#[test]
fn an_iterative_server_whose_queue_is_full_is_healthy() {
    let port = format!("--env=PORT={}", free_port());
    let options = [HARDENED, &[&port]].concat();
    let arguments = ["iterative", "--sleep=60", "--backlog=4", "--grace=0"];
    let container = Container::run_as_is(&options, &arguments);
    let limit = Duration::from_millis(500);
    let connect = || TcpStream::connect_timeout(&container.place(), limit).ok();
    let waiting: Vec<TcpStream> = iter::from_fn(connect).collect();
    assert!(waiting.len() < 10, "{} in the queue", waiting.len());
    assert_eq!(container.health(), "healthy");
    assert!(connect().is_none(), "the queue was not full");
}

#[test]
fn where_nobody_listens_it_is_unhealthy() {
    let port = format!("--env=PORT={}", free_port());
    let elsewhere = ["fork", "--bind=127.0.0.1", "--port=0"];
    let container = Container::run_as_is(&[HARDENED, &[&port]].concat(), &elsewhere);
    assert_eq!(container.health(), "unhealthy");
}
