//! The picture: one SVG that needs nothing else, no script and no network.

mod blocks;
mod clients;
mod descriptors;
mod hover;
mod legend;
mod panel;
mod process;
mod scale;
mod svg;

use crate::model::Model;
use crate::strace::stamp::Micros;
use panel::Panel;
use scale::{Scale, WIDTH};
use svg::{Svg, short};

/// What to show of the recordings.
#[derive(Debug, Clone, Copy)]
pub struct View {
    /// Files, pipes and the rest too, not sockets alone.
    pub all_descriptors: bool,
    /// The window, in microseconds after each recording's first line.
    pub from: Micros,
    pub to: Option<Micros>,
}

/// Draws the recordings under one another, on one time scale.
pub fn draw(recordings: &[(String, Model)], view: View) -> String {
    let longest = recordings.iter().map(|(_, model)| model.end - model.start);
    // A little air, so that what ends last is seen to end.
    let end = longest.max().unwrap_or(0).max(1) * 51 / 50;
    let to = view.to.unwrap_or(end).max(view.from + 1);
    let scale = Scale {
        start: 0,
        from: view.from,
        to,
    };
    let mut body = Svg::new();
    let mut y = 8.0;
    for (title, model) in recordings {
        let panel = Panel::new(model, scale.starting(model.start), view);
        y = panel.draw(&mut body, title, y) + 14.0;
    }
    body.open("g", &[("class", "legend")]);
    y = legend::draw(&mut body, y);
    body.close("g");

    let (width, height) = (short(WIDTH), short(y.ceil()));
    let mut page = Svg::new();
    page.open(
        "svg",
        &[
            ("xmlns", "http://www.w3.org/2000/svg"),
            ("width", &width),
            ("height", &height),
            ("viewBox", &format!("0 0 {width} {height}")),
            ("role", "img"),
        ],
    );
    let titles: Vec<&str> = recordings.iter().map(|(title, _)| title.as_str()).collect();
    page.element("title", &[], &titles.join("; "));
    page.element("desc", &[], &description(recordings));
    page.element("style", &[], include_str!("picture/style.css"));
    page.raw(include_str!("picture/patterns.svg"));
    page.rectangle("b", [0.0, 0.0, WIDTH, y.ceil()], "");
    page.append(body);
    page.close("svg");
    page.finish() + "\n"
}

/// For who cannot see it.
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
