//! One recording: its time axis, its clients, its processes.

use super::scale::{GUTTER, Scale, WIDTH, duration};
use super::svg::{Svg, short, width};
use super::{View, blocks, descriptors};
use crate::timeline::model::{Client, Model, Process};

/// The height of a client's lane.
const CLIENT: f64 = 13.0;

pub struct Panel<'a> {
    model: &'a Model,
    scale: Scale,
    view: View,
    /// What lies below the lanes: the grid, the arrows.
    under: Svg,
    over: Svg,
    /// Where each process' lane stands, if it is shown.
    lanes: Vec<Option<f64>>,
}

impl<'a> Panel<'a> {
    pub fn new(model: &'a Model, scale: Scale, view: View) -> Self {
        let lanes = vec![None; model.processes.len()];
        Self {
            model,
            scale,
            view,
            under: Svg::new(),
            over: Svg::new(),
            lanes,
        }
    }

    /// Returns where it ends.
    pub fn draw(mut self, body: &mut Svg, title: &str, top: f64) -> f64 {
        self.over.text("head", 8.0, top + 13.0, title);
        let top = top + 34.0;
        let mut y = self.clients(top);
        for (process, label) in self.tree() {
            y = self.process(process, &label, y);
        }
        self.grid(top, y + 2.0);
        for index in 0..self.model.processes.len() {
            self.arrows(index);
        }
        body.append(self.under);
        body.append(self.over);
        y + 2.0
    }

    fn grid(&mut self, top: f64, bottom: f64) {
        let mut lines = String::new();
        for (x, label) in self.scale.ticks() {
            lines += &format!("M{} {}V{}", short(x), short(top - 4.0), short(bottom));
            self.under.text("dim mid", x, top - 8.0, &label);
        }
        self.under.path("grid", &lines, "");
    }

    /// A lane for each client: in the backlog, then served.
    fn clients(&mut self, mut y: f64) -> f64 {
        let model = self.model;
        let is_shown = |client: &&Client| {
            let end = client.closed.unwrap_or(model.end);
            model.processes[client.process].is_client && self.scale.shows(client.connect.0, end)
        };
        let shown: Vec<&Client> = model.clients.iter().filter(is_shown).collect();
        for (number, client) in shown.iter().enumerate() {
            let name = format!("client {}", number + 1);
            self.over.text("end dim", GUTTER - 8.0, y + 10.0, &name);
            self.client(client, y);
            y += CLIENT;
        }
        if shown.is_empty() { y } else { y + 6.0 }
    }

    fn client(&mut self, client: &Client, y: f64) {
        let model = self.model;
        let end = client.closed.unwrap_or(model.end);
        let connected = client.connect.1;
        let accepted = client
            .connection
            .map(|number| model.connections[number - 1].accepted);
        let until = accepted.unwrap_or(end).clamp(connected, end.max(connected));
        let waited = duration(until - connected);
        let (queue, served) = match client.connection {
            Some(number) => (
                format!("backlog {waited}"),
                format!("conn {number}, {}", duration(end - until)),
            ),
            None => (format!("backlog {waited}, never accepted"), String::new()),
        };
        let title = format!(
            "{queue}\nconnected at {} after the start",
            duration(connected - self.scale.start)
        );
        let [x0, x1, x2] = [connected, until, end].map(|time| self.scale.x(time));
        let bar = |x: f64, to: f64| [x, y + 1.5, (to - x).max(1.0), CLIENT - 3.0];
        self.over.rectangle("queue", bar(x0, x1), &title);
        if !served.is_empty() {
            self.over
                .rectangle("served", bar(x1, x2), &format!("{title}\n{served}"));
        }
        let fits = |text: &str, room: f64| width(text, 9.0) + 6.0 < room;
        if fits(&queue, x1 - x0) {
            self.over.text("over", x0 + 4.0, y + 9.5, &queue);
        }
        if fits(&served, x2 - x1) {
            self.over.text("over", x1 + 4.0, y + 9.5, &served);
        } else if fits(&served, WIDTH - x2) {
            self.over.text("over", x2 + 4.0, y + 9.5, &served);
        }
    }

    /// Parents first, their children in the order of birth; and what to call them.
    fn tree(&self) -> Vec<(usize, String)> {
        let is_root = |index: &usize| {
            let process = &self.model.processes[*index];
            process.parent.is_none() && !process.is_client
        };
        let roots: Vec<usize> = (0..self.model.processes.len()).filter(is_root).collect();
        let mut list = Vec::new();
        for root in roots {
            let name = &self.model.processes[root].name;
            let name = if name.is_empty() { "process" } else { name };
            list.push((root, name.to_string()));
            self.below(root, "", &mut list);
        }
        list
    }

    fn below(&self, parent: usize, number: &str, list: &mut Vec<(usize, String)>) {
        let processes = &self.model.processes;
        let (mut children, mut threads) = (0, 0);
        for (index, process) in processes.iter().enumerate() {
            if process.parent != Some(parent) {
                continue;
            }
            let (word, count) = match process.leader {
                Some(_) => ("thread", &mut threads),
                None => ("child", &mut children),
            };
            *count += 1;
            let own = format!("{number}{count}");
            // A child that became another program is called by that.
            let changed = process.name != processes[parent].name;
            let name = if changed {
                format!("{own} {}", process.name)
            } else {
                own.clone()
            };
            list.push((index, format!("{word} {name}")));
            self.below(index, &format!("{own}."), list);
        }
    }

