//! `straceview record`: a server and its clients under strace, in one recording.

pub mod client;
mod listening;
mod merge;
mod processes;

use anyhow::{Context, bail, ensure};
use clap::Args;
use processes::{children, descendants};
use rustix::io::Errno;
use rustix::process::{Pid, Signal, kill_process};
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
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

/// Records. Whether it succeeds or fails, no process is left behind.
pub fn run(arguments: &Arguments) -> anyhow::Result<()> {
    let room = tempfile::tempdir()?;
    let [served, asked] = ["server", "clients"].map(|name| room.path().join(name));
    // The clients start first, and wait for the server.
    let this = std::env::current_exe()?.display().to_string();
    let count = format!("--count={}", arguments.clients);
    let every = format!("--every={}", arguments.every.as_secs_f64());
    let client = [this, "client".into(), count, every];
    // What a client says to the server, and nothing of how it became a program.
    let calls = ["-e", "trace=%network,%process,close", "-e", "signal=none"];
    let mut clients = Traced::start(&asked, &calls, &client, Stdio::piped)?;
    clients.ready()?;

    let stacks: &[&str] = if arguments.stacks { &["-k"] } else { &[] };
    let mut server = Traced::start(&served, stacks, &arguments.server, Stdio::inherit)?;
    let port = server.wait_for(PROMPT, "the server did not listen", |strace| {
        listening::port(Pid::from_child(strace).as_raw_pid())
    })?;
    sleep(LEAD);
    clients.tell(port)?;
    match arguments.stop_after {
        Some(after) => {
            clients.wait_for(PROMPT, "no client began", |_| begun(&asked))?;
            sleep(after);
            server.signal(Signal::TERM)?;
            clients.ended(LONGEST, "the clients did not end")?;
        }
        None => {
            clients.ended(LONGEST, "the clients did not end")?;
            sleep(LINGER);
            server.signal(Signal::TERM)?;
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

/// A command under strace. Dropped, it is killed, and what it started too.
struct Traced {
    strace: Child,
}

impl Traced {
    fn start(
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
        Ok(Self { strace })
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

    /// Looks, every few milliseconds, whether it is there; fails when strace ends before.
    fn wait_for<T>(
        &mut self,
        longest: Duration,
        otherwise: &str,
        mut look: impl FnMut(&Child) -> Option<T>,
    ) -> anyhow::Result<T> {
        let start = Instant::now();
        while start.elapsed() < longest {
            if let Some(found) = look(&self.strace) {
                return Ok(found);
            }
            if let Some(status) = self.strace.try_wait()? {
                bail!("{otherwise}: strace ended before, {status}");
            }
            sleep(Duration::from_millis(5));
        }
        bail!("{otherwise} within {longest:?}")
    }

    fn ended(&mut self, longest: Duration, otherwise: &str) -> anyhow::Result<()> {
        let start = Instant::now();
        while start.elapsed() < longest {
            if self.strace.try_wait()?.is_some() {
                return Ok(());
            }
            sleep(Duration::from_millis(5));
        }
        bail!("{otherwise} within {longest:?}")
    }

    /// Sends a signal to the command itself, strace's one child, if it has not ended.
    fn signal(&self, signal: Signal) -> anyhow::Result<()> {
        let children = children(Pid::from_child(&self.strace).as_raw_pid());
        let Some(&command) = children.first() else {
            return Ok(());
        };
        let pid = Pid::from_raw(command).context("a pid")?;
        match kill_process(pid, signal) {
            Ok(()) | Err(Errno::SRCH) => Ok(()),
            Err(errno) => Err(errno).context("kill"),
        }
    }
}

impl Drop for Traced {
    fn drop(&mut self) {
        if matches!(self.strace.try_wait(), Ok(None)) {
            for pid in descendants(Pid::from_child(&self.strace).as_raw_pid()) {
                let _ = Pid::from_raw(pid).map(|pid| kill_process(pid, Signal::KILL));
            }
            let _ = self.strace.kill();
            let _ = self.strace.wait();
        }
    }
}
