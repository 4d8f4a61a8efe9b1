//! HAProxy with deploy/haproxy.cfg, as it stands there.

use crate::network::{PROXY, on};
use std::net::TcpStream;
use std::process::{Child, Stdio};
use std::thread;
use std::time::{Duration, Instant};

pub const PORT: u16 = 8080;

pub struct Proxy(Child);

impl Proxy {
    /// Starts it, and waits until it listens.
    pub fn start() -> Self {
        let configuration = concat!(env!("CARGO_MANIFEST_DIR"), "/deploy/haproxy.cfg");
        let mut command = on("proxy", "haproxy");
        let command = command.args(["-q", "-f", configuration]);
        let proxy = Self(command.stdin(Stdio::null()).spawn().expect("haproxy"));
        let start = Instant::now();
        while TcpStream::connect((PROXY.0, PORT)).is_err() {
            let waited = start.elapsed();
            assert!(waited < Duration::from_secs(10), "haproxy does not listen");
            thread::sleep(Duration::from_millis(20));
        }
        proxy
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
