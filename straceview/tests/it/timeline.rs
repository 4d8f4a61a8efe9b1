//! acceptd's recordings: what one must see on their pictures.

use crate::drawn::{Drawn, draws, straceview};
use std::path::Path;

/// The release build of acceptd.
fn acceptd() -> String {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../target/release/acceptd");
    assert!(
        Path::new(path).exists(),
        "no acceptd: cargo build --release, or just test-straceview"
    );
    path.into()
}

/// Records acceptd and draws it. `options` are record's, then acceptd's.
fn drawn(options: &[&str], server: &[&str]) -> Drawn {
    let room = tempfile::tempdir().expect("a directory");
    let path = |name: &str| room.path().join(name).display().to_string();
    let (trace, picture) = (path("trace"), path("picture"));
    let acceptd = acceptd();
    let record = [
        &["record", "--output", &trace],
        options,
        &["--", &acceptd],
        server,
    ];
    let address = ["--bind", "127.0.0.1", "--port", "0"];
    draws(&[&record.concat()[..], &address].concat());
    draws(&["timeline", &trace, "--output", &picture]);
    Drawn::read(Path::new(&picture))
}

#[test]
fn iterative_serves_one_after_another() {
    let drawn = drawn(&["--clients=10"], &["iterative", "--sleep=.6"]);
    let served = drawn.bars("served");
    assert_eq!(served.len(), 10);
    // A client that closes late is drawn beyond the next one's start; but
    // between two accepts there is a sleep.
    let mut sleeps = drawn.bars("sleep blocked");
    // At the stop there is one more, of ten milliseconds: far less than half of these, on a
    // busy machine too.
    let longest = sleeps
        .iter()
        .map(|(from, to)| to - from)
        .fold(0.0, f64::max);
    sleeps.retain(|(from, to)| to - from > longest / 2.0);
    assert_eq!(sleeps.len(), 10);
    let shortest = sleeps
        .iter()
        .map(|(from, to)| to - from)
        .fold(f64::MAX, f64::min);
    for pair in served.windows(2) {
        let apart = pair[1].0 - pair[0].0;
        assert!(apart > shortest / 2.0, "{served:?}: {apart} apart");
    }
    assert_eq!(drawn.count("child"), 0);
    assert!((1..=10).all(|number| drawn.count(&format!("conn {number}")) > 0));
}

#[test]
fn fork_serves_all_at_once() {
    let drawn = drawn(&["--clients=10"], &["fork", "--sleep=2"]);
    assert!(drawn.bytes < 80_000, "{} bytes", drawn.bytes);
    let served = drawn.bars("served");
    assert_eq!(served.len(), 10);
    let last_start = served.iter().map(|(start, _)| *start).fold(0.0, f64::max);
    let first_end = served.iter().map(|(_, end)| *end).fold(f64::MAX, f64::min);
    assert!(last_start < first_end, "{served:?}");
    assert_eq!(drawn.count("child"), 10);
    assert_eq!(drawn.count("pid"), 11);
    // Each child's sleep, blocked, and the parent's accepts.
    let sleeps = |title: &&String| title.starts_with("nanosleep({tv_sec=2,");
    assert_eq!(drawn.titles.iter().filter(sleeps).count(), 10);
    let hover = drawn
        .titles
        .iter()
        .find(|title| title.starts_with("nanosleep({tv_sec=2,"));
    assert!(
        hover.expect("a sleep").contains("blocked for "),
        "{hover:?}"
    );
}

#[test]
fn a_descriptor_outlives_its_child() {
    let options = ["--clients=3", "--every=1"];
    for (how, count) in [("late", 3), ("now", 0)] {
        let close = format!("--parent-close={how}");
        let drawn = drawn(&options, &["fork", &close, "--sleep=.1"]);
        assert_eq!(drawn.lasting("held"), count, "{how}: {:?}", drawn.titles);
    }
    // The parent's three; and what the second child and the third inherited.
    let never = drawn(&options, &["fork", "--parent-close=never", "--sleep=.1"]);
    assert_eq!(never.lasting("held"), 3 + 1 + 2, "{:?}", never.titles);
    let leaked = |title: &&String| title.contains("not closed") && title.contains("only held");
    assert!(
        never.titles.iter().filter(leaked).count() >= 3,
        "{:?}",
        never.titles
    );
}

