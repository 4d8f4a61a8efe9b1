//! The page in a real browser: what a reader sees, and does.

use crate::drawn::{draws, straceview};
use crate::explain::{built, root};
use crate::webdriver::Browser;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};
use tempfile::TempDir;

/// A directory with `page.html`, of recordings of acceptd with these options.
fn made(servers: &[&[&str]]) -> TempDir {
    let room = tempfile::tempdir().expect("a directory");
    let symbols = built("target/symbols/release/acceptd")
        .display()
        .to_string();
    let mut traces = Vec::new();
    for (index, server) in servers.iter().enumerate() {
        let trace = path(&room, &format!("{index}.strace"));
        let record = [
            "record",
            "--stacks",
            "--clients=3",
            "--every=.3",
            "-o",
            &trace,
            "--",
            &symbols,
        ];
        let address = ["--bind", "127.0.0.1", "--port", "0"];
        draws(&[&record[..], server, &address].concat());
        traces.push(trace);
    }
    let traces: Vec<&str> = traces.iter().map(String::as_str).collect();
    page(&room, &traces);
    room
}

fn page(room: &TempDir, traces: &[&str]) {
    let symbols = built("target/symbols/release/acceptd")
        .display()
        .to_string();
    let (source, output) = (root().display().to_string(), path(room, "page.html"));
    let options = [
        "--symbols",
        &symbols,
        "--source",
        &source,
        "--skip",
        "src/sys",
        "-o",
        &output,
    ];
    draws(&[&["page"], traces, &options].concat());
}

fn path(room: &TempDir, name: &str) -> String {
    room.path().join(name).display().to_string()
}

fn address(room: &TempDir) -> String {
    format!("file://{}", path(room, "page.html"))
}

impl Browser {
    fn step(&self) -> u64 {
        self.script("return panels[0].index + 1")
            .as_u64()
            .expect("a number")
    }

    fn goes_to(&self, step: u64) {
        self.script(&format!("move(panels[0], {})", step - 1));
    }

    /// The step of the first row behind `after` of whom and what begin so.
    fn find(&self, after: u64, label: &str, text: &str) -> u64 {
        let script = format!(
            "const {{ rows, processes }} = panels[0].recording;
             return 1 + rows.findIndex((row, index) => index >= {after}
                 && processes[row.process].label.startsWith('{label}') && row.text.startsWith('{text}') && !row.text.includes('ERESTART'))"
        );
        let step = self.script(&script).as_u64().expect("a number");
        assert!(step > 0, "no {label} {text} behind step {after}");
        step
    }

    /// The arrows of the figure: pid, descriptor, object, class.
    fn arrows(&self) -> Vec<(u64, i64, u64, String)> {
        let list = self.script(
            "return [...document.querySelectorAll('.figure .arrow')].map((arrow) =>
                 [Number(arrow.dataset.pid), Number(arrow.dataset.fd), Number(arrow.dataset.object), arrow.getAttribute('class')])",
        );
        serde_json::from_value(list).expect("arrows")
    }

    fn text(&self, selector: &str) -> String {
        let text = self.script(&format!(
            "return document.querySelector({}).textContent",
            json!(selector)
        ));
        text.as_str().expect("text").to_string()
    }

    /// Nothing but the page itself, and no complaint.
    fn is_content(&self) {
        assert_eq!(self.console(), Vec::<Value>::new());
        let asked = self
            .script("return performance.getEntriesByType('resource').map((entry) => entry.name)");
        assert_eq!(asked, json!([]));
    }
}

#[test]
fn the_figure_answers_who_holds_the_connection() {
    let room = made(&[&["fork", "--parent-close=late"]]);
    let browser = Browser::open(1400, 1000, false);
    browser.go(&address(&room));

    // After the child's close the parent holds the connection: one reference.
    let closed = browser.find(0, "child 1", "close(4)");
    browser.goes_to(closed);
    let held = browser.text(".summary");
    assert!(
        held.contains("connection 1: only held, held once, by acceptd fork as 4"),
        "{held}"
    );
    assert!(
        held.contains("not got the end") || held.contains("without the end"),
        "{held}"
    );

    // So the next connection gets another number.
    let accepted = browser.find(closed, "acceptd", "accept4(3, NULL, NULL, 0) = 5");
    browser.goes_to(accepted);
    assert!(
        browser
            .text(".summary")
            .contains("connection 2: open, held once, by acceptd fork as 5")
    );

    // It takes the variable's place: the arrow goes, and the client gets its end.
    let dropped = browser.find(accepted, "acceptd", "close(4)");
    browser.goes_to(dropped);
    let gone = browser.text(".summary");
    assert!(
        gone.contains("connection 1: closed, held by nobody"),
        "{gone}"
    );
    let arrows = browser.arrows();
    let gone: Vec<_> = arrows
        .iter()
        .filter(|(.., class)| class == "arrow gone")
        .collect();
    assert!(matches!(gone[..], [(_, 4, ..)]), "{arrows:?}");

    // fork: the child's two arrows are new.
    browser.goes_to(browser.find(dropped, "acceptd", "fork()"));
    let new = browser
        .arrows()
        .into_iter()
        .filter(|(.., class)| class == "arrow new");
    assert_eq!(
        new.map(|(_, number, ..)| number).collect::<Vec<_>>(),
        [3, 5]
    );
    browser.is_content();
}

