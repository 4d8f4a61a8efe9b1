//! `lab bench`, ended by Ctrl-C.

use super::{bench, read, text};
use serde_json::Value;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// SIGINT, and its end.
fn interrupt(child: &mut Child) {
    let pid = child.id().to_string();
    let signalled = Command::new("kill").args(["-INT", &pid]).status();
    assert!(signalled.expect("kill").success());
    assert_eq!(child.wait().unwrap().code(), Some(130));
}

#[test]
fn a_part_that_was_measured_outlives_an_interrupted_run() {
    let directory = tempfile::tempdir().unwrap();
    let only = ["load", "growth", "--quick", "--only", "acceptd fork"];
    let mut child = bench(&only)
        .arg("--output")
        .arg(directory.path())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let page = directory.path().join("benchmarks.md"); // written after the numbers
    let end = Instant::now() + Duration::from_secs(120);
    while !page.exists() {
        assert!(Instant::now() < end, "no page");
        std::thread::sleep(Duration::from_millis(10));
    }
    interrupt(&mut child);
    let numbers = read(&directory.path().join("benchmarks/benchmarks.json"));
    let results: Value = serde_json::from_str(&numbers).unwrap();
    assert_eq!(results["load"]["rows"][0]["server"], "acceptd fork");
    assert!(results["growth"].is_null(), "{numbers}");
}

#[test]
fn ctrl_c_ends_what_was_started() {
    let mut child = bench(&["--only", "acceptd fork"])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let pid = child.id().to_string();
    let children = || {
        let file = format!("/proc/{pid}/task/{pid}/children");
        let children = std::fs::read_to_string(file).unwrap_or_default();
        let children = children.split_whitespace().map(str::to_string);
        children.collect::<Vec<_>>()
    };
    // Its first children are compilers; the server and wrk come together.
    let name = |pid: &String| std::fs::read_to_string(format!("/proc/{pid}/comm"));
    let is = |pid: &String, what: &str| name(pid).is_ok_and(|name| name.trim() == what);
    let end = Instant::now() + Duration::from_secs(120);
    let started = loop {
        let children = children();
        if ["acceptd", "wrk"]
            .iter()
            .all(|what| children.iter().any(|pid| is(pid, what)))
        {
            break children;
        }
        assert!(Instant::now() < end, "no server under load: {children:?}");
        std::thread::sleep(Duration::from_millis(20));
    };
    interrupt(&mut child);
    for pid in started {
        let end = Instant::now() + Duration::from_secs(30); // until init has reaped it
        while is(&pid, "acceptd") || is(&pid, "wrk") {
            assert!(Instant::now() < end, "{pid} lives on");
            std::thread::sleep(Duration::from_millis(20));
        }
    }
    let left = format!("acceptd-lab-{pid}-*");
    let find = Command::new("find")
        .args(["/sys/fs/cgroup", "-type", "d", "-name", &left])
        .output();
    assert_eq!(text(&find.expect("find").stdout), "", "a cgroup is left");
}
