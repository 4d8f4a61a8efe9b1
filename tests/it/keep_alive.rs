//! `--keep-alive`: one connection, several requests (RFC 9112, 9.3).

use crate::http::BAD_REQUEST;
use crate::server::{
    AT_ONCE, GET, KEPT, LAST, RESPONSE, Server, each_server, exchange, half_close, received,
    wait_until, with_each_model,
};
use crate::stop::in_flight;
use std::fs;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::thread;
use std::time::{Duration, Instant};

/// The next response, which keeps the connection open.
fn kept(stream: &mut TcpStream) {
    let mut bytes = [0; KEPT.len()];
    stream.read_exact(&mut bytes).expect("receive");
    assert_eq!(
        String::from_utf8_lossy(&bytes),
        String::from_utf8_lossy(KEPT)
    );
}

#[test]
fn a_connection_is_used_until_the_client_says_that_it_is_enough() {
    each_server(&["--keep-alive"], |server| {
        let mut stream = server.connect();
        for _ in 0..5 {
            stream.write_all(GET).expect("send");
            kept(&mut stream);
        }
        stream.write_all(LAST).expect("send");
        assert_eq!(received(stream), RESPONSE);
        let mut stream = server.get();
        kept(&mut stream); // and the client closes
    });
}

#[test]
fn without_the_option_every_response_is_the_last() {
    each_server(&[], |server| {
        let asks = b"GET / HTTP/1.1\r\nConnection: keep-alive\r\n\r\n";
        assert_eq!(server.send(asks), RESPONSE);
    });
}

#[test]
fn http_1_0_closes_unless_it_asks_otherwise() {
    each_server(&["--keep-alive"], |server| {
        assert_eq!(server.send(b"GET / HTTP/1.0\r\n\r\n"), RESPONSE);
        let mut stream = server.connect();
        for _ in 0..2 {
            let asks = b"GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n";
            stream.write_all(asks).expect("send");
            kept(&mut stream);
        }
        stream.write_all(b"GET / HTTP/1.0\r\n\r\n").expect("send");
        assert_eq!(received(stream), RESPONSE);
    });
}

#[test]
fn pipelined_requests_are_answered_in_their_order() {
    each_server(&["--keep-alive"], |server| {
        let requests = [
            GET,
            b"HEAD / HTTP/1.1\r\n\r\n",
            GET,
            b"\r\n",
            GET,
            LAST,
            GET,
        ]
        .concat();
        let head = &KEPT[..KEPT.len() - 1];
        let expected = [KEPT, head, KEPT, KEPT, RESPONSE].concat();
        assert_eq!(server.send(&requests), expected);
        // A request that is none ends the connection, after the answers before it.
        let requests = [GET, GET, b"no request\r\n\r\n", GET].concat();
        assert_eq!(server.send(&requests), [KEPT, KEPT, BAD_REQUEST].concat());
    });
}

/// More than epoll answers in one turn, and more than a buffer holds, cut
/// wherever the network cuts them.
#[test]
fn three_thousand_pipelined_requests_are_all_answered() {
    each_server(&["--keep-alive"], |server| {
        let stream = server.connect();
        let mut sender = stream.try_clone().expect("a second handle");
        let sent = thread::spawn(move || {
            sender.write_all(&GET.repeat(2_999)).expect("send");
            sender.write_all(LAST).expect("send");
        });
        let answers = received(stream);
        sent.join().expect("sent");
        assert_eq!(answers.len(), 2_999 * KEPT.len() + RESPONSE.len());
        assert!(answers.ends_with(RESPONSE));
    });
}

/// Nobody knows where its body ends, since nobody reads it.
#[test]
fn a_request_with_a_body_is_the_last() {
    each_server(&["--keep-alive"], |server| {
        let post = b"POST / HTTP/1.1\r\nContent-Length: 27\r\n\r\n";
        let body = GET; // it is no request
        assert_eq!(
            server.send(&[GET, post, body].concat()),
            [KEPT, RESPONSE].concat()
        );
        let chunked = b"GET / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n";
        assert_eq!(server.send(chunked), RESPONSE);
    });
}

/// Whether the server has received all that a client has sent: rx_queue in proc_net(5).
fn is_received(client: &TcpStream) -> bool {
    let place = |address: SocketAddr| match address {
        SocketAddr::V4(v4) => {
            let number = u32::from_ne_bytes(v4.ip().octets()); // as the kernel prints it
            format!("{number:08X}:{:04X}", v4.port())
        }
        SocketAddr::V6(v6) => panic!("{v6} is in another table"),
    };
    let client_place = place(client.local_addr().expect("its address"));
    let server_place = place(client.peer_addr().expect("an address"));
    let table = fs::read_to_string("/proc/net/tcp").expect("/proc/net/tcp");
    table.lines().any(|line| {
        let columns: Vec<&str> = line.split_whitespace().collect();
        columns[1..3] == [&server_place, &client_place] && columns[4].ends_with(":00000000")
    })
}

