//! A process under ptrace(2): it starts stopped at its first instruction, goes
//! one instruction or one system call further at a time, and is let go.

use crate::wait::{is_asleep, let_go, poll, stop_thread, wait_for};
use nix::sys::ptrace::{self, Options};
use nix::sys::signal::{SigHandler, Signal, kill, signal};
use nix::sys::wait::{WaitStatus, waitpid};
use nix::unistd::Pid;
use std::io;
use std::mem;
use std::os::unix::process::CommandExt;
use std::process::{ChildStderr, Command, Stdio};
use std::time::Duration;

/// What happens to a child, or a thread, that the process makes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Newborn {
    /// It stands still until the process is let go.
    Held,
    /// It runs to its end before the process goes on.
    First,
    /// It runs by itself.
    Free,
}

/// How a request to go on ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stop {
    /// One instruction further, or at the breakpoint.
    Stepped,
    /// A signal came first: at the first instruction of its handler, or one
    /// instruction further where the signal is ignored.
    Delivered,
    /// A system call begins, or has returned.
    Call,
    /// It sleeps in a system call, and is not stopped.
    Asleep,
    /// It has ended.
    Ended,
}

/// How far to go on.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Far {
    Instruction,
    Call,
}

/// What the new process does before exec. A shell may have started us, in the background,
/// with SIGINT ignored, and exec hands that on.
#[allow(unsafe_code)] // a handler could do anything
fn become_tracee() -> io::Result<()> {
    for stop in [Signal::SIGTERM, Signal::SIGINT] {
        // SAFETY: this is no handler.
        unsafe { signal(stop, SigHandler::SigDfl) }?;
    }
    Ok(ptrace::traceme()?)
}

pub struct Tracee {
    pub pid: Pid,
    newborn: Newborn,
    held: Vec<Pid>,
    /// The signal that it stopped for, handed on with the next request.
    pending: Option<Signal>,
    /// It runs, asleep in a call.
    runs: bool,
}

impl Tracee {
    /// Starts a command, in a process group of its own, and stops it at its first
    /// instruction; and its stderr.
    #[allow(unsafe_code)] // between fork and exec no other way leads to PTRACE_TRACEME
    pub fn start(binary: &str, words: &[&str], newborn: Newborn) -> (Self, ChildStderr) {
        let mut command = Command::new(binary);
        command.args(words).env_clear().process_group(0);
        command.stdin(Stdio::null()).stdout(Stdio::null());
        command.stderr(Stdio::piped());
        // SAFETY: it makes system calls and no more: it takes no lock and no memory.
        unsafe { command.pre_exec(become_tracee) };
        #[expect(clippy::zombie_processes)] // it is waited for by its pid
        let mut child = command.spawn().expect("the server starts");
        let stderr = child.stderr.take().expect("piped");
        let pid = Pid::from_raw(child.id() as i32);
        let stopped = waitpid(pid, None).expect("it stops at exec");
        assert_eq!(stopped, WaitStatus::Stopped(pid, Signal::SIGTRAP));
        let options = Options::PTRACE_O_TRACESYSGOOD
            | Options::PTRACE_O_EXITKILL
            | Options::PTRACE_O_TRACEFORK
            | Options::PTRACE_O_TRACECLONE;
        ptrace::setoptions(pid, options).expect("PTRACE_SETOPTIONS");
        (Self::stopped(pid, newborn), stderr)
    }

    fn stopped(pid: Pid, newborn: Newborn) -> Self {
        Self {
            pid,
            newborn,
            held: Vec::new(),
            pending: None,
            runs: false,
        }
    }

    /// One instruction further; a system call is one.
    pub fn step(&mut self) -> Stop {
        self.resume(Far::Instruction, None)
    }

    /// The same where the instruction is a system call, which may sleep so long.
    pub fn step_call(&mut self, patience: Duration) -> Stop {
        self.resume(Far::Instruction, Some(patience))
    }

    /// Goes on to the entry of the next system call, or to its return.
    pub fn next_call(&mut self) -> Stop {
        self.resume(Far::Call, Some(Duration::from_secs(5)))
    }

    /// Lets it run into the system call that it stopped at, until it sleeps there.
    pub fn fall_asleep(&mut self) -> bool {
        ptrace::cont(self.pid, self.pending.take()).expect("PTRACE_CONT");
        self.wait(Some(Duration::ZERO)).is_none()
    }

