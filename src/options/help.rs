//! The help text, which is the table of all words of the command line: what a
//! line names, the parser knows, and what it has in brackets, the parser checks.

use crate::text::split;

/// `acceptd --help`
pub const HELP: &str = "\
usage: acceptd MODEL [OPTIONS]

  iterative     one connection at a time
  fork          a child for every connection
  process       as Python's multiprocessing: fork with --parent-close late
                --reap before-fork --on-stop kill --backlog 32
  probe         a client: status 0 if the answer is 2xx or 3xx

      --bind ADDR         an address (IPv4 or IPv6) [0.0.0.0]
      --port N            a port (0 to 65535), 0: the kernel chooses [9696]
      --timeout SECONDS   a time (0 to 4294967.295) to wait, 0: no limit [10]
  -h, --help
  -V, --version

servers:
      --backlog N         a length (0 to 2147483647) for listen(2) [4096]
      --no-reuseaddr      without SO_REUSEADDR
      --sleep[=SECONDS]   a time (0 to 4294967.295) before recv [0; alone: 1]
      --body TEXT         response body [A]
      --status CODE       a final status (200 to 599) [200]
      --exit-after N      a count (1 to 4294967295) of connections
      --grace SECONDS     a time (0 to 4294967.295) to finish on stop [5]
  -v, --verbose           a line for each accept, fork and reap

fork, process:
      --max-children N    a count (1 to 4294967295), then accept waits [1024]
      --parent-close HOW  a way (now|late|never) [now]
      --reap HOW          a way (signal|before-fork|ignore|never) [signal]
      --on-stop HOW       a way (drain|kill) [drain]
";

/// Where the explanation of an option begins, in its line of the help.
pub const COLUMN: usize = 26;

/// The words that the help explains, a line each.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd)]
#[allow(missing_docs)] // the help is their documentation
pub enum Word {
    None,
    Iterative,
    Fork,
    Process,
    Probe,
    Bind,
    Port,
    Timeout,
    Help,
    Version,
    Backlog,
    NoReuseaddr,
    Sleep,
    Body,
    Status,
    ExitAfter,
    Grace,
    Verbose,
    MaxChildren,
    ParentClose,
    Reap,
    OnStop,
}

/// The word of each line of the help.
#[rustfmt::skip] // as in the help: what it is for, block by block
pub const LINES: [Word; 29] = {
    use Word::*;
    [
        None, None,
        Iterative, Fork, Process, None, Probe,
        None,
        Bind, Port, Timeout, Help, Version,
        None, None,
        Backlog, NoReuseaddr, Sleep, Body, Status, ExitAfter, Grace, Verbose,
        None, None,
        MaxChildren, ParentClose, Reap, OnStop,
    ]
};

/// The word of this name, and its line in the help.
#[inline(never)]
pub fn find(name: &[u8]) -> (Word, &'static [u8]) {
    let mut help = HELP.as_bytes();
    let column = if name.starts_with(b"--") { 6 } else { 2 };
    for &word in &LINES {
        let line = split(&mut help, b'\n').unwrap_or_default();
        let at = line.get(column..).unwrap_or_default();
        let mut words = at.split(|byte| matches!(byte, b' ' | b',' | b'['));
        if words.next() == Some(name) {
            return (word, line);
        }
    }
    (Word::None, b"")
}