#[test]
fn a_stop_waits_for_the_rest_of_a_head_that_has_begun() {
    with_each_model(|model| {
        let server = Server::of(model).alone().with("--keep-alive=60");
        // No limit of the server ends while the test waits, on a busy machine, too.
        let server = server.with("--grace=60").with("--timeout=60").start();
        let mut stream = server.get();
        kept(&mut stream);
        let (begun, rest) = GET.split_at(9);
        stream.write_all(begun).expect("send");
        wait_until("it is received", || is_received(&stream));
        server.signal("TERM");
        server.wait_until_told();
        // A child may learn of the stop a moment later.
        let answer = exchange(stream, rest);
        assert!(answer == RESPONSE || answer == KEPT, "{model}: {answer:?}");
        assert_eq!(server.ended().0.code(), Some(0), "{model}");
    });
}

/// A client that closes its side has asked for nothing, or for half of something.
#[test]
fn a_later_head_that_ends_in_the_middle_gets_400() {
    each_server(&["--keep-alive"], |server| {
        for (request, answer) in [(&b""[..], &b""[..]), (&GET[..9], BAD_REQUEST)] {
            let mut stream = server.get();
            kept(&mut stream);
            assert_eq!(half_close(stream, request), answer);
        }
    });
}

#[test]
fn an_idle_connection_is_closed_without_a_word() {
    each_server(&["--keep-alive=6", "--timeout=30"], |server| {
        let mut stream = server.get();
        kept(&mut stream);
        thread::sleep(Duration::from_millis(500));
        let start = Instant::now(); // a request begins the time anew
        stream.write_all(GET).expect("send");
        kept(&mut stream);
        assert_eq!(received(stream), b"");
        let waited = start.elapsed().as_secs_f64();
        assert!((5.99..25.0).contains(&waited), "{waited}");
    });
}

/// The second head has `--timeout`, as the first has.
#[test]
fn a_later_head_that_begins_and_does_not_end_gets_408() {
    each_server(&["--keep-alive=20", "--timeout=0.5"], |server| {
        let mut stream = server.connect();
        let start = Instant::now();
        stream.write_all(&[GET, &GET[..9]].concat()).expect("send");
        kept(&mut stream);
        assert_eq!(received(stream), crate::deadlines::TIMEOUT);
        let waited = start.elapsed().as_secs_f64();
        assert!((0.49..10.0).contains(&waited), "{waited}");
    });
}

#[test]
fn each_request_sleeps() {
    each_server(&["--keep-alive", "--sleep=0.2"], |server| {
        let start = Instant::now();
        let answers = server.send(&[GET, GET, LAST].concat());
        assert_eq!(answers, [KEPT, KEPT, RESPONSE].concat());
        let took = start.elapsed().as_secs_f64();
        assert!(took >= 0.59, "{took}");
    });
}

#[test]
fn a_stop_ends_the_wait_for_another_request() {
    with_each_model(|model| {
        let server = Server::of(model).with("--keep-alive=30");
        let server = server.with("--grace=30").start();
        let mut stream = server.get();
        kept(&mut stream);
        let (took, lines) = server.stop();
        assert!(took < AT_ONCE, "{model}: {took:?}");
        assert!(!lines[0].contains("cut"), "{model}: {lines:?}");
        assert_eq!(received(stream), b"", "{model}: closed, not reset");
    });
}

/// A client that was told that the connection goes on gets the next answer, too. The last
/// answer says that it is the last.
#[test]
fn a_stop_with_requests_pipelined_breaks_no_promise() {
    with_each_model(|model| {
        let server = Server::of(model).with("--keep-alive=20");
        let server = server.with("--sleep=0.5").with("--grace=30").start();
        let mut stream = in_flight(&server, model);
        stream.write_all(&GET.repeat(4)).expect("send");
        server.signal("TERM");
        let answers = received(stream);
        let kept = answers.len().saturating_sub(RESPONSE.len()) / KEPT.len();
        let expected = [&KEPT.repeat(kept)[..], RESPONSE].concat();
        assert_eq!(answers, expected, "{model}");
        let (status, lines) = server.ended();
        assert_eq!(status.code(), Some(0), "{model}: {lines:?}");
    });
}
