//! Recordings of all kinds: each is drawn right, or refused with what to do.

use crate::browser::{Scheme, looked_at};
use crate::drawn::{Drawn, straceview};
use std::path::{Path, PathBuf};

const TRACES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/traces");

/// Draws a text, and returns the picture, its file, and what stderr says.
fn picture(room: &Path, text: &str) -> (Drawn, PathBuf, String) {
    let (trace, svg) = (room.join("trace"), room.join("picture.svg"));
    std::fs::write(&trace, text).expect("written");
    let [trace, output] = [&trace, &svg].map(|path| path.to_str().expect("text"));
    let done = straceview(&["timeline", trace, "-o", output]);
    let words = String::from_utf8_lossy(&done.stderr).into_owned();
    assert!(done.status.success(), "{words}");
    (Drawn::read(&svg), svg, words)
}

fn of_file(room: &Path, name: &str) -> (Drawn, PathBuf, String) {
    let text = std::fs::read_to_string(format!("{TRACES}/{name}.strace")).expect("a recording");
    picture(room, &text)
}

/// The place of a text on a picture.
fn place(svg: &Path, words: &str) -> (f64, f64) {
    let text = std::fs::read_to_string(svg).expect("a picture");
    let elements = text.split("<text ").skip(1);
    let mut elements = elements.filter_map(|element| element.split("</text>").next());
    let element = elements.find(|element| element.ends_with(&format!(">{words}")));
    let element = element.unwrap_or_else(|| panic!("'{words}' is not on the picture"));
    let number = |name: &str| {
        let value = element.split(&format!("{name}=\"")).nth(1).expect(name);
        value
            .split('"')
            .next()
            .expect("an end")
            .parse()
            .expect("a number")
    };
    (number(" x"), number(" y"))
}

#[test]
fn a_stop_is_no_running() {
    let room = tempfile::tempdir().expect("a directory");
    let (drawn, ..) = of_file(room.path(), "stopped");
    let stops = drawn.bars("stopped");
    assert_eq!(stops.len(), 1);
    assert!(drawn.says("stopped") && drawn.says("SIGTSTP"));
    // The line of running leaves it out.
    let (from, to) = stops[0];
    let inside = |run: &(f64, f64)| run.0 < to - 1.0 && run.1 > from + 1.0;
    assert!(
        !drawn.bars("run").iter().any(inside),
        "{:?}",
        drawn.bars("run")
    );
}

#[test]
fn an_end_at_the_right_edge_stands_below_the_call() {
    let room = tempfile::tempdir().expect("a directory");
    let (_, svg, _) = of_file(room.path(), "overlap");
    let (_, call) = place(&svg, "accept4 500 ms");
    let (_, end) = place(&svg, "killed by SIGKILL");
    assert!(end > call + 8.0, "{call} {end}");
}

#[test]
fn all_is_inside_the_picture() {
    let room = tempfile::tempdir().expect("a directory");
    let names = [
        "longname",
        "overlap",
        "stopped",
        "quiet",
        "superseded",
        "passed",
        "fork",
    ];
    let pictures = names.map(|name| {
        let picture = room.path().join(format!("{name}.svg"));
        let trace = format!("{TRACES}/{name}.strace");
        let output = picture.to_str().expect("text");
        assert!(
            straceview(&["timeline", &trace, "-o", output])
                .status
                .success()
        );
        picture
    });
    looked_at(Scheme::Light, &pictures);
    looked_at(Scheme::Dark, &pictures);
}

#[test]
fn raw_arguments_make_the_decoded_picture() {
    let room = tempfile::tempdir().expect("a directory");
    let raw = std::fs::read_to_string(format!("{TRACES}/raw.strace")).expect("a recording");
    let decoded = raw
        .replace(
            "socket(0x2, 0x1, 0) = 0x3",
            "socket(AF_INET, SOCK_STREAM, 0) = 3",
        )
        .replace("listen(0x3, 0x5)", "listen(3, 5)")
        .replace(
            "accept4(0x3, 0, 0, 0) = 0x4",
            "accept4(3, NULL, NULL, 0) = 4",
        )
        .replace("close(0x4)", "close(4)");
    let bars = |text: &str| {
        let (drawn, ..) = picture(room.path(), text);
        ["listener", "conn", "accept blocked"].map(|class| drawn.bars(class))
    };
    assert_eq!(bars(&raw), bars(&decoded));
    assert_eq!(bars(&raw)[1].len(), 1);
}

