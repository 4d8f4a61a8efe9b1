//! What the page's script knows. A step is the number of an entry: what is true after step N
//! began at a step up to N, and ends at a later one.

use super::rows::Row;
use super::sources::{Lines, sources};
use crate::model::tree::tree;
use crate::model::{Descriptor, Ending, Model, What};
use crate::picture::Map;
use crate::source::lines::Source;
use crate::strace::stamp::Precision;
use serde::Serialize;
use std::collections::BTreeMap;

#[derive(Serialize)]
pub struct Page {
    pub panels: Vec<Panel>,
    /// Rows of the two panels that run the same line.
    pub pairs: Vec<(usize, usize)>,
}

/// One recording.
#[derive(Serialize)]
pub struct Panel {
    pub title: String,
    /// Whether its times mean anything.
    timed: bool,
    has_closes: bool,
    processes: Vec<Process>,
    objects: Vec<Object>,
    descriptors: Vec<Held>,
    pub rows: Vec<Row>,
    sources: BTreeMap<String, Lines>,
    scale: crate::picture::MapScale,
}

/// Processes have the model's numbers; clients are there, and not shown.
#[derive(Serialize)]
struct Process {
    shown: bool,
    label: String,
    pid: u32,
    name: String,
    parent: Option<usize>,
    leader: Option<usize>,
    born: usize,
    ended: Option<usize>,
    /// When it is not even a zombie any more.
    gone: Option<usize>,
    /// Whose table of descriptors it uses.
    table: usize,
    /// Its column of the ladder: processes that do not live at the same time may share one.
    column: usize,
    /// Its lane on the map, from top to bottom.
    lane: Option<(f64, f64)>,
    stops: Vec<(i64, Option<i64>)>,
}

#[derive(Serialize)]
struct Object {
    /// `listener`, `conn 1`, or the name of the call that made it.
    name: String,
    /// `listener`, `connection`, `socket`, `file`.
    kind: &'static str,
    port: Option<u16>,
    listening: Option<usize>,
    last_use: Option<usize>,
    shut_down: Option<usize>,
    peer_ended: Option<usize>,
    peer_port: Option<u16>,
    /// Its client was traced as well; when that closed.
    has_client: bool,
    client_closed: Option<usize>,
}

/// A descriptor of a table, and from which step to which.
#[derive(Serialize)]
struct Held {
    table: usize,
    number: i64,
    object: usize,
    from: usize,
    to: Option<usize>,
    ending: &'static str,
}

impl Panel {
    /// `rows` are the first of the recording, or all. What begins after the last is left out: a
    /// recording may be a thousand times as long as its page.
    pub fn of(title: String, model: &Model, source: &Source, rows: Vec<Row>, map: &Map) -> Self {
        let end = rows.last().map_or(0, |row| row.step);
        let mut descriptors = descriptors(model);
        descriptors.retain(|held| held.from <= end);
        let mut objects = objects(model);
        let held = descriptors.iter().map(|held| held.object);
        let met = held.chain(rows.iter().filter_map(|row| row.object));
        objects.truncate(met.max().map_or(0, |last| last + 1));
        let mut processes = processes(model, map);
        let born = processes.iter().enumerate();
        let born = born.filter(|(_, process)| process.born <= end);
        let met = born.flat_map(|(index, process)| {
            let family = [process.parent, process.leader, Some(process.table)];
            family.into_iter().flatten().chain([index])
        });
        let last = met.max();
        processes.truncate(last.map_or(0, |last| last + 1));
        Self {
            title,
            timed: model.precision == Precision::Micros,
            has_closes: model.has_closes,
            processes,
            objects,
            descriptors,
            sources: sources(source, &rows),
            rows,
            scale: map.scale,
        }
    }

    /// What makes a row the same as one of the other recording: who runs which line.
    pub fn keys(&self) -> Vec<String> {
        let key = |row: &Row| {
            let process = &self.processes[row.process];
            let role = match (process.parent, process.leader) {
                (None, _) => "parent",
                (Some(_), None) => "child",
                (Some(_), Some(_)) => "thread",
            };
            match row.lines.first() {
                Some((file, line)) => format!("{role} {file}:{line} {}", row.name),
                None => format!("{role} {} {}", row.kind, row.name),
            }
        };
        self.rows.iter().map(key).collect()
    }
}

