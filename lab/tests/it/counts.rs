//! `lab counts`.

use super::{lab, must_succeed, text};
use std::process::Command;

#[test]
fn counts_are_recorded_and_a_growth_is_found() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("counts.json");
    let file = file.to_str().unwrap();
    must_succeed(&mut lab(&["counts", "--record", "--file", file]));
    must_succeed(&mut lab(&["counts", "--check", "--file", file]));

    let json = std::fs::read_to_string(file).unwrap();
    let fewer = json.replacen("\"system_calls\": 4", "\"system_calls\": 3", 1);
    assert_ne!(json, fewer);
    std::fs::write(file, fewer).unwrap();
    let checked = lab(&["counts", "--check", "--file", file])
        .output()
        .unwrap();
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
