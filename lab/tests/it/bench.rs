//! `lab bench` and `lab report`.

use super::{bench, lab, must_succeed, read, report, text};
use serde_json::Value;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

#[test]
fn a_quick_run_writes_a_page_plots_and_numbers_below_target() {
    let directory = tempfile::tempdir().unwrap();
    let only = "acceptd iterative,acceptd fork,C iterative,C fork";
    let quick = [
        "--quick",
        "--only",
        only,
        "--clients",
        "2",
        "--sleepers",
        "10",
    ];
    must_succeed(bench(&quick).current_dir(directory.path()));

    let output = directory.path().join("target/bench");
    let page = read(&output.join("benchmarks.md"));
    let beside = output.join("benchmarks");
    let results: Value = serde_json::from_str(&read(&beside.join("benchmarks.json"))).unwrap();
    let rows = |part: &str| results[part]["rows"].as_array().expect(part).clone();

    // Two of acceptd, four of C; fork's variant with keep-alive where it has one.
    let loads = rows("load");
    assert!(loads.len() >= 6, "{loads:?}");
    let costs = loads.iter().filter(|row| row["cost"].is_array()).count();
    for load in &loads {
        assert!(load["rate"][1].as_f64().unwrap() > 10.0, "{load}");
        assert!(page.contains(&format!("| {}", load["server"].as_str().unwrap())));
    }
    for load in loads.iter().filter(|row| row["cost"].is_array()) {
        assert!(load["cost"][0].as_f64().unwrap() > 0.0, "{load}");
    }
    // Either the processor time of all, or the reason why not.
    assert!(
        costs == loads.len() || page.contains("Left out: processor time: "),
        "{page}"
    );
    assert_eq!(page.contains("| CPU, us |"), costs > 0, "{page}");

    for part in ["stop", "growth", "restart", "article"] {
        assert!(!rows(part).is_empty(), "{part}");
    }
    let counts = rows("counts");
    let calls = |name: &str| {
        let one = counts.iter().find(|one| one["server"] == name).unwrap();
        one["per_connection"]["system_calls"].as_u64().unwrap()
    };
    // As in the golden traces: accept4 recvfrom sendto close.
    assert_eq!(calls("acceptd iterative"), 4);
    assert_eq!(calls("C iterative, static musl"), 4);
    assert!(calls("acceptd fork") <= calls("C fork, static musl"));

    // Each of the 32 clients ends with one request that is not answered.
    for stop in rows("stop") {
        let fates = ["refused", "refused_late", "reset", "closed", "hung"];
        let fates = fates.map(|fate| stop["requests"][fate].as_u64().unwrap());
        assert_eq!(fates.iter().sum::<u64>(), 32, "{stop}");
    }
    // Each model's next server takes over, and no request fails.
    let restarts = rows("restart");
    assert_eq!(restarts.len(), 2, "{page}");
    for restart in restarts {
        let requests = |fate: &str| restart["requests"][fate].as_u64().unwrap();
        assert!(requests("answered") > 100, "{restart}");
        let failed = ["refused", "refused_late", "closed", "hung"];
        assert_eq!(failed.map(requests), [0; 4], "{restart}");
        // A handshake that is under way for more than ten milliseconds is lost.
        assert!(requests("reset") <= 1, "{restart}");
    }
    for grown in rows("growth") {
        assert!(grown["threads"].as_u64().unwrap() >= 10, "{grown}");
    }

    for plot in [
        "cost",
        "growth-rate",
        "growth-memory",
        "stop",
        "page-faults",
        "system-calls",
    ] {
        let file = format!("{plot}.svg");
        let is_named = page.contains(&format!("(benchmarks/{file})"));
        // Where nothing is accounted, two have nothing to show.
        let is_drawn = beside.join(&file).exists();
        assert_eq!(is_named, is_drawn, "{file}");
        if !is_drawn {
            assert!(costs == 0 || plot == "growth-memory", "{file}");
            continue;
        }
        let svg = read(&beside.join(&file));
        assert!(
            svg.starts_with("<svg") && svg.trim_end().ends_with("</svg>"),
            "{file}"
        );
        assert!(svg.contains("prefers-color-scheme: dark"), "{file}");
    }
}

