//! Waits for a tracee, with a limit, stops it and lets it go.

use nix::errno::Errno;
use nix::libc::{SYS_tkill, syscall};
use nix::sys::ptrace;
use nix::sys::signal::Signal;
use nix::sys::wait::{WaitPidFlag, WaitStatus, waitpid};
use nix::unistd::Pid;
use std::fs;
use std::thread;
use std::time::{Duration, Instant};

/// Longer than anything here takes unless it hangs.
const PATIENCE: Duration = Duration::from_secs(20);

/// Waits for a stop or the end of a tracee, a thread among them.
pub fn wait_for(pid: Pid) -> WaitStatus {
    poll(pid, |waited| waited >= PATIENCE).expect("it stops or ends")
}

/// The same, until it has waited long enough.
pub fn poll(pid: Pid, is_enough: impl Fn(Duration) -> bool) -> Option<WaitStatus> {
    let start = Instant::now();
    for round in 0_u32.. {
        let flags = WaitPidFlag::__WALL | WaitPidFlag::WNOHANG;
        match waitpid(pid, Some(flags)).expect("waitpid") {
            WaitStatus::StillAlive if round < 10 => thread::yield_now(),
            WaitStatus::StillAlive if is_enough(start.elapsed()) => break,
            WaitStatus::StillAlive => thread::sleep(Duration::from_micros(50)),
            stop => return Some(stop),
        }
    }
    None
}

/// Whether a thread sleeps: S in proc_pid_stat(5).
pub fn is_asleep(pid: Pid) -> bool {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    stat.rsplit_once(") ")
        .is_some_and(|(_, rest)| rest.starts_with('S'))
}

/// Leaves a tracee, which goes on; or how it ended, if it is dying with its parent or its
/// process.
pub fn let_go(pid: Pid, signal: Option<Signal>) -> Option<WaitStatus> {
    match ptrace::detach(pid, signal) {
        Ok(()) => None,
        Err(Errno::ESRCH) => Some(wait_for(pid)),
        Err(errno) => panic!("PTRACE_DETACH: {errno}"),
    }
}

/// `tkill(thread, SIGSTOP)`: for this thread alone, since another of its process that is
/// not traced would stop them all.
#[allow(unsafe_code)] // nix has no tkill
pub fn stop_thread(thread: Pid) {
    // SAFETY: it takes no pointer.
    let result = unsafe { syscall(SYS_tkill, thread.as_raw(), Signal::SIGSTOP as i32) };
    assert_eq!(result, 0, "tkill");
}
