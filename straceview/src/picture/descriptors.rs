//! A lane for each descriptor that a process holds.

use super::hover::descriptor as hover;
use super::scale::{Scale, WIDTH};
use super::svg::{PLATE, Svg, short, width};
use super::view::View;
use crate::model::{Descriptor, Ending, Model, What};
use std::collections::{BTreeMap, HashSet};

/// The lane's height, and its bar's.
pub const LANE: f64 = 11.0;
const BAR: f64 = 8.0;

/// The lanes of descriptors below a process.
pub struct Lanes<'a> {
    /// The descriptors of each lane, by their number.
    pub lanes: BTreeMap<i64, Vec<&'a Descriptor>>,
    /// How many descriptors have no lane.
    pub left_out: usize,
}

/// More lanes than these are drawn only for what a process opens or uses itself.
const MANY: usize = 12;

/// The descriptors to show, of processes that share a lane.
pub fn lanes<'a>(model: &'a Model, processes: &[usize], scale: &Scale, view: View) -> Lanes<'a> {
    let mut lanes = BTreeMap::<i64, Vec<&Descriptor>>::new();
    let held = processes
        .iter()
        .map(|index| &model.processes[*index].descriptors);
    for descriptor in held.flatten() {
        let wanted = view.all_descriptors || model.is_socket(descriptor.object);
        let to = model.until(descriptor);
        if wanted && scale.shows(descriptor.from.time, to) {
            lanes.entry(descriptor.number).or_default().push(descriptor);
        }
    }
    // A copy of the listener that is closed at once is seen at its close alone.
    let seen = |descriptor: &&Descriptor| {
        let to = model.until(descriptor);
        let wide = scale.x(to) - scale.x(descriptor.from.time) >= 10.0;
        wide || model.connection_of(descriptor.object).is_some()
    };
    lanes.retain(|_, list| view.all_descriptors || list.iter().any(seen));
    let all = lanes.len();
    if all > MANY && !view.tall {
        let spans = processes
            .iter()
            .flat_map(|index| &model.processes[*index].spans);
        let used: HashSet<usize> = spans.filter_map(|span| span.object).collect();
        let own = |one: &&Descriptor| !one.inherited || used.contains(&one.object);
        lanes.retain(|_, list| list.iter().any(own));
        // A process may open many itself: the first of them get a lane.
        let rest: Vec<i64> = lanes.keys().skip(MANY).copied().collect();
        for number in rest {
            lanes.remove(&number);
        }
    }
    Lanes {
        left_out: all - lanes.len(),
        lanes,
    }
}

/// How many lanes `lanes` makes, and the line that says what it leaves out.
pub fn count_lanes(model: &Model, processes: &[usize], scale: &Scale, view: View) -> usize {
    let Lanes { lanes, left_out } = lanes(model, processes, scale, view);
    lanes.len() + usize::from(left_out > 0)
}

/// One lane: a bar from the call that made the descriptor to what ended it.
pub fn lane(svg: &mut Svg, model: &Model, list: &[&Descriptor], scale: &Scale, y: f64) {
    let mut lane = Lane {
        svg,
        model,
        scale,
        y,
        free: 0.0,
        unnamed: None,
    };
    // Bars too thin to be told apart are one.
    let mut pixel = None;
    for (index, descriptor) in list.iter().enumerate() {
        let bar = Bar::of(model, descriptor, scale);
        let thin = (bar.to - bar.from < 1.0).then(|| bar.from.floor() as i64);
        if thin.is_none() || thin != pixel {
            lane.bar(descriptor, &bar);
        }
        pixel = thin;
        let next = list
            .get(index + 1)
            .map_or(WIDTH, |next| scale.x(next.from.time));
        lane.label(descriptor, &bar, next);
    }
}

/// Where a descriptor's time lies on x.
struct Bar {
    from: f64,
    /// From here on it is only held.
    used: f64,
    to: f64,
}

