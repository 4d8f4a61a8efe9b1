//! Each call of acceptd, with the line of source that made it.

use crate::acceptd::{built, record_stacks, source_options};
use crate::drawn::straceview;
use object::read::{Object, ObjectSection};
use std::collections::BTreeSet;
use std::os::fd::OwnedFd;
use std::process::{Command, Stdio};

/// The models, and options that make another path through the source.
const MODELS: [(&str, &[&str]); 7] = [
    ("iterative", &["iterative"]),
    ("fork", &["fork"]),
    ("fork-parent-close-late", &["fork", "--parent-close=late"]),
    ("process", &["process"]),
    ("prefork", &["prefork"]),
    ("thread", &["thread"]),
    ("epoll", &["epoll"]),
];

/// What explain prints of one GET.
fn explained(model: &[&str]) -> String {
    let room = tempfile::tempdir().expect("a directory");
    let trace = room.path().join("trace").display().to_string();
    record_stacks(&trace, &["--clients=1"], model);
    let options = source_options();
    let options = options.iter().map(String::as_str);
    let arguments: Vec<&str> = ["explain", &trace].into_iter().chain(options).collect();
    let output = straceview(&arguments);
    assert!(
        output.status.success() && output.stderr.is_empty(),
        "{output:?}"
    );
    String::from_utf8(output.stdout).expect("UTF-8")
}

/// Who calls what from where: `parent accept4  src/acceptor.rs  match accept_with(`. How often, and
/// in which order, differs from run to run; the numbers of the lines change with the source.
fn calls_and_lines(explained: &str) -> BTreeSet<String> {
    let mut pairs = BTreeSet::new();
    let mut lines = explained.lines().peekable();
    while let Some(line) = lines.next() {
        let who = line.split(' ').next().expect("a word");
        let is_call = !line.starts_with(' ') && !line.contains(" --- ");
        let Some((head, _)) = line.split_once('(').filter(|_| is_call) else {
            continue;
        };
        let call = head.rsplit(' ').next().expect("a name");
        // The kernel makes the first, and the restorer is no function with a line.
        if matches!(call, "execve" | "rt_sigreturn") {
            continue;
        }
        let place = lines.next_if(|line| line.starts_with(' '));
        let place = place
            .unwrap_or_else(|| panic!("no line of source: {line}"))
            .trim();
        let (at, text) = place.split_once("  ").expect("a place and its text");
        let (file, number) = at.rsplit_once(':').expect("a file and a line");
        assert!(number.parse::<u32>().is_ok(), "{place}");
        let text = text.split("  from ").next().expect("a text");
        pairs.insert(format!("{who} {call}  {file}  {text}"));
    }
    pairs
}

/// What a line of a golden file begins with if not each run makes the call: epoll_ctl, where the
/// request is there before the server looks, is not called.
const SOMETIMES: &str = "sometimes ";

/// `UPDATE_EXPECT=1` writes the golden files anew, and keeps what is there sometimes.
#[test]
fn each_call_names_its_line() {
    for (name, model) in MODELS {
        let found = calls_and_lines(&explained(model));
        let file = format!("{}/tests/explained/{name}", env!("CARGO_MANIFEST_DIR"));
        let golden = std::fs::read_to_string(&file).unwrap_or_default();
        let (sometimes, always): (Vec<&str>, Vec<&str>) =
            golden.lines().partition(|line| line.starts_with(SOMETIMES));
        let may = |line: &&String| {
            sometimes
                .iter()
                .any(|known| known[SOMETIMES.len()..] == **line)
        };
        let found: Vec<&str> = found
            .iter()
            .filter(|line| !may(line))
            .map(String::as_str)
            .collect();
        if std::env::var_os("UPDATE_EXPECT").is_some() {
            let lines = found
                .iter()
                .chain(&sometimes)
                .map(|line| format!("{line}\n"));
            std::fs::write(&file, lines.collect::<String>()).expect("written");
        } else {
            assert_eq!(found, always, "{name}");
        }
    }
}

/// What explain says of the build with symbols holds for the binary that ships.
#[test]
fn the_build_with_symbols_has_the_code_that_ships() {
    let [ships, explains] = ["target/release/acceptd", "target/symbols/release/acceptd"]
        .map(|path| std::fs::read(built(path)).expect("a file"));
    let [ships, explains] =
        [&ships, &explains].map(|file| object::File::parse(&**file).expect("ELF"));
    for name in [".text", ".rodata"] {
        let [one, other] = [&ships, &explains].map(|file| file.section_by_name(name).expect(name));
        assert_eq!(one.address(), other.address(), "{name}");
        assert!(
            one.data().expect("bytes") == other.data().expect("bytes"),
            "{name} differs"
        );
    }
    assert_eq!(ships.entry(), explains.entry());
}

/// A recording may come from anybody, and a terminal obeys control characters: those of
/// ASCII and, in UTF-8, those of ISO 6429.
#[test]
fn no_control_character_of_a_recording_is_printed() {
    let room = tempfile::tempdir().expect("a directory");
    let trace = room.path().join("trace");
    for (text, is_call) in [
        ("1 2.0 write(1, \"\x1b[31m\u{9b}31m\x07\", 9) = 9\n", true),
        ("1 2.0 \x1b[31m\u{9b}31m\x07\n", false),
    ] {
        std::fs::write(&trace, text).expect("written");
        let output = straceview(&["explain", trace.to_str().expect("text")]);
        assert_eq!(output.status.success(), is_call, "{output:?}");
        let all = String::from_utf8([output.stdout, output.stderr].concat()).expect("UTF-8");
        assert!(all.contains("[31m"), "{all:?}");
        assert!(
            !all.contains(|c: char| c.is_control() && c != '\n'),
            "{all:?}"
        );
    }
}

/// `straceview explain FILE 2>&1 | head`: head leaves when it has its lines.
#[test]
fn a_reader_of_both_streams_may_leave() {
    let room = tempfile::tempdir().expect("a directory");
    let trace = room.path().join("trace");
    std::fs::write(&trace, "1 2.0 getpid() = 1\n").expect("written");
    let mut gone = Command::new("true")
        .stdin(Stdio::piped())
        .spawn()
        .expect("true");
    let writer = OwnedFd::from(gone.stdin.take().expect("a pipe"));
    gone.wait().expect("its end");
    let status = Command::new(env!("CARGO_BIN_EXE_straceview"))
        .arg("explain")
        .arg(&trace)
        .stdout(writer.try_clone().expect("a copy"))
        .stderr(writer)
        .status()
        .expect("straceview");
    assert!(status.success(), "{status}");
}