    fn resume(&mut self, far: Far, patience: Option<Duration>) -> Stop {
        let mut delivered = false;
        loop {
            let signal = self.pending.take();
            delivered |= signal.is_some();
            match far {
                Far::Instruction => ptrace::step(self.pid, signal),
                Far::Call => ptrace::syscall(self.pid, signal),
            }
            .expect("PTRACE_SINGLESTEP or PTRACE_SYSCALL");
            match self.wait(patience) {
                None => return Stop::Asleep,
                Some(WaitStatus::PtraceEvent(..)) => {
                    let child = self.newborn();
                    self.raise(child);
                }
                Some(WaitStatus::PtraceSyscall(_)) => return Stop::Call,
                Some(WaitStatus::Stopped(_, Signal::SIGTRAP))
                    if delivered && far == Far::Instruction =>
                {
                    return Stop::Delivered;
                }
                Some(WaitStatus::Stopped(_, Signal::SIGTRAP)) => return Stop::Stepped,
                // The server's own timer, which ticks during a stop: the way to a place
                // must not depend on the time that it takes.
                Some(WaitStatus::Stopped(_, Signal::SIGALRM)) => {}
                Some(WaitStatus::Stopped(_, signal)) => self.pending = Some(signal),
                Some(_) => return Stop::Ended,
            }
        }
    }

    /// The next stop, or `None` where it sleeps for longer than `patience`.
    fn wait(&mut self, patience: Option<Duration>) -> Option<WaitStatus> {
        let Some(patience) = patience else {
            return Some(wait_for(self.pid));
        };
        let stop = poll(self.pid, |waited| waited >= patience && is_asleep(self.pid));
        self.runs = stop.is_none();
        stop
    }

    /// The child, or the thread, that it has just made: stopped before its first instruction.
    fn newborn(&self) -> Pid {
        let child = ptrace::getevent(self.pid).expect("PTRACE_GETEVENTMSG");
        let child = Pid::from_raw(child as i32);
        wait_for(child);
        child
    }

    fn raise(&mut self, child: Pid) {
        match self.newborn {
            Newborn::Held => self.held.push(child),
            Newborn::Free => ptrace::detach(child, None).expect("PTRACE_DETACH"),
            Newborn::First => {
                let mut signal = None;
                loop {
                    ptrace::cont(child, signal).expect("PTRACE_CONT");
                    match wait_for(child) {
                        WaitStatus::Stopped(_, stopped) => signal = Some(stopped),
                        WaitStatus::PtraceEvent(..) => signal = None,
                        _ => return, // it has ended; now its parent learns of it
                    }
                }
            }
        }
    }

    /// Goes on until there is a child or a thread; lets the parent go, and keeps the child.
    pub fn first_child(self) -> Self {
        loop {
            ptrace::cont(self.pid, None).expect("PTRACE_CONT");
            match wait_for(self.pid) {
                WaitStatus::PtraceEvent(..) => break,
                status => assert!(matches!(status, WaitStatus::Stopped(..)), "{status:?}"),
            }
        }
        let child = self.newborn();
        ptrace::detach(self.pid, None).expect("PTRACE_DETACH");
        Self::stopped(child, self.newborn)
    }

    /// Sends it a signal and lets it go, and all that it has made. How it ended, if it
    /// has: its tracer learns of it first.
    pub fn leave(mut self, signal: Signal) -> Option<WaitStatus> {
        kill(self.pid, signal).expect("kill");
        let halts = self.runs || signal == Signal::SIGKILL;
        let mut ended = None;
        if !halts {
            ended = let_go(self.pid, self.pending);
        }
        // Before it is waited for: no process ends while a tracer holds its threads.
        for child in mem::take(&mut self.held) {
            let_go(child, None);
        }
        if halts {
            ended = self.halt(signal).or_else(|| let_go(self.pid, None));
        }
        ended
    }

    /// Waits for its end by SIGKILL, or stops it where it sleeps, since a tracer can
    /// leave nobody who runs.
    fn halt(&self, sent: Signal) -> Option<WaitStatus> {
        // What was sent comes before this, unless it is blocked: its number is the lower one.
        if sent != Signal::SIGKILL {
            stop_thread(self.pid);
        }
        loop {
            let signal = match wait_for(self.pid) {
                WaitStatus::Stopped(_, Signal::SIGSTOP) => return None,
                WaitStatus::Stopped(_, signal) => Some(signal),
                WaitStatus::PtraceEvent(..) => None,
                ended => return Some(ended),
            };
            let _ = ptrace::cont(self.pid, signal); // who is being killed goes on by itself
        }
    }
}
