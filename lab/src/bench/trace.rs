//! Counts what a server does, through ptrace(2), with nothing in its address
//! space: system calls as strace finds them, or user instructions one by one,
//! and page faults at each process's end. A count is the same on a busy
//! machine as on a quiet one.
//!
//! valgrind would not do: in a child, callgrind counts once more what the parent did
//! before the fork.

use crate::servers::processes::{all_wait, living};
use crate::servers::started::ProcessGroup;
use anyhow::{Context, Result, ensure};
use nix::errno::Errno;
use nix::libc;
use nix::sys::ptrace::{self, Options};
use nix::sys::signal::Signal;
use nix::sys::wait::{WaitPidFlag, WaitStatus, waitpid};
use nix::unistd::Pid;
use procfs::ProcError;
use procfs::process::Process;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::{Duration, Instant};

/// What the server's processes are stopped at.
#[derive(Clone, Copy, PartialEq)]
pub enum Stop {
    /// Entry and exit of each system call.
    Call,
    /// Each instruction in user mode. A signal's delivery counts as one, and
    /// so does each turn of a `rep` instruction.
    Instruction,
}

/// Counts since the server's start of being traced.
#[derive(Default)]
pub struct Tally {
    /// Stops of any kind: while these stand still, nothing happens.
    events: AtomicU64,
    counted: AtomicU64,
    /// Minor page faults of processes that have ended.
    faults: AtomicU64,
}

/// What one connection cost.
#[derive(Clone, Copy)]
pub struct Cost {
    /// System calls or instructions, as asked.
    pub counted: u64,
    /// Minor page faults, those of the child included.
    pub faults: u64,
}

/// Traces `server`, which waits in accept, and calls `request` again and again, each time
/// when all is quiet. Returns the cost of each. Ends the server.
pub fn each(
    server: &ProcessGroup,
    stop: Stop,
    times: usize,
    request: impl Fn() -> Result<()> + Send,
) -> Result<Vec<Cost>> {
    let root = server.id();
    let options = Options::PTRACE_O_TRACESYSGOOD
        | Options::PTRACE_O_TRACEFORK
        | Options::PTRACE_O_TRACEVFORK
        | Options::PTRACE_O_TRACECLONE
        | Options::PTRACE_O_TRACEEXIT;
    rest(root)?; // a child of an earlier request may be about to end
    for process in living(root) {
        let pid = Pid::from_raw(process.pid);
        ptrace::seize(pid, options).context("ptrace PTRACE_SEIZE")?;
        ptrace::interrupt(pid).context("ptrace PTRACE_INTERRUPT")?;
    }
    let tally = &Tally::default();
    std::thread::scope(|scope| {
        let costs = scope.spawn(move || {
            let costs = requests(root, tally, times, request);
            server.kill(); // the tracer's loop ends when all have
            costs
        });
        // Only the thread that seized may wait and resume.
        let traced = follow(stop, tally);
        server.kill();
        let costs = costs.join().expect("no panic");
        traced?; // first: without a tracer the others fail too
        costs
    })
}

fn requests(
    root: Pid,
    tally: &Tally,
    times: usize,
    request: impl Fn() -> Result<()>,
) -> Result<Vec<Cost>> {
    let mut costs = Vec::new();
    let mut before = quiet(root, tally)?;
    for _ in 0..times {
        request()?;
        let after = quiet(root, tally)?;
        costs.push(Cost {
            counted: after.counted - before.counted,
            faults: after.faults - before.faults,
        });
        before = after;
    }
    Ok(costs)
}

/// Waits until every process of the server waits for something.
pub fn rest(root: Pid) -> Result<()> {
    quiet(root, &Tally::default()).map(drop)
}

/// Waits until every process of the server waits for something, and nothing
/// more has happened for a while. Returns the sums up to then.
fn quiet(root: Pid, tally: &Tally) -> Result<Cost> {
    let end = Instant::now() + Duration::from_secs(60);
    loop {
        let events = tally.events.load(Relaxed);
        std::thread::sleep(Duration::from_millis(10));
        let living = living(root);
        ensure!(!living.is_empty(), "the server has ended");
        if all_wait(root) && tally.events.load(Relaxed) == events {
            return Ok(Cost {
                counted: tally.counted.load(Relaxed),
                faults: tally.faults.load(Relaxed)
                    + living.iter().map(|stat| stat.minflt).sum::<u64>(),
            });
        }
        ensure!(Instant::now() < end, "the server is not quiet after 60 s");
    }
}

/// Resumes whatever stops, and counts, until no process is left.
fn follow(stop: Stop, tally: &Tally) -> Result<()> {
    loop {
        let status = match waitpid(None, Some(WaitPidFlag::__WALL)) {
            Err(Errno::ECHILD) => return Ok(()),
            Err(Errno::EINTR) => continue,
            status => status.context("wait4")?,
        };
        tally.events.fetch_add(1, Relaxed);
        let deliver = match status {
            WaitStatus::PtraceSyscall(pid) => {
                if is_entry(pid)? {
                    tally.counted.fetch_add(1, Relaxed);
                }
                None
            }
            WaitStatus::Stopped(_, Signal::SIGTRAP) => {
                tally.counted.fetch_add(1, Relaxed);
                None
            }
            WaitStatus::Stopped(_, signal) => Some(signal),
            WaitStatus::PtraceEvent(pid, _, libc::PTRACE_EVENT_EXIT) => {
                tally.faults.fetch_add(faults_at_end(pid)?, Relaxed);
                None
            }
            _ => None,
        };
        let Some(pid) = status.pid().filter(|_| !has_ended(&status)) else {
            continue;
        };
        let resumed = match stop {
            Stop::Call => ptrace::syscall(pid, deliver),
            Stop::Instruction => ptrace::step(pid, deliver),
        };
        match resumed {
            Ok(()) | Err(Errno::ESRCH) => {} // killed while it was stopped
            error => error.context("ptrace")?,
        }
    }
}

/// The page faults of a process that is about to end. A thread's are counted
/// by its process, whose sum keeps them.
fn faults_at_end(pid: Pid) -> Result<u64> {
    let faults = Process::new(pid.as_raw()).and_then(|process| {
        let is_process = process.status()?.tgid == pid.as_raw();
        Ok(if is_process {
            process.stat()?.minflt
        } else {
            0
        })
    });
    match faults {
        Err(ProcError::NotFound(_)) => Ok(0), // killed meanwhile: the counts are over
        faults => faults.context("page faults of a process"),
    }
}

fn has_ended(status: &WaitStatus) -> bool {
    matches!(status, WaitStatus::Exited(..) | WaitStatus::Signaled(..))
}

fn is_entry(pid: Pid) -> Result<bool> {
    match ptrace::syscall_info(pid) {
        Err(Errno::ESRCH) => Ok(false), // killed meanwhile
        Err(error) => Err(error).context("ptrace PTRACE_GET_SYSCALL_INFO"),
        Ok(info) => Ok(info.op == libc::PTRACE_SYSCALL_INFO_ENTRY),
    }
}
