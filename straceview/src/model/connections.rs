//! Which client each connection served: joins the server's accepts and the clients'
//! connects.

use super::{Model, Moment, What};
use crate::strace::call::Call;
use crate::strace::stamp::Micros;
use std::collections::{BTreeMap, HashMap, HashSet, VecDeque};

/// The ports that a call shows.
pub struct Ports {
    /// The port in a socket address among the arguments.
    pub shown: Option<u16>,
    /// The peer's port, of an accepted connection.
    pub peer: Option<u16>,
}

impl Ports {
    pub fn of(call: &Call) -> Self {
        // Port 0 asks the kernel for one: that one is not known.
        let known = |port: u16| (port != 0).then_some(port);
        let shown = || {
            let (_, rest) = call.arguments.split_once("port=htons(")?;
            known(rest.split(')').next()?.parse().ok()?)
        };
        // What strace -yy puts behind a descriptor: `4<TCP:[127.0.0.1:80->127.0.0.1:4000]>`.
        let decoded = || {
            let (_, rest) = call.result.split_once("->")?;
            known(rest.split("]>").next()?.rsplit(':').next()?.parse().ok()?)
        };
        let shown = shown();
        let peer = shown.or_else(decoded);
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
    let mut waiting = Waiting::of(model);
    for number in 1..=model.connections.len() {
        if let Some(client) = waiting.take(model, number - 1) {
            model.connections[number - 1].client = Some(client);
            model.clients[client].connection = Some(number);
        }
    }
    let closed = last_closes(model);
    for client in &mut model.clients {
        client.closed = closed[client.object];
    }
    mark_clients(model);
}

/// The clients that no connection has been found for.
struct Waiting {
    taken: Vec<bool>,
    by_local_port: HashMap<u16, VecDeque<usize>>,
    /// In the order of their connects, for each port of a server.
    by_server_port: BTreeMap<u16, VecDeque<usize>>,
}

impl Waiting {
    fn of(model: &Model) -> Self {
        let mut by_local_port = HashMap::<u16, VecDeque<usize>>::new();
        let mut by_server_port = BTreeMap::<u16, VecDeque<usize>>::new();
        for (index, client) in model.clients.iter().enumerate() {
            if let Some(port) = model.objects[client.object].local_port {
                by_local_port.entry(port).or_default().push_back(index);
            }
            by_server_port
                .entry(client.server_port)
                .or_default()
                .push_back(index);
        }
        Self {
            taken: vec![false; model.clients.len()],
            by_local_port,
            by_server_port,
        }
    }

    fn take(&mut self, model: &Model, connection: usize) -> Option<usize> {
        let connection = &model.connections[connection];
        let fits = |taken: &[bool], client: usize| {
            let port = connection.listener_port;
            let client_of = &model.clients[client];
            !taken[client]
                && port.is_none_or(|port| port == client_of.server_port)
                && client_of.connect.0 <= connection.accepted + SKEW
        };
        let peer = connection.peer_port;
        let same_port = peer.and_then(|port| self.by_local_port.get(&port));
        let known = same_port.and_then(|list| list.iter().find(|c| fits(&self.taken, **c)));
        let found = known.copied().or_else(|| {
            // One that told another port is somebody else.
            let local = |client: usize| model.objects[model.clients[client].object].local_port;
            let may = |client: usize| peer.is_none() || local(client).is_none();
            let queues = self
                .by_server_port
                .iter_mut()
                .filter(|(server, _)| connection.listener_port.is_none_or(|port| port == **server));
            let mut first: Vec<usize> = Vec::new();
            for (_, queue) in queues {
                while queue.front().is_some_and(|client| self.taken[*client]) {
                    queue.pop_front();
                }
                let mut queue = queue.iter().copied();
                first.extend(queue.find(|client| fits(&self.taken, *client) && may(*client)));
            }
            first.into_iter().min()
        })?;
        self.taken[found] = true;
        Some(found)
    }
}

/// For each object: when the last of its descriptors ended. `None`: one is open still.
pub fn last_closes(model: &Model) -> Vec<Option<Moment>> {
    let mut last = vec![None; model.objects.len()];
    let mut open = vec![false; model.objects.len()];
    let lists = model.processes.iter().map(|process| &process.descriptors);
    for descriptor in lists.flatten() {
        let known: &mut Option<Moment> = &mut last[descriptor.object];
        match descriptor.to {
            Some(to) if known.is_none_or(|known| known.step < to.step) => *known = Some(to),
            Some(_) => {}
            None => open[descriptor.object] = true,
        }
    }
    let closed = |(last, open): (Option<Moment>, bool)| last.filter(|_| !open);
    last.into_iter().zip(open).map(closed).collect()
}

/// Clients are those trees of processes that connect to others and serve nobody.
fn mark_clients(model: &mut Model) {
    let mut root = Vec::with_capacity(model.processes.len());
    for (index, process) in model.processes.iter().enumerate() {
        root.push(process.parent.map_or(index, |parent| root[parent]));
    }
    let is_listener = |object: usize| model.objects[object].what == What::Listener;
    let serves = |index: &usize| {
        let mut held = model.processes[*index].descriptors.iter();
        held.any(|descriptor| is_listener(descriptor.object))
    };
    let all = 0..model.processes.len();
    let servers: HashSet<usize> = all.filter(serves).map(|process| root[process]).collect();
    let joined = model
        .clients
        .iter()
        .filter(|client| client.connection.is_some());
    let clients: HashSet<usize> = joined.map(|client| root[client.process]).collect();
    for (process, root) in model.processes.iter_mut().zip(root) {
        process.is_client = clients.contains(&root) && !servers.contains(&root);
    }
}
