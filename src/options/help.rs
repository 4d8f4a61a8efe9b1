//! `acceptd --help`, printed from the table of options.

use super::table::{ALL, FORK, ONE_PROCESS, Opt, PREFORK, PROBE, SECONDS, SERVERS, TABLE, Takes};
use crate::text::Text;

/// Where the explanation of an option begins, in its line.
const COLUMN: usize = 26;

const HEAD: &[u8] = b"\
usage: acceptd MODEL [OPTIONS]

  iterative     one connection at a time
  fork          a child for every connection
  process       as Python's multiprocessing: fork with --parent-close late
                --reap before-fork --on-stop kill --backlog 32
  prefork       workers that are forked first
  thread        a thread for every connection
  epoll         one process for all connections at once
  probe         a client: status 0 if the answer is 2xx or 3xx
";

/// `acceptd --help`, in a buffer of 4096 bytes.
pub fn help(buffer: &mut [u8; 4096]) -> &[u8] {
    let mut text = Text::new(buffer);
    text.push(HEAD);
    for (group, title) in &[
        (ALL, ""),
        (PROBE, "probe:\n"),
        (SERVERS, "servers:\n"),
        (PREFORK, "prefork:\n"),
        (ONE_PROCESS, "thread, epoll:\n"),
        (FORK, "fork, process:\n"),
    ] {
        text.push(b"\n");
        text.push(title.as_bytes());
        for option in TABLE.iter().filter(|option| option.group == *group) {
            line(&mut text, option);
        }
    }
    text.into_bytes()
}

/// `      --port N            a port (0 to 65535); 0: the kernel chooses [9696]`
fn line(text: &mut Text<'_>, option: &Opt) {
    let start = text.length();
    text.push(b"      ");
    text.push(option.name.as_bytes());
    text.push(match option.takes {
        Takes::Flag => b"",
        Takes::Address => b" ADDR",
        Takes::Text => b" TEXT",
        Takes::Field => b" 'NAME: VALUE'",
        Takes::Target => b" PATH",
        Takes::Number { .. } => b" N",
        Takes::Seconds { alone: 0, .. } => b" SECONDS",
        Takes::Seconds { .. } => b"[=SECONDS]",
        Takes::Choice(_) => b" HOW",
    });
    text.push(b" ");
    text.pad(start + COLUMN);
    text.push(option.what.as_bytes());
    push_domain(text, option.takes);
    text.push(option.note.as_bytes());
    let (number, word) = match option.takes {
        Takes::Number { default, .. } => (default, ""),
        Takes::Seconds { default, .. } => (default / 1000, ""),
        Takes::Choice([first, ..]) => (0, *first),
        _ => (0, ""),
    };
    if number != 0 || !word.is_empty() || matches!(option.takes, Takes::Seconds { .. }) {
        text.push(b" [");
        text.push(word.as_bytes());
        if word.is_empty() {
            text.push_number(number.into());
        }
        text.push(b"]");
    }
    text.push(b"\n");
}

/// What the value may be: ` (0 to 65535)`, ` (now|late|never)`.
pub fn push_domain(text: &mut Text<'_>, takes: Takes) {
    match takes {
        Takes::Number { min, max, .. } => {
            text.push(b" (");
            text.push_number(min.into());
            text.push(b" to ");
            text.push_number(max.into());
            text.push(b")");
        }
        Takes::Seconds { .. } => {
            text.push(b" (");
            text.push(SECONDS.as_bytes());
            text.push(b")");
        }
        Takes::Choice(words) => {
            let mut before: &[u8] = b" (";
            for word in words {
                text.push(before);
                text.push(word.as_bytes());
                before = b"|";
            }
            text.push(b")");
        }
        _ => {}
    }
}
