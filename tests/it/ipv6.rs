//! `--bind ::`, whatever the machine says of IPv6. Each server has a network namespace of
//! its own, with settings of its own.

use crate::proc::{is_root, output, unshare};
use crate::server::{BINARY, Builder, GET, RESPONSE, Server, with_each_model};
use std::process::Command;

/// A server on `::`, after this setting of net.ipv6.
fn server(model: &str, setting: &str) -> Server {
    let script = format!("ip link set lo up; {setting}; exec \"$@\"");
    let shell = ["sh", "-c", &script, "sh"];
    let unshare = [&unshare(&["--net"])[..], &shell].concat();
    let server = Server::of(model).with("--bind=::");
    server.under(&unshare).start()
}

/// Whether a probe in the server's namespace finds it at this address.
fn answers(server: &Server, address: &str) -> bool {
    let target = server.pid.to_string();
    let mut nsenter = Command::new("nsenter");
    nsenter.args(["--target", &target, "--net"]);
    if !is_root() {
        nsenter.args(["--user", "--preserve-credentials"]);
    }
    nsenter.args([BINARY, "probe", "--timeout=5", "--bind", address]);
    output(nsenter.args(["--port", &server.port.to_string()]))
        .status
        .success()
}

#[test]
fn both_families_are_served_whatever_bindv6only_says() {
    with_each_model(|model| {
        for only in [0, 1] {
            let setting = format!("echo {only} >/proc/sys/net/ipv6/bindv6only");
            let server = server(model, &setting);
            for address in ["127.0.0.1", "::1"] {
                assert!(answers(&server, address), "{model}, {only}, {address}");
            }
            server.stop();
        }
    });
}

/// A kernel with IPv6, whose interfaces have none.
#[test]
fn ipv4_is_served_where_ipv6_is_disabled() {
    with_each_model(|model| {
        let setting = "for conf in all default lo; do \
             echo 1 >/proc/sys/net/ipv6/conf/$conf/disable_ipv6; done";
        let server = server(model, setting);
        assert!(answers(&server, "127.0.0.1"), "{model}");
        assert!(answers(&server, "::"), "{model}");
        assert!(!answers(&server, "::1"), "{model}");
        server.stop();
    });
}

/// A kernel without IPv6 (ipv6.disable=1) knows no such socket; strace plays its part. The
/// start line says where the server listens instead, and a probe asks there. A server that
/// was asked for one address listens on no other.
#[test]
fn without_ipv6_it_listens_on_all_of_ipv4_and_says_so() {
    for (call, errno) in [("socket", "EAFNOSUPPORT"), ("bind", "EADDRNOTAVAIL")] {
        let inject = format!("inject={call}:error={errno}:when=1");
        let strace = ["strace", "-D", "-o", "/dev/null", "-e", &inject];
        let start = |bind| {
            let server = Builder::of(&["iterative", "--port=0", "--bind", bind]);
            server.under(&strace).try_start()
        };
        let Ok(server) = start("::") else {
            panic!("no start without IPv6");
        };
        assert_eq!(
            server.start_line.split(" on ").last(),
            Some(&*format!("0.0.0.0:{}", server.port))
        );
        assert_eq!(server.send(GET), RESPONSE);
        let mut probe = Command::new(strace[0]);
        let refused = call.replace("bind", "connect");
        let inject = format!("inject={refused}:error={errno}:when=1");
        probe.args([
            "-o",
            "/dev/null",
            "-e",
            &inject,
            BINARY,
            "probe",
            "--bind=::",
        ]);
        probe.args(["--port", &server.port.to_string()]);
        assert!(
            probe.status().expect("strace").success(),
            "probe: {refused}"
        );
        server.stop();
        let Err((status, lines)) = start("::1") else {
            panic!("it listens where nobody asked for");
        };
        assert_eq!(status.code(), Some(1));
        let said = format!("acceptd: {call} [::1]:0: {errno}: ");
        assert!(lines[0].starts_with(&said), "{lines:?}");
    }
}
