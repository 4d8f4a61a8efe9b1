//! `straceview page`: a recording as one HTML file, to step through: the timeline, the calls,
//! the source, and at each step who holds what.

mod align;
mod data;
mod rows;
mod sources;

use crate::explain::nothing_found;
use crate::model::Model;
use crate::picture::{self, View};
use crate::say;
use crate::source::lines::{Source, SourceArguments};
use crate::strace::recording;
use anyhow::{Context, ensure};
use clap::Args;
use std::path::PathBuf;

/// Make one HTML page of a recording, to step through call by call
#[derive(Args)]
pub struct Arguments {
    /// The recording of `strace -f -k -ttt -T`; two are shown side by side
    #[arg(required = true, num_args = 1..=2)]
    recordings: Vec<PathBuf>,
    /// The page to write
    #[arg(short, long)]
    output: PathBuf,
    /// The heading of each recording; otherwise its file's name
    #[arg(long = "title", value_name = "TEXT", allow_hyphen_values = true)]
    titles: Vec<String>,
    /// The most calls of a recording that the page shows
    #[arg(long, value_name = "NUMBER", default_value_t = 3000)]
    calls: usize,
    #[command(flatten)]
    source: SourceArguments,
}

/// The page's parts, each a file that a person can read.
const TEMPLATE: &str = include_str!("page/page.html");
const STYLE: &str = include_str!("page/page.css");
const SCRIPTS: [&str; 6] = [
    include_str!("page/state.js"),
    include_str!("page/figure.js"),
    include_str!("page/ladder.js"),
    include_str!("page/source.js"),
    include_str!("page/map.js"),
    include_str!("page/main.js"),
];

/// Reads, writes, and says where the page is.
pub fn run(arguments: &Arguments) -> anyhow::Result<()> {
    let Arguments {
        recordings,
        output,
        titles,
        ..
    } = arguments;
    ensure!(
        titles.len() <= recordings.len(),
        "--title: more of them than recordings"
    );
    let source = Source::open(&arguments.source)?;
    let mut panels = Vec::new();
    let mut maps = Vec::new();
    for (index, path) in recordings.iter().enumerate() {
        let recording = recording::read_file(path).with_context(|| path.display().to_string())?;
        let model = Model::of(recording);
        if let Some(why) = nothing_found(&model, &source, &arguments.source) {
            say::complain(format_args!("{}: {why}", path.display()));
        }
        let name = path.file_stem().unwrap_or_default().to_string_lossy();
        let title = titles.get(index).cloned().unwrap_or(name.into_owned());
        let rows = rows::of(&model, &source);
        if rows.len() > arguments.calls {
            say::complain(format_args!(
                "{}: the page shows the first {} of {} calls; --calls {} shows all",
                path.display(),
                arguments.calls,
                rows.len(),
                rows.len()
            ));
        }
        let rows: Vec<_> = rows.into_iter().take(arguments.calls).collect();
        let map = picture::map(&model, View::default());
        panels.push(data::Panel::of(title, &model, &source, rows, &map));
        maps.push(map.svg);
    }
    let pairs = match &panels[..] {
        [one, other] => align::pairs(&one.keys(), &other.keys()).unwrap_or_else(|| {
            say::complain(format_args!(
                "the rows of the two are not paired: too many; take fewer --calls"
            ));
            Vec::new()
        }),
        _ => Vec::new(),
    };
    let text = page(&data::Page { panels, pairs }, &maps)?;
    std::fs::write(output, &text).with_context(|| output.display().to_string())?;
    say::tell(format_args!("{}: {} bytes", output.display(), text.len()));
    Ok(())
}

/// The page, its parts put in their places.
fn page(data: &data::Page, maps: &[String]) -> anyhow::Result<String> {
    // Within a script element nothing but its end tag has a meaning.
    let json = serde_json::to_string(data)?.replace('<', "\\u003c");
    let titles: Vec<&str> = data.panels.iter().map(|panel| &*panel.title).collect();
    let title = quick_xml::escape::escape(titles.join("; ")).into_owned();
    let maps: String = maps
        .iter()
        .map(|svg| format!("<template class=\"picture\">{svg}</template>"))
        .collect();
    let parts = [
        ("TITLE", title.as_str()),
        ("STYLE", STYLE),
        ("MAPS", &maps),
        ("DATA", &json),
        ("SCRIPT", &SCRIPTS.concat()),
    ];
    // What is put in may hold the mark of another part, so each is looked for in the template.
    let mut page = String::new();
    let mut rest = TEMPLATE;
    while let Some((before, behind)) = rest.split_once("{{") {
        let (name, after) = behind.split_once("}}").context("the template")?;
        let part = parts.iter().find(|(known, _)| *known == name);
        page += before;
        page += part.with_context(|| format!("the template: {name}"))?.1;
        rest = after;
    }
    Ok(page + rest)
}
