//! A server for a test: `Server::of("fork").with("--sleep=1").start()`. It
//! listens on a port that the kernel chose, and ends when it is dropped.

use std::fmt::Display;
use std::fs;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, Shutdown, TcpStream};
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::{Duration, Instant};

/// What is tested; for another CPU a script that runs its binary under qemu.
pub const BINARY: &str = match option_env!("ACCEPTD_BINARY") {
    Some(script) => script,
    None => env!("CARGO_BIN_EXE_acceptd"),
};
pub const GET: &[u8] = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n";
pub const RESPONSE: &[u8] = b"HTTP/1.1 200 OK\r\nConnection: Close\r\nContent-Length: 1\r\n\r\nA";

/// Longer than anything here takes unless it hangs.
const PATIENCE: Duration = Duration::from_secs(20);

pub struct Builder {
    binary: PathBuf,
    before: Vec<String>,
    arguments: Vec<String>,
}

pub struct Server {
    pub port: u16,
    /// The process started: acceptd, or what was put before it.
    child: Child,
    /// acceptd itself.
    pub pid: u32,
    stderr: Receiver<String>,
}

impl Server {
    pub fn of(model: &str) -> Builder {
        let arguments = [model, "--bind", "127.0.0.1", "--port", "0"]
            .map(String::from)
            .to_vec();
        Builder {
            binary: BINARY.into(),
            before: Vec::new(),
            arguments,
        }
    }
}

impl Builder {
    /// One more argument.
    pub fn with(mut self, argument: &str) -> Self {
        self.arguments.push(argument.into());
        self
    }

    /// Started by this command instead of directly: strace, unshare.
    pub fn under(mut self, command: &[&str]) -> Self {
        self.before = command.iter().map(|word| word.to_string()).collect();
        self
    }

    /// A copy of the binary, where every user can reach it.
    pub fn copied(mut self) -> Self {
        let name = format!("acceptd-{}", std::process::id());
        self.binary = std::env::temp_dir().join(name);
        fs::copy(BINARY, &self.binary).expect("a copy");
        self
    }

    pub fn start(self) -> Server {
        self.try_start()
            .unwrap_or_else(|(status, lines)| panic!("no start: {status}, {lines:?}"))
    }

    /// The server, or how it ended and what it said instead of its start line.
    pub fn try_start(self) -> Result<Server, (ExitStatus, Vec<String>)> {
        let wrapped = !self.before.is_empty();
        let mut words = self.before;
        words.push(self.binary.to_str().expect("text").into());
        words.extend(self.arguments);
        let mut child = Command::new(&words[0])
            .args(&words[1..])
            .stdin(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap_or_else(|error| panic!("cannot start {}: {error}", words[0]));
        let mut lines = BufReader::new(child.stderr.take().expect("piped")).lines();
        let (to, stderr) = channel();
        thread::spawn(move || {
            while let Some(Ok(line)) = lines.next() {
                let _ = to.send(line);
            }
        });
        let first = stderr.recv_timeout(PATIENCE).expect("a first line");
        if self.binary != Path::new(BINARY) {
            fs::remove_file(self.binary).expect("removed");
        }
        let port = first.split_once(": listening on ");
        let port = port.and_then(|(_, place)| place.rsplit(':').next()?.parse().ok());
        // strace and unshare have it as their child; prlimit and strace -D become it.
        let below = children(child.id());
        let server = Server {
            port: port.unwrap_or_default(),
            pid: *below.first().filter(|_| wrapped).unwrap_or(&child.id()),
            child,
            stderr,
        };
        if port.is_some() {
            return Ok(server);
        }
        let (status, rest) = server.ended();
        Err((status, [vec![first], rest].concat()))
    }
}

impl Server {
    pub fn connect(&self) -> TcpStream {
        self.try_connect().expect("connect")
    }

    /// The same where nobody may listen any more.
    pub fn try_connect(&self) -> io::Result<TcpStream> {
        let stream = TcpStream::connect((Ipv4Addr::LOCALHOST, self.port))?;
        stream.set_read_timeout(Some(PATIENCE))?;
        stream.set_nodelay(true)?;
        Ok(stream)
    }

    /// Sends this on a connection of its own, and returns all that comes back.
    pub fn send(&self, request: &[u8]) -> Vec<u8> {
        exchange(self.connect(), request)
    }

    pub fn signal(&self, name: &str) {
        signal(name, self.pid);
    }

    /// Whether it has ended, though nobody has waited for it.
    pub fn is_over(&self) -> bool {
        state(self.pid).is_none_or(|state| state == 'Z')
    }

    /// Ends the strace -D that looks on, so that it no longer meddles.
    pub fn leave_trace(&self) {
        let tracer = || status(self.pid, "TracerPid").unwrap_or_default();
        signal("TERM", tracer());
        wait_until("strace leaves", || tracer() == "0");
    }

