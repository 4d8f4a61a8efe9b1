//! One process: its lane, its descriptors' lanes, its arrows.

use super::panel::Panel;
use super::scale::{GUTTER, WIDTH, duration};
use super::svg::{PLATE, short, width};
use super::{blocks, descriptors};
use crate::model::{Moment, Process};

impl Panel<'_> {
    /// Returns where it ends.
    pub fn process(&mut self, index: usize, label: &str, y: f64) -> f64 {
        let model = self.model;
        let process = &model.processes[index];
        let zombie = model.zombie(index);
        let gone = model.gone(index);
        if !self.scale.shows(process.born.time, gone) {
            return y;
        }
        let called = process.signals.iter().any(|signal| {
            signal.name != "SIGCHLD" && self.scale.shows(signal.at.time, signal.at.time)
        });
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
        let Some((Moment { time: when, .. }, how)) = &process.ended else {
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
            let fits = |text: &&String| width(text, PLATE) + 10.0 < to_x - from_x;
            if let Some(text) = texts.iter().find(fits) {
                let middle = (from_x + to_x - width(text, PLATE)) / 2.0;
                self.over.plate(middle, y + 11.0, text);
            }
            x = to_x;
        }
        if self.scale.shows(*when, *when) {
            let x = short(self.scale.x(*when));
            self.over
                .path("gone", &format!("M{x} {}v{}", short(y), blocks::LANE), how);
        }
        if how != "exited with 0" {
            // At the right edge it stands before the end.
            let fits = x + width(how, 9.0) + 6.0 < WIDTH;
            let (class, at) = if fits {
                ("over", x + 4.0)
            } else {
                ("over end", x - 4.0)
            };
            self.over.text(class, at, y + 11.0, how);
        }
    }

    /// From the fork to the child, and from the child to the wait that returned it.
    pub fn arrows(&mut self, index: usize) {
        let process = &self.model.processes[index];
        let parent = process.parent.and_then(|parent| self.lanes[parent]);
        let (Some(own), Some(parent)) = (self.lanes[index], parent) else {
            return;
        };
        let born = process.born.time;
        if self.scale.shows(born, born) {
            self.arrow(born, parent + blocks::LANE, own, ["arrow", "tip"]);
        }
        let reaped = process.reaped.map(|(when, waiter)| (when.time, waiter));
        let reaped = reaped.filter(|(when, _)| self.scale.shows(*when, *when));
        let reaped = reaped.and_then(|(when, waiter)| Some((when, self.lanes[waiter]?)));
        if let Some((when, waiter)) = reaped {
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
