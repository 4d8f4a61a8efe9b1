//! A server at work, from its start to its end.

use super::client;
use super::groups::{Group, directory};
use super::peers::Peer;
use anyhow::{Context, Result, bail};
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// Where things are: what the peers' texts leave open.
pub struct Site {
    /// acceptd.
    pub acceptd: PathBuf,
    /// lab/peers.
    pub source: PathBuf,
    /// Where [`Site::build`] has put what it compiled.
    pub built: PathBuf,
    /// The interpreter itself: a wrapper would count as Python's start.
    pub python: Option<PathBuf>,
}

impl Site {
    /// Compiles the C references, as far as there is a compiler for them.
    pub fn new(acceptd: PathBuf) -> Result<Self> {
        let lab = Path::new(env!("CARGO_MANIFEST_DIR"));
        let site = Self {
            acceptd: acceptd
                .canonicalize()
                .with_context(|| format!("{}: build acceptd first", acceptd.display()))?,
            source: lab.join("peers"),
            built: lab.join("target/peers"),
            python: output("python3", &["-c", "import sys; print(sys.executable)"])
                .map(|line| line.into()),
        };
        std::fs::create_dir_all(&site.built)?;
        for (compiler, suffix, flags) in [
            ("musl-gcc", "musl", &["-O2", "-static", "-s"][..]),
            ("gcc", "glibc", &["-O2", "-s"]),
        ] {
            for program in ["iterative", "fork"] {
                site.compile(compiler, flags, program, suffix)?;
            }
        }
        Ok(site)
    }

    fn compile(&self, compiler: &str, flags: &[&str], program: &str, suffix: &str) -> Result<()> {
        let source = self.source.join(format!("{program}.c"));
        let object = self.built.join(format!("{program}-{suffix}"));
        // Under a name of its own until it is whole: another lab may run one now.
        let fresh = object.with_extension(std::process::id().to_string());
        let mut command = Command::new(compiler);
        command.args(flags).arg("-o").arg(&fresh).arg(&source);
        match command.status() {
            Ok(status) if status.success() => Ok(std::fs::rename(fresh, object)?),
            Ok(status) => bail!("{compiler} {}: {status}", source.display()),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                // It will be named as missing: one of an earlier run must not stand in.
                let _ = std::fs::remove_file(object);
                Ok(())
            }
            Err(error) => Err(error).context(compiler.to_string()),
        }
    }

    /// `text` with all but `{port}` and `{root}` filled in.
    pub fn fill(&self, text: &str) -> String {
        let python = self.python.as_deref().unwrap_or(Path::new("python3"));
        text.replace("{acceptd}", &self.acceptd.to_string_lossy())
            .replace("{source}", &self.source.to_string_lossy())
            .replace("{built}", &self.built.to_string_lossy())
            .replace("{python}", &python.to_string_lossy())
    }

    /// The program that `peer` runs. `None`: it is not installed.
    pub fn program(&self, peer: &Peer) -> Option<PathBuf> {
        let line = self.fill(peer.command);
        let name = Path::new(line.split(' ').next()?);
        let path = std::env::var_os("PATH").unwrap_or_default();
        // Debian keeps servers where only root's PATH looks.
        std::env::split_paths(&path)
            .chain(["/usr/sbin".into(), "/sbin".into()])
            .map(|directory| directory.join(name))
            .find(|file| file.is_file())
    }
}

/// The first line that a command prints, on stdout or else on stderr.
pub fn output(program: &str, arguments: &[&str]) -> Option<String> {
    let output = Command::new(program).args(arguments).output().ok()?;
    let text = [output.stdout, output.stderr].concat();
    let line = String::from_utf8_lossy(&text)
        .lines()
        .next()?
        .trim()
        .to_string();
    (!line.is_empty()).then_some(line)
}

/// A server that answers.
pub struct Server {
    /// Its processes.
    pub group: Group,
    /// Where it listens, on 127.0.0.1.
    pub port: u16,
    /// From fork to the end of the first answer.
    pub first_answer: Duration,
    _root: tempfile::TempDir,
}

impl Server {
    /// Starts `peer` with `more` arguments, and waits for a 200 from it.
    pub fn start(site: &Site, peer: &Peer, more: &[&str]) -> Result<Self> {
        let root = directory()?;
        let port = free_port()?;
        let fill = |text: &str| {
            site.fill(text)
                .replace("{root}", &root.path().to_string_lossy())
                .replace("{port}", &port.to_string())
        };
        // mini_httpd gives root's rights up, and must still read its file.
        std::fs::set_permissions(root.path(), PermissionsExt::from_mode(0o755))?;
        std::fs::write(root.path().join("index.html"), "A")?;
        if let Some((name, text)) = peer.configuration {
            std::fs::write(root.path().join(name), fill(text))?;
        }
        let program = site
            .program(peer)
            .with_context(|| format!("{}: missing", peer.name))?;
        let line = fill(peer.command);
        let mut command = Command::new(program);
        command
            .args(line.split(' ').skip(1))
            .args(more)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(std::fs::File::create(root.path().join("stderr"))?);
        let start = Instant::now();
        let mut group = Group::spawn(&mut command)?;
        let complaint = || std::fs::read_to_string(root.path().join("stderr")).unwrap_or_default();
        loop {
            match client::get(port) {
                Ok(()) => break,
                Err(error) => {
                    if let Some(status) = group.child.try_wait()? {
                        bail!("{}: ended with {status}: {}", peer.name, complaint());
                    }
                    if start.elapsed() > Duration::from_secs(10) {
                        bail!("{}: no answer: {error:#}: {}", peer.name, complaint());
                    }
                }
            }
            std::thread::sleep(Duration::from_micros(100));
        }
        let first_answer = start.elapsed();
        Ok(Self {
            group,
            port,
            first_answer,
            _root: root,
        })
    }
}

/// A port that the kernel has just found free: not every server can ask for
/// one itself, and all are to be treated alike.
fn free_port() -> Result<u16> {
    let listener = TcpListener::bind(("127.0.0.1", 0)).context("bind 127.0.0.1:0")?;
    Ok(listener.local_addr()?.port())
}
