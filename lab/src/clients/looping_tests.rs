//! Servers of a few lines that do to a client what a stop may do.

use super::{After, Clients, Outcome, Tally, request};
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::time::{Duration, Instant};

/// A server that does that to the one client who comes: its port.
fn server(serve: impl FnOnce(TcpStream) + Send + 'static) -> u16 {
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut request = [0; 1024];
        let _ = stream.read(&mut request).unwrap();
        serve(stream);
    });
    port
}

/// A server that closes before it has read all of the request.
fn careless_server() -> u16 {
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        stream.read_exact(&mut [0]).unwrap();
    });
    port
}

#[test]
fn each_outcome_is_told_from_the_others() {
    let answer = b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nA";
    let port = server(|mut stream| stream.write_all(answer).unwrap());
    assert_eq!(request(port).unwrap(), Outcome::Answered);

    let port = server(|mut stream| stream.write_all(&answer[..20]).unwrap());
    assert_eq!(request(port).unwrap(), Outcome::Closed);

    // The kernel resets a connection that is closed with something unread.
    assert_eq!(request(careless_server()).unwrap(), Outcome::Reset);

    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let port = listener.local_addr().unwrap().port();
    drop(listener);
    assert_eq!(request(port).unwrap(), Outcome::Refused);
}

#[test]
fn an_answer_after_a_second_is_late_and_so_is_a_refusal() {
    let (soon, late) = (Duration::from_millis(5), Duration::from_millis(1010));
    let mut tally = Tally::default();
    tally.add(Outcome::Answered, soon);
    tally.add(Outcome::Answered, late);
    tally.add(Outcome::Refused, soon);
    tally.add(Outcome::Refused, late);
    tally.add(Outcome::Reset, late);
    tally.add(Outcome::Hung, late);
    let want = Tally {
        answered: 1,
        answered_late: 1,
        refused: 1,
        refused_late: 1,
        reset: 1,
        closed: 0,
        hung: 1,
    };
    assert_eq!(tally, want);
    assert_eq!(tally.lost(), 2);
}

#[test]
fn a_client_ends_with_its_first_failure_or_when_it_is_told() {
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let port = listener.local_addr().unwrap().port();
    drop(listener);
    let clients = Clients::start(port, 2, After::Failure);
    clients.count();
    let start = Instant::now();
    while !clients.have_ended() {
        assert!(start.elapsed() < Duration::from_secs(30), "they go on");
        std::thread::sleep(Duration::from_millis(1));
    }
    let tally = clients.finish().unwrap();
    assert!(tally.refused <= 2 && tally.lost() == 0, "{tally:?}");

    let clients = Clients::start(port, 2, After::Word);
    clients.count();
    std::thread::sleep(Duration::from_secs(1));
    assert!(!clients.have_ended());
    clients.end();
    assert!(clients.finish().unwrap().refused > 2);
}
