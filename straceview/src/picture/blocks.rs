//! A process' lane: its calls, its running between them, its signals, its end.

use super::hover::{call as hover, calls as hover_all, clipped};
use super::scale::{Scale, WIDTH, duration};
use super::svg::{Svg, short, width};
use crate::model::{Model, Process, Span};
use crate::strace::purpose::Purpose;
use crate::strace::stamp::Micros;
use std::collections::BTreeMap;

/// The lane's height.
pub const LANE: f64 = 16.0;
/// A call shorter than this is drawn so wide, to be seen at all.
const THIN: f64 = 1.4;

/// Where a thin block stands within the lane: a sign beside its colour.
fn shape(kind: Purpose) -> (f64, f64) {
    match kind {
        Purpose::Accept | Purpose::Fork | Purpose::Wait => (0.0, LANE),
        Purpose::Send => (0.0, LANE / 2.0),
        Purpose::Receive => (LANE / 2.0, LANE / 2.0),
        Purpose::Close => (LANE / 4.0, LANE / 2.0),
        Purpose::Sleep => (2.0, LANE - 4.0),
        Purpose::Other => (LANE * 0.375, LANE / 4.0),
    }
}

/// The block of one kind, as the legend shows it too.
pub fn block(svg: &mut Svg, kind: Purpose, x: f64, wide: f64, y: f64, title: &str) {
    let (top, height) = shape(kind);
    svg.rectangle(kind.word(), [x, y + top, wide, height], title);
}

/// All of a lane but the arrows: of one process, or of some that share it.
pub fn lane(svg: &mut Svg, model: &Model, processes: &[usize], scale: &Scale, y: f64) {
    // Those of one kind within one pixel are one block: a picture stays small.
    let mut thin: BTreeMap<(i64, Purpose), Vec<&Span>> = BTreeMap::new();
    for process in processes.iter().map(|index| &model.processes[*index]) {
        let shown = |span: &&Span| scale.shows(span.from, span.to);
        let spans: Vec<&Span> = process.spans.iter().filter(shown).collect();
        running(svg, process, &spans, scale, model.end, y);
        stopped(svg, process, scale, model.end, y);
        for span in &spans {
            let (x, to) = (scale.x(span.from), scale.x(span.to));
            if to - x < 1.0 && !(span.blocked && to - x >= THIN) {
                let key = (x.floor() as i64, span.purpose);
                thin.entry(key).or_default().push(span);
            } else if span.blocked {
                blocked(svg, span, x, to, y, &hover(model, span, scale));
            } else {
                let title = hover(model, span, scale);
                block(svg, span.purpose, x, to - x, y, &title);
            }
        }
    }
    for ((_, purpose), spans) in thin {
        let x = scale.x(spans[0].from);
        let title = hover_all(model, &spans, scale);
        block(svg, purpose, x, THIN, y, &title);
    }
}

/// Hollow, with its name if there is room.
fn blocked(svg: &mut Svg, span: &Span, x: f64, to: f64, y: f64, title: &str) {
    let class = format!("{} blocked", span.purpose.word());
    svg.rectangle(&class, [x, y + 0.5, to - x, LANE - 1.0], title);
    let name = span.call.acts_as();
    let long = format!("{name} {}", duration(span.to - span.from));
    let texts = [long.as_str(), name, span.purpose.word()];
    let fits = |text: &&&str| width(text, 10.0) + 6.0 < to - x;
    if let Some(text) = texts[..if span.purpose == Purpose::Other { 2 } else { 3 }]
        .iter()
        .find(fits)
    {
        svg.text("mid over", (x + to) / 2.0, y + 11.5, text);
    }
}

/// The line where the process neither waited nor had ended: it ran, or could have run.
fn running(svg: &mut Svg, process: &Process, spans: &[&Span], scale: &Scale, last: Micros, y: f64) {
    let end = process.ended.as_ref().map_or(last, |(when, _)| when.time);
    let mut from = process.born.time;
    let mut piece = |from: Micros, to: Micros| {
        let (x, to) = (scale.x(from), scale.x(to));
        if to - x > 0.2 {
            svg.rectangle("run", [x, y + LANE / 2.0 - 0.75, to - x, 1.5], "");
        }
    };
    let waits = spans.iter().filter(|span| span.blocked);
    let waits = waits.map(|span| (span.from, span.to));
    let stops = process
        .stops
        .iter()
        .map(|(from, to)| (*from, to.unwrap_or(end)));
    let mut pauses: Vec<(Micros, Micros)> = waits.chain(stops).collect();
    pauses.sort_unstable();
    for (pause, until) in pauses {
        piece(from, pause);
        from = from.max(until);
    }
    piece(from, end);
}

/// The time from a stop signal until SIGCONT.
fn stopped(svg: &mut Svg, process: &Process, scale: &Scale, last: Micros, y: f64) {
    for (from, to) in &process.stops {
        let to = to.unwrap_or(last);
        let (x, end) = (scale.x(*from), scale.x(to));
        if !scale.shows(*from, to) || end - x < 0.2 {
            continue;
        }
        let lasted = duration(to - from);
        let area = [x, y + 3.0, end - x, LANE - 6.0];
        svg.rectangle("stopped", area, &format!("stopped for {lasted}"));
        if width("stopped", 9.0) + 6.0 < end - x {
            svg.text("mid over", (x + end) / 2.0, y + 11.0, "stopped");
        }
    }
}

/// A triangle for each signal, or for the first of several within a pixel. Its name stands
/// above the lane, unless it is SIGCHLD.
pub fn signals(svg: &mut Svg, process: &Process, scale: &Scale, y: f64) {
    let (mut free, mut last) = (0.0, None);
    for signal in &process.signals {
        let (time, name) = (signal.at.time, &signal.name);
        let pixel = Some((scale.x(time).floor() as i64, name));
        if !scale.shows(time, time) || last == pixel {
            continue;
        }
        last = pixel;
        let x = scale.x(time);
        let title = format!("{name} {}", clipped(&signal.details, 90));
        let corners = [x, y, x - 3.0, y - 5.0, x + 3.0, y - 5.0].map(short);
        let [x0, y0, x1, y1, x2, y2] = &corners;
        svg.path(
            "signal",
            &format!("M{x0} {y0}L{x1} {y1}L{x2} {y2}Z"),
            &title,
        );
        let wide = width(name, 9.0);
        if name != "SIGCHLD" && x > free {
            // At the right edge the name stands before its triangle.
            let before = x + wide + 8.0 > WIDTH;
            let at = if before { x - wide - 9.0 } else { x + 5.0 };
            svg.text("signal-text", at, y - 1.0, name);
            free = x + 8.0 + wide;
        }
    }
}
