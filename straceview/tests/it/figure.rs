//! The figure of who holds what: as the article asks, and as /proc says.

use crate::acceptd::symbols;
use crate::process::{send, wait_for};
use crate::stepping::{address, page, page_of, path};
use crate::webdriver::Browser;
use rustix::process::{Pid, Signal, kill_process};
use std::collections::{BTreeMap, BTreeSet};
use std::io::{Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

#[test]
fn the_figure_answers_who_holds_the_connection() {
    let room = page_of(&[&["fork", "--parent-close=late"]]);
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

/// strace, which is killed when this is dropped, and the server that it runs.
struct Traced(Child);

impl Drop for Traced {
    fn drop(&mut self) {
        // strace leaves a process that it traces to itself.
        for server in children(self.0.id().into()) {
            let _ = Pid::from_raw(server as i32).map(|pid| kill_process(pid, Signal::KILL));
        }
        let _ = self.0.kill(); // it does nothing where strace has been waited for
        let _ = self.0.wait();
    }
}

#[test]
fn the_figure_shows_what_proc_says() {
    let room = tempfile::tempdir().expect("a directory");
    let (trace, stderr) = (path(&room, "trace"), path(&room, "stderr"));
    let strace = Command::new("strace")
        .args(["-f", "-ttt", "-T", "-k", "-o", &trace])
        .arg(symbols())
        .args([
            "fork",
            "--parent-close=late",
            "--sleep=3",
            "--bind=127.0.0.1",
            "--port=0",
        ])
        .stderr(std::fs::File::create(&stderr).expect("a file"))
        .stdin(Stdio::null())
        .spawn()
        .expect("strace runs");
    let mut strace = Traced(strace);
    let port: u16 = wait_for(|| {
        let text = std::fs::read_to_string(&stderr).expect("a file");
        text.trim_end()
            .rsplit_once(':')?
            .1
            .parse()
            .ok()
            .filter(|_| text.ends_with('\n'))
    });
    let server = children(strace.0.id().into())[0];
    let mut samples = Vec::new();
    for _ in 0..2 {
        let mut client = TcpStream::connect(("127.0.0.1", port)).expect("connect");
        client
            .write_all(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            .expect("send");
        let child = wait_for(|| children(server).first().copied());
        // The child has closed its listener, and sleeps.
        wait_for(|| (held(&[child]).len() == 1).then_some(()));
        std::thread::sleep(Duration::from_millis(600));
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
    send(Signal::TERM, server as u32);
    assert!(strace.0.wait().expect("an end").success());

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
