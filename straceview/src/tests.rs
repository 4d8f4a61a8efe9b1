//! What the recordings in tests/traces say. `UPDATE_EXPECT=1 cargo test`
//! writes the golden models anew.

mod properties;

use crate::model::{Model, Process, What};
use crate::strace::line::Micros;
use crate::strace::recording;
use expect_test::expect_file;
use std::fmt::Write;

/// Recordings of strace 6.1; `reused` is put together by hand.
const NAMES: [&str; 8] = [
    "attached", "calls", "decoded", "faults", "fork", "reused", "skewed", "stderr",
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
        at(process.born)
    )?;
    for descriptor in &process.descriptors {
        let what = match &model.objects[descriptor.object].what {
            What::File => model.objects[descriptor.object].made_by.clone(),
            what => format!("{what:?}"),
        };
        let to = descriptor.to.map(at);
        let (number, from) = (descriptor.number, at(descriptor.from));
        writeln!(
            words,
            "  fd {number} {what}: {from}-{to:?} {:?}",
            descriptor.ending
        )?;
    }
    for span in &process.spans {
        let [from, to] = [span.from, span.to].map(at);
        let blocked = if span.blocked { " blocked" } else { "" };
        let (name, kind) = (&span.call.name, span.kind);
        writeln!(
            words,
            "  {name} {kind:?}{blocked}: {from}-{to} = {}",
            span.call.result
        )?;
    }
    for (time, name, _) in &process.signals {
        writeln!(words, "  {name}: {}", at(*time))?;
    }
    if let Some((time, how)) = &process.ended {
        writeln!(words, "  {how}: {}", at(*time))?;
    }
    match model.zombie(index) {
        Some((from, to)) => writeln!(words, "  zombie: {}-{}", at(from), at(to)),
        None => Ok(()),
    }
}

/// The reader is told where, and what is missing.
#[test]
fn an_error_names_its_line() {
    let error = |text: &str| format!("{:#}", recording::read(text).expect_err("no recording"));
    let good = "7 1.000000 close(3) = 0 <0.000001>\n";
    let bad = error(&format!("{good}{good}listening on 9696\n{good}"));
    assert!(
        bad.starts_with("line 3: listening on 9696: not a line of"),
        "{bad}"
    );
    let no_time = error("7 close(3) = 0\n");
    assert!(
        no_time.contains("line 1") && no_time.contains("-ttt"),
        "{no_time}"
    );
    let nonsense = error("7 1.000000 nonsense\n");
    assert!(
        nonsense.ends_with("neither a call, nor a signal, nor an end"),
        "{nonsense}"
    );
    assert_eq!(error(""), "it records no call");
}
