//! What the recordings in tests/traces say. `UPDATE_EXPECT=1 cargo test`
//! writes the golden models anew.

mod properties;

use crate::model::{Model, Process, What};
use crate::strace::recording;
use crate::strace::stamp::Micros;
use expect_test::expect_file;
use std::fmt::Write;

/// Recordings of strace 6.1. `reused`, and those from `counts` on, are put together by hand: the
/// shortest of their kind.
const NAMES: [&str; 20] = [
    "attached",
    "calls",
    "decoded",
    "faults",
    "fork",
    "reused",
    "skewed",
    "stderr",
    "counts",
    "names",
    "overlap",
    "longname",
    "passed",
    "pointer",
    "quiet",
    "raw",
    "relative",
    "stack",
    "stopped",
    "superseded",
];

fn text(name: &str) -> String {
    let path = format!("{}/tests/traces/{name}.strace", env!("CARGO_MANIFEST_DIR"));
    std::fs::read_to_string(path).expect("a recording")
}

fn model(name: &str) -> Model {
    Model::of(recording::read(&text(name)).expect("it reads"))
}

#[test]
fn golden() {
    for name in NAMES {
        let path = format!("{}/tests/traces/{name}.model", env!("CARGO_MANIFEST_DIR"));
        expect_file![path].assert_eq(&told(&model(name)));
    }
}

/// The model in words.
fn told(model: &Model) -> String {
    let mut words = String::new();
    for client in &model.clients {
        let [from, to] = [client.connect.0, client.connect.1].map(|time| time - model.start);
        let became = client.connection;
        writeln!(words, "client {from}-{to}: connection {became:?}").expect("memory");
    }
    for (index, process) in model.processes.iter().enumerate() {
        told_of_one(&mut words, model, index, process).expect("memory");
    }
    words
}

fn told_of_one(
    words: &mut String,
    model: &Model,
    index: usize,
    process: &Process,
) -> std::fmt::Result {
    let at = |time: Micros| time - model.start;
    let Process {
        pid, name, parent, ..
    } = process;
    let kin = match (parent, process.leader) {
        (Some(parent), None) => format!(", child of {}", model.processes[*parent].pid),
        (Some(_), Some(leader)) => format!(", thread of {}", model.processes[leader].pid),
        (None, _) => String::new(),
    };
    let client = if process.is_client { ", a client" } else { "" };
    writeln!(
        words,
        "process {pid} {name:?}{kin}{client}: from {}",
        at(process.born.time)
    )?;
    for descriptor in &process.descriptors {
        let what = match &model.objects[descriptor.object].what {
            What::File => model.objects[descriptor.object].made_by.clone(),
            what => format!("{what:?}"),
        };
        let to = descriptor.to.map(|to| at(to.time));
        let (number, from) = (descriptor.number, at(descriptor.from.time));
        writeln!(
            words,
            "  fd {number} {what}: {from}-{to:?} {:?}",
            descriptor.ending
        )?;
    }
    for span in &process.spans {
        let [from, to] = [span.from, span.to].map(at);
        let blocked = if span.blocked { " blocked" } else { "" };
        let (name, purpose) = (&span.call.name, span.purpose);
        writeln!(
            words,
            "  {name} {purpose:?}{blocked}: {from}-{to} = {}",
            span.call.result
        )?;
    }
    for signal in &process.signals {
        writeln!(words, "  {}: {}", signal.name, at(signal.at.time))?;
    }
    for (from, to) in &process.stops {
        writeln!(words, "  stopped: {}-{:?}", at(*from), to.map(at))?;
    }
    if let Some((when, how)) = &process.ended {
        writeln!(words, "  {how}: {}", at(when.time))?;
    }
    match model.zombie(index) {
        Some((from, to)) => writeln!(words, "  zombie: {}-{}", at(from), at(to)),
        None => Ok(()),
    }
}

#[test]
fn a_call_that_failed_changes_nothing() {
    let text = "\
        7 1.000000 socket(AF_INET, SOCK_STREAM, IPPROTO_TCP) = 3 <0.000001>\n\
        7 1.000100 bind(3, {sa_family=AF_INET, sin_port=htons(80)}, 16) = -1 EADDRINUSE (Address already in use) <0.000001>\n\
        7 1.000200 listen(3, 128) = -1 EADDRINUSE (Address already in use) <0.000001>\n\
        7 1.000300 shutdown(3, SHUT_WR) = -1 ENOTCONN (Transport endpoint is not connected) <0.000001>\n";
    let model = Model::of(recording::read(text).expect("it reads"));
    let [socket] = &model.objects[..] else {
        panic!("{} objects", model.objects.len());
    };
    assert_eq!(socket.what, What::Socket);
    assert_eq!(socket.local_port, None);
    assert!(socket.listening.is_none() && socket.shut_down.is_none());
    assert!(socket.last_use.is_none());
}

/// With `strace -p 7 -p 9` nobody has forked process 9. Process 8 has its own lines.
#[test]
fn a_process_of_its_own_is_nobody_s_child() {
    let text = "\
        7 1.000000 fork() = 8 <0.000001>\n\
        9 1.000100 getpid() = 9 <0.000001>\n\
        8 1.000200 getpid() = 8 <0.000001>\n";
    let model = Model::of(recording::read(text).expect("it reads"));
    let kin = model.processes.iter();
    let kin: Vec<_> = kin.map(|process| (process.pid, process.parent)).collect();
    assert_eq!(kin, [(7, None), (8, Some(0)), (9, None)]);
}

/// The reader is told where, and what is missing.
#[test]
fn an_error_names_its_line() {
    let error = |text: &str| format!("{:#}", recording::read(text).expect_err("no recording"));
    let good = "7 1.000000 close(3) = 0 <0.000001>\n";
    let bad = error(&format!("{good}{good}listening on 9696\n{good}"));
    assert!(
        bad.starts_with("line 3: listening on 9696: neither a call"),
        "{bad}"
    );
    assert!(bad.ends_with("strace -f -ttt -T -o FILE COMMAND"), "{bad}");
    let empty = error("");
    assert!(
        empty.starts_with("it records no call; record with"),
        "{empty}"
    );
    let counts = error("% time     seconds  usecs/call     calls    errors syscall\n");
    assert!(
        counts.starts_with("it is a table of counts (-c)"),
        "{counts}"
    );
}