#[test]
fn a_part_measured_alone_leaves_the_others_as_they_are() {
    let directory = tempfile::tempdir().unwrap();
    let page = directory.path().join("benchmarks.md");
    let measure = |part: &str| {
        let only = ["--quick", "--only", "acceptd iterative"];
        let mut command = bench(&[part]);
        must_succeed(command.args(only).arg("--output").arg(directory.path()));
        read(&page)
    };
    let load = measure("load");
    assert!(!load.contains("## What a stop loses"), "{load}");
    let both = measure("stop");
    assert!(both.contains("## What a stop loses"), "{both}");
    let row = |page: &str| {
        let (_, costs) = page.split_once("## What a connection costs").expect("it");
        let mut lines = costs.lines();
        lines
            .find(|line| line.starts_with("| acceptd"))
            .map(String::from)
    };
    assert!(row(&load).is_some(), "{load}");
    assert_eq!(row(&both), row(&load));

    // Numbers that cannot be read are not thrown away.
    let numbers = directory.path().join("benchmarks/benchmarks.json");
    let kept = read(&numbers);
    std::fs::write(&numbers, "{").unwrap();
    let mut command = bench(&["stop", "--quick", "--only", "acceptd iterative"]);
    let output = command
        .arg("--output")
        .arg(directory.path())
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1), "{}", text(&output.stderr));
    assert_eq!(read(&numbers), "{");
    std::fs::write(&numbers, kept).unwrap();

    // The page is made from the numbers, and from nothing else.
    std::fs::remove_file(&page).unwrap();
    report(directory.path());
    assert_eq!(read(&page), both);
}

#[test]
fn what_cannot_stand_beside_the_rest_is_refused() {
    let directory = tempfile::tempdir().unwrap();
    let measure = |more: &[&str]| {
        let mut command = bench(&["stop", "--quick", "--only", "acceptd iterative"]);
        command.args(more).arg("--output").arg(directory.path());
        command
    };
    let refused = |more: &[&str], why: &str| {
        let output = measure(more).output().unwrap();
        let said = text(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{said}");
        assert!(said.contains(why), "{said}");
    };
    let option = "--clients: only the part load takes it";
    refused(&["--clients", "32"], option);
    must_succeed(&mut measure(&[]));

    let numbers = directory.path().join("benchmarks/benchmarks.json");
    let kernel = "\"kernel\":\"";
    let elsewhere = read(&numbers).replace(kernel, &format!("{kernel}Another "));
    std::fs::write(&numbers, &elsewhere).unwrap();
    refused(&[], "the other parts are of another machine or kernel (");
    assert_eq!(read(&numbers), elsewhere);
}

#[test]
fn the_page_that_is_kept_is_what_its_numbers_say() {
    let docs = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs");
    let copy = tempfile::tempdir().unwrap();
    std::fs::create_dir(copy.path().join("benchmarks")).unwrap();
    let numbers = "benchmarks/benchmarks.json";
    std::fs::copy(docs.join(numbers), copy.path().join(numbers)).unwrap();
    report(copy.path());
    assert!(read(&docs.join("benchmarks.md")) == read(&copy.path().join("benchmarks.md")));
    for entry in std::fs::read_dir(docs.join("benchmarks")).unwrap() {
        let name = entry.unwrap().file_name();
        let file = Path::new("benchmarks").join(&name);
        let is_same = read(&docs.join(&file)) == read(&copy.path().join(&file));
        assert!(
            is_same,
            "just bench-report writes another {}",
            file.display()
        );
    }
}

#[test]
fn the_readme_quotes_the_page() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let (readme, page) = (
        read(&root.join("README.md")),
        read(&root.join("docs/benchmarks.md")),
    );
    let table = |text: &str, title: &str| {
        let (_, section) = text.split_once(title).expect("the section");
        let lines = section.lines().skip_while(|line| !line.starts_with("| "));
        let table: Vec<_> = lines
            .take_while(|line| line.starts_with('|'))
            .map(String::from)
            .collect();
        table.join("\n")
    };
    assert_eq!(
        table(&readme, "\n## Beside its peers\n"),
        table(&page, "\n## In short\n")
    );
}

#[test]
fn a_server_that_does_not_start_is_left_out_and_named() {
    let directory = tempfile::tempdir().unwrap();
    let bin = directory.path().join("bin");
    std::fs::create_dir(&bin).unwrap();
    let broken = bin.join("busybox");
    std::fs::write(&broken, "#!/bin/sh\necho no httpd here >&2; exit 1\n").unwrap();
    std::fs::set_permissions(&broken, PermissionsExt::from_mode(0o755)).unwrap();
    let only = ["stop", "--quick", "--only", "busybox,C iterative"];
    let mut command = lab(&["bench"]);
    command.args(only).arg("--peers").arg(directory.path());
    must_succeed(command.arg("--output").arg(directory.path()));
    let page = read(&directory.path().join("benchmarks.md"));
    let reason = "busybox httpd, 1-byte file: ended with exit status: 1: no httpd here";
    assert!(page.contains(&format!("- Left out: {reason}\n")), "{page}");
    assert!(!page.contains("| busybox"), "{page}");
    assert!(page.contains("| C iterative"), "{page}");
}

#[test]
fn a_quick_run_is_never_recorded() {
    let output = bench(&["--quick", "--record"]).output().unwrap();
    assert_eq!(output.status.code(), Some(2), "{}", text(&output.stderr));
}
