//! IPv6 and IPv4: the image's default, `--bind ::`, answers on whatever of the two
//! its network has.

use crate::container::{ALONE, Container};
use std::fs;

/// Docker takes IPv6 away from a container, unless its network has it.
const IPV6: &[&str] = &[
    "--sysctl=net.ipv6.conf.all.disable_ipv6=0",
    "--sysctl=net.ipv6.conf.lo.disable_ipv6=0",
];

/// socket(2) for IPv6 (AF_INET6 is 10) fails with EAFNOSUPPORT (97), as in a
/// kernel that has none.
const NO_IPV6: &str = r#"{"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{"names": ["socket"],
    "action": "SCMP_ACT_ERRNO", "errnoRet": 97,
    "args": [{"index": 0, "value": 10, "op": "SCMP_CMP_EQ"}]}]}"#;

/// Runs the image's default with these options of the engine, and probes it
/// inside, at these addresses.
fn assert_answered(options: &[&str], addresses: &[&str]) {
    let container = Container::run_as_is(&[ALONE, options].concat(), &[]);
    for address in addresses {
        let output = container.exec(&["/acceptd", "probe", "--bind", address]);
        let message = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{options:?}: {message}");
    }
}

#[test]
fn by_default_ipv6_and_ipv4_are_answered() {
    assert_answered(IPV6, &["::1", "127.0.0.1"]);
}

#[test]
fn where_a_wildcard_means_ipv6_only_both_are_answered_all_the_same() {
    let options = [IPV6, &["--sysctl=net.ipv6.bindv6only=1"]].concat();
    assert_answered(&options, &["::1", "127.0.0.1"]);
}

#[test]
fn where_ipv6_is_switched_off_ipv4_is_answered() {
    let options = ["--sysctl=net.ipv6.conf.all.disable_ipv6=1"];
    assert_answered(&options, &["127.0.0.1"]);
}

#[test]
fn where_the_kernel_has_no_ipv6_the_start_line_says_ipv4() {
    let profile = format!("{}/no-ipv6.json", env!("CARGO_TARGET_TMPDIR"));
    fs::write(&profile, NO_IPV6).expect("a file");
    let option = format!("--security-opt=seccomp={profile}");
    assert_answered(&[&option], &["127.0.0.1"]);
    let container = Container::run_as_is(&[ALONE, &[&option]].concat(), &[]);
    let line = "acceptd: fork: listening on 0.0.0.0:9696";
    assert!(container.logs().contains(line), "{}", container.logs());
}
