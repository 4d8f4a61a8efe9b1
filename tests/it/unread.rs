//! `--verbose`, and a full pipe for stderr: what waits for its reader, and for how long.

use crate::proc::{PATIENCE, waits_in};
use crate::server::{
    BINARY, GET, RESPONSE, children, received, signal, wait_until, with_each_model,
};
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::net::TcpStream;
use std::os::unix::fs::OpenOptionsExt;
use std::process::{Child, ChildStderr, Command, Stdio};
use std::sync::mpsc::channel;
use std::thread;
use std::time::Duration;

/// A server with -v whose stderr is full, since nobody reads it, and a client that waits.
struct Unread {
    server: Child,
    stderr: Option<BufReader<ChildStderr>>,
    client: TcpStream,
}

impl Unread {
    fn start(model: &str) -> Self {
        let mut server = Command::new(BINARY)
            .args([model, "-v", "--bind=127.0.0.1", "--port=0"])
            .args(["--sleep=0.5", "--grace=20"])
            .stderr(Stdio::piped())
            .spawn()
            .expect("acceptd runs");
        let pid = server.id();
        let mut stderr = BufReader::new(server.stderr.take().expect("piped"));
        let mut line = String::new();
        stderr.read_line(&mut line).expect("a line");
        let place = line.trim_end().rsplit(' ').next().expect("an address");
        fill(pid);
        let mut client = TcpStream::connect(place).expect("connect");
        client.set_read_timeout(Some(PATIENCE)).expect("a limit");
        client.write_all(GET).expect("send");
        // write, or ppoll for room to write, on x86-64
        let is_in_write = |process: u32| matches!(waits_in(process), Some(1 | 271));
        wait_until("it waits for its reader", || {
            let children = children(pid);
            is_in_write(pid) || children.into_iter().any(is_in_write)
        });
        Self {
            server,
            stderr: Some(stderr),
            client,
        }
    }

    /// It stops with status 0.
    fn stop(mut self) {
        signal("TERM", self.server.id());
        assert_eq!(received(self.client), RESPONSE);
        let mut status = None;
        wait_until("it ends", || {
            status = self.server.try_wait().expect("wait");
            status.is_some()
        });
        assert_eq!(status.expect("ended").code(), Some(0));
    }
}

/// -v, and a full pipe that nobody reads: a line waits for its reader, until
/// the stop ends that; who has connected is answered, without lines.
#[test]
fn a_stop_does_not_wait_for_a_reader_of_stderr_that_has_stopped() {
    with_each_model(|model| Unread::start(model).stop());
}

/// When somebody reads again, the line that has waited is there.
#[test]
fn a_line_waits_for_its_reader() {
    with_each_model(|model| {
        let mut unread = Unread::start(model);
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
    const O_NONBLOCK: i32 = 0o4000;
    let mut pipe = fs::OpenOptions::new()
        .write(true)
        .custom_flags(O_NONBLOCK)
        .open(format!("/proc/{pid}/fd/2"))
        .expect("its stderr");
    for piece in [&[b'.'; 4096][..], b"."] {
        while pipe.write(piece).is_ok() {}
    }
}
