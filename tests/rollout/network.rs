//! Hosts, each a network namespace with an address of its own, and a bridge
//! between them, which the clients are connected to as well.

use std::env;
use std::process::Command;

/// The addresses that deploy/haproxy.cfg has, and those of the proxy itself.
pub const PROXY: (&str, &str) = ("192.0.2.10", "2001:db8::10");
pub const SERVERS: [(&str, &str); 3] = [
    ("one", "192.0.2.11"),
    ("two", "192.0.2.12"),
    ("three", "192.0.2.13"),
];

/// `ip ...`: whether it succeeds.
fn try_ip(arguments: &str) -> bool {
    let status = Command::new("ip").args(arguments.split(' ')).status();
    status.expect("ip runs").success()
}

/// `ip ...`, which must succeed.
fn ip(arguments: &str) {
    assert!(try_ip(arguments), "ip {arguments}");
}

/// The network with a host for each server and for the proxy. Dropping it
/// removes it, so that the next test can build its own.
pub struct Network;

impl Network {
    pub fn build() -> Self {
        let here = env::var("ACCEPTD_HOSTS").unwrap_or_default();
        assert_eq!(here, "private", "started by `just test-rollout`");
        let network = Self;
        ip("link add hosts type bridge");
        ip("address add 192.0.2.1/24 dev hosts");
        ip("address add 2001:db8::1/64 dev hosts nodad");
        ip("link set hosts up");
        for (name, address) in SERVERS {
            add_host(name, address);
        }
        add_host("proxy", PROXY.0);
        let address = format!("address add {}/64 dev eth0 nodad", PROXY.1);
        ip(&format!("-n proxy {address}"));
        network
    }

    /// Pulls the plug of a host, at the bridge's end.
    pub fn cut_off(&self, host: &str) {
        ip(&format!("link set {host} down"));
    }

    /// Puts it back.
    pub fn connect(&self, host: &str) {
        ip(&format!("link set {host} up"));
    }
}

impl Drop for Network {
    fn drop(&mut self) {
        // After a failure some of it may be missing.
        for name in SERVERS.map(|(name, _)| name).into_iter().chain(["proxy"]) {
            try_ip(&format!("link delete {name}"));
            try_ip(&format!("netns delete {name}"));
        }
        try_ip("link delete hosts");
    }
}

fn add_host(name: &str, address: &str) {
    ip(&format!("netns add {name}"));
    ip(&format!(
        "link add {name} type veth peer name eth0 netns {name}"
    ));
    ip(&format!("link set {name} master hosts up"));
    ip(&format!("-n {name} address add {address}/24 dev eth0"));
    ip(&format!("-n {name} link set eth0 up"));
    ip(&format!("-n {name} link set lo up"));
}

/// A command on a host.
pub fn on(host: &str, program: &str) -> Command {
    let mut command = Command::new("ip");
    command.args(["netns", "exec", host, program]);
    command
}
