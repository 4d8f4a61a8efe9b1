//! Each of the three servers is replaced again and again, and each host is cut
//! off, while clients ask: every request gets its answer.

use crate::clients::{Clients, Counts};
use crate::network::{Network, SERVERS};
use crate::proxy::Proxy;
use crate::server::Server;
use std::collections::VecDeque;
use std::thread;
use std::time::Duration;

/// All but `process`, whose children die with it, as Python's do.
const MODELS: [&str; 5] = ["iterative", "fork", "prefork", "thread", "epoll"];

/// How often each of the three servers is replaced.
const ROUNDS: usize = 5;

/// This many answers of a server show that it takes part.
const SOME: usize = 50;

/// The servers, the one that is replaced next at the front.
type Servers = VecDeque<Server>;

/// Three servers behind the proxy, under load, while `change` changes them.
fn under_load(arguments: &[&str], change: impl FnOnce(&Network, &Clients, &mut Servers)) -> Counts {
    let network = Network::build();
    let start = |(host, _)| Server::start(host, 0, arguments);
    let mut servers: Servers = SERVERS.into_iter().map(start).collect();
    let proxy = Proxy::start();
    let clients = Clients::start();
    for server in &servers {
        clients.wait_for_answers(&server.body, SOME);
    }
    change(&network, &clients, &mut servers);
    let counts = clients.stop();
    servers.into_iter().for_each(Server::stop);
    drop(proxy);
    counts
}

/// Replaces each of the three in each round, the next one when this one takes part.
fn replace_all(arguments: &[&str], replace: impl Fn(&mut Servers, &str, usize)) -> Counts {
    under_load(arguments, |_, clients, servers| {
        for number in 1..=ROUNDS {
            for (host, _) in SERVERS {
                replace(servers, host, number);
                let server = servers.back().expect("the new one");
                clients.wait_for_answers(&server.body, SOME);
            }
        }
    })
}

/// Prints what was counted. No request may have failed.
fn assert_none_failed(what: &str, counts: &Counts) {
    println!(
        "{what}: {} requests, {} failed, {} servers answered, the slowest answer took {:.2} s",
        counts.requests(),
        counts.failed.values().sum::<usize>(),
        counts.answered.len(),
        counts.slowest.as_secs_f64(),
    );
    assert!(counts.failed.is_empty(), "{:#?}", counts.failed);
}

#[test]
fn no_request_fails_where_a_server_stops_before_the_next_one_starts() {
    for model in MODELS {
        let arguments = [model];
        let counts = replace_all(&arguments, |servers, host, number| {
            servers.pop_front().expect("the old one").stop();
            servers.push_back(Server::start(host, number, &arguments));
        });
        assert_none_failed(&format!("{model}, one stops, the next starts"), &counts);
        assert_eq!(counts.answered.len(), 3 * (ROUNDS + 1));
    }
}

#[test]
fn no_request_fails_where_the_next_one_starts_before_a_server_stops() {
    for model in MODELS {
        let arguments = [model, "--reuseport"];
        let counts = replace_all(&arguments, |servers, host, number| {
            servers.push_back(Server::start(host, number, &arguments));
            servers.pop_front().expect("the old one").stop();
        });
        assert_none_failed(&format!("{model}, both at once, --reuseport"), &counts);
        assert_eq!(counts.answered.len(), 3 * (ROUNDS + 1));
    }
}

/// What the host has answered, TCP sends again when it is back. A request that was not
/// sent to it goes to another host.
#[test]
fn no_request_fails_while_a_host_is_cut_off_and_when_it_is_back() {
    let counts = under_load(&["fork"], |network, clients, servers| {
        for (server, (host, _)) in servers.iter().zip(SERVERS) {
            network.cut_off(host);
            thread::sleep(Duration::from_secs(3)); // two checks fail in that time
            network.connect(host);
            clients.wait_for_answers(&server.body, SOME);
        }
    });
    assert_none_failed("fork, each host cut off for 3 s", &counts);
}
