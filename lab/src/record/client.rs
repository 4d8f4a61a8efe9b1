//! `lab client`: what is traced beside the server. As curl does, each client
//! reads the length that the response states, and closes.

use crate::response::is_whole;
use anyhow::{Context, ensure};
use clap::Args;
use std::io::{Read, Write};
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

/// For a server that accepts and never answers.
const LONGEST: Duration = Duration::from_secs(30);

/// Long enough for a connect that the backlog takes; one that it does not take
/// comes again after a second, and the others do not wait for it.
const IN_TURN: Duration = Duration::from_millis(100);

/// Each client is a thread of its own. They connect in turn, so that the order
/// in which they are accepted is theirs. Ends with
/// status 1 if one got no response.
pub fn run(arguments: &Arguments) -> anyhow::Result<()> {
    println!("ready");
    let mut port = String::new();
    std::io::stdin().read_line(&mut port)?;
    let port = port.trim().parse().context("the port")?;
    let all = thread::scope(|scope| {
        let start = |_| {
            let (connected, told) = mpsc::channel();
            let client = scope.spawn(move || client(port, connected));
            let _ = told.recv_timeout(IN_TURN);
            sleep(arguments.every);
            client
        };
        let clients: Vec<_> = (0..arguments.count).map(start).collect();
        let ends = clients
            .into_iter()
            .map(|client| client.join().expect("no panic"));
        ends.collect::<Vec<_>>()
    });
    let failed: Vec<_> = all.into_iter().filter_map(Result::err).collect();
    for error in &failed {
        eprintln!("lab record: a client got no response: {error:#}");
    }
    // Said already, a line each.
    std::process::exit(i32::from(!failed.is_empty()));
}

fn client(port: u16, connected: mpsc::Sender<()>) -> anyhow::Result<()> {
    let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).context("connect")?;
    let _ = connected.send(());
    // getsockname: so the recording tells which accept this became.
    stream.local_addr()?;
    stream.set_read_timeout(Some(LONGEST))?;
    stream
        .write_all(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
        .context("send")?;
    let mut response = Vec::new();
    let mut buffer = [0; 4096];
    loop {
        match stream.read(&mut buffer).context("recv")? {
            0 => break,
            count => response.extend(&buffer[..count]),
        }
        if is_whole(&response)? {
            return Ok(());
        }
    }
    ensure!(!response.is_empty(), "closed without a response");
    Ok(())
}
