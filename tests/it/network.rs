//! A test in a network namespace of its own: nobody else has its ports and addresses, or
//! uses up what the kernel has for each network.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::process::Command;

/// Runs a test that is ignored otherwise, by its whole name.
pub fn run_alone(test: &str) {
    let mut unshare = Command::new("unshare");
    unshare.arg("--net");
    if fs::metadata("/proc/self").expect("/proc").uid() != 0 {
        unshare.args(["--user", "--map-root-user"]);
    }
    let script = "ip link set lo up && exec \"$@\"";
    unshare.args(["sh", "-c", script, "sh"]);
    let run = unshare
        .arg(std::env::current_exe().expect("this test"))
        .args(["--exact", test, "--ignored"])
        .output()
        .expect("unshare");
    let output = String::from_utf8_lossy(&run.stdout);
    assert!(
        run.status.success() && output.contains("1 passed"),
        "{output}{}",
        String::from_utf8_lossy(&run.stderr)
    );
}
