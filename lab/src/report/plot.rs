//! The plots: SVG that reads on light and dark pages, with or without colour.

use super::shown;
use super::theme::{self, ACCEPTD, FAINT, INK, OTHERS, text};
use crate::bench::stop::CLIENTS;
use crate::results::Results;
use crate::servers::peers::Model;
use crate::statistics::{number, short, thousands};
use anyhow::{Context, Result};
use plotters::coord::types::RangedCoordf64;
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};
use std::io::ErrorKind;
use std::path::Path;

/// A bar: one server's value.
struct Bar<'a> {
    /// Its name, at the left.
    name: &'a str,
    /// How long the bar is.
    value: f64,
    /// The lowest and the highest round, where there were several.
    range: Option<(f64, f64)>,
}

/// A bar of one value.
fn bar(name: &str, value: f64) -> Bar<'_> {
    Bar {
        name,
        value,
        range: None,
    }
}

/// Draws what was measured, each plot into a file of its own in `directory`. Returns the
/// files' names. A plot without a bar is not drawn, and one of an earlier run is removed.
/// Python is in the tables alone: beside its hundreds the bars of the others would be too
/// short to see.
pub fn all(directory: &Path, results: &Results) -> Result<Vec<&'static str>> {
    let mut drawn = Vec::new();
    let is_drawn = |name: &str| !name.starts_with("Python");
    let mut draw = |file: &'static str, title: &str, unit: &str, mut those: Vec<Bar<'_>>| {
        those.retain(|bar| is_drawn(bar.name));
        let path = directory.join(file);
        if those.is_empty() {
            return match std::fs::remove_file(&path) {
                Err(error) if error.kind() != ErrorKind::NotFound => {
                    Err(error).with_context(|| path.display().to_string())
                }
                _ => Ok(()),
            };
        }
        drawn.push(file);
        those.sort_by(|a, b| a.value.total_cmp(&b.value));
        bars(&path, title, unit, &those)
    };
    if let Some(load) = &results.load {
        let clients = shown(&load.rows);
        let rows = load
            .rows
            .iter()
            .filter(|row| row.clients == clients && !row.keeps_alive);
        let costs = rows.filter_map(|row| {
            let cost = row.cost?;
            Some(Bar {
                name: &row.server,
                value: cost.median,
                range: Some((cost.min, cost.max)),
            })
        });
        draw(
            "cost.svg",
            &format!("Processor time of a connection, {clients} clients"),
            "microseconds, of all processes (median; the line: lowest to highest round)",
            costs.collect(),
        )?;
    }
    if let Some(growth) = &results.growth {
        let most = growth
            .rows
            .iter()
            .map(|row| row.sleepers)
            .max()
            .unwrap_or(0);
        let rows = || growth.rows.iter().filter(|row| row.sleepers == most);
        let sleepers = thousands(most.into());
        let title = format!("{sleepers} sleepers at once: answers");
        let rates = rows().map(|row| bar(&row.server, row.rate)).collect();
        draw("growth-rate.svg", &title, "answers/s", rates)?;
        let title = format!("{sleepers} sleepers at once: memory of each");
        let memory = rows().filter_map(|row| Some(bar(&row.server, row.of_each()?)));
        let unit = "KiB, the kernel's part of processes and threads included";
        draw("growth-memory.svg", &title, unit, memory.collect())?;
    }
    if let Some(stop) = &results.stop {
        let lost = stop
            .rows
            .iter()
            .map(|row| bar(&row.server, row.requests.lost() as f64));
        let clients = stop.rows.first().map_or(0, |row| row.stops * CLIENTS);
        let title = format!("Of {clients} clients, how many a stop fails (Python: in the table)");
        let unit = "requests that were reset, closed or left without an outcome";
        draw("stop.svg", &title, unit, lost.collect())?;
    }
    if let Some(counts) = &results.counts {
        let forks = counts.rows.iter().filter(|row| row.model == Model::Fork);
        let faults = forks.map(|row| bar(&row.server, row.per_connection.page_faults));
        draw(
            "page-faults.svg",
            "Minor page faults of a forked connection (Python: in the table)",
            "minor page faults for each connection, parent and child",
            faults.collect(),
        )?;
        let calls = counts.rows.iter();
        let calls = calls.map(|row| bar(&row.server, row.per_connection.system_calls as f64));
        draw(
            "system-calls.svg",
            "System calls of a connection (Python: in the table)",
            "system calls for each connection, of all processes and threads",
            calls.collect(),
        )?;
    }
    Ok(drawn)
}

type Chart<'a, 'b> = ChartContext<'a, SVGBackend<'b>, Cartesian2d<RangedCoordf64, RangedCoordf64>>;

/// Bars from zero, the first at the top; acceptd's stand out.
fn bars(file: &Path, title: &str, unit: &str, bars: &[Bar<'_>]) -> Result<()> {
    let most = bars
        .iter()
        .map(|bar| bar.range.map_or(bar.value, |(_, max)| max));
    let most = most.fold(0.0, f64::max).max(1.0) * 1.2; // room for the last label
    let mut svg = String::new();
    {
        let size = (800, 90 + 34 * bars.len() as u32);
        let area = SVGBackend::with_string(&mut svg, size).into_drawing_area();
        let mut chart = ChartBuilder::on(&area)
            .caption(title, text(19, INK))
            .margin(12)
            .margin_right(24)
            .x_label_area_size(46)
            .y_label_area_size(250)
            .build_cartesian_2d(0.0..most, bars.len() as f64..0.0)?;
        chart
            .configure_mesh()
            .disable_y_mesh()
            .y_labels(0)
            .x_labels(6)
            .x_max_light_lines(1)
            .x_desc(unit)
            .x_label_formatter(&|value| label(short(*value)))
            .axis_style(FAINT)
            .bold_line_style(FAINT)
            .light_line_style(TRANSPARENT)
            .label_style(text(14, INK))
            .draw()?;
        for (i, bar) in bars.iter().enumerate() {
            draw_bar(&mut chart, i as f64, bar)?;
        }
        area.present()?;
    }
    write(file, &svg)
}

fn draw_bar(chart: &mut Chart<'_, '_>, top: f64, bar: &Bar<'_>) -> Result<()> {
    let colour = if bar.name.starts_with("acceptd") {
        ACCEPTD
    } else {
        OTHERS
    };
    let middle = top + 0.5;
    let corners = [(0.0, top + 0.2), (bar.value, top + 0.8)];
    let area = chart.plotting_area();
    area.draw(&Rectangle::new(corners, colour.filled()))?;
    let mut end = bar.value;
    if let Some((min, max)) = bar.range.filter(|(min, max)| min < max) {
        area.draw(&PathElement::new(
            [(min, middle), (max, middle)],
            INK.stroke_width(2),
        ))?;
        end = end.max(max);
    }
    let style = |side| text(14, INK).pos(Pos::new(side, VPos::Center));
    let at = |x| EmptyElement::at((x, middle));
    area.draw(&(at(0.0) + Text::new(bar.name.to_string(), (-8, 0), style(HPos::Right))))?;
    area.draw(&(at(end) + Text::new(label(bar.value), (8, 0), style(HPos::Left))))?;
    Ok(())
}

/// A count has no decimals.
fn label(value: f64) -> String {
    match value == value.round() {
        true => thousands(value as u64),
        false => number(value),
    }
}

fn write(file: &Path, svg: &str) -> Result<()> {
    std::fs::write(file, theme::apply(svg)).with_context(|| file.display().to_string())
}
