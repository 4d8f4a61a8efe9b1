//! Clients of the server under test: what each has done when the signal comes, and
//! what it gets in the end.

use crate::client::{GET, RESPONSE};
use std::io::{Error, ErrorKind, Read, Result, Write};
use std::net::{SocketAddr, TcpStream};
use std::thread;
use std::time::{Duration, Instant};

/// Longer than a server needs to answer, unless it never does.
const PATIENCE: Duration = Duration::from_secs(5);

/// What a client has done when the signal comes; the rest it does then.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Done {
    /// Connected, and sent nothing.
    Connected,
    /// Sent half of its request.
    Begun,
    /// Sent its request.
    Sent,
}

pub struct Client {
    stream: TcpStream,
    unsent: &'static [u8],
}

impl Client {
    pub fn connect(address: SocketAddr, done: Done) -> Result<Self> {
        let mut stream = TcpStream::connect_timeout(&address, PATIENCE)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        stream.set_nodelay(true)?;
        let sent = match done {
            Done::Connected => 0,
            Done::Begun => GET.len() / 2,
            Done::Sent => GET.len(),
        };
        stream.write_all(&GET[..sent])?;
        Ok(Self {
            stream,
            unsent: &GET[sent..],
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

    /// Sends what is unsent, and receives the response: `Err` says what came instead.
    pub fn answer(&mut self) -> std::result::Result<(), String> {
        let unsent = std::mem::take(&mut self.unsent);
        // If the server has gone, receiving says more about it.
        let _ = self.stream.write_all(unsent);
        let mut bytes = [0; RESPONSE.len()];
        match self.stream.read_exact(&mut bytes) {
            Ok(()) if bytes == RESPONSE => Ok(()),
            Ok(()) => Err(String::from_utf8_lossy(&bytes).into_owned()),
            Err(error) => Err(name(&error)),
        }
    }

    /// After the answer: the end of the connection, and nothing else.
    pub fn end(&mut self) -> std::result::Result<(), String> {
        match self.stream.read(&mut [0]) {
            Ok(0) => Ok(()),
            Ok(_) => Err("more than an answer".into()),
            Err(error) => Err(name(&error)),
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