impl Bar {
    fn of(model: &Model, descriptor: &Descriptor, scale: &Scale) -> Self {
        let from = scale.x(descriptor.from.time);
        let to = scale.x(model.until(descriptor));
        let used = model
            .used_until(descriptor)
            .map_or(to, |used| scale.x(used).min(to));
        // A shorter bar would not be seen.
        let used = if to - used < 2.0 { to } else { used };
        // Where no close is recorded, nobody knows how long it was held.
        let to = if model.has_closes { to } else { used };
        Self { from, used, to }
    }
}

struct Lane<'a> {
    svg: &'a mut Svg,
    model: &'a Model,
    scale: &'a Scale,
    y: f64,
    /// Up to this x there is text already.
    free: f64,
    /// The first of the connections that had no room for their names.
    unnamed: Option<String>,
}

impl Lane<'_> {
    /// Solid while it is used, hatched while it is only held.
    fn bar(&mut self, descriptor: &Descriptor, bar: &Bar) {
        let (y, title) = (self.y + 1.5, hover(self.model, descriptor, self.scale));
        let class = class(self.model, descriptor);
        if bar.used - bar.from > 0.2 {
            let wide = (bar.used - bar.from).max(1.4);
            self.svg.rectangle(class, [bar.from, y, wide, BAR], &title);
        }
        if bar.to > bar.used {
            self.svg
                .rectangle("held", [bar.used, y, bar.to - bar.used, BAR], &title);
        } else if bar.used - bar.from <= 0.2 {
            self.svg.rectangle(class, [bar.from, y, 1.4, BAR], &title);
        }
        // A close has an end mark. A descriptor that nobody closes runs on.
        let closed = matches!(descriptor.ending, Ending::Closed | Ending::Exec);
        if closed && bar.to - bar.from >= 3.0 {
            let line = format!("M{} {}v{LANE}", short(bar.to), short(self.y));
            self.svg.path("gone", &line, "");
        }
    }

    /// Which connection, within the bar or beside it; and that nobody closes it.
    fn label(&mut self, descriptor: &Descriptor, bar: &Bar, next: f64) {
        let name = self.model.name_of(descriptor.object);
        let is_connection = self.model.connection_of(descriptor.object).is_some();
        let baseline = self.y + 8.5;
        let within = width(&name, 8.0) + 4.0 < bar.used - bar.from;
        if within {
            let class = if is_connection { "on" } else { "in" };
            self.svg.text(class, bar.from + 3.0, baseline, &name);
        }
        let ending = match descriptor.ending {
            Ending::Exit | Ending::Open => "never closed",
            Ending::Closed | Ending::Exec | Ending::Unseen => "still open",
        };
        let both = format!("{name} {ending}");
        let texts: [&str; 2] = if within { [ending, ""] } else { [&both, &name] };
        let held = bar.to - bar.used;
        let fits = |text: &&&str| !text.is_empty() && width(text, PLATE) + 8.0 < held;
        if let Some(text) = texts.iter().find(fits) {
            self.svg.text("over", bar.used + 4.0, baseline, text);
        } else if !within && is_connection {
            self.beside(name, bar.to, next);
            return;
        }
        self.unnamed = None;
    }

    /// Behind the bar, for it and for those before it that had no room.
    fn beside(&mut self, name: String, x: f64, next: f64) {
        let first = self.unnamed.get_or_insert_with(|| name.clone());
        let last = name.trim_start_matches("conn ");
        let text = if *first == name {
            name.clone()
        } else {
            format!("{first} to {last}")
        };
        let wide = width(&text, 9.0) + 4.0;
        if x >= self.free && x + wide < next {
            self.svg.text("over dim", x + 3.0, self.y + 8.5, &text);
            self.free = x + wide;
            self.unnamed = None;
        }
    }
}

fn class(model: &Model, descriptor: &Descriptor) -> &'static str {
    match model.objects[descriptor.object].what {
        What::Listener => "listener",
        What::Connection(_) => "conn",
        What::Socket => "sock",
        What::File => "file",
    }
}
