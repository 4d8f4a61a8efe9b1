//! One recording: its time axis, its clients, its processes.

use super::View;
use super::scale::Scale;
use super::svg::{Svg, short};
use crate::model::Model;

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
        for (process, label) in self.tree() {
            y = self.process(process, &label, y);
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

    /// Parents first, their children in the order of birth; and what to call them.
    fn tree(&self) -> Vec<(usize, String)> {
        let is_root = |index: &usize| {
            let process = &self.model.processes[*index];
            process.parent.is_none() && !process.is_client
        };
        let roots: Vec<usize> = (0..self.model.processes.len()).filter(is_root).collect();
        let mut list = Vec::new();
        for root in roots {
            let name = &self.model.processes[root].name;
            let name = if name.is_empty() { "process" } else { name };
            list.push((root, name.to_string()));
            self.below(root, "", &mut list);
        }
        list
    }

    fn below(&self, parent: usize, number: &str, list: &mut Vec<(usize, String)>) {
        let processes = &self.model.processes;
        let (mut children, mut threads) = (0, 0);
        for (index, process) in processes.iter().enumerate() {
            if process.parent != Some(parent) {
                continue;
            }
            let (word, count) = match process.leader {
                Some(_) => ("thread", &mut threads),
                None => ("child", &mut children),
            };
            *count += 1;
            let own = format!("{number}{count}");
            // A child that became another program is called by that.
            let changed = process.name != processes[parent].name;
            let name = if changed {
                format!("{own} {}", process.name)
            } else {
                own.clone()
            };
            list.push((index, format!("{word} {name}")));
            self.below(index, &format!("{own}."), list);
        }
    }
}
