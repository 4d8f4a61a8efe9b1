//! deploy/compose.yaml as it stands, run by docker-compose. The registry's image
//! of HAProxy is not asked for: the test puts one of this machine's HAProxy under
//! the same name.

use crate::container::wait_until;
use crate::engine::{engine, path, printed};
use std::fs;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::process::Command;
use std::time::{Duration, Instant};

/// `docker-compose --file deploy/compose.yaml ...`: what it prints.
fn compose(arguments: &[&str]) -> String {
    let mut command = Command::new("docker-compose");
    command.args(["--file", &path("deploy/compose.yaml")]);
    printed(command.args(arguments))
}

/// The services, taken down at the end.
struct Services;

impl Services {
    fn up() -> Self {
        let services = Self;
        compose(&["up", "--detach"]);
        services
    }
}

impl Drop for Services {
    fn drop(&mut self) {
        compose(&["down", "--timeout", "1"]);
    }
}

/// An image `haproxy:lts` of the program and the libraries that it is linked with.
fn build_proxy() {
    let context = format!("{}/haproxy", env!("CARGO_TARGET_TMPDIR"));
    let _ = fs::remove_dir_all(&context); // of an earlier run
    fs::create_dir_all(&context).expect("a folder");
    let copy = "program=$(command -v haproxy) && cp \"$program\" . && \
        ldd \"$program\" | grep -o '/[^ ]*' | xargs cp --dereference --target-directory=.";
    printed(Command::new("sh").args(["-c", copy]).current_dir(&context));
    let file = format!("{context}/Containerfile");
    let lines = "FROM scratch\nCOPY . /lib/\nENV LD_LIBRARY_PATH=/lib\n\
        ENTRYPOINT [\"/lib/ld-linux-x86-64.so.2\", \"/lib/haproxy\"]\n\
        CMD [\"-db\", \"-f\", \"/usr/local/etc/haproxy/haproxy.cfg\"]\n";
    fs::write(&file, lines).expect("a file");
    engine(&[
        "build",
        "--quiet",
        "--file",
        &file,
        "--tag",
        "haproxy:lts",
        &context,
    ]);
}

/// The status of an answer, and how long it took.
fn get(path: &str) -> (String, Duration) {
    let start = Instant::now();
    let mut stream = TcpStream::connect("127.0.0.1:8080").expect("the proxy listens");
    let request = format!("GET {path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).expect("send");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("receive");
    let status = answer.split(' ').nth(1).unwrap_or_default();
    (status.into(), start.elapsed())
}

#[test]
fn the_proxy_starts_when_both_upstreams_are_healthy_and_shows_what_they_do() {
    build_proxy();
    let _up = Services::up();
    for service in ["slow", "failing"] {
        let id = compose(&["ps", "--quiet", service]);
        let status = engine(&["inspect", "--format", "{{.State.Health.Status}}", &id]);
        assert_eq!(status, "healthy", "{service}");
    }
    let (status, took) = get("/slow");
    assert_eq!(status, "200");
    assert!(took >= Duration::from_secs(2), "{took:?}");

    let statuses: Vec<String> = (0..9).map(|_| get("/failing").0).collect();
    let failed = statuses.iter().filter(|status| *status == "503").count();
    let answered = statuses.iter().filter(|status| *status == "200").count();
    // Each third connection fails, and the checks of the container's health are some of them.
    assert!((1..=5).contains(&failed), "{statuses:?}");
    assert_eq!(failed + answered, 9, "{statuses:?}");

    // A new container of the upstream is found again.
    compose(&["up", "--detach", "--force-recreate", "--no-deps", "slow"]);
    wait_until("it answers", || get("/slow").0 == "200");
}
