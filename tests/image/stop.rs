//! How a container ends: `podman stop` and `docker stop` send SIGTERM to PID 1.

use crate::container::{Container, HARDENED, MODELS, RESPONSE, exchange, received, wait_until};
use std::io::ErrorKind;
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::thread;

/// All but `process`, whose children die with it.
fn drained() -> impl Iterator<Item = &'static str> {
    MODELS.into_iter().filter(|model| *model != "process")
}

#[test]
fn it_stops_at_once_with_status_0() {
    for model in MODELS {
        let container = Container::run(HARDENED, &[model]);
        assert_eq!(received(container.request()), RESPONSE);
        assert_eq!(container.stop(), "0", "{model}");
        let line = format!("acceptd: {model}: stopped: connections 1");
        assert!(container.logs().contains(&line), "{}", container.logs());
    }
}

#[test]
fn it_answers_the_request_in_flight_and_then_stops() {
    for model in drained() {
        let container = Container::run(HARDENED, &[model, "--sleep=2", "--verbose"]);
        let client = container.request();
        container.wait_for_line("accepted");
        assert_eq!(container.stop(), "0", "{model}");
        assert_eq!(received(client), RESPONSE, "{model}");
    }
}

/// `process` kills its children on stop, as Python's daemon=True does.
#[test]
fn as_process_it_stops_at_once_whatever_is_in_flight() {
    let container = Container::run(HARDENED, &["process", "--sleep=30", "--verbose"]);
    let client = container.request();
    container.wait_for_line("forked");
    assert_eq!(container.stop(), "0");
    let mut byte = [0];
    let read = std::io::Read::read(&mut &client, &mut byte);
    assert!(!matches!(read, Ok(1..)), "an answer of a killed child");
}

/// A client that connects again and again, until nobody listens any more. It adds its
/// answers to `answered`, and returns what it got instead of an answer.
fn client_until_refused(place: SocketAddr, answered: &AtomicUsize) -> Vec<String> {
    let mut lost = Vec::new();
    loop {
        match TcpStream::connect(place) {
            Err(error) if error.kind() == ErrorKind::ConnectionRefused => return lost,
            Err(error) => lost.push(error.to_string()),
            Ok(stream) => match exchange(stream) {
                Ok(text) if text == RESPONSE => {
                    answered.fetch_add(1, Relaxed);
                }
                Ok(text) => lost.push(text),
                Err(error) => lost.push(error.to_string()),
            },
        }
    }
}

#[test]
fn no_client_is_lost_when_it_stops_under_load() {
    for model in drained() {
        // More memory: the kernel's own, for processes that have just ended.
        let container = Container::run(&[HARDENED, &["--memory=256m"]].concat(), &[model]);
        let answered = Arc::new(AtomicUsize::new(0));
        let clients: Vec<_> = (0..32)
            .map(|_| {
                let place = container.place();
                let answered = answered.clone();
                thread::spawn(move || client_until_refused(place, &answered))
            })
            .collect();
        wait_until("they are served", || answered.load(Relaxed) > 100);
        assert_eq!(container.stop(), "0", "{model}");
        for client in clients {
            let lost = client.join().expect("a client");
            assert_eq!(lost, Vec::<String>::new(), "{model}");
        }
        let logs = container.logs();
        let counts = logs.split("stopped: connections ").nth(1);
        let connections = counts.and_then(|counts| counts.split([',', '\n']).next());
        let answered = answered.load(Relaxed).to_string();
        assert_eq!(connections, Some(&*answered), "{logs}");
    }
}
