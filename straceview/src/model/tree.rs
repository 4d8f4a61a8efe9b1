//! The servers' processes as a tree, and what to call each.

use super::Model;

/// A process with its place in the tree.
#[derive(Debug, PartialEq)]
pub struct Member {
    pub process: usize,
    /// `acceptd fork`, `child 2`, `thread 1.3`, `child 1 gunicorn`.
    pub label: String,
}

/// Parents first, their children in the order of birth, each with all its descendants.
pub fn tree(model: &Model) -> Vec<Member> {
    let mut children: Vec<Vec<usize>> = vec![Vec::new(); model.processes.len()];
    let mut roots = Vec::new();
    for (index, process) in model.processes.iter().enumerate() {
        match process.parent {
            Some(parent) => children[parent].push(index),
            None if !process.is_client => roots.push(index),
            None => {}
        }
    }
    let mut members = Vec::new();
    // What is still to come, the next one last: a process, its number, its label.
    let mut rest: Vec<(usize, String, String)> = Vec::new();
    for root in roots.into_iter().rev() {
        let name = &model.processes[root].name;
        let name = if name.is_empty() { "process" } else { name };
        rest.push((root, String::new(), name.to_string()));
    }
    while let Some((process, number, label)) = rest.pop() {
        members.push(Member { process, label });
        let (mut processes, mut threads) = (0, 0);
        let numbered = children[process].iter().map(|child| {
            let (word, count) = match model.processes[*child].leader {
                Some(_) => ("thread", &mut threads),
                None => ("child", &mut processes),
            };
            *count += 1;
            let own = format!("{number}{count}");
            // A child that became another program is called by that.
            let name = &model.processes[*child].name;
            let changed = *name != model.processes[process].name;
            let label = if changed {
                format!("{word} {own} {name}")
            } else {
                format!("{word} {own}")
            };
            (*child, format!("{own}."), label)
        });
        let numbered: Vec<_> = numbered.collect();
        rest.extend(numbered.into_iter().rev());
    }
    members
}
