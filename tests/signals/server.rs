//! A server as seen from outside: how it ends, whom it leaves behind, what it says.

use crate::tracee::{Newborn, Tracee};
use nix::errno::Errno;
use nix::sys::signal::{Signal, kill, killpg};
use nix::sys::wait::{Id, WaitPidFlag, WaitStatus, waitid, waitpid};
use nix::unistd::Pid;
use std::io::Read;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::process::ChildStderr;
use std::thread;
use std::time::{Duration, Instant};

/// What is tested; for a trial another build.
const BINARY: &str = match option_env!("ACCEPTD_BINARY") {
    Some(other) => other,
    None => env!("CARGO_BIN_EXE_acceptd"),
};
/// Longer than a server needs to stop, --grace included.
const PATIENCE: Duration = Duration::from_secs(10);

/// It leads a process group, in which its children stay. When it has ended they are
/// this process's, which is a subreaper: so none can hide.
pub struct Server {
    pub pid: Pid,
    pub address: SocketAddr,
    stderr: ChildStderr,
}

impl Server {
    /// Starts one under ptrace(2). `host` is this thread's own address, so that no two
    /// servers want the same port.
    pub fn start(words: &[&str], host: Ipv4Addr, newborn: Newborn) -> (Self, Tracee) {
        let free = TcpListener::bind((host, 0)).expect("a free port");
        let address = free.local_addr().expect("its number");
        drop(free);
        let place = [host.to_string(), address.port().to_string()];
        let place = ["--bind", &place[0], "--port", &place[1]];
        let (tracee, stderr) = Tracee::start(BINARY, &[words, &place].concat(), newborn);
        let server = Self {
            pid: tracee.pid,
            address,
            stderr,
        };
        (server, tracee)
    }

    pub fn signal(&self, signal: Signal) {
        // A process that has ended and was not waited for takes a signal, too.
        let _ = kill(self.pid, signal);
    }

    /// The same for it and its children.
    pub fn signal_group(&self, signal: Signal) {
        killpg(self.pid, signal).expect("kill");
    }

    /// Waits for its end; `None`: it goes on and on.
    pub fn ended(&self) -> Option<WaitStatus> {
        self.wait(self.pid)
    }

    /// After its end: the children that it has left, each with what became of it.
    pub fn left(&self) -> Vec<Option<WaitStatus>> {
        let mut left = Vec::new();
        while !self.is_empty() {
            let end = self.wait(self.group());
            left.push(end);
            if end.is_none() {
                break;
            }
        }
        left
    }

    /// After the end of them all: the lines on stderr.
    pub fn lines(&mut self) -> Vec<String> {
        let mut text = String::new();
        self.stderr.read_to_string(&mut text).expect("text");
        text.lines().map(String::from).collect()
    }

    /// Ends all of them.
    pub fn clear(&self) {
        while !self.is_empty() {
            let _ = killpg(self.pid, Signal::SIGKILL);
            let _ = waitpid(self.group(), Some(WaitPidFlag::__WALL));
        }
    }

    fn group(&self) -> Pid {
        Pid::from_raw(-self.pid.as_raw())
    }

    /// Whether nobody of it is there, not even a zombie.
    fn is_empty(&self) -> bool {
        let flags = WaitPidFlag::WEXITED | WaitPidFlag::WNOHANG;
        let flags = flags | WaitPidFlag::WNOWAIT | WaitPidFlag::__WALL;
        waitid(Id::PGid(self.pid), flags) == Err(Errno::ECHILD)
    }

    fn wait(&self, whom: Pid) -> Option<WaitStatus> {
        let start = Instant::now();
        while start.elapsed() < PATIENCE {
            match waitpid(whom, Some(WaitPidFlag::__WALL | WaitPidFlag::WNOHANG)) {
                Ok(WaitStatus::StillAlive) => thread::sleep(Duration::from_micros(200)),
                Ok(status) => return Some(status),
                Err(_) => break,
            }
        }
        None
    }
}
