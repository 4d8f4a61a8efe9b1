//! A full pipe for stderr: what waits for its reader, and for how long.

use crate::proc::{AT_ONCE, PATIENCE, Started, waits_in};
use crate::server::{
    BINARY, GET, RESPONSE, children, received, signal, wait_until, with_each_model,
};
use crate::shortage::limit;
use nix::libc;
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::net::TcpStream;
use std::os::unix::fs::OpenOptionsExt;
use std::process::{ChildStderr, Command, Stdio};
use std::sync::mpsc::channel;
use std::thread;
use std::time::{Duration, Instant};

/// A server whose stderr is full, since nobody reads it, and its clients.
struct Unread {
    server: Started,
    stderr: Option<BufReader<ChildStderr>>,
    place: String,
    clients: Vec<TcpStream>,
}

impl Unread {
    fn start(model: &str, options: &[&str]) -> Self {
        let server = Command::new(BINARY)
            .args([model, "--bind=127.0.0.1", "--port=0", "--grace=20"])
            .args(options)
            .stderr(Stdio::piped())
            .spawn();
        let mut server = Started(server.expect("acceptd runs"));
        let mut stderr = BufReader::new(server.0.stderr.take().expect("piped"));
        let mut line = String::new();
        stderr.read_line(&mut line).expect("a line"); // the start line, or the end
        let place = line.trim_end().rsplit(' ').next().expect("an address");
        fill(server.0.id());
        Self {
            server,
            stderr: Some(stderr),
            place: place.into(),
            clients: Vec::new(),
        }
    }

    /// A server with -v, and a client that waits since nobody reads what it says of it.
    fn verbose(model: &str, sleep: &str) -> Self {
        let mut unread = Self::start(model, &["-v", sleep]);
        unread.get();
        let pid = unread.server.0.id();
        // ppoll: for room to write
        let is_in_write =
            |process: u32| matches!(waits_in(process), Some(libc::SYS_write | libc::SYS_ppoll));
        wait_until("it waits for its reader", || {
            let children = children(pid);
            is_in_write(pid) || children.into_iter().any(is_in_write)
        });
        unread
    }

    fn get(&mut self) {
        let mut client = TcpStream::connect(&self.place).expect("connect");
        client.set_read_timeout(Some(PATIENCE)).expect("a limit");
        client.write_all(GET).expect("send");
        self.clients.push(client);
    }

    /// It stops with status 0, and every client is answered.
    fn stop(mut self) {
        signal("TERM", self.server.0.id());
        for client in self.clients {
            assert_eq!(received(client), RESPONSE);
        }
        assert_eq!(self.server.ended().code(), Some(0));
    }
}

/// -v, and a full pipe that nobody reads: a line waits for its reader, until
/// the stop ends that; who has connected is answered, without lines.
#[test]
fn a_stop_does_not_wait_for_a_reader_of_stderr_that_has_stopped() {
    with_each_model(|model| Unread::verbose(model, "--sleep=0.5").stop());
}

/// The line of each client must not wait a tenth of a second: with a long queue that adds up.
#[test]
fn a_stop_serves_a_queue_without_a_reader_of_stderr() {
    with_each_model(|model| {
        let mut unread = Unread::verbose(model, "--sleep=0");
        for _ in 0..100 {
            unread.get();
        }
        let start = Instant::now();
        unread.stop();
        let took = start.elapsed();
        assert!(took < AT_ONCE, "{model}: {took:?}");
    });
}

/// Without -v, too, there are lines: of a shortage. They are left out, and who has waited
/// is answered when it is over.
#[test]
fn a_shortage_passes_without_a_reader_of_stderr() {
    for model in ["iterative", "fork", "thread", "epoll"] {
        let mut unread = Unread::start(model, &[]);
        let pid = unread.server.0.id();
        // epoll's own descriptor is there then.
        wait_until("it waits for clients", || {
            matches!(
                waits_in(pid),
                Some(libc::SYS_accept4 | libc::SYS_epoll_pwait)
            )
        });
        limit(&[], pid, "--nofile=4:1024");
        unread.get();
        thread::sleep(Duration::from_millis(300)); // some calls of accept fail
        limit(&[], pid, "--nofile=64:1024");
        unread.get();
        for client in std::mem::take(&mut unread.clients) {
            assert_eq!(received(client), RESPONSE, "{model}");
        }
        unread.stop();
    }
}

/// When somebody reads again, the line that has waited is there.
#[test]
fn a_line_waits_for_its_reader() {
    with_each_model(|model| {
        let mut unread = Unread::verbose(model, "--sleep=0.5");
        thread::sleep(Duration::from_millis(500)); // longer than one look for room
        let (to, from) = channel();
        let stderr = unread.stderr.take().expect("nobody reads it");
        thread::spawn(move || {
            for line in stderr.lines() {
                let _ = to.send(line.expect("text"));
            }
        });
        let is_there = |line: String| line.ends_with(" GET / 200");
        while !is_there(from.recv_timeout(PATIENCE).expect("the line")) {}
        unread.stop();
    });
}

/// Writes to a process' stderr, a pipe, until nothing more fits.
fn fill(pid: u32) {
    let mut pipe = fs::OpenOptions::new()
        .write(true)
        .custom_flags(libc::O_NONBLOCK)
        .open(format!("/proc/{pid}/fd/2"))
        .expect("its stderr");
    for piece in [&[b'.'; 4096][..], b"."] {
        while pipe.write(piece).is_ok() {}
    }
}
