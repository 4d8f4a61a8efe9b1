//! deploy/seccomp.json in the kernel: enough for acceptd, and no more.

use crate::container::{ALONE, Container, HARDENED, MODELS, RESPONSE, received};
use crate::engine::{path, try_engine};
use std::fs;
use std::process::Command;
use std::thread;

fn option() -> String {
    format!("--security-opt=seccomp={}", path("deploy/seccomp.json"))
}

/// The names that it allows on this CPU.
fn allowed() -> Vec<String> {
    let profile = fs::read_to_string(path("deploy/seccomp.json")).expect("a profile");
    let lines = profile
        .lines()
        .map(|line| line.trim().trim_end_matches(','));
    let names = lines.filter_map(|line| line.strip_prefix('"')?.strip_suffix('"'));
    names
        .filter(|name| !name.contains('"'))
        .map(String::from)
        .collect()
}

#[test]
fn under_the_profile_500_of_500_are_answered() {
    let option = option();
    for model in MODELS {
        // More memory: the kernel's own, for processes that have just ended.
        let more = [option.as_str(), "--memory=128m"];
        let container = Container::run(&[HARDENED, &more].concat(), &[model]);
        let pid = container.inspect(".State.Pid");
        let status = fs::read_to_string(format!("/proc/{pid}/status")).expect("/proc");
        assert!(status.contains("\nSeccomp:\t2\n"), "a filter: {status}");
        let answered = thread::scope(|scope| {
            let clients: Vec<_> = (0..5)
                .map(|_| {
                    scope.spawn(|| {
                        (0..100)
                            .filter(|_| received(container.request()) == RESPONSE)
                            .count()
                    })
                })
                .collect();
            clients
                .into_iter()
                .map(|client| client.join().expect("a client"))
                .sum::<usize>()
        });
        assert_eq!(answered, 500, "{model}");
        assert_eq!(container.stop(), "0", "{model}");
    }
}

#[test]
fn under_the_profile_the_options_work_too() {
    let option = option();
    let engine = [HARDENED, &[&option]].concat();
    let container = Container::run(&engine, &["fork", "--sleep=3", "--verbose"]);
    let client = container.request();
    container.wait_for_line("forked");
    container.told("pause"); // the sleep is interrupted, and goes on
    container.told("unpause");
    assert_eq!(received(client), RESPONSE);
    assert_eq!(container.stop(), "0");

    let arguments = ["fork", "--sleep=60", "--grace=0.2", "--verbose"];
    let container = Container::run(&engine, &arguments);
    let _client = container.request();
    container.wait_for_line("forked");
    assert_eq!(container.stop(), "0"); // the child was killed

    let container = Container::run_as_is(&[ALONE, &[&option]].concat(), &[]);
    assert_eq!(container.health(), "healthy");
}

/// A program in acceptd's place that makes all the other calls.
fn refused(allowed: &[String]) -> (Option<i32>, String) {
    let program = format!("{}/refused-{}", env!("CARGO_TARGET_TMPDIR"), allowed.len());
    let numbers: Vec<String> = allowed.iter().map(|name| format!("SYS_{name}")).collect();
    let status = Command::new("cc")
        .args([
            "-Wall",
            "-Werror",
            "-O1",
            "-static",
            "-nostdlib",
            "-fno-stack-protector",
        ])
        .arg(format!("-DALLOWED={}", numbers.join(",")))
        .args(["-o", &program, &path("tests/image/refused.c")])
        .status();
    assert!(status.expect("cc").success());
    let (option, volume) = (option(), format!("--volume={program}:/refused:ro"));
    let more = ["run", "--rm", "--entrypoint=/refused", &option, &volume];
    let output = try_engine(&[&more, HARDENED, &["acceptd"]].concat());
    let said = String::from_utf8_lossy(&output.stderr).trim().to_string();
    (output.status.code(), said)
}

#[test]
fn every_other_call_is_refused() {
    let mut allowed = allowed();
    assert!(allowed.contains(&"accept4".into()), "{allowed:?}");
    assert_eq!(refused(&allowed), (Some(0), String::new()));
    // It would tell: getpid(2), number 39, is allowed and answers.
    allowed.retain(|name| name != "getpid");
    assert_eq!(refused(&allowed), (Some(1), "039".into()));
}
