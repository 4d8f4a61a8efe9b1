//! One recording: its time axis, its clients, its processes.

use super::lanes;
use super::scale::{GUTTER, Scale, WIDTH};
use super::svg::{Svg, short, width};
use super::view::View;
use crate::model::Model;
use std::collections::HashSet;

pub struct Panel<'a> {
    pub model: &'a Model,
    pub scale: Scale,
    pub view: View,
    /// What lies below the lanes: the grid, the arrows.
    pub under: Svg,
    pub over: Svg,
    /// The top and the bottom of each process' lane, if it is shown.
    pub lanes: Vec<Option<(f64, f64)>>,
    pub left_out: Vec<String>,
    /// The kind of each mark, its pixel and its lanes: a second one is not drawn.
    pub marks: HashSet<(&'static str, i64, i64, i64)>,
}

/// What has been drawn.
pub struct Drawn {
    pub bottom: f64,
    pub lanes: Vec<Option<(f64, f64)>>,
    pub left_out: Vec<String>,
}

impl<'a> Panel<'a> {
    pub fn new(model: &'a Model, scale: Scale, view: View) -> Self {
        let lanes = vec![None; model.processes.len()];
        Self {
            model,
            scale,
            view,
            under: Svg::new(),
            over: Svg::new(),
            lanes,
            left_out: Vec::new(),
            marks: HashSet::new(),
        }
    }

    pub fn draw(mut self, body: &mut Svg, title: &str, top: f64) -> Drawn {
        if !title.is_empty() {
            self.over.text("head", 8.0, top + 13.0, title);
        }
        let top = top + if title.is_empty() { 30.0 } else { 38.0 };
        let mut y = self.clients(top);
        let (lanes, left_out) = lanes::of(self.model, &self.scale, self.view);
        for lane in &lanes {
            y = self.lane(lane, y);
        }
        if left_out > 0 {
            self.left_out
                .push(format!("{left_out} processes are not drawn"));
        }
        for sentence in self.left_out.clone() {
            self.over.text("dim", GUTTER, y + 16.0, &sentence);
            y += 18.0;
        }
        self.grid(top, y + 2.0);
        for index in 0..self.model.processes.len() {
            self.arrows(index);
        }
        body.append(self.under);
        body.append(self.over);
        Drawn {
            bottom: y + 2.0,
            lanes: self.lanes,
            left_out: self.left_out,
        }
    }

    fn grid(&mut self, top: f64, bottom: f64) {
        let mut lines = String::new();
        for (x, label) in self.scale.ticks() {
            lines += &format!("M{} {}V{}", short(x), short(top - 4.0), short(bottom));
            // At the right edge the label ends with its line.
            let fits = x + width(&label, 11.0) / 2.0 + 4.0 < WIDTH;
            let class = if fits { "dim mid" } else { "dim end" };
            self.under.text(class, x, top - 8.0, &label);
        }
        self.under.path("grid", &lines, "");
    }
}
