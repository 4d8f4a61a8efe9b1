//! `straceview record`: a server and its clients under strace, in one recording.

pub mod client;
mod listening;
mod merge;
mod processes;

use anyhow::{Context, bail, ensure};
use clap::Args;
use processes::{Started, children};
use rustix::io::Errno;
use rustix::process::{Pid, Signal, WaitOptions, getpid, kill_process, set_child_subreaper, wait};
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::thread::sleep;
use std::time::{Duration, Instant};

/// Record a server, the clients that make the point, and its end on SIGTERM
#[derive(Args)]
pub struct Arguments {
    /// The recording to write
    #[arg(short, long)]
    pub output: PathBuf,
    /// How many clients
    #[arg(long, default_value_t = 10)]
    pub clients: u16,
    /// Seconds from one client to the next; otherwise each connects as soon as the one before it has
    #[arg(long, value_name = "SECONDS", default_value = "0", value_parser = seconds)]
    pub every: Duration,
    /// Send SIGTERM this long after the clients' start, not after their end
    #[arg(long, value_name = "SECONDS", value_parser = seconds)]
    pub stop_after: Option<Duration>,
    /// Record the server's stacks as well (strace -k), for explain and page; it slows the server
    #[arg(long)]
    pub stacks: bool,
    /// The server's command line; the server may listen on any TCP port
    #[arg(last = true, required = true)]
    pub server: Vec<String>,
}

/// Longer than any recording takes. A server or a client that hangs is ended.
const LONGEST: Duration = Duration::from_secs(60);
/// How long a server may take to listen, and to stop.
const PROMPT: Duration = Duration::from_secs(15);
/// Before the clients: the picture shows the server wait for them.
const LEAD: Duration = Duration::from_millis(100);
/// After the clients: the picture shows what the server does when they have gone.
const LINGER: Duration = Duration::from_millis(200);

/// Seconds with decimals.
pub fn seconds(text: &str) -> anyhow::Result<Duration> {
    Ok(Duration::try_from_secs_f64(text.parse()?)?)
}

/// Set by SIGINT, SIGTERM and SIGHUP.
static IS_INTERRUPTED: AtomicBool = AtomicBool::new(false);

/// Records. Whether it succeeds, fails or is interrupted, no process is left behind.
pub fn run(arguments: &Arguments) -> anyhow::Result<()> {
    ctrlc::set_handler(|| IS_INTERRUPTED.store(true, Relaxed)).context("signal handler")?;
    // A server that goes into the background becomes a child of this process, not of init.
    set_child_subreaper(Some(getpid())).context("prctl PR_SET_CHILD_SUBREAPER")?;
    let started = Started::from_now_on();
    let room = tempfile::tempdir()?;
    let [served, asked] = ["server", "clients"].map(|name| room.path().join(name));
    // The clients start first, and wait for the server.
    let this = std::env::current_exe()?.display().to_string();
    let count = format!("--count={}", arguments.clients);
    let every = format!("--every={}", arguments.every.as_secs_f64());
    let client = [this, "client".into(), count, every];
    // What a client says to the server, and nothing of how it became a program.
    let calls = ["-e", "trace=%network,%process,close", "-e", "signal=none"];
    let mut clients = Traced::start(&started, &asked, &calls, &client, Stdio::piped)?;
    clients.ready()?;

    let stacks: &[&str] = if arguments.stacks { &["-k"] } else { &[] };
    let mut server = Traced::start(&started, &served, stacks, &arguments.server, Stdio::inherit)?;
    let port = server.wait_for(PROMPT, "the server did not listen", || {
        listening::port(started.descendants())
    })?;
    sleep(LEAD);
    clients.tell(port)?;
    match arguments.stop_after {
        Some(after) => {
            clients.wait_for(PROMPT, "no client began", || begun(&asked))?;
            watch(after, || Ok(None::<()>))?;
            server.terminate(&clients)?;
            clients.ended(LONGEST, "the clients did not end")?;
        }
        None => {
            clients.ended(LONGEST, "the clients did not end")?;
            sleep(LINGER);
            server.terminate(&clients)?;
        }
    }
    server.ended(PROMPT, "the server did not stop on SIGTERM")?;
    let text = merge::by_time(&std::fs::read(&served)?, &std::fs::read(&asked)?);
    let output = &arguments.output;
    std::fs::write(output, text).with_context(|| output.display().to_string())
}

