//! The page in a real browser: what a reader sees, and does.

use crate::drawn::straceview;
use crate::stepping::{address, page_of, path};
use crate::webdriver::Browser;
use serde_json::json;
use std::path::Path;
use std::time::{Duration, Instant};

#[test]
fn keys_and_clicks_go_from_step_to_step() {
    let room = page_of(&[&["fork"]]);
    let browser = Browser::open(1400, 1000, false);
    browser.go(&format!("{}#step=7", address(&room)));
    assert_eq!(browser.step(), 7);
    let [left, right, home, end, page_down] =
        ["\u{e012}", "\u{e014}", "\u{e011}", "\u{e010}", "\u{e00f}"];
    let count = browser
        .script("return panels[0].recording.rows.length")
        .as_u64()
        .expect("a number");
    for (key, step) in [
        (right, 8),
        (left, 7),
        (page_down, 17),
        (end, count),
        (right, count),
        (home, 1),
        (left, 1),
    ] {
        browser.press(key);
        assert_eq!(browser.step(), step, "{key:?}");
    }
    let where_ = browser.text("#where");
    assert!(
        where_.starts_with(&format!("step 1 of {count}, 0.0")),
        "{where_}"
    );

    // It plays, and pauses.
    browser.press(" ");
    assert_eq!(browser.text("#play"), "Pause");
    let start = Instant::now();
    while browser.step() < 3 {
        assert!(
            start.elapsed() < Duration::from_secs(60),
            "it does not play"
        );
        std::thread::sleep(Duration::from_millis(50));
    }
    browser.press(" ");
    assert_eq!(browser.text("#play"), "Play");

    // A call, a line of source, a time.
    let place = |selector: &str| {
        let middle = browser.script(&format!(
            "const part = document.querySelector({}); part.scrollIntoView({{block: 'center'}});
             const box = part.getBoundingClientRect(); return [box.x + Math.min(box.width / 2, 200), box.y + box.height / 2]",
            json!(selector)
        ));
        serde_json::from_value::<(f64, f64)>(middle).expect("a place")
    };
    let forked = browser.find(0, "acceptd", "fork()");
    let (x, y) = place(&format!(".row[data-row='{}']", forked - 1));
    browser.click(x, y);
    assert_eq!(browser.step(), forked);
    let marked = browser.text(".source .here");
    assert!(marked.contains("sys::fork()"), "{marked}");
    let (x, y) = place(".source .here button");
    browser.click(x, y);
    let again = browser.find(forked, "acceptd", "fork()");
    assert_eq!(browser.step(), again, "the next call of that line");
    assert_eq!(
        browser.script("return document.querySelectorAll('.row.made').length"),
        3
    );
    browser.script("document.querySelector('.map').scrollIntoView()");
    let (x, y) = serde_json::from_value::<(f64, f64)>(browser.script(
        "const {lane} = panels[0].recording.processes.find((one) => one.label === 'child 3');
         const box = document.querySelector('.map .sheet').getBoundingClientRect();
         const {height} = panels[0].recording.scale;
         return [box.right - 30, box.top + (lane[0] + 4) / height * box.height]",
    ))
    .expect("a place");
    browser.click(x, y);
    let who = browser.script("return panels[0].recording.processes[panels[0].recording.rows[panels[0].index].process].label");
    assert_eq!(who, "child 3");
    browser.is_content();
}

#[test]
fn two_recordings_step_together() {
    let room = page_of(&[
        &["fork", "--parent-close=now"],
        &["fork", "--parent-close=late"],
    ]);
    let browser = Browser::open(1500, 1000, true);
    browser.go(&address(&room));
    let forked = browser.find(0, "acceptd", "fork()");
    browser.goes_to(forked);
    let names =
        browser.script("return panels.map((panel) => panel.recording.rows[panel.index].name)");
    assert_eq!(names, json!(["fork", "fork"]));
    // Where the other closes nothing, it stays.
    browser.goes_to(browser.find(forked, "acceptd", "close(4)"));
    let names =
        browser.script("return panels.map((panel) => panel.recording.rows[panel.index].name)");
    assert_eq!(names[0], "close");
    let other =
        browser.script("const {recording, index} = panels[1]; return recording.rows[index].text");
    assert_ne!(other, "close(4) = 0");
    let ground = browser.script("return getComputedStyle(document.body).backgroundColor");
    assert_eq!(ground, "rgb(13, 17, 23)");
    browser.is_content();
}

#[test]
fn a_phone_shows_it_without_scrolling_sideways() {
    let room = page_of(&[&["fork"]]);
    let browser = Browser::open(390, 800, false);
    browser.go(&format!("{}#step=20", address(&room)));
    assert_eq!(
        browser.script("return document.documentElement.scrollWidth"),
        390
    );
    let ground = browser.script("return getComputedStyle(document.body).backgroundColor");
    assert_eq!(ground, "rgb(255, 255, 255)");
    browser.is_content();
}

#[test]
fn a_recording_without_stacks_says_how_to_make_one() {
    let room = tempfile::tempdir().expect("a directory");
    let trace = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/traces/fork.strace");
    let output = straceview(&["page", trace, "-o", &path(&room, "page.html")]);
    let words = String::from_utf8_lossy(&output.stderr);
    assert!(
        output.status.success() && words.contains("record with strace -k"),
        "{words}"
    );
    let browser = Browser::open(1000, 1000, false);
    browser.go(&address(&room));
    assert!(
        browser.text(".callers").contains("strace -k"),
        "{}",
        browser.text(".callers")
    );
    browser.is_content();
}

/// Its parts are files of the crate, and the page is one file.
#[test]
fn the_page_is_small_and_refers_to_nothing() {
    let room = page_of(&[&["fork"]]);
    let text = std::fs::read_to_string(Path::new(&path(&room, "page.html"))).expect("a page");
    assert!(text.len() < 400_000, "{} bytes", text.len());
    // The source that it shows may name what it likes: it is text.
    let (before, data) = text
        .split_once("<script type=\"application/json\"")
        .expect("data");
    let (_, behind) = data.split_once("</script>").expect("an end");
    let parts = [before, behind].concat();
    let outside: Vec<&str> = parts
        .split(['"', '\'', '(', ' '])
        .filter(|word| word.starts_with("http") || word.starts_with("//www"))
        .filter(|word| !word.starts_with("http://www.w3.org/2000/svg") && *word != "http")
        .collect();
    assert!(outside.is_empty(), "{outside:?}");
}