    /// Waits for the end: the status, and the lines on stderr since the start line.
    pub fn ended(mut self) -> (ExitStatus, Vec<String>) {
        let mut status = None;
        wait_until("the server ends", || {
            status = self.child.try_wait().expect("wait");
            status.is_some()
        });
        let mut lines = Vec::new();
        while let Ok(line) = self.stderr.recv_timeout(PATIENCE) {
            lines.push(line);
        }
        (status.expect("ended"), lines)
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
            children(self.pid).is_empty() && self.is_accepting()
        });
    }

    /// Waits until the server itself is in accept(2), and how many zombies
    /// it has: all its children have ended.
    pub fn zombies(&self) -> usize {
        wait_until("the children have ended", || {
            let mut children = children(self.pid).into_iter();
            children.all(|child| state(child).is_none_or(|state| state == 'Z'))
                && self.is_accepting()
        });
        children(self.pid).len()
    }

    /// Waits until the server itself is in accept(2).
    pub fn accepting(&self) {
        wait_until("the server accepts", || self.is_accepting());
    }

    pub fn is_accepting(&self) -> bool {
        let call = fs::read_to_string(format!("/proc/{}/syscall", self.pid)).unwrap_or_default();
        call.starts_with("288 ") // accept4 on x86-64
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Not by the pid where the process has been waited for: it may be another's.
        if let Ok(None) = self.child.try_wait() {
            signal("KILL", self.pid);
            let _ = self.child.kill();
            let _ = self.child.wait();
        }
    }
}

pub fn exchange(mut stream: TcpStream, request: &[u8]) -> Vec<u8> {
    stream.write_all(request).expect("send");
    received(stream)
}

/// The response, without waiting for the end: while the parent holds its copy
/// of the connection, as with `--parent-close late`, there is none.
pub fn answer(stream: &mut TcpStream) -> Vec<u8> {
    let mut bytes = vec![0; RESPONSE.len()];
    stream.read_exact(&mut bytes).expect("receive");
    bytes
}

pub fn received(mut stream: TcpStream) -> Vec<u8> {
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes).expect("receive");
    bytes
}

/// A request and the end of it: what comes back on a half-closed connection.
pub fn half_close(mut stream: TcpStream, request: &[u8]) -> Vec<u8> {
    stream.write_all(request).expect("send");
    stream.shutdown(Shutdown::Write).expect("shutdown");
    received(stream)
}

/// For a process, or for a whole group: `-PID`.
pub fn signal(name: &str, pid: impl Display) {
    let sent = Command::new("sh")
        .args(["-c", &format!("kill -s {name} -- {pid}")])
        .status();
    assert!(sent.expect("sh").success(), "kill -s {name} {pid}");
}

/// A line of proc_pid_status(5), if the process is there.
pub fn status(pid: u32, name: &str) -> Option<String> {
    let text = fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let mut lines = text.lines().filter_map(|line| line.split_once(':'));
    let (_, value) = lines.find(|(key, _)| *key == name)?;
    Some(value.trim().into())
}

/// The children of a process, zombies among them.
pub fn children(pid: u32) -> Vec<u32> {
    let path = format!("/proc/{pid}/task/{pid}/children");
    let list = fs::read_to_string(path).unwrap_or_default();
    list.split_whitespace()
        .map(|child| child.parse().expect("a pid"))
        .collect()
}

/// How a process is: R running, S sleeping, Z a zombie; `None`: gone (proc_pid_stat(5)).
pub fn state(pid: u32) -> Option<char> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    stat.rsplit_once(") ")?.1.chars().next()
}

/// The descriptors of a process that are sockets, so not those it has from the harness.
pub fn sockets(pid: u32) -> Vec<u32> {
    let entries = fs::read_dir(format!("/proc/{pid}/fd")).map(|fds| fds.flatten().collect());
    let entries: Vec<fs::DirEntry> = entries.unwrap_or_default();
    let is_socket = |link: PathBuf| link.to_string_lossy().starts_with("socket:");
    let mut numbers: Vec<u32> = entries
        .iter()
        .filter(|fd| fs::read_link(fd.path()).is_ok_and(is_socket))
        .map(|fd| fd.file_name().to_string_lossy().parse().expect("a number"))
        .collect();
    numbers.sort_unstable();
    numbers
}

/// Asks again and again, until it is so.
pub fn wait_until(what: &str, mut so: impl FnMut() -> bool) {
    let start = Instant::now();
    while !so() {
        assert!(start.elapsed() < PATIENCE, "waited in vain until {what}");
        thread::sleep(Duration::from_millis(2));
    }
}