#[test]
fn zombies_have_lanes() {
    let options = ["--clients=3", "--every=1"];
    for (how, zombies) in [("never", 3), ("before-fork", 3), ("ignore", 0)] {
        let reap = format!("--reap={how}");
        let drawn = drawn(&options, &["fork", &reap, "--sleep=.1"]);
        assert_eq!(
            drawn.bars("zombie").len(),
            zombies,
            "{how}: {:?}",
            drawn.texts
        );
    }
}

#[test]
fn a_stop_answers_what_is_in_flight_or_kills_it() {
    let options = ["--clients=1", "--stop-after=1"];
    let drained = drawn(&options, &["fork", "--sleep=4"]);
    assert!(drained.says("SIGTERM") && !drained.bars("wait blocked").is_empty());
    assert_eq!(
        (drained.bars("served").len(), drained.bars("lost").len()),
        (1, 0)
    );
    let killed = drawn(&options, &["fork", "--sleep=4", "--on-stop=kill"]);
    assert!(killed.says("killed by SIGKILL"), "{:?}", killed.texts);
    assert_eq!(
        (killed.bars("served").len(), killed.bars("lost").len()),
        (0, 1)
    );
}

#[test]
fn threads_share_the_lanes_of_descriptors() {
    let drawn = drawn(&["--clients=3"], &["thread", "--sleep=1"]);
    assert_eq!((drawn.count("thread "), drawn.count("child")), (3, 0));
    assert_eq!(drawn.bars("served").len(), 3);
    let sleeps = |title: &&String| title.starts_with("nanosleep({tv_sec=1,");
    assert_eq!(drawn.titles.iter().filter(sleeps).count(), 3);
    assert_eq!(drawn.bars("zombie").len(), 0);
    // The listener and three connections, each once.
    assert_eq!(drawn.count("fd "), 4, "{:?}", drawn.texts);
}

#[test]
fn epoll_has_all_connections_in_one_process() {
    let drawn = drawn(&["--clients=5"], &["epoll", "--sleep=2"]);
    assert_eq!((drawn.count("thread "), drawn.count("child")), (0, 0));
    let served = drawn.bars("served");
    assert_eq!(served.len(), 5);
    let last_start = served.iter().map(|(start, _)| *start).fold(0.0, f64::max);
    let first_end = served.iter().map(|(_, end)| *end).fold(f64::MAX, f64::min);
    assert!(last_start < first_end, "{served:?}");
    assert!(drawn.says("epoll_"), "{:?}", drawn.texts);
}

#[test]
fn each_worker_has_its_own_listener() {
    let drawn = drawn(&["--clients=4"], &["prefork", "--workers=2", "--sleep=.3"]);
    assert_eq!(drawn.count("child "), 2);
    assert_eq!(drawn.bars("served").len(), 4);
    assert_eq!(drawn.count("fd 3"), 3, "{:?}", drawn.texts);
}

#[test]
fn a_window_shows_what_is_within() {
    let room = tempfile::tempdir().expect("a directory");
    let picture = room.path().join("picture.svg");
    let trace = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/traces/fork.strace");
    let output = picture.to_str().expect("text");
    let window = ["--from", "0.18", "--to", "0.25", "--descriptors", "all"];
    draws(
        &[
            &["timeline", trace, "-o", output, "--title", "a < b"],
            &window[..],
        ]
        .concat(),
    );
    let drawn = Drawn::read(&picture);
    assert!(drawn.says("a < b"), "{:?}", drawn.texts);
    assert!(
        drawn.says("200 ms") && !drawn.says("300 ms"),
        "{:?}",
        drawn.texts
    );
}

#[test]
fn what_is_wrong_is_named() {
    let room = tempfile::tempdir().expect("a directory");
    let bad = room.path().join("bad.strace");
    std::fs::write(&bad, "1 1.000000 close(3) = 0\nhello\n2\n").expect("written");
    let bad = bad.to_str().expect("text");
    let says = |arguments: &[&str], words: &str| {
        let output = straceview(arguments);
        let error = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(
            !output.status.success() && error.contains(words),
            "{arguments:?}: {error}"
        );
    };
    says(&["timeline", bad, "-o", "/dev/null"], "line 2: hello");
    says(&["timeline", "/nowhere", "-o", "/dev/null"], "/nowhere");
    says(&["timeline", bad, "-o", "/dev/null", "--from=-1"], "--from");
    says(
        &["timeline", bad, "-o", "/dev/null", "--from=2", "--to=1"],
        "--to: not after --from",
    );
    says(
        &["record", "-o", "/dev/null", "--", "true"],
        "the server did not listen",
    );
}
