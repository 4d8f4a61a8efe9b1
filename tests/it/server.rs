//! A server for a test: `Server::of("fork").with("--sleep=1").start()`. It
//! listens on a port that the kernel chose, and ends when it is dropped.

pub use crate::builder::{BINARY, Builder};
pub use crate::client::{GET, KEPT, LAST, RESPONSE, answer, exchange, half_close, received};
pub use crate::proc::AT_ONCE;
use crate::proc::{PATIENCE, end_of, is_zombie, waits_in};
pub use crate::proc::{all_children, children, kill, signal, sockets, state, status, wait_until};
use nix::libc;
use std::io::{self, Write};
use std::net::{Ipv4Addr, TcpStream};
use std::os::unix::process::ExitStatusExt;
use std::process::{Child, ExitStatus};
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

/// The models that serve. `process` is a preset of `fork`.
pub const MODELS: [&str; 5] = ["iterative", "fork", "prefork", "thread", "epoll"];

/// Runs a test that mostly waits over all models at once.
pub fn with_each_model(test: impl Fn(&'static str) + Sync) {
    thread::scope(|scope| {
        for model in MODELS {
            let test = &test;
            let thread = thread::Builder::new().name(model.into()); // a panic names it
            let spawned = thread.spawn_scoped(scope, move || test(model));
            spawned.expect("a thread");
        }
    });
}

/// Starts a server of each model, all at once, with these options; runs the test
/// against it, sees the next client served, and stops it.
pub fn each_server(options: &[&str], test: impl Fn(&Server) + Sync) {
    with_each_model(|model| {
        let server = Server::of(model);
        let server = options
            .iter()
            .fold(server, |server, word| server.with(word));
        let server = server.start();
        test(&server);
        let answer = server.send(LAST);
        assert!(
            answer.starts_with(b"HTTP/1.1 "),
            "{model}: the next client is served"
        );
        server.stop();
    });
}

pub struct Server {
    pub model: String,
    pub address: Ipv4Addr,
    pub port: u16,
    /// The process started: acceptd, or what was put before it.
    pub child: Child,
    /// acceptd itself.
    pub pid: u32,
    /// The first line on stderr.
    pub start_line: String,
    pub stderr: Receiver<String>,
}

impl Server {
    pub fn of(model: &str) -> Builder {
        Builder::of(&[model, "--bind", "127.0.0.1", "--port", "0"])
    }

    pub fn connect(&self) -> TcpStream {
        self.try_connect().expect("connect")
    }

    /// The same where nobody may listen any more.
    pub fn try_connect(&self) -> io::Result<TcpStream> {
        let address = (self.address, self.port).into();
        let stream = TcpStream::connect_timeout(&address, PATIENCE)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        stream.set_nodelay(true)?;
        Ok(stream)
    }

    /// Whether nobody listens any more, for a server that is [alone](Builder::alone). While the
    /// server stops, a SYN may get no answer.
    pub fn refuses(&self) -> bool {
        assert_ne!(self.address, Ipv4Addr::LOCALHOST, "it must be alone");
        let address = (self.address, self.port).into();
        let connected = TcpStream::connect_timeout(&address, Duration::from_millis(100));
        connected.is_err_and(|error| error.kind() == io::ErrorKind::ConnectionRefused)
    }

    /// A client that has sent a GET.
    pub fn get(&self) -> TcpStream {
        let mut stream = self.connect();
        stream.write_all(GET).expect("send");
        stream
    }

    /// Sends this on a connection of its own, and returns all that comes back.
    pub fn send(&self, request: &[u8]) -> Vec<u8> {
        exchange(self.connect(), request)
    }

    /// Waits until the signal that stops it has come: nobody new gets in. qemu-user does not
    /// know SO_BINDTOIFINDEX: under it, two seconds must do.
    pub fn wait_until_told(&self) {
        let start = Instant::now();
        let is_under_qemu = option_env!("ACCEPTD_BINARY").is_some();
        wait_until("nobody new gets in", || {
            self.refuses() || is_under_qemu && start.elapsed() > Duration::from_secs(2)
        });
    }

    pub fn signal(&self, name: &str) {
        signal(name, self.pid);
    }

    /// SIGSTOP, and waits until it stands. t: strace has the signal.
    pub fn suspend(&self) {
        self.signal("STOP");
        wait_until("it stands", || matches!(state(self.pid), Some('T' | 't')));
    }

    /// Whether it has ended, though nobody has waited for it.
    pub fn is_over(&self) -> bool {
        state(self.pid).is_none_or(|state| state == 'Z')
    }

    /// How many sockets it and its children have between connections.
    pub fn idle_sockets(&self) -> usize {
        let idle = if self.model == "prefork" { 5 } else { 1 }; // a listener each
        wait_until("it is idle", || self.sockets() == idle);
        idle
    }

    /// How many sockets it and its children have: one more for each connection that they hold.
    pub fn sockets(&self) -> usize {
        let processes = [&[self.pid][..], &children(self.pid)].concat();
        processes.into_iter().map(|pid| sockets(pid).len()).sum()
    }

    /// Ends the strace -D that looks on, so that it no longer meddles.
    pub fn leave_trace(&self) {
        let tracer = || status(self.pid, "TracerPid").filter(|tracer| tracer != "0");
        let strace = tracer().expect("strace looks on");
        signal("TERM", strace.parse().expect("a pid"));
        wait_until("strace leaves", || tracer().is_none());
    }

    /// Waits for the end: the status, and the lines on stderr since the start line.
    pub fn ended(mut self) -> (ExitStatus, Vec<String>) {
        let status = end_of(&mut self.child);
        let mut lines = Vec::new();
        loop {
            match self.stderr.recv_timeout(PATIENCE) {
                Ok(line) => lines.push(line),
                Err(RecvTimeoutError::Disconnected) => break,
                Err(RecvTimeoutError::Timeout) => panic!("somebody still has its stderr"),
            }
        }
        (status, lines)
    }

    /// SIGTERM, and how long it took to end with status 0.
    pub fn stop(self) -> (Duration, Vec<String>) {
        let start = Instant::now();
        self.signal("TERM");
        let (status, lines) = self.ended();
        assert_eq!(
            (status.code(), status.signal()),
            (Some(0), None),
            "{lines:?}"
        );
        (start.elapsed(), lines)
    }

    /// The next line on stderr.
    pub fn line(&self) -> String {
        self.stderr
            .recv_timeout(PATIENCE)
            .expect("a line on stderr")
    }

    /// Waits until the server itself is in accept(2), its children all reaped.
    pub fn idle(&self) {
        wait_until("the server is idle", || {
            self.is_accepting() && all_children(self.pid).is_empty()
        });
    }

    /// Waits until the server itself is in accept(2), and how many zombies
    /// it has: all its children have ended.
    pub fn zombies(&self) -> usize {
        let mut zombies = 0;
        wait_until("the children have ended", || {
            let accepts = self.is_accepting();
            let children = all_children(self.pid);
            zombies = children.len();
            accepts && children.iter().all(|&child| is_zombie(child))
        });
        zombies
    }

    /// Waits until the server itself is in accept(2).
    pub fn accepting(&self) {
        wait_until("the server accepts", || self.is_accepting());
    }

    pub fn is_accepting(&self) -> bool {
        is_in_accept(self.pid)
    }
}

/// A count of a stop line, by its name: `connections`, `cut`.
pub fn count(line: &str, name: &str) -> Option<usize> {
    let (_, counts) = line.rsplit_once(": ")?;
    let mut pairs = counts.split(", ").filter_map(|pair| pair.split_once(' '));
    let (_, number) = pairs.find(|(key, _)| *key == name)?;
    number.parse().ok()
}

/// Whether a process waits in accept.
pub fn is_in_accept(pid: u32) -> bool {
    waits_in(pid) == Some(libc::SYS_accept4)
}

impl Drop for Server {
    fn drop(&mut self) {
        // Not by the pid where the process has been waited for: it may be another's.
        if let Ok(None) = self.child.try_wait() {
            for child in all_children(self.pid) {
                kill(child); // workers would serve on
            }
            kill(self.pid); // what was put before it may be the last that is there
            let _ = self.child.kill();
            let _ = self.child.wait();
        }
    }
}
