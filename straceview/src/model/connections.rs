//! Whom each connection served: the server's accepts and the clients'
//! connects, joined.

use super::{Model, What};
use crate::strace::call::Call;
use crate::strace::line::Micros;
use regex::Regex;
use std::sync::LazyLock;

/// The ports that a call shows.
pub struct Ports {
    /// In a socket address among the arguments.
    pub shown: Option<u16>,
    /// The peer's, of an accepted connection.
    pub peer: Option<u16>,
}

static PORT: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"port=htons\((\d+)\)").expect("a regex"));
/// What strace -yy puts behind a descriptor.
static DECODED: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"->[^>]*:(\d+)\]>").expect("a regex"));

impl Ports {
    pub fn of(call: &Call) -> Self {
        let find = |regex: &Regex, text: &str| {
            // Port 0 asks the kernel for one: that one is not known.
            let port: Option<u16> = regex.captures(text)?[1].parse().ok();
            port.filter(|port| *port != 0)
        };
        let shown = find(&PORT, &call.arguments);
        let peer = shown.or_else(|| find(&DECODED, &call.result));
        Self { shown, peer }
    }
}

/// A call's end is its start and what -T counts; but strace prints the start a
/// while before it begins to count, and longer on a machine that has much to do.
const SKEW: Micros = 50_000;

/// Joins by the client's port, where both sides told it; else in the order of
/// the backlog, which is first in, first out.
pub fn join(model: &mut Model) {
    model.clients.sort_by_key(|client| client.connect.1);
    for number in 1..=model.connections.len() {
        let connection = &model.connections[number - 1];
        let (peer, port) = (connection.peer_port, connection.listener_port);
        let accepted = connection.accepted;
        let free = |model: &Model, client: usize| {
            let client = &model.clients[client];
            client.connection.is_none()
                && port.is_none_or(|port| port == client.server_port)
                && client.connect.0 <= accepted + SKEW
        };
        let local = |client: usize| model.objects[model.clients[client].object].local_port;
        let all = 0..model.clients.len();
        let by_port = |client: &usize| peer.is_some() && local(*client) == peer;
        let by_order = |client: &usize| peer.is_none() || local(*client).is_none();
        let known = all
            .clone()
            .filter(|client| free(model, *client))
            .find(by_port);
        let found = known.or_else(|| all.filter(|c| free(model, *c)).find(by_order));
        if let Some(client) = found {
            model.connections[number - 1].client = Some(client);
            model.clients[client].connection = Some(number);
        }
    }
    for client in 0..model.clients.len() {
        model.clients[client].closed = last_close(model, model.clients[client].object);
    }
    mark_clients(model);
}

/// When the last descriptor of an object ended; `None`: one is open still.
pub fn last_close(model: &Model, object: usize) -> Option<i64> {
    let descriptors = model
        .processes
        .iter()
        .flat_map(|process| &process.descriptors);
    let of_object = descriptors.filter(|descriptor| descriptor.object == object);
    let ends: Option<Vec<_>> = of_object.map(|descriptor| descriptor.to).collect();
    ends?.into_iter().max()
}

/// Clients are those trees of processes that connect to others and serve nobody.
fn mark_clients(model: &mut Model) {
    let root = |model: &Model, mut process: usize| {
        while let Some(parent) = model.processes[process].parent {
            process = parent;
        }
        process
    };
    let serves = |model: &Model, process: usize| {
        let mut held = model.processes[process].descriptors.iter();
        held.any(|descriptor| model.objects[descriptor.object].what == What::Listener)
    };
    let all = 0..model.processes.len();
    let servers: Vec<usize> = all
        .clone()
        .filter(|p| serves(model, *p))
        .map(|p| root(model, p))
        .collect();
    let joined = |client: &&super::Client| client.connection.is_some();
    let clients: Vec<usize> = model
        .clients
        .iter()
        .filter(joined)
        .map(|c| root(model, c.process))
        .collect();
    for process in all {
        let root = root(model, process);
        model.processes[process].is_client = clients.contains(&root) && !servers.contains(&root);
    }
}