/// `-e trace=%network` leaves close out: no leak is claimed, and the reader is told.
#[test]
fn without_close_nothing_leaks() {
    let room = tempfile::tempdir().expect("a directory");
    let network = "\
10 1.000000 socket(AF_INET, SOCK_STREAM, 0) = 3 <0.000010>
10 1.000100 listen(3, 5) = 0 <0.000010>
10 1.000200 accept4(3, NULL, NULL, 0) = 4 <0.500000>
10 1.500400 recvfrom(4, \"GET\", 4096, 0, NULL, NULL) = 3 <0.000010>
10 1.500600 sendto(4, \"A\", 1, 0, NULL, 0) = 1 <0.000010>
10 1.500900 accept4(3, NULL, NULL, 0) = 4 <0.500000>
10 2.500900 accept4(3, NULL, NULL, 0) = 5 <0.500000>
10 3.500900 +++ exited with 0 +++
";
    let (drawn, _, words) = picture(room.path(), network);
    assert_eq!(drawn.bars("held"), []);
    assert!(
        !drawn.says("never closed") && !drawn.says("still open"),
        "{:?}",
        drawn.texts
    );
    assert!(words.contains("no close is recorded"), "{words}");
}

/// `-tt` across midnight, without -T: the times go on, and waits last until the next line.
#[test]
fn times_of_day_go_on_after_midnight() {
    let room = tempfile::tempdir().expect("a directory");
    let night = "\
10 23:59:59.500000 accept4(3, NULL, NULL, 0) = 4
10 00:00:00.500000 close(4) = 0
10 00:00:01.500000 +++ exited with 0 +++
";
    let (drawn, _, words) = picture(room.path(), night);
    assert!(drawn.says("accept4 1.00 s"), "{:?}", drawn.texts);
    assert!(words.contains("-T"), "{words}");
}

#[test]
fn children_that_were_not_recorded_are_missed() {
    let room = tempfile::tempdir().expect("a directory");
    let parent = "\
10 00:00:00.000000 accept4(3, NULL, NULL, 0) = 4 <0.100000>
10 00:00:00.200000 fork() = 11 <0.000100>
10 00:00:00.300000 close(4) = 0 <0.000010>
";
    let (_, _, words) = picture(room.path(), parent);
    assert!(words.contains("strace -f"), "{words}");
    let child = "11 00:00:00.400000 close(3) = 0 <0.000010>\n";
    let (_, _, words) = picture(room.path(), &[parent, child].concat());
    assert!(!words.contains("strace -f"), "{words}");
}

#[test]
fn a_refusal_says_how_to_record() {
    let room = tempfile::tempdir().expect("a directory");
    let refused = [
        ("close(3) = 0\n", "has no times"),
        ("10 12:00:00 close(3) = 0\n", "whole seconds"),
        (
            "listening on 9696\n",
            "line 1: listening on 9696: neither a call",
        ),
        (
            "% time     seconds  usecs/call     calls    errors syscall\n",
            "a table of counts (-c)",
        ),
        ("\u{7f}ELF\u{1}\n", "line 1"),
        ("", "no call"),
    ];
    for (text, what) in refused {
        let file = room.path().join("bad");
        std::fs::write(&file, text).expect("written");
        let file = file.to_str().expect("text");
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_straceview"));
        command
            .args(["timeline", file, "-o", "/dev/null"])
            .env("RUST_BACKTRACE", "1");
        let output = command.output().expect("straceview runs");
        let words = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{text:?}");
        assert!(words.contains(what), "{text:?}: {words}");
        assert!(
            words.ends_with("strace -f -ttt -T -o FILE COMMAND\n"),
            "{words}"
        );
        assert_eq!(words.lines().count(), 1, "{words}");
    }
}
