//! The plots: SVG that reads on light and dark pages, with or without colour.

mod theme;

use super::growth::Grown;
use super::statistics::{number, thousands};
use anyhow::{Context, Result};
use plotters::coord::types::RangedCoordf64;
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};
use std::path::Path;
use theme::{ACCEPTD, FAINT, INK, OTHERS, text};

/// A bar: one server's value.
pub struct Bar<'a> {
    /// Its name, at the left.
    pub name: &'a str,
    /// How long the bar is.
    pub value: f64,
    /// How far the rounds lie apart, where there were several.
    pub range: Option<(f64, f64)>,
}

type Chart<'a, 'b> = ChartContext<'a, SVGBackend<'b>, Cartesian2d<RangedCoordf64, RangedCoordf64>>;

/// Bars from zero, the first at the top; acceptd's stand out.
pub fn bars(file: &Path, title: &str, unit: &str, bars: &[Bar<'_>]) -> Result<()> {
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
            .x_label_formatter(&|value| thousands(*value as u64))
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
    area.draw(&(at(end) + Text::new(number(bar.value), (8, 0), style(HPos::Left))))?;
    Ok(())
}

/// Answers per second over sleepers, both in powers of ten, beside the ideal:
/// every sleeper answered once a second.
pub fn growth(file: &Path, grown: &[Grown]) -> Result<()> {
    let least = grown
        .iter()
        .map(|one| one.sleepers)
        .min()
        .context("no sleepers")?;
    let most = grown
        .iter()
        .map(|one| one.sleepers)
        .max()
        .context("no sleepers")?;
    let (least, most) = (f64::from(least) / 1.5, f64::from(most) * 2.0);
    let mut svg = String::new();
    {
        let area = SVGBackend::with_string(&mut svg, (800, 480)).into_drawing_area();
        let mut chart = ChartBuilder::on(&area)
            .caption(
                "acceptd fork --sleep: answers/s as sleepers grow",
                text(19, INK),
            )
            .margin(12)
            .margin_right(24)
            .x_label_area_size(46)
            .y_label_area_size(80)
            .build_cartesian_2d((least..most).log_scale(), (least..most).log_scale())?;
        chart
            .configure_mesh()
            .x_desc("sleepers at once (each sleeps 1 s; logarithmic)")
            .y_desc("answers/s (logarithmic)")
            .x_labels(4)
            .y_labels(4)
            .x_label_formatter(&|value| number(*value).replace(".0", ""))
            .y_label_formatter(&|value| number(*value).replace(".0", ""))
            .axis_style(FAINT)
            .bold_line_style(FAINT)
            .light_line_style(TRANSPARENT)
            .label_style(text(14, INK))
            .draw()?;
        let ideal = [(least, least), (most, most)];
        chart.draw_series(DashedLineSeries::new(ideal, 6, 5, OTHERS.stroke_width(2)))?;
        let points = || {
            grown
                .iter()
                .map(|one| (f64::from(one.sleepers), one.found.rate.max(least)))
        };
        chart.draw_series(LineSeries::new(points(), ACCEPTD.stroke_width(3)))?;
        chart.draw_series(points().map(|point| Circle::new(point, 5, ACCEPTD.filled())))?;
        let area = chart.plotting_area();
        for (one, point) in grown.iter().zip(points()) {
            let style = text(14, INK).pos(Pos::new(HPos::Left, VPos::Top));
            area.draw(
                &(EmptyElement::at(point) + Text::new(number(one.found.rate), (8, 8), style)),
            )?;
        }
        let style = text(14, INK).pos(Pos::new(HPos::Right, VPos::Center));
        let label = Text::new("ideal: each answered once a second", (-14, -8), style);
        let high = (least * most).sqrt() * 2.0;
        area.draw(&(EmptyElement::at((high, high)) + label))?;
    }
    write(file, &svg)
}

fn write(file: &Path, svg: &str) -> Result<()> {
    std::fs::write(file, theme::apply(svg)).with_context(|| file.display().to_string())
}
