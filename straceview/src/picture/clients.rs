//! A lane for each client: in the backlog, then served.

use super::lanes::TALLEST;
use super::panel::Panel;
use super::scale::{GUTTER, WIDTH, duration};
use super::sharing::{label, share};
use super::svg::{PLATE, width};
use crate::model::Client;
use std::collections::BTreeMap;

/// The lane's height.
const LANE: f64 = 13.0;

impl Panel<'_> {
    /// Returns where they end.
    pub fn clients(&mut self, mut y: f64) -> f64 {
        let model = self.model;
        let is_shown = |client: &&Client| {
            let end = client.closed.map_or(model.end, |when| when.time);
            model.processes[client.process].is_client && self.scale.shows(client.connect.0, end)
        };
        let shown: Vec<&Client> = model.clients.iter().filter(is_shown).collect();
        let numbered = |number: usize| format!("client {}", number + 1);
        let fits = shown.len() as f64 * LANE <= TALLEST / 3.0;
        if self.view.tall || fits {
            for (number, client) in shown.iter().enumerate() {
                self.client_lane(&numbered(number), &[client], y);
                y += LANE;
            }
            return if shown.is_empty() { y } else { y + 6.0 };
        }
        let times = shown.iter().map(|client| {
            let end = client.closed.map_or(model.end, |when| when.time);
            (client.connect.0, end)
        });
        let places = share(times, self.scale.micros(4.0));
        let mut lanes: BTreeMap<usize, (Vec<&Client>, Vec<String>)> = BTreeMap::new();
        for (number, place) in places.into_iter().enumerate() {
            let lane = lanes.entry(place).or_default();
            lane.0.push(shown[number]);
            lane.1.push(numbered(number));
        }
        let most = (TALLEST / 3.0 / LANE) as usize;
        let left_out = lanes.values().skip(most).map(|(clients, _)| clients.len());
        let left_out: usize = left_out.sum();
        if left_out > 0 {
            self.left_out
                .push(format!("{left_out} clients are not drawn"));
        }
        for (clients, labels) in lanes.values().take(most) {
            self.client_lane(&label(&labels[0], &labels[1..]), clients, y);
            y += LANE;
        }
        y + 6.0
    }

    fn client_lane(&mut self, name: &str, clients: &[&Client], y: f64) {
        self.over.text("end dim", GUTTER - 8.0, y + 10.0, name);
        for (index, client) in clients.iter().enumerate() {
            let next = clients.get(index + 1);
            let next = next.map_or(WIDTH, |next| self.scale.x(next.connect.0));
            self.client(client, y, next);
        }
    }

    /// `next` is where something else begins in the lane.
    fn client(&mut self, client: &Client, y: f64, next: f64) {
        let model = self.model;
        let end = client.closed.map_or(model.end, |when| when.time);
        let connected = client.connect.1.min(end);
        let accepted = client
            .connection
            .map(|number| model.connections[number - 1].accepted);
        let until = accepted.unwrap_or(end).clamp(connected, end);
        let [x0, x1, x2] = [connected, until, end].map(|time| self.scale.x(time));

        let waited = format!("backlog {}", duration(until - connected));
        let at = duration(connected - self.scale.start);
        let title = format!("connected at {at}\n{waited}");
        let bar = |x: f64, to: f64| [x, y + 1.5, (to - x).max(1.0), LANE - 3.0];
        self.over.rectangle("queue", bar(x0, x1), &title);
        let Some(number) = client.connection else {
            return self.label(
                &[format!("{waited}, never accepted"), waited],
                x0,
                x1,
                y,
                true,
            );
        };
        self.label(&[waited], x0, x1, y, true);

        let unanswered = client.closed.is_some() && !model.objects[client.object].received;
        let (class, answer) = if unanswered {
            ("lost", ", no answer")
        } else {
            ("served", "")
        };
        let served = format!("conn {number}, {}{answer}", duration(end - until));
        self.over
            .rectangle(class, bar(x1, x2), &format!("{title}\n{served}"));
        let short = format!("conn {number}{answer}");
        if fits(&short, x1, x2) {
            self.label(&[served, short], x1, x2, y, unanswered);
        } else {
            self.label(&[served, short], x2, next, y, false);
        }
    }

    /// The first of the texts that fits; hatched ground takes a plate.
    fn label(&mut self, texts: &[String], from: f64, to: f64, y: f64, hatched: bool) {
        let Some(text) = texts.iter().find(|text| fits(text, from, to)) else {
            return;
        };
        if hatched {
            self.over.plate(from + 3.0, y + 9.5, text);
        } else {
            self.over.text("small", from + 4.0, y + 9.5, text);
        }
    }
}

fn fits(text: &str, from: f64, to: f64) -> bool {
    width(text, PLATE) + 5.0 < to - from
}
