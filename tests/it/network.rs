//! A test in a network namespace of its own: nobody else has its ports and addresses, or
//! uses up what the kernel has for each network.

use crate::proc::{output, unshare};
use std::process::Command;

/// Runs a test that is ignored otherwise, by its whole name.
pub fn run_alone(test: &str) {
    let script = "ip link set lo up && exec \"$@\"";
    let words = [&unshare(&["--net"])[..], &["sh", "-c", script, "sh"]].concat();
    let mut run = Command::new(words[0]);
    run.args(&words[1..]);
    run.arg(std::env::current_exe().expect("this test"));
    let run = output(run.args(["--exact", test, "--ignored"]));
    let text = String::from_utf8_lossy(&run.stdout);
    assert!(
        run.status.success() && text.contains("1 passed"),
        "{text}{}",
        String::from_utf8_lossy(&run.stderr)
    );
}
