//! A browser that is asked to do things: chromedriver, spoken to in the WebDriver protocol.

use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::Duration;

/// One window. Dropped, it is closed.
pub struct Browser {
    driver: Child,
    /// Kept, so that what it writes has a reader.
    _stdout: BufReader<ChildStdout>,
    port: u16,
    session: String,
    _profile: tempfile::TempDir,
}

impl Browser {
    /// A window of this size, in a light or a dark scheme.
    pub fn open(width: u32, height: u32, is_dark: bool) -> Self {
        let mut driver = Command::new("chromedriver")
            .arg("--port=0")
            .stdout(Stdio::piped())
            .spawn()
            .expect("chromedriver runs");
        let mut stdout = BufReader::new(driver.stdout.take().expect("a pipe"));
        // `ChromeDriver was started successfully on port 40123.`
        let port = stdout.by_ref().lines().find_map(|line| {
            let line = line.expect("UTF-8");
            line.split("started successfully on port ")
                .nth(1)?
                .trim_end_matches('.')
                .parse()
                .ok()
        });
        let profile = tempfile::tempdir().expect("a directory");
        let mut browser = Self {
            driver,
            _stdout: stdout,
            port: port.expect("chromedriver names its port"),
            session: String::new(),
            _profile: profile,
        };
        let scheme = if is_dark { 0 } else { 1 };
        let arguments = [
            "--headless".into(),
            "--no-sandbox".into(),
            "--disable-gpu".into(),
            "--disable-background-networking".into(),
            "--hide-scrollbars".into(),
            format!("--window-size={width},{height}"),
            format!("--blink-settings=preferredColorScheme={scheme}"),
            format!("--user-data-dir={}", browser._profile.path().display()),
        ];
        let wanted = json!({"capabilities": {"alwaysMatch": {
            "goog:chromeOptions": {"args": arguments},
            "goog:loggingPrefs": {"browser": "ALL"},
        }}});
        let session = browser.ask("POST", "/session", &wanted);
        let id = session["sessionId"].as_str().expect("a session");
        browser.session = format!("/session/{id}");
        let size =
            json!({"width": width, "height": height, "mobile": false, "deviceScaleFactor": 1});
        browser.does(
            "goog/cdp/execute",
            &json!({"cmd": "Emulation.setDeviceMetricsOverride", "params": size}),
        );
        browser
    }

    pub fn go(&self, address: &str) {
        self.does("url", &json!({"url": address}));
    }

    /// What the script returns.
    pub fn script(&self, script: &str) -> Value {
        self.does("execute/sync", &json!({"script": script, "args": []}))
    }

    /// Presses a key, as the WebDriver standard numbers those without a character.
    pub fn press(&self, key: &str) {
        let keys = json!({"actions": [{"type": "key", "id": "keys", "actions": [
            {"type": "keyDown", "value": key}, {"type": "keyUp", "value": key},
        ]}]});
        self.does("actions", &keys);
    }

    /// Clicks at a place of the window.
    pub fn click(&self, x: f64, y: f64) {
        let mouse = json!({"actions": [{"type": "pointer", "id": "mouse", "actions": [
            {"type": "pointerMove", "x": x as i64, "y": y as i64, "duration": 0},
            {"type": "pointerDown", "button": 0}, {"type": "pointerUp", "button": 0},
        ]}]});
        self.does("actions", &mouse);
    }

    /// What the page has written on its console.
    pub fn console(&self) -> Vec<Value> {
        let log = self.does("se/log", &json!({"type": "browser"}));
        log.as_array().expect("a list").clone()
    }

    fn does(&self, what: &str, body: &Value) -> Value {
        self.ask("POST", &format!("{}/{what}", self.session), body)
    }

    fn ask(&self, method: &str, path: &str, body: &Value) -> Value {
        let body = body.to_string();
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).expect("connect");
        stream
            .set_read_timeout(Some(Duration::from_secs(60)))
            .expect("a timeout");
        let head = format!(
            "{method} {path} HTTP/1.1\r\nHost: 127.0.0.1:{}\r\nContent-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
            self.port,
            body.len()
        );
        stream.write_all((head + &body).as_bytes()).expect("send");
        // chromedriver keeps the connection open, so the head says how long the body is.
        let mut stream = BufReader::new(stream);
        let (mut head, mut length) = (String::new(), 0);
        while !head.ends_with("\r\n\r\n") {
            let line = head.len();
            stream.read_line(&mut head).expect("receive");
            let line = head[line..].to_ascii_lowercase();
            if let Some(bytes) = line.strip_prefix("content-length:") {
                length = bytes.trim().parse().expect("a length");
            }
        }
        let mut json = vec![0; length];
        stream.read_exact(&mut json).expect("receive");
        let answer: Value = serde_json::from_slice(&json).expect("JSON");
        assert!(head.contains(" 200 "), "{path} {body}: {answer}");
        answer["value"].clone()
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        if !self.session.is_empty() && !std::thread::panicking() {
            self.ask("DELETE", &self.session, &json!({}));
        }
        // chromedriver ends its browser with itself.
        let pid = rustix::process::Pid::from_child(&self.driver);
        let _ = rustix::process::kill_process(pid, rustix::process::Signal::TERM);
        let _ = self.driver.wait();
    }
}
