//! Clients of the server under test: what each has done when the signal comes, and
//! what it gets in the end.

use crate::client::{GET, KEPT, RESPONSE};
use std::io::{BufRead, BufReader, Error, ErrorKind, Read, Result, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::thread;
use std::time::{Duration, Instant};

/// Longer than a server needs to answer, unless it never does.
const PATIENCE: Duration = Duration::from_secs(5);

/// What a client has done when the signal comes. What is missing of its request, it
/// sends then.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Done {
    /// Connected, and sent nothing.
    Connected,
    /// Sent half of its request.
    Begun,
    /// Sent its request.
    Sent,
    /// Sent two requests, one after the other: for --keep-alive.
    Twice,
}

pub struct Client {
    stream: BufReader<TcpStream>,
    unsent: &'static [u8],
    requests: usize,
}

impl Client {
    pub fn connect(address: SocketAddr, done: Done) -> Result<Self> {
        let mut stream = TcpStream::connect_timeout(&address, PATIENCE)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        stream.set_nodelay(true)?;
        let (requests, sent) = match done {
            Done::Connected => (1, 0),
            Done::Begun => (1, GET.len() / 2),
            Done::Sent => (1, GET.len()),
            Done::Twice => (2, GET.len()),
        };
        stream.write_all(&GET.repeat(requests)[..sent * requests])?;
        Ok(Self {
            stream: BufReader::new(stream),
            unsent: &GET[sent..],
            requests,
        })
    }

    /// The same; a patient client comes again while the server is about to listen.
    pub fn come(address: SocketAddr, done: Done, patient: bool) -> Result<Self> {
        let start = Instant::now();
        loop {
            match Self::connect(address, done) {
                Err(_) if patient && start.elapsed() < PATIENCE => {
                    thread::sleep(Duration::from_millis(1));
                }
                result => return result,
            }
        }
    }

    /// Sends what is unsent, and receives the responses: `Err` says what came instead.
    pub fn answer(&mut self) -> std::result::Result<(), String> {
        let unsent = std::mem::take(&mut self.unsent);
        // If the server has gone, receiving says more about it.
        let _ = self.stream.get_mut().write_all(unsent);
        for _ in 0..self.requests {
            let response = self.response().map_err(|error| name(&error))?;
            match &response[..] {
                RESPONSE => {
                    self.leave(); // it is the last, whatever else was asked
                    return Ok(());
                }
                KEPT => {}
                other => return Err(String::from_utf8_lossy(other).into_owned()),
            }
        }
        Ok(())
    }

    /// A response, up to its body, which is `A`; or less, where the connection ends.
    fn response(&mut self) -> Result<Vec<u8>> {
        let mut bytes = Vec::new();
        while !bytes.ends_with(b"\r\n\r\nA") {
            match self.stream.read_until(b'A', &mut bytes)? {
                0 if bytes.is_empty() => return Err(ErrorKind::UnexpectedEof.into()),
                0 => break,
                _ => {}
            }
        }
        Ok(bytes)
    }

    /// Asks for nothing more: a server that lingers, or keeps the connection alive, need
    /// not wait.
    pub fn leave(&self) {
        let _ = self.stream.get_ref().shutdown(Shutdown::Write);
    }

    /// After the answer: the end of the connection, and nothing else.
    pub fn end(&mut self) -> std::result::Result<(), String> {
        match self.stream.read(&mut [0]) {
            Ok(0) => Ok(()),
            Ok(_) => Err("more than an answer".into()),
            Err(error) => Err(format!("after the answer: {}", name(&error))),
        }
    }
}

fn name(error: &Error) -> String {
    match error.kind() {
        ErrorKind::ConnectionReset => "reset".into(),
        ErrorKind::UnexpectedEof => "closed without an answer".into(),
        ErrorKind::WouldBlock => "no answer in time".into(),
        _ => error.to_string(),
    }
}
