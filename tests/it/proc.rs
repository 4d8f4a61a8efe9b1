//! Other processes, as proc(5) shows them and kill(2) reaches them.

use nix::libc;
use nix::sys::signal::Signal;
use nix::unistd::Pid;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use std::fs;
use std::hash::{BuildHasher, RandomState};
use std::net::Ipv4Addr;
use std::os::unix::fs::MetadataExt;
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::sync::LazyLock;
use std::sync::atomic::{AtomicBool, AtomicU8, Ordering};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::thread;
use std::time::{Duration, Instant};

/// Longer than anything here takes unless it hangs. `just mutants` makes many servers hang, and
/// has a failed test run again.
pub const PATIENCE: Duration = Duration::from_secs(match option_env!("ACCEPTD_IMPATIENT") {
    Some(_) => 12,
    None => 60,
});
/// An upper limit for what happens at once, on a busy machine, too. Where a test must fail,
/// the server takes longer.
pub const AT_ONCE: Duration = Duration::from_secs(10);

/// Sends a signal to a process. Without kill(1): to start a program may take seconds where the
/// disk is busy, and the server's time goes on meanwhile.
pub fn signal(name: &str, pid: u32) {
    let sent = try_signal(name, pid);
    sent.unwrap_or_else(|error| panic!("kill({pid}, SIG{name}): {error}"));
}

/// The same for a process that may have ended by itself.
pub fn try_signal(name: &str, pid: u32) -> nix::Result<()> {
    assert_ne!(pid, 0, "that would be our own group");
    let signal: Signal = format!("SIG{name}").parse().expect("a signal");
    nix::sys::signal::kill(Pid::from_raw(pid as i32), signal)
}

/// An address of the loopback interface that nobody else uses: a port that has been left there
/// is not taken by another test, nor by another run of them. Two runs in containers that share
/// the network may have the same pid, so two bytes are random.
pub fn address_of_its_own() -> Ipv4Addr {
    static ADDRESSES: AtomicU8 = AtomicU8::new(1);
    static RUN: LazyLock<u64> = LazyLock::new(|| RandomState::new().hash_one(()));
    let [high, low, ..] = RUN.to_be_bytes();
    let last = ADDRESSES.fetch_add(1, Ordering::Relaxed);
    Ipv4Addr::new(127, 128 | high, low, last)
}

/// SIGTERM for the first thread of a process alone. For a process, the kernel chooses any of
/// its threads.
#[allow(unsafe_code)] // nix has no tkill
pub fn terminate_first_thread(pid: u32) {
    // SAFETY: it takes no pointer.
    let result = unsafe { libc::syscall(libc::SYS_tkill, pid, libc::SIGTERM) };
    assert_eq!(result, 0, "tkill {pid}");
}

pub fn is_root() -> bool {
    fs::metadata("/proc/self").expect("/proc").uid() == 0
}

/// The beginning of a command that runs another one in namespaces of its own. A user who is
/// not root needs a user namespace as well.
pub fn unshare<'a>(namespaces: &[&'a str]) -> Vec<&'a str> {
    let user = ["--user", "--map-root-user"];
    let user = if is_root() { &[][..] } else { &user };
    [&["unshare"], namespaces, user].concat()
}

/// SIGKILL, for a process that may have ended by itself.
pub fn kill(pid: u32) {
    let _ = try_signal("KILL", pid);
}

/// As many descriptors as the hard limit allows: the usual soft limit, 1024, is for
/// all tests of the process together.
pub fn allow_descriptors() {
    let limit = getrlimit(Resource::Nofile);
    let enough = Rlimit {
        current: limit.maximum,
        ..limit
    };
    setrlimit(Resource::Nofile, enough).expect("setrlimit");
}

/// A line of proc_pid_status(5), if the process is there.
pub fn status(pid: u32, name: &str) -> Option<String> {
    let text = fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let mut lines = text.lines().filter_map(|line| line.split_once(':'));
    let (_, value) = lines.find(|(key, _)| *key == name)?;
    Some(value.trim().into())
}

