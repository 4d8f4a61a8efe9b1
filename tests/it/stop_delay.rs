//! `--stop-delay`: the time between the first signal and the stop.

use crate::server::{AT_ONCE, GET, MODELS, RESPONSE, Server, received, wait_until};
use std::time::Instant;

/// During --stop-delay a server still serves, whatever happens to children later.
#[test]
fn stop_delay_serves_all() {
    for options in [
        ["--on-stop=kill", "--max-children=1"],
        ["--on-stop=drain", "--max-children=1"],
    ] {
        let server = Server::of("fork")
            .with("--stop-delay=4")
            .with("--sleep=0.1");
        let server = server.with(options[0]).with(options[1]).start();
        server.signal("TERM");
        for stream in [server.get(), server.get(), server.get()] {
            assert_eq!(received(stream), RESPONSE, "{options:?}");
        }
        assert_eq!(server.ended().0.code(), Some(0));
    }
}

/// --exit-after ends a --stop-delay: nobody is accepted and dropped.
#[test]
fn exit_after_ends_the_stop_delay() {
    for model in MODELS {
        let server = Server::of(model).alone().with("--stop-delay=30");
        let server = server.with("--exit-after=1").start();
        server.signal("TERM");
        assert_eq!(server.send(GET), RESPONSE, "{model}");
        let start = Instant::now();
        wait_until("nobody listens", || server.refuses());
        let (status, lines) = server.ended();
        assert!(start.elapsed() < AT_ONCE, "{model}");
        assert_eq!(status.code(), Some(0), "{model}");
        let last = lines.last().expect("a stop line");
        assert!(last.contains("connections 1"), "{last}");
    }
}
