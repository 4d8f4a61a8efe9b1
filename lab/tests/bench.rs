//! `lab bench` and `lab counts` as a user runs them, on a short leash.

use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

/// acceptd as it ships, built here and now: what is measured is this source.
fn acceptd() -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let built = Command::new(env!("CARGO"))
        .args(["build", "--quiet", "--release", "--locked"])
        .current_dir(&root)
        .status();
    assert!(built.expect("cargo").success());
    root.join("target/release/acceptd")
}

fn lab(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_lab"));
    command.args(arguments).arg("--acceptd").arg(acceptd());
    command
}

fn run(arguments: &[&str]) -> Output {
    lab(arguments).output().expect("lab starts")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[test]
fn a_quick_run_writes_a_page_plots_and_numbers() {
    let directory = tempfile::tempdir().unwrap();
    let out = directory.path().to_str().unwrap();
    let only = "acceptd iterative,acceptd fork,C iterative,C fork";
    let output = run(&[
        "bench",
        "--quick",
        "--only",
        only,
        "--clients",
        "2",
        "--sleepers",
        "10",
        "--output",
        out,
    ]);
    assert!(output.status.success(), "{}", text(&output.stderr));

    let page = std::fs::read_to_string(directory.path().join("benchmarks.md")).unwrap();
    let beside = directory.path().join("benchmarks");
    let json = std::fs::read_to_string(beside.join("benchmarks.json")).unwrap();
    let results: Value = serde_json::from_str(&json).unwrap();

    let loads = results["load"].as_array().unwrap();
    assert_eq!(loads.len(), 6, "two of acceptd, four of C: {loads:?}");
    for load in loads {
        assert!(load["rounds"][0]["rate"].as_f64().unwrap() > 10.0, "{load}");
        assert!(page.contains(&format!("| {}", load["name"].as_str().unwrap())));
    }
    let counts = results["counts"].as_array().unwrap();
    let calls = |name: &str| {
        let one = counts.iter().find(|one| one["name"] == name).unwrap();
        one["per_connection"]["system_calls"].as_u64().unwrap()
    };
    // As in the golden traces: accept4 recvfrom sendto close.
    assert_eq!(calls("acceptd iterative"), 4);
    assert_eq!(calls("C iterative, static musl"), 4);
    assert!(calls("acceptd fork") <= calls("C fork, static musl"));

    // Who is not there is named, on the page too.
    let missing = results["missing"].as_array().unwrap();
    assert!(missing.iter().any(|peer| peer[0] == "Python fork"));
    assert!(page.contains("Missing: Python fork"), "{page}");

    for plot in [
        "rate-single",
        "rate-fork",
        "growth",
        "page-faults",
        "system-calls",
    ] {
        let file = format!("{plot}.svg");
        let svg = std::fs::read_to_string(beside.join(&file)).unwrap();
        assert!(
            svg.starts_with("<svg") && svg.trim_end().ends_with("</svg>"),
            "{file}"
        );
        assert!(svg.contains("prefers-color-scheme: dark"), "{file}");
        assert!(page.contains(&format!("(benchmarks/{file})")), "{file}");
    }
}

#[test]
fn ctrl_c_ends_what_was_started() {
    let mut child = lab(&["bench", "--only", "acceptd fork"])
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
    let end = Instant::now() + Duration::from_secs(30);
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
    let signalled = Command::new("kill").args(["-INT", &pid]).status();
    assert!(signalled.expect("kill").success());
    assert_eq!(child.wait().unwrap().code(), Some(130));
    for pid in started {
        let end = Instant::now() + Duration::from_secs(5); // until init has reaped it
        while is(&pid, "acceptd") || is(&pid, "wrk") {
            assert!(Instant::now() < end, "{pid} lives on");
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

#[test]
fn counts_are_recorded_and_a_growth_is_found() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("counts.json");
    let file = file.to_str().unwrap();
    let recorded = run(&["counts", "--record", "--file", file]);
    assert!(recorded.status.success(), "{}", text(&recorded.stderr));
    let checked = run(&["counts", "--check", "--file", file]);
    assert!(checked.status.success(), "{}", text(&checked.stderr));

    let json = std::fs::read_to_string(file).unwrap();
    let fewer = json.replacen("\"system_calls\": 4", "\"system_calls\": 3", 1);
    assert_ne!(json, fewer);
    std::fs::write(file, fewer).unwrap();
    let checked = run(&["counts", "--check", "--file", file]);
    assert_eq!(checked.status.code(), Some(1));
    let complaint = text(&checked.stderr);
    let line = "acceptd iterative: 4 system calls, at most 3 allowed";
    assert!(complaint.contains(line), "{complaint}");
}

#[test]
fn what_cannot_be_measured_is_said() {
    let output = Command::new(env!("CARGO_BIN_EXE_lab"))
        .args(["counts", "--acceptd", "no/such/acceptd"])
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1));
    let complaint = text(&output.stderr);
    assert!(complaint.contains("no/such/acceptd"), "{complaint}");
}