/// The children of a process, zombies among them. While others are reaped, some are
/// left out, or all (proc_pid_task(5)): good to see that a child is there.
pub fn children(pid: u32) -> Vec<u32> {
    let path = format!("/proc/{pid}/task/{pid}/children");
    let list = fs::read_to_string(path).unwrap_or_default();
    list.split_whitespace()
        .map(|child| child.parse().expect("a pid"))
        .collect()
}

/// The children of a process, zombies among them, and none left out: every process is
/// asked for its parent. Good to see that no child is there; slower.
pub fn all_children(parent: u32) -> Vec<u32> {
    let processes = fs::read_dir("/proc").expect("/proc").flatten();
    let pids = processes.filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    pids.filter(|&pid| stat(pid).is_some_and(|(_, its_parent)| its_parent == parent))
        .collect()
}

/// How a process is: R running, S sleeping, Z a zombie; `None`: gone.
pub fn state(pid: u32) -> Option<char> {
    Some(stat(pid)?.0)
}

/// Whether a process has ended and nobody has waited for it. A process of which the first
/// thread alone has ended is in state Z, too: qemu has a second one.
pub fn is_zombie(pid: u32) -> bool {
    let threads = || fs::read_dir(format!("/proc/{pid}/task")).map_or(0, Iterator::count);
    state(pid) == Some('Z') && threads() == 1
}

/// The state of a process and its parent, from proc_pid_stat(5).
fn stat(pid: u32) -> Option<(char, u32)> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let mut fields = stat.rsplit_once(") ")?.1.split_whitespace();
    Some((fields.next()?.chars().next()?, fields.next()?.parse().ok()?))
}

/// The number of the system call in which a process waits: proc_pid_syscall(5).
pub fn waits_in(pid: u32) -> Option<libc::c_long> {
    let call = fs::read_to_string(format!("/proc/{pid}/syscall")).ok()?;
    call.split(' ').next()?.parse().ok()
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

/// Sets a flag when it is dropped, by a failed test, too: threads that look at the flag end.
pub struct SetWhenDropped<'a>(pub &'a AtomicBool);

impl Drop for SetWhenDropped<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// A program that was started. Dropped, it is killed.
pub struct Started(pub Child);

impl Started {
    /// Waits for its end.
    pub fn ended(&mut self) -> ExitStatus {
        end_of(&mut self.0)
    }
}

impl Drop for Started {
    fn drop(&mut self) {
        let _ = self.0.kill(); // it does nothing where the program has been waited for
        let _ = self.0.wait();
    }
}

/// Waits for the end of a program that was started.
pub fn end_of(child: &mut Child) -> ExitStatus {
    let mut status = None;
    wait_until("it ends", || {
        status = child.try_wait().expect("wait");
        status.is_some()
    });
    status.expect("ended")
}

/// Runs a program that ends soon: its status, and what it has written. One that does not
/// end is killed, and so has no exit code.
pub fn output(program: &mut Command) -> Output {
    let (stdout, stderr) = (Stdio::piped(), Stdio::piped());
    let child = program.stdout(stdout).stderr(stderr).spawn();
    let child = child.unwrap_or_else(|error| panic!("cannot start {program:?}: {error}"));
    let pid = child.id();
    let (ended, has_ended) = channel::<()>();
    let guard = thread::spawn(move || {
        if has_ended.recv_timeout(PATIENCE) == Err(RecvTimeoutError::Timeout) {
            kill(pid);
        }
    });
    let output = child.wait_with_output().expect("wait");
    drop(ended);
    guard.join().expect("it kills or not");
    output
}

/// Asks again and again, until it is so.
pub fn wait_until(what: &str, mut so: impl FnMut() -> bool) {
    let start = Instant::now();
    while !so() {
        assert!(start.elapsed() < PATIENCE, "waited in vain until {what}");
        thread::sleep(Duration::from_millis(2));
    }
}