fn processes(model: &Model, map: &Map) -> Vec<Process> {
    let mut labels = vec![None; model.processes.len()];
    for member in tree(model) {
        labels[member.process] = Some(member.label);
    }
    let mut free: Vec<usize> = Vec::new();
    let mut list: Vec<Process> = Vec::with_capacity(model.processes.len());
    for (index, process) in model.processes.iter().enumerate() {
        let ended = process.ended.as_ref().map(|(when, _)| when.step);
        let leaves_zombie = process.leader.is_none() && !process.nobody_waits;
        let reaped = process.reaped.map(|(when, _)| when.step);
        let parent = process.parent.map(|parent| model.leader(parent));
        let orphaned =
            parent.and_then(|parent| Some(model.processes[parent].ended.as_ref()?.0.step));
        let gone = match ended {
            Some(_) if leaves_zombie && process.parent.is_some() => reaped.or(orphaned),
            ended => ended,
        };
        let label = labels[index].take();
        let born = process.born.step;
        let column = match &label {
            None => 0,
            Some(_) => column(&mut free, born, gone),
        };
        list.push(Process {
            shown: label.is_some(),
            label: label.unwrap_or_default(),
            pid: process.pid,
            name: process.name.clone(),
            parent: process.parent,
            leader: process.leader,
            born,
            ended,
            gone,
            table: process.table_of,
            column,
            lane: map.lanes[index],
            stops: process
                .stops
                .iter()
                .map(|(from, to)| (from - model.start, to.map(|to| to - model.start)))
                .collect(),
        });
    }
    list
}

/// The first column that is free again, or a new one. `free` says from which step on each is.
fn column(free: &mut Vec<usize>, born: usize, gone: Option<usize>) -> usize {
    let until = gone.unwrap_or(usize::MAX);
    match free.iter().position(|free| *free < born) {
        Some(column) => {
            free[column] = until;
            column
        }
        None => {
            free.push(until);
            free.len() - 1
        }
    }
}

fn objects(model: &Model) -> Vec<Object> {
    let step = |moment: Option<crate::model::Moment>| moment.map(|moment| moment.step);
    let object = |index: usize, object: &crate::model::Object| {
        let connection = model
            .connection_of(index)
            .map(|number| &model.connections[number - 1]);
        let client = connection.and_then(|connection| Some(&model.clients[connection.client?]));
        let client_port = client.and_then(|client| model.objects[client.object].local_port);
        Object {
            name: model.name_of(index),
            kind: match object.what {
                What::Listener => "listener",
                What::Connection(_) => "connection",
                What::Socket => "socket",
                What::File => "file",
            },
            port: object.local_port,
            listening: step(object.listening),
            last_use: step(object.last_use),
            shut_down: step(object.shut_down),
            peer_ended: step(object.peer_ended),
            peer_port: connection
                .and_then(|connection| connection.peer_port)
                .or(client_port),
            has_client: client.is_some(),
            client_closed: step(client.and_then(|client| client.closed)),
        }
    };
    let objects = model.objects.iter().enumerate();
    objects.map(|(index, one)| object(index, one)).collect()
}

fn descriptors(model: &Model) -> Vec<Held> {
    let shown = model
        .processes
        .iter()
        .enumerate()
        .filter(|(_, process)| !process.is_client);
    let held = |table: usize, one: &Descriptor| Held {
        table,
        number: one.number,
        object: one.object,
        from: one.from.step,
        to: one.to.map(|to| to.step),
        ending: match one.ending {
            Ending::Closed => "closed",
            Ending::Exec => "closed by execve",
            Ending::Exit => "closed by the end of the process",
            Ending::Open => "open",
            Ending::Unseen => "closed unseen",
        },
    };
    shown
        .flat_map(|(index, process)| process.descriptors.iter().map(move |one| held(index, one)))
        .collect()
}
