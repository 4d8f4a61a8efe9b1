//! One recording: its time axis, its clients, its processes.

use super::View;
use super::scale::Scale;
use super::svg::{Svg, short};
use crate::model::Model;
use crate::model::tree::tree;

pub struct Panel<'a> {
    pub model: &'a Model,
    pub scale: Scale,
    pub view: View,
    /// What lies below the lanes: the grid, the arrows.
    pub under: Svg,
    pub over: Svg,
    /// Where each process' lane stands, if it is shown.
    pub lanes: Vec<Option<f64>>,
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
        }
    }

    /// Returns where it ends.
    pub fn draw(mut self, body: &mut Svg, title: &str, top: f64) -> f64 {
        self.over.text("head", 8.0, top + 13.0, title);
        let top = top + 38.0;
        let mut y = self.clients(top);
        for member in tree(self.model) {
            y = self.process(member.process, &member.label, y);
        }
        self.grid(top, y + 2.0);
        for index in 0..self.model.processes.len() {
            self.arrows(index);
        }
        body.append(self.under);
        body.append(self.over);
        y + 2.0
    }

    fn grid(&mut self, top: f64, bottom: f64) {
        let mut lines = String::new();
        for (x, label) in self.scale.ticks() {
            lines += &format!("M{} {}V{}", short(x), short(top - 4.0), short(bottom));
            self.under.text("dim mid", x, top - 8.0, &label);
        }
        self.under.path("grid", &lines, "");
    }
}
