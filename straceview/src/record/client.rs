//! `straceview client`: the clients that `record` traces beside the server.
//!
//! Each behaves as curl does: it reads as many bytes of body as the response
//! states, and closes. It does not wait for the end of the connection, which
//! another process may keep open.

use crate::say;
use anyhow::{Context, bail, ensure};
use clap::Args;
use std::io::{ErrorKind, Read, Write};
use std::net::{Ipv4Addr, TcpStream};
use std::sync::mpsc;
use std::thread::{self, sleep};
use std::time::Duration;

/// GET by several clients, from the port of 127.0.0.1 that stdin then names
#[derive(Args)]
pub struct Arguments {
    #[arg(long)]
    count: u32,
    #[arg(long, value_parser = super::seconds)]
    every: Duration,
}

/// How long a client waits for a server that accepts and never answers.
const LONGEST: Duration = Duration::from_secs(30);

/// How long the next client waits for this one to connect. A connect for which the backlog
/// has no room is repeated after a second; the other clients do not wait for that.
const IN_TURN: Duration = Duration::from_millis(100);

/// Runs each client in a thread of its own. They connect in turn, so the server accepts them
/// in their order. A client without a response says so on stderr.
pub fn run(arguments: &Arguments) -> anyhow::Result<()> {
    println!("ready");
    let mut port = String::new();
    std::io::stdin().read_line(&mut port)?;
    let port = port.trim().parse().context("the port")?;
    let all = thread::scope(|scope| {
        let start = |_| {
            let (connected, wait) = mpsc::channel();
            let client = scope.spawn(move || client(port, connected));
            let _ = wait.recv_timeout(IN_TURN);
            sleep(arguments.every);
            client
        };
        let clients: Vec<_> = (0..arguments.count).map(start).collect();
        let ends = clients
            .into_iter()
            .map(|client| client.join().expect("no panic"));
        ends.collect::<Vec<_>>()
    });
    for error in all.into_iter().filter_map(Result::err) {
        say::complain(format_args!("a client got no response: {error:#}"));
    }
    Ok(())
}

fn client(port: u16, connected: mpsc::Sender<()>) -> anyhow::Result<()> {
    let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).context("connect")?;
    let _ = connected.send(());
    // getsockname: the recording then holds the port, which names the accepted connection.
    stream.local_addr()?;
    stream.set_read_timeout(Some(LONGEST))?;
    stream
        .write_all(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
        .context("send")?;
    let (mut response, mut buffer) = (Vec::new(), [0; 4096]);
    loop {
        match stream.read(&mut buffer) {
            Ok(0) => break,
            Ok(count) => response.extend(&buffer[..count]),
            // A stopped process goes on: Ctrl-Z and fg.
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(error).context("recv"),
        }
        if stated_length(&response)?.is_some_and(|length| response.len() >= length) {
            return Ok(());
        }
    }
    ensure!(!response.is_empty(), "closed without a response");
    Ok(())
}

/// The bytes of head and body together, once the head is there and states a Content-Length.
fn stated_length(response: &[u8]) -> anyhow::Result<Option<usize>> {
    let mut fields = [httparse::EMPTY_HEADER; 64];
    let mut head = httparse::Response::new(&mut fields);
    let body = match head.parse(response) {
        Ok(httparse::Status::Complete(at)) => at,
        Ok(httparse::Status::Partial) => return Ok(None),
        Err(error) => bail!("not an HTTP response: {error}"),
    };
    let is_length = |field: &&httparse::Header| field.name.eq_ignore_ascii_case("content-length");
    let length = head.headers.iter().find(is_length);
    let length =
        length.and_then(|field| std::str::from_utf8(field.value).ok()?.trim().parse().ok());
    Ok(length.map(|length: usize| body + length))
}

#[cfg(test)]
mod tests {
    use super::stated_length;

    #[test]
    fn a_response_states_its_length_when_its_head_is_whole() {
        let response = b"HTTP/1.1 200 OK\r\ncontent-LENGTH: 2\r\nA: b\r\n\r\nAB";
        let head = response.len() - 2;
        for length in 0..response.len() {
            let stated = (length >= head).then_some(response.len());
            assert_eq!(stated_length(&response[..length]).expect("HTTP"), stated);
        }
        assert_eq!(
            stated_length(b"HTTP/1.1 200 OK\r\n\r\nA").expect("HTTP"),
            None
        );
        assert!(stated_length(b"hello\r\n\r\n").is_err());
    }
}
