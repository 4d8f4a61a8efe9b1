//! wrk: the client that loads the servers, and what it prints.

use crate::machine::Ticks;
use crate::servers::programs::Programs;
use crate::servers::started::ProcessGroup;
use anyhow::{Context, Result, bail, ensure};
use serde::{Deserialize, Serialize};
use std::process::Stdio;

/// How a server is loaded.
#[derive(Clone, Copy)]
pub struct Load {
    /// Connections at once.
    pub clients: u32,
    /// For how long, seconds.
    pub seconds: u32,
    /// wrk counts an answer that comes later as an error, seconds.
    pub timeout: u32,
    /// Whether requests follow one another on the same connection.
    pub keeps_alive: bool,
}

/// What wrk found.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Found {
    /// Requests answered.
    pub requests: u64,
    /// In how many seconds.
    pub seconds: f64,
    /// Requests per second, as wrk says.
    pub rate: f64,
    /// Median latency, milliseconds. `None`: nothing was answered.
    pub p50: Option<f64>,
    /// 99th percentile of latency, milliseconds.
    pub p99: Option<f64>,
    /// Socket errors: connect, read, write, timeout.
    pub errors: [u64; 4],
    /// Answers that were neither 2xx nor 3xx.
    pub refused: u64,
    /// What part of the processors' time the hypervisor gave to others meanwhile.
    pub stolen: f64,
}

impl Found {
    /// All that went wrong.
    pub fn failures(&self) -> u64 {
        self.errors.iter().sum::<u64>() + self.refused
    }
}

impl Load {
    /// wrk's arguments, without the URL.
    pub fn arguments(self) -> Vec<String> {
        let threads = self.clients.min(2); // wrk's default; it refuses fewer clients than threads
        let mut arguments = vec![
            format!("-t{threads}"),
            format!("-c{}", self.clients),
            format!("-d{}s", self.seconds),
            "--latency".to_string(),
        ];
        if !self.keeps_alive {
            arguments.extend(["-H".to_string(), "Connection: close".to_string()]);
        }
        if self.timeout != 2 {
            arguments.push(format!("--timeout={}s", self.timeout)); // 2 is the default
        }
        arguments
    }

    /// Loads the server on `port`.
    pub fn start(self, programs: &Programs, port: u16) -> Result<Running> {
        let mut command = programs.command("wrk")?;
        command
            .args(self.arguments())
            .arg(format!("http://127.0.0.1:{port}/"))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let before = Ticks::now()?;
        let group = ProcessGroup::spawn(&mut command)?;
        Ok(Running { group, before })
    }
}

/// wrk at work.
pub struct Running {
    group: ProcessGroup,
    before: Ticks,
}

impl Running {
    /// Waits until it has finished.
    pub fn finish(mut self) -> Result<Found> {
        let child = &mut self.group.child;
        let text = std::io::read_to_string(child.stdout.take().context("wrk's stdout")?)?;
        let complaint = std::io::read_to_string(child.stderr.take().context("wrk's stderr")?)?;
        ensure!(child.wait()?.success(), "wrk: {complaint}{text}");
        let mut found = parse(&text).with_context(|| format!("wrk printed:\n{text}"))?;
        found.stolen = self.before.stolen()?;
        Ok(found)
    }
}

/// What wrk prints, line by line: each line is known by its words.
pub fn parse(text: &str) -> Result<Found> {
    let mut totals = None;
    let mut rate = None;
    let (mut p50, mut p99) = (None, None);
    let mut errors = [0; 4];
    let mut refused = 0;
    for line in text.lines() {
        let words: Vec<&str> = line.split_whitespace().collect();
        match words[..] {
            ["50%", time] => p50 = Some(milliseconds(time)?),
            ["99%", time] => p99 = Some(milliseconds(time)?),
            [requests, "requests", "in", time, ..] => {
                let seconds = milliseconds(time.trim_end_matches(','))? / 1000.0;
                totals = Some((requests.parse()?, seconds));
            }
            ["Requests/sec:", number] => rate = Some(number.parse()?),
            ["Non-2xx", "or", "3xx", "responses:", number] => refused = number.parse()?,
            [
                "Socket",
                "errors:",
                "connect",
                connect,
                "read",
                read,
                "write",
                write,
                "timeout",
                timeout,
            ] => {
                for (error, number) in errors.iter_mut().zip([connect, read, write, timeout]) {
                    *error = number.trim_end_matches(',').parse()?;
                }
            }
            _ => {}
        }
    }
    let (requests, seconds) = totals.context("no line 'N requests in T'")?;
    Ok(Found {
        requests,
        seconds,
        rate: rate.context("no line 'Requests/sec:'")?,
        // wrk prints 0.00us when it has measured nothing.
        p50: p50.filter(|_| requests > 0),
        p99: p99.filter(|_| requests > 0),
        errors,
        refused,
        stolen: 0.0,
    })
}

/// `370.22us`, `1.90s`, `1.05m` in milliseconds.
fn milliseconds(text: &str) -> Result<f64> {
    let unit = text.trim_start_matches(|c: char| c.is_ascii_digit() || c == '.');
    let number: f64 = text[..text.len() - unit.len()].parse()?;
    let scale = match unit {
        "us" => 0.001,
        "ms" => 1.0,
        "s" => 1000.0,
        "m" => 60_000.0,
        "h" => 3_600_000.0,
        _ => bail!("'{text}' is no time"),
    };
    Ok(number * scale)
}

#[cfg(test)]
#[path = "wrk_tests.rs"]
mod tests;
