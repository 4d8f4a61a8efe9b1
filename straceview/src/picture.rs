//! The picture: one SVG that needs nothing else, no script and no network.

mod blocks;
mod clients;
mod descriptors;
mod hover;
mod lanes;
mod legend;
mod panel;
mod process;
mod scale;
mod sharing;
mod svg;
mod view;

pub use hover::clipped;
pub use view::View;

use crate::model::Model;
use crate::strace::stamp::Micros;
use panel::Panel;
use scale::{GUTTER, RIGHT, Scale, WIDTH};
use serde::Serialize;
use svg::{Svg, short};

/// A picture, and what it leaves out.
pub struct Picture {
    pub svg: String,
    /// Sentences without their full stop.
    pub left_out: Vec<String>,
}

/// Draws the recordings under one another, on one time scale.
pub fn draw(recordings: &[(String, Model)], view: View) -> Picture {
    let scale = scale_of(recordings.iter().map(|(_, model)| model), view);
    let mut body = Svg::new();
    let mut left_out = Vec::new();
    let mut y = 8.0;
    for (title, model) in recordings {
        let panel = Panel::new(model, scale.starting(model.start), view);
        let drawn = panel.draw(&mut body, title, y);
        left_out.extend(drawn.left_out);
        y = drawn.bottom + 14.0;
    }
    body.open("g", &[("class", "legend")]);
    y = legend::draw(&mut body, y);
    body.close("g");
    let svg = document(&titles(recordings), &description(recordings), body, y);
    Picture { svg, left_out }
}

/// A recording as the page shows it, and where on it things stand.
pub struct Map {
    pub svg: String,
    /// For each process: the top and the bottom of its lane, in user units.
    pub lanes: Vec<Option<(f64, f64)>>,
    pub scale: MapScale,
}

/// From microseconds after the start to user units: `gutter` is at `from`, `right` at `to`.
#[derive(Clone, Copy, Serialize)]
pub struct MapScale {
    width: f64,
    height: f64,
    gutter: f64,
    right: f64,
    from: Micros,
    to: Micros,
}

/// Draws one recording without a heading and without the legend.
pub fn map(model: &Model, view: View) -> Map {
    let scale = scale_of(std::iter::once(model), view).starting(model.start);
    let mut body = Svg::new();
    let drawn = Panel::new(model, scale, view).draw(&mut body, "", -8.0);
    let height = drawn.bottom + 8.0;
    Map {
        svg: document("timeline", "", body, height),
        lanes: drawn.lanes,
        scale: MapScale {
            width: WIDTH,
            height: height.ceil(),
            gutter: GUTTER,
            right: WIDTH - RIGHT,
            from: scale.from,
            to: scale.to,
        },
    }
}

fn scale_of<'a>(models: impl Iterator<Item = &'a Model>, view: View) -> Scale {
    let longest = models.map(|model| model.end - model.start).max();
    // A little air, so that what ends last is seen to end.
    let end = longest.unwrap_or(0).max(1) * 51 / 50;
    Scale {
        start: 0,
        from: view.from,
        to: view.to.unwrap_or(end).max(view.from + 1),
    }
}

fn document(title: &str, description: &str, body: Svg, height: f64) -> String {
    let (width, tall) = (short(WIDTH), short(height.ceil()));
    let mut page = Svg::new();
    page.open(
        "svg",
        &[
            ("xmlns", "http://www.w3.org/2000/svg"),
            ("width", &width),
            ("height", &tall),
            ("viewBox", &format!("0 0 {width} {tall}")),
            ("role", "img"),
        ],
    );
    page.element("title", &[], title);
    page.element("desc", &[], description);
    page.element("style", &[], include_str!("picture/style.css"));
    page.raw(include_str!("picture/patterns.svg"));
    page.rectangle("b", [0.0, 0.0, WIDTH, height.ceil()], "");
    page.append(body);
    page.close("svg");
    page.finish() + "\n"
}

fn titles(recordings: &[(String, Model)]) -> String {
    let titles: Vec<&str> = recordings.iter().map(|(title, _)| title.as_str()).collect();
    titles.join("; ")
}

/// Text for readers who cannot see the picture.
fn description(recordings: &[(String, Model)]) -> String {
    let sentences = recordings.iter().map(|(title, model)| {
        let servers = model
            .processes
            .iter()
            .filter(|process| !process.is_client)
            .count();
        let zombies = (0..model.processes.len()).filter(|p| model.zombie(*p).is_some());
        format!(
            "{title}: {} processes, {} connections, {} zombies, in {}. ",
            servers,
            model.connections.len(),
            zombies.count(),
            scale::duration(model.end - model.start),
        )
    });
    sentences.collect()
}
