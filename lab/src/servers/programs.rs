//! Where the programs are that the servers' command lines name.

use super::peers::Peer;
use anyhow::{Context, Result, bail};
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The C references, lab/peers/*.c.
const REFERENCES: [&str; 5] = ["iterative", "fork", "prefork", "thread", "epoll"];

/// How they are compiled: with what, the end of the program's name, the flags.
const COMPILERS: [(&str, &str, &[&str]); 2] = [
    ("musl-gcc", "musl", &["-O2", "-static", "-s"]),
    ("gcc", "glibc", &["-O2", "-s"]),
];

/// acceptd, its references, and the other servers.
pub struct Programs {
    /// acceptd.
    pub acceptd: PathBuf,
    /// lab/peers: the references' sources, and Python's programs.
    sources: PathBuf,
    /// The references, compiled.
    compiled: PathBuf,
    /// Where `just bench` has unpacked the other servers. A program that is not there is
    /// looked for in PATH.
    unpacked: PathBuf,
    /// The interpreter itself: a wrapper would count as Python's start.
    python: Option<PathBuf>,
}

impl Programs {
    /// Compiles the C references, as far as there is a compiler for them.
    ///
    /// # Errors
    ///
    /// There is no acceptd, or a reference that does not compile.
    pub fn new(acceptd: &Path, unpacked: &Path) -> Result<Self> {
        let lab = Path::new(env!("CARGO_MANIFEST_DIR"));
        let acceptd = acceptd
            .canonicalize()
            .with_context(|| format!("{}: build acceptd first", acceptd.display()))?;
        let mut python = Command::new("python3");
        python.args(["-c", "import sys; print(sys.executable)"]);
        let programs = Self {
            acceptd,
            sources: lab.join("peers"),
            compiled: lab.join("target/peers"),
            unpacked: std::path::absolute(unpacked)?,
            python: first_line(&mut python).map(PathBuf::from),
        };
        std::fs::create_dir_all(&programs.compiled)?;
        for (compiler, suffix, flags) in COMPILERS {
            for reference in REFERENCES {
                programs.compile(compiler, flags, reference, suffix)?;
            }
        }
        Ok(programs)
    }

    fn compile(&self, compiler: &str, flags: &[&str], name: &str, suffix: &str) -> Result<()> {
        let source = self.sources.join(format!("{name}.c"));
        let program = self.compiled.join(format!("{name}-{suffix}"));
        // Under a name of its own until it is whole: another lab may run one now.
        let fresh = program.with_extension(std::process::id().to_string());
        let mut command = Command::new(compiler);
        command.args(flags).arg("-o").arg(&fresh).arg(&source);
        match command.status() {
            Ok(status) if status.success() => Ok(std::fs::rename(fresh, program)?),
            Ok(status) => bail!("{compiler} {}: {status}", source.display()),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                // It will be named as missing: one of an earlier run must not stand in.
                let _ = std::fs::remove_file(program);
                Ok(())
            }
            Err(error) => Err(error).context(compiler.to_string()),
        }
    }

    /// `text` with all but `{port}` and `{root}` filled in.
    pub fn fill(&self, text: &str) -> String {
        let python = self.python.as_deref().unwrap_or(Path::new("python3"));
        text.replace("{acceptd}", &self.acceptd.to_string_lossy())
            .replace("{sources}", &self.sources.to_string_lossy())
            .replace("{compiled}", &self.compiled.to_string_lossy())
            .replace("{python}", &python.to_string_lossy())
    }

    /// The file that `peer` runs. `None`: it is not installed.
    pub fn of(&self, peer: &Peer) -> Option<PathBuf> {
        self.find(&self.fill(peer.command.split(' ').next()?))
    }

    /// The file of that name, unpacked or installed.
    fn find(&self, name: &str) -> Option<PathBuf> {
        let path = std::env::var_os("PATH").unwrap_or_default();
        let unpacked = ["usr/sbin", "usr/bin", "sbin", "bin"];
        let unpacked = unpacked.map(|directory| self.unpacked.join(directory));
        // Debian keeps servers where only root's PATH looks.
        let installed = std::env::split_paths(&path).chain(["/usr/sbin".into(), "/sbin".into()]);
        unpacked
            .into_iter()
            .chain(installed)
            .map(|directory| directory.join(name))
            .find(|file| file.is_file())
    }

    /// A command that runs the program of that name. An unpacked one finds
    /// its libraries beside it.
    ///
    /// # Errors
    ///
    /// It is not installed.
    pub fn command(&self, name: &str) -> Result<Command> {
        let program = self
            .find(name)
            .with_context(|| format!("{name}: not installed"))?;
        let is_unpacked = program.starts_with(&self.unpacked);
        let mut command = Command::new(program);
        if is_unpacked {
            command.env("LD_LIBRARY_PATH", self.libraries());
        }
        Ok(command)
    }

    /// The directories of the unpacked libraries, such as usr/lib/x86_64-linux-gnu.
    fn libraries(&self) -> OsString {
        let mut directories = Vec::new();
        for parent in ["usr/lib", "lib"] {
            let entries = std::fs::read_dir(self.unpacked.join(parent));
            let paths = entries
                .into_iter()
                .flatten()
                .flatten()
                .map(|entry| entry.path());
            directories.extend(paths.filter(|path| path.to_string_lossy().ends_with("-linux-gnu")));
        }
        std::env::join_paths(directories).unwrap_or_default()
    }

    /// The first line that a command line prints, such as its version.
    pub fn said_by(&self, line: &str) -> Option<String> {
        let mut words = line.split(' ').map(|word| self.fill(word));
        let mut command = self.command(&words.next()?).ok()?;
        first_line(command.args(words))
    }
}

/// The first line that a command prints, on stdout or else on stderr.
fn first_line(command: &mut Command) -> Option<String> {
    let output = command.output().ok()?;
    let text = [output.stdout, output.stderr].concat();
    let text = String::from_utf8_lossy(&text);
    let line = text.lines().next()?.trim();
    (!line.is_empty()).then(|| line.to_string())
}