/// Whether the first client has asked to connect.
fn begun(trace: &Path) -> Option<()> {
    let text = std::fs::read_to_string(trace).ok()?;
    text.contains("connect(").then_some(())
}

/// Looks, every few milliseconds, whether it is there. `None`: not within that time.
fn watch<T>(
    longest: Duration,
    mut look: impl FnMut() -> anyhow::Result<Option<T>>,
) -> anyhow::Result<Option<T>> {
    let start = Instant::now();
    loop {
        ensure!(!IS_INTERRUPTED.load(Relaxed), "interrupted");
        let found = look()?;
        if found.is_some() || start.elapsed() >= longest {
            return Ok(found);
        }
        sleep(Duration::from_millis(5));
    }
}

/// A command under strace. If it is dropped before its end, all that was started is killed.
struct Traced<'a> {
    strace: Child,
    started: &'a Started,
}

impl<'a> Traced<'a> {
    fn start(
        started: &'a Started,
        trace: &Path,
        options: &[&str],
        command: &[String],
        ends: fn() -> Stdio,
    ) -> anyhow::Result<Self> {
        let strace = Command::new("strace")
            .args(["-f", "-ttt", "-T", "-o"])
            .arg(trace)
            .args(options)
            .arg("--")
            .args(command)
            .stdin(ends())
            .stdout(ends())
            .spawn()
            .context("strace")?;
        Ok(Self { strace, started })
    }

    /// Until the clients have said that they wait for the port.
    fn ready(&mut self) -> anyhow::Result<()> {
        let stdout = self.strace.stdout.as_mut().context("a pipe")?;
        let mut line = String::new();
        BufReader::new(stdout).read_line(&mut line)?;
        ensure!(line == "ready\n", "the clients did not start");
        Ok(())
    }

    fn tell(&mut self, port: u16) -> anyhow::Result<()> {
        let stdin = self.strace.stdin.take().context("a pipe")?;
        writeln!(&stdin, "{port}").context("the clients do not listen")
    }

    /// Waits until it is there; fails when strace ends before.
    fn wait_for<T>(
        &mut self,
        longest: Duration,
        otherwise: &str,
        mut look: impl FnMut() -> Option<T>,
    ) -> anyhow::Result<T> {
        let found = watch(longest, || {
            let found = look();
            if found.is_none() {
                if let Some(status) = self.strace.try_wait()? {
                    bail!("{otherwise}: strace ended before, {status}");
                }
            }
            Ok(found)
        })?;
        found.with_context(|| format!("{otherwise} within {longest:?}"))
    }

    fn ended(&mut self, longest: Duration, otherwise: &str) -> anyhow::Result<()> {
        let status = watch(longest, || Ok(self.strace.try_wait()?))?;
        status.with_context(|| format!("{otherwise} within {longest:?}"))?;
        Ok(())
    }

    fn pid(&self) -> i32 {
        Pid::from_child(&self.strace).as_raw_pid()
    }

    /// Sends SIGTERM to the command, strace's one child. One that has gone into the
    /// background has left a child to this process, which has `other` too.
    fn terminate(&self, other: &Self) -> anyhow::Result<()> {
        let mut command = children(self.pid());
        if command.is_empty() {
            command = self.started.children();
            command.retain(|pid| ![self.pid(), other.pid()].contains(pid));
        }
        for pid in command {
            match kill_process(Pid::from_raw(pid).context("a pid")?, Signal::TERM) {
                Ok(()) | Err(Errno::SRCH) => {}
                Err(errno) => return Err(errno).context("kill"),
            }
        }
        Ok(())
    }
}

impl Drop for Traced<'_> {
    fn drop(&mut self) {
        if !matches!(self.strace.try_wait(), Ok(None)) {
            return;
        }
        let _ = self.strace.kill();
        // Again and again: one may fork before its end.
        let start = Instant::now();
        while start.elapsed() < PROMPT {
            while let Ok(Some(_)) = wait(WaitOptions::NOHANG) {}
            let left = self.started.descendants();
            if left.is_empty() {
                break;
            }
            for pid in left {
                let _ = Pid::from_raw(pid).map(|pid| kill_process(pid, Signal::KILL));
            }
            sleep(Duration::from_millis(1));
        }
    }
}
