//! Which processes get a lane, and which share one: no picture is taller than a few screens
//! unless that is asked for.

use super::descriptors::count_lanes;
use super::scale::Scale;
use super::sharing::{label, share};
use super::view::View;
use super::{blocks, descriptors};
use crate::model::Model;
use crate::model::tree::{Member, tree};
use std::collections::{BTreeMap, HashMap, HashSet};

/// The height that all lanes of a recording may take together: three screens.
pub const TALLEST: f64 = 3000.0;
/// Between two that share a lane, in pixels.
const GAP: f64 = 8.0;

/// One lane, and the processes in it: one, or some that did not live at the same time.
pub struct Lane {
    pub processes: Vec<usize>,
    pub label: String,
}

/// The lanes from the top down, and how many processes have none.
pub fn of(model: &Model, scale: &Scale, view: View) -> (Vec<Lane>, usize) {
    let is_shown = |member: &Member| {
        let born = model.processes[member.process].born.time;
        scale.shows(born, model.gone(member.process))
    };
    let members: Vec<Member> = tree(model).into_iter().filter(is_shown).collect();
    let single = |member: Member| Lane {
        processes: vec![member.process],
        label: member.label,
    };
    if view.tall || fits(model, scale, view, &members) {
        return (members.into_iter().map(single).collect(), 0);
    }
    let mut lanes = shared(model, scale, members);
    let mut height = 0.0;
    let drawn = lanes.iter().take_while(|lane| {
        height += lane_height(model, scale, view, &lane.processes);
        height <= TALLEST
    });
    let drawn = drawn.count().max(1);
    let left_out = lanes.drain(drawn..).map(|lane| lane.processes.len()).sum();
    (lanes, left_out)
}

fn fits(model: &Model, scale: &Scale, view: View, members: &[Member]) -> bool {
    // Most recordings are small, so the sum is cut off early where one is not.
    let mut height = 0.0;
    members.iter().all(|member| {
        height += lane_height(model, scale, view, &[member.process]);
        height <= TALLEST
    })
}

fn lane_height(model: &Model, scale: &Scale, view: View, processes: &[usize]) -> f64 {
    let descriptors = count_lanes(model, processes, scale, view);
    blocks::LANE + 8.0 + descriptors as f64 * descriptors::LANE
}

/// Siblings without children of their own share lanes, each family its own.
fn shared(model: &Model, scale: &Scale, members: Vec<Member>) -> Vec<Lane> {
    let parents: HashSet<usize> = model
        .processes
        .iter()
        .filter_map(|one| one.parent)
        .collect();
    let gap = scale.micros(GAP);
    // What shares must be alike: the parent, whether a thread, the name.
    let mut families: HashMap<(Option<usize>, bool, &str), Vec<usize>> = HashMap::new();
    for (index, member) in members.iter().enumerate() {
        let process = &model.processes[member.process];
        let alone = parents.contains(&member.process) || process.parent.is_none();
        // A key of its own, which no family has.
        let parent = if alone {
            Some(usize::MAX - index)
        } else {
            process.parent
        };
        families
            .entry((parent, process.leader.is_some(), &process.name))
            .or_default()
            .push(index);
    }
    // The lane of each member: its family's first member, and the number of the lane there.
    let mut place = vec![(0, 0); members.len()];
    for family in families.into_values() {
        let times = family.iter().map(|index| {
            let process = members[*index].process;
            (model.processes[process].born.time, model.gone(process))
        });
        for (lane, index) in share(times, gap).into_iter().zip(&family) {
            place[*index] = (family[0], lane);
        }
    }
    let mut lanes: BTreeMap<(usize, usize), (Vec<usize>, Vec<String>)> = BTreeMap::new();
    for (member, place) in members.into_iter().zip(place) {
        let lane = lanes.entry(place).or_default();
        lane.0.push(member.process);
        lane.1.push(member.label);
    }
    lanes
        .into_values()
        .map(|(processes, labels)| Lane {
            processes,
            label: label(&labels[0], &labels[1..]),
        })
        .collect()
}
