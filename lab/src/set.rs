//! `lab timelines`: the pictures that the documentation shows, each made of
//! the recordings that make its point.

use crate::{record, timeline};
use anyhow::{Context, ensure};
use clap::Args;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Record and draw the pictures of the documentation, or those named
#[derive(Args)]
pub struct Arguments {
    /// The acceptd to record
    #[arg(long)]
    acceptd: PathBuf,
    /// Where the pictures go
    #[arg(long)]
    pictures: PathBuf,
    /// Where the recordings go
    #[arg(long)]
    recordings: PathBuf,
    /// Which; all if none is named
    names: Vec<String>,
}

/// One server and its clients.
struct Recording {
    /// acceptd's arguments, but for the address.
    server: &'static str,
    clients: u16,
    /// Milliseconds from one client to the next; 0: at once.
    every: u64,
    /// Milliseconds to SIGTERM, where it does not wait for the clients.
    stop_after: Option<u64>,
}

const fn at_once(server: &'static str) -> Recording {
    Recording {
        server,
        clients: 10,
        every: 0,
        stop_after: None,
    }
}

/// Each is answered before the next one comes: what is left of one shows.
const fn in_turn(server: &'static str) -> Recording {
    Recording {
        server,
        clients: 4,
        every: 500,
        stop_after: None,
    }
}

const fn stopped(server: &'static str) -> Recording {
    Recording {
        server,
        clients: 3,
        every: 200,
        stop_after: Some(700),
    }
}

/// A name, and the recordings that it puts on one time scale.
const PICTURES: [(&str, &[Recording]); 11] = [
    (
        "sleep",
        &[at_once("iterative --sleep=1"), at_once("fork --sleep=1")],
    ),
    ("fork", &[at_once("fork --sleep=1")]),
    (
        "parent-close-now",
        &[in_turn("fork --parent-close now --sleep=.3")],
    ),
    (
        "parent-close-late",
        &[in_turn("fork --parent-close late --sleep=.3")],
    ),
    (
        "parent-close-never",
        &[in_turn("fork --parent-close never --sleep=.3")],
    ),
    ("reap-signal", &[in_turn("fork --reap signal --sleep=.3")]),
    (
        "reap-before-fork",
        &[in_turn("fork --reap before-fork --sleep=.3")],
    ),
    ("reap-ignore", &[in_turn("fork --reap ignore --sleep=.3")]),
    ("reap-never", &[in_turn("fork --reap never --sleep=.3")]),
    ("process", &[in_turn("process --sleep=.3")]),
    (
        "stop",
        &[
            stopped("fork --on-stop drain --sleep=1"),
            stopped("fork --on-stop kill --sleep=1"),
        ],
    ),
];

/// Makes them, one after the other: they would slow each other down.
pub fn run(arguments: &Arguments) -> anyhow::Result<()> {
    let names = &arguments.names;
    for name in names {
        let known = PICTURES.iter().any(|(known, _)| known == name);
        ensure!(known, "{name}: there is no picture of that name");
    }
    for directory in [&arguments.pictures, &arguments.recordings] {
        let created = std::fs::create_dir_all(directory);
        created.with_context(|| directory.display().to_string())?;
    }
    for (name, recordings) in PICTURES {
        if names.is_empty() || names.iter().any(|wanted| wanted == name) {
            make(arguments, name, recordings).with_context(|| name.to_string())?;
        }
    }
    Ok(())
}

fn make(arguments: &Arguments, name: &str, recordings: &[Recording]) -> anyhow::Result<()> {
    let (mut traces, mut titles) = (Vec::new(), Vec::new());
    for (index, recording) in recordings.iter().enumerate() {
        let trace = arguments
            .recordings
            .join(format!("{name}-{}.strace", index + 1));
        record::run(&recording.of(&arguments.acceptd, &trace))?;
        traces.push(trace);
        titles.push(recording.title());
    }
    let output = arguments.pictures.join(format!("{name}.svg"));
    timeline::run(&timeline::Arguments::of(traces, titles, output))
}

impl Recording {
    fn of(&self, acceptd: &Path, output: &Path) -> record::Arguments {
        let address = "--bind 127.0.0.1 --port 0";
        let mut server = vec![acceptd.display().to_string()];
        server.extend(
            self.server
                .split(' ')
                .chain(address.split(' '))
                .map(String::from),
        );
        record::Arguments {
            output: output.to_path_buf(),
            clients: self.clients,
            every: Duration::from_millis(self.every),
            stop_after: self.stop_after.map(Duration::from_millis),
            server,
        }
    }

    fn title(&self) -> String {
        let Self {
            server,
            clients,
            every,
            ..
        } = self;
        let every = *every as f64 / 1000.0;
        let when = if every == 0.0 {
            "at once".into()
        } else {
            format!("{every} s apart")
        };
        let stop = self
            .stop_after
            .map(|_| ", SIGTERM before they have their answers");
        format!(
            "acceptd {server}: {clients} clients, {when}{}",
            stop.unwrap_or("")
        )
    }
}