    fn process(&mut self, index: usize, label: &str, y: f64) -> f64 {
        let model = self.model;
        let process = &model.processes[index];
        let zombie = model.zombie(index);
        let ended = process.ended.as_ref().map(|(when, _)| *when);
        let gone = zombie.map(|(_, to)| to).or(ended).unwrap_or(model.end);
        if !self.scale.shows(process.born, gone) {
            return y;
        }
        let called = process
            .signals
            .iter()
            .any(|(when, name, _)| name != "SIGCHLD" && self.scale.shows(*when, *when));
        let y = y + if called { 11.0 } else { 6.0 };
        self.lanes[index] = Some(y);
        self.name(label, process.pid, y);
        blocks::lane(&mut self.over, model, process, &self.scale, y);
        self.end(process, zombie, y);
        blocks::signals(&mut self.over, process, &self.scale, y);
        let mut bottom = y + blocks::LANE + 2.0;
        for (number, list) in descriptors::lanes(model, process, &self.scale, self.view) {
            self.over.text(
                "end dim small",
                GUTTER - 8.0,
                bottom + 8.5,
                &format!("fd {number}"),
            );
            descriptors::lane(&mut self.over, model, &list, &self.scale, bottom);
            bottom += descriptors::LANE;
        }
        bottom
    }

    fn name(&mut self, label: &str, pid: u32, y: f64) {
        // Bold takes a little more.
        let fits = |text: &str| width(text, 11.5) < GUTTER - 10.0;
        let mut label = label.to_string();
        if !fits(&label) {
            while !fits(&label) && label.pop().is_some() {}
            label.pop();
            label.push('…');
        }
        self.over.text("end bold", GUTTER - 8.0, y + 7.5, &label);
        if pid != 0 {
            self.over.text(
                "end dim small",
                GUTTER - 8.0,
                y + 16.5,
                &format!("pid {pid}"),
            );
        }
    }

    /// How it ended, and how long nobody asked.
    fn end(&mut self, process: &Process, zombie: Option<(i64, i64)>, y: f64) {
        let Some((when, how)) = &process.ended else {
            return;
        };
        let mut x = self.scale.x(*when);
        if let Some((from, to)) = zombie {
            let (from_x, to_x) = (self.scale.x(from), self.scale.x(to));
            let lasted = duration(to - from);
            let reaped = if process.reaped.is_some() {
                "until a wait"
            } else {
                "nobody waits"
            };
            let title = format!("zombie for {lasted}: {reaped}");
            if to_x - from_x >= 1.0 {
                let area = [from_x, y + 2.0, to_x - from_x, blocks::LANE - 4.0];
                self.over.rectangle("zombie", area, &title);
            }
            let texts = [
                format!("zombie {lasted}, {reaped}"),
                format!("zombie {lasted}"),
                "zombie".into(),
            ];
            let fits = |text: &&String| width(text, 10.0) + 6.0 < to_x - from_x;
            if let Some(text) = texts.iter().find(fits) {
                self.over
                    .text("mid over", (from_x + to_x) / 2.0, y + 11.5, text);
            }
            x = to_x;
        }
        if self.scale.shows(*when, *when) {
            let x = short(self.scale.x(*when));
            self.over
                .path("gone", &format!("M{x} {}v{}", short(y), blocks::LANE), how);
        }
        let unusual = how != "exited with 0";
        if unusual && x + width(how, 9.0) + 6.0 < WIDTH {
            self.over.text("over", x + 4.0, y + 11.0, how);
        }
    }

    /// From the fork to the child, and from the child to the wait that returned it.
    fn arrows(&mut self, index: usize) {
        let process = &self.model.processes[index];
        let parent = process.parent.and_then(|parent| self.lanes[parent]);
        let (Some(own), Some(parent)) = (self.lanes[index], parent) else {
            return;
        };
        if self.scale.shows(process.born, process.born) {
            self.arrow(process.born, parent + blocks::LANE, own, ["arrow", "tip"]);
        }
        let reaped = process
            .reaped
            .filter(|(when, _)| self.scale.shows(*when, *when));
        if let Some((when, waiter)) = reaped
            && let Some(waiter) = self.lanes[waiter]
        {
            self.arrow(when, own, waiter + blocks::LANE, ["reap", "tap"]);
        }
    }

    fn arrow(&mut self, when: i64, from: f64, to: f64, [line, head]: [&str; 2]) {
        let x = self.scale.x(when);
        let back = if to > from { -4.0 } else { 4.0 };
        let [x0, left, right, y0, y1, y2] = [x, x - 2.5, x + 2.5, from, to, to + back].map(short);
        self.under.path(line, &format!("M{x0} {y0}V{y2}"), "");
        self.under
            .path(head, &format!("M{x0} {y1}L{left} {y2}H{right}Z"), "");
    }
}