#[test]
fn keys_and_clicks_go_from_step_to_step() {
    let room = made(&[&["fork"]]);
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
            start.elapsed() < Duration::from_secs(20),
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
    let room = made(&[
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
    let room = made(&[&["fork"]]);
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

/// Sockets that processes hold: pid, descriptor, and which socket it is.
type Held = BTreeMap<(u64, i64), String>;

fn held(pids: &[u64]) -> Held {
    let mut held = Held::new();
    for pid in pids {
        for entry in std::fs::read_dir(format!("/proc/{pid}/fd")).expect("a process") {
            let link = entry.expect("an entry").path();
            let target = std::fs::read_link(&link)
                .expect("a link")
                .display()
                .to_string();
            let number = link
                .file_name()
                .and_then(|name| name.to_str()?.parse().ok());
            if target.starts_with("socket:") {
                held.insert((*pid, number.expect("a number")), target);
            }
        }
    }
    held
}

fn children(pid: u64) -> Vec<u64> {
    let path = format!("/proc/{pid}/task/{pid}/children");
    let list = std::fs::read_to_string(path).unwrap_or_default();
    list.split_whitespace()
        .map(|pid| pid.parse().expect("a pid"))
        .collect()
}

fn wait_for<T>(mut look: impl FnMut() -> Option<T>) -> T {
    let start = Instant::now();
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(start.elapsed() < Duration::from_secs(20), "nothing came");
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// Which descriptors refer to the same thing.
fn sharing<T: Ord>(
    held: impl IntoIterator<Item = ((u64, i64), T)>,
) -> BTreeSet<BTreeSet<(u64, i64)>> {
    let mut groups = BTreeMap::<T, BTreeSet<(u64, i64)>>::new();
    for (descriptor, what) in held {
        groups.entry(what).or_default().insert(descriptor);
    }
    groups.into_values().collect()
}

#[test]
fn the_figure_shows_what_proc_says() {
    let room = tempfile::tempdir().expect("a directory");
    let (trace, stderr) = (path(&room, "trace"), path(&room, "stderr"));
    let mut strace = Command::new("strace")
        .args(["-f", "-ttt", "-T", "-k", "-o", &trace])
        .arg(built("target/symbols/release/acceptd"))
        .args([
            "fork",
            "--parent-close=late",
            "--sleep=1",
            "--bind=127.0.0.1",
            "--port=0",
        ])
        .stderr(std::fs::File::create(&stderr).expect("a file"))
        .stdin(Stdio::null())
        .spawn()
        .expect("strace runs");
    let port: u16 = wait_for(|| {
        let text = std::fs::read_to_string(&stderr).expect("a file");
        text.trim_end()
            .rsplit_once(':')?
            .1
            .parse()
            .ok()
            .filter(|_| text.ends_with('\n'))
    });
    let server = children(strace.id().into())[0];
    let mut samples = Vec::new();
    for _ in 0..2 {
        let mut client = TcpStream::connect(("127.0.0.1", port)).expect("connect");
        client
            .write_all(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            .expect("send");
        let child = wait_for(|| children(server).first().copied());
        // The child has closed its listener, and sleeps.
        wait_for(|| (held(&[child]).len() == 1).then_some(()));
        std::thread::sleep(Duration::from_millis(200));
        let now = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .expect("a time");
        samples.push((now.as_secs_f64(), held(&[server, child])));
        let mut answer = [0; 58];
        client.read_exact(&mut answer).expect("an answer");
        wait_for(|| children(server).is_empty().then_some(()));
        let now = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .expect("a time");
        samples.push((now.as_secs_f64(), held(&[server])));
    }
    let pid = rustix::process::Pid::from_raw(server as i32).expect("a pid");
    rustix::process::kill_process(pid, rustix::process::Signal::TERM).expect("kill");
    assert!(strace.wait().expect("an end").success());

    page(&room, &[&trace]);
    let text = std::fs::read_to_string(&trace).expect("a recording");
    let start: f64 = text
        .split_whitespace()
        .nth(1)
        .expect("a time")
        .parse()
        .expect("a time");
    let browser = Browser::open(1400, 1000, false);
    for (time, held) in samples {
        browser.go(&format!("{}#t={}", address(&room), time - start));
        let arrows = browser.arrows();
        let shown = arrows.iter().filter(|(.., class)| class != "arrow gone");
        let shown = shown.map(|(pid, number, object, _)| ((*pid, *number), *object));
        assert_eq!(sharing(shown), sharing(held), "{}", browser.text("#where"));
    }
    browser.is_content();
}

/// Its parts are files of the crate, and the page is one file.
#[test]
fn the_page_is_small_and_refers_to_nothing() {
    let room = made(&[&["fork"]]);
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
