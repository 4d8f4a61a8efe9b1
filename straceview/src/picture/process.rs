//! One process: its lane, its descriptors' lanes, its arrows.

use super::lanes::Lane;
use super::panel::Panel;
use super::scale::{GUTTER, WIDTH, duration};
use super::svg::{PLATE, short, width};
use super::{blocks, descriptors};
use crate::model::{Moment, Process};

impl Panel<'_> {
    /// Returns where it ends.
    pub fn lane(&mut self, lane: &Lane, y: f64) -> f64 {
        let model = self.model;
        let named = |process: &Process| {
            let mut signals = process.signals.iter();
            signals.any(|signal| {
                let time = signal.at.time;
                signal.name != "SIGCHLD" && self.scale.shows(time, time)
            })
        };
        let called = lane
            .processes
            .iter()
            .any(|index| named(&model.processes[*index]));
        let y = y + if called { 11.0 } else { 6.0 };
        let who = match lane.processes[..] {
            [one] => format!("pid {}", model.processes[one].pid),
            _ => format!("{} processes", lane.processes.len()),
        };
        self.name(&lane.label, if who == "pid 0" { "" } else { &who }, y);
        blocks::lane(&mut self.over, model, &lane.processes, &self.scale, y);
        let mut bottom = y + blocks::LANE + 2.0;
        for index in lane.processes.iter().copied() {
            let process = &model.processes[index];
            self.lanes[index] = Some((y, y + blocks::LANE));
            if self.end(process, model.zombie(index), y) {
                bottom = y + blocks::LANE + 10.0;
            }
            blocks::signals(&mut self.over, process, &self.scale, y);
        }
        let shown = descriptors::lanes(model, &lane.processes, &self.scale, self.view);
        for (number, list) in shown.lanes {
            self.over.text(
                "end dim small",
                GUTTER - 8.0,
                bottom + 8.5,
                &format!("fd {number}"),
            );
            descriptors::lane(&mut self.over, model, &list, &self.scale, bottom);
            bottom += descriptors::LANE;
        }
        if shown.left_out > 0 {
            let text = format!("and {} descriptors more, only held", shown.left_out);
            self.over
                .text("dim small", GUTTER + 4.0, bottom + 8.5, &text);
            bottom += descriptors::LANE;
            let sentence = "of some processes not all descriptors are drawn";
            if !self.left_out.iter().any(|known| known == sentence) {
                self.left_out.push(sentence.into());
            }
        }
        if let [index] = lane.processes[..] {
            self.lanes[index] = Some((y, bottom));
        }
        bottom
    }

    fn name(&mut self, label: &str, who: &str, y: f64) {
        // Bold takes more, a fifth in some fonts.
        let fits = |text: &str| width(text, 13.2) < GUTTER - 12.0;
        let mut label = label.to_string();
        if !fits(&label) {
            while !fits(&label) && label.pop().is_some() {}
            label.pop();
            label.push('…');
        }
        self.over.text("end bold", GUTTER - 8.0, y + 7.5, &label);
        if !who.is_empty() {
            self.over.text("end dim small", GUTTER - 8.0, y + 16.5, who);
        }
    }

    /// How it ended, and how long it was a zombie. Returns whether that took a line below the
    /// lane.
    fn end(&mut self, process: &Process, zombie: Option<(i64, i64)>, y: f64) -> bool {
        let Some((Moment { time: when, .. }, how)) = &process.ended else {
            return false;
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
        if self.scale.shows(*when, *when) && self.is_first("gone", *when, [y, y]) {
            let x = short(self.scale.x(*when));
            self.over
                .path("gone", &format!("M{x} {}v{}", short(y), blocks::LANE), how);
        }
        if how == "exited with 0" {
            return false;
        }
        // At the right edge the text stands below the lane, since the last call's name stands
        // before the end.
        let fits = x + width(how, 9.0) + 6.0 < WIDTH;
        if fits {
            self.over.text("over", x + 4.0, y + 11.0, how);
        } else {
            let y = y + blocks::LANE + 9.0;
            self.over.text("over end", x.min(WIDTH - 4.0), y, how);
        }
        !fits
    }

    /// Arrows from the fork to the child, and from the child to the wait that returned it.
    pub fn arrows(&mut self, index: usize) {
        let process = &self.model.processes[index];
        let parent = process.parent.and_then(|parent| self.lanes[parent]);
        let (Some((own, _)), Some((parent, _))) = (self.lanes[index], parent) else {
            return;
        };
        let born = process.born.time;
        if self.scale.shows(born, born) && self.is_first("arrow", born, [own, parent]) {
            self.arrow(born, parent + blocks::LANE, own, ["arrow", "tip"]);
        }
        let reaped = process.reaped.map(|(when, waiter)| (when.time, waiter));
        let reaped = reaped.filter(|(when, _)| self.scale.shows(*when, *when));
        let reaped = reaped.and_then(|(when, waiter)| Some((when, self.lanes[waiter]?.0)));
        let drawn = reaped.filter(|(when, waiter)| self.is_first("reap", *when, [own, *waiter]));
        if let Some((when, waiter)) = drawn {
            self.arrow(when, own, waiter + blocks::LANE, ["reap", "tap"]);
        }
    }

    /// Whether nothing of the kind is drawn in this pixel yet.
    fn is_first(&mut self, kind: &'static str, when: i64, lanes: [f64; 2]) -> bool {
        let [one, other] = lanes.map(|y| y as i64);
        let pixel = self.scale.x(when).floor() as i64;
        self.marks.insert((kind, pixel, one, other))
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
