//! Large recordings: how tall, how large, how long.

use crate::drawn::{Drawn, straceview};
use std::fmt::Write;
use std::path::Path;
use std::process::Command;

/// A server that forks a child for each of so many clients. A child lives for `lasts`
/// milliseconds, and the next client comes after two.
fn forking(children: usize, lasts: usize) -> String {
    let mut lines = vec![
        (
            0,
            "10 socket(AF_INET, SOCK_STREAM, 0) = 3 <0.000010>".to_string(),
        ),
        (1, "10 listen(3, 5) = 0 <0.000010>".to_string()),
    ];
    for index in 0..children {
        let (start, pid) = (10 + index * 20, 1000 + index);
        lines.push((start, "10 accept4(3, NULL, NULL, 0) = 4 <0.000010>".into()));
        lines.push((start + 1, format!("10 fork() = {pid} <0.000010>")));
        lines.push((start + 2, "10 close(4) = 0 <0.000010>".into()));
        let end = start + 3 + lasts * 10;
        lines.push((start + 3, format!("{pid} close(3) = 0 <0.000010>")));
        lines.push((
            end,
            format!("{pid} sendto(4, \"A\", 1, 0, NULL, 0) = 1 <0.000010>"),
        ));
        lines.push((end + 1, format!("{pid} exit_group(0) = ?")));
        lines.push((end + 2, format!("{pid} +++ exited with 0 +++")));
        lines.push((
            end + 3,
            format!("10 wait4(-1, NULL, 0, NULL) = {pid} <0.000010>"),
        ));
    }
    lines.sort_by_key(|(time, _)| *time);
    let mut text = String::new();
    for (time, line) in lines {
        let (pid, what) = line.split_once(' ').expect("a pid");
        writeln!(
            text,
            "{pid} {}.{:04}00 {what}",
            1000 + time / 10_000,
            time % 10_000
        )
        .expect("memory");
    }
    text
}

/// The picture of a recording, and what straceview says.
fn drawn(room: &Path, text: &str, options: &[&str]) -> (Drawn, String) {
    let (trace, svg) = (room.join("trace"), room.join("picture.svg"));
    std::fs::write(&trace, text).expect("written");
    let [trace, output] = [&trace, &svg].map(|path| path.to_str().expect("text"));
    let done = straceview(&[&["timeline", trace, "-o", output], options].concat());
    let words = String::from_utf8_lossy(&done.stderr).into_owned();
    assert!(done.status.success(), "{words}");
    (Drawn::read(&svg), words)
}

/// How many seconds of the processor it takes to draw a recording. Other programs on a busy
/// machine do not count.
fn processor_time(room: &Path, text: &str) -> f64 {
    let trace = room.join("trace");
    std::fs::write(&trace, text).expect("written");
    // The last line of times(1p) is that of the shell's children: `0m0.12s 0m0.03s`.
    let done = Command::new("sh")
        .args(["-c", "\"$@\" && times", "sh"])
        .args([env!("CARGO_BIN_EXE_straceview"), "timeline"])
        .args([&trace, Path::new("-o"), &room.join("picture.svg")])
        .env("LC_ALL", "C")
        .output()
        .expect("a shell");
    assert!(done.status.success(), "{done:?}");
    let times = String::from_utf8(done.stdout).expect("text");
    let line = times.lines().last().expect("two lines");
    let seconds = |time: &str| {
        let (minutes, seconds) = time.strip_suffix('s')?.split_once('m')?;
        Some(minutes.parse::<f64>().ok()? * 60.0 + seconds.parse::<f64>().ok()?)
    };
    let user_and_system = line.split(' ').map(|time| seconds(time).expect("a time"));
    user_and_system.sum()
}

/// A few screens.
const TALL: f64 = 3500.0;

#[test]
fn children_that_do_not_overlap_share_lanes() {
    let room = tempfile::tempdir().expect("a directory");
    let (shared, words) = drawn(room.path(), &forking(2000, 1), &[]);
    assert!(shared.height < TALL, "{}", shared.height);
    assert_eq!(words, "", "nothing is left out");
    assert!(shared.count("child 1, ") == 1, "{:?}", shared.texts);
    assert!(shared.bytes < 4_000_000, "{}", shared.bytes);
}

#[test]
fn what_has_no_room_is_named() {
    let room = tempfile::tempdir().expect("a directory");
    let text = forking(400, 10_000);
    let (cut, words) = drawn(room.path(), &text, &[]);
    assert!(cut.height < TALL, "{}", cut.height);
    assert!(
        words.contains("processes are not drawn; --tall draws all"),
        "{words}"
    );
    assert!(cut.says("processes are not drawn"));
    let (whole, words) = drawn(room.path(), &text, &["--tall"]);
    assert_eq!(words, "");
    assert_eq!(whole.count("child "), 400);
    assert!(whole.height > 2.0 * TALL, "{}", whole.height);
}

/// Four times the recording takes about four times as long, and far from sixteen times.
#[test]
fn time_grows_with_the_recording() {
    let room = tempfile::tempdir().expect("a directory");
    let time = |children: usize| {
        let text = forking(children, 1);
        let runs = (0..3).map(|_| processor_time(room.path(), &text));
        runs.fold(f64::MAX, f64::min)
    };
    let (small, large) = (time(2000), time(8000));
    assert!(large < small * 9.0, "{small} s, then {large} s");
}

/// A page has the first calls of a long recording, and what they need.
#[test]
fn a_page_grows_with_its_calls() {
    let room = tempfile::tempdir().expect("a directory");
    let (trace, page) = (room.path().join("trace"), room.path().join("page.html"));
    let [of, to] = [&trace, &page].map(|path| path.to_str().expect("text"));
    let data = |children: usize| {
        std::fs::write(&trace, forking(children, 1)).expect("written");
        let done = straceview(&["page", of, "-o", to, "--calls", "100"]);
        assert!(done.status.success(), "{done:?}");
        let text = std::fs::read_to_string(&page).expect("a page");
        let (_, data) = text.split_once("id=\"data\">").expect("its data");
        data.split("</script>").next().expect("its end").len()
    };
    let (short, long) = (data(20), data(2000));
    assert!(long < short * 11 / 10, "{short}, then {long} bytes");
}
