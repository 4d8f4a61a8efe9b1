//! Who was born of whom, and who has ended.

use super::Process;
use super::build::Builder;
use crate::model::descriptor::{Ending, Table};
use crate::strace::call::Call;
use crate::strace::line::Micros;

impl Builder {
    /// Whose line it is; one whose beginning was not seen has no parent.
    pub(super) fn process(&mut self, pid: u32, time: Micros) -> usize {
        let known = self.by_pid.get(&pid).copied();
        if let Some(index) = known.filter(|index| self.model.processes[*index].ended.is_none()) {
            return index;
        }
        // In a pid namespace fork returned another number than strace uses.
        let unclaimed = self.model.processes.iter().position(|process| {
            let silent = process.spans.is_empty() && process.signals.is_empty();
            silent && process.parent.is_some() && process.ended.is_none()
        });
        let index = unclaimed.unwrap_or_else(|| {
            let owner = self.model.processes.len();
            self.new_table(owner, Table::default());
            self.new_process(pid, time, None, self.tables.len() - 1)
        });
        self.model.processes[index].pid = pid;
        self.by_pid.insert(pid, index);
        index
    }

    pub(super) fn new_table(&mut self, owner: usize, table: Table) {
        self.tables.push(table);
        self.owner.push(owner);
    }

    pub(super) fn new_process(
        &mut self,
        pid: u32,
        born: Micros,
        parent: Option<usize>,
        table: usize,
    ) -> usize {
        let name = parent.map_or(String::new(), |p| self.model.processes[p].name.clone());
        self.model.processes.push(Process {
            pid,
            name,
            parent,
            leader: None,
            born,
            ended: None,
            reaped: None,
            nobody_waits: false,
            spans: Vec::new(),
            signals: Vec::new(),
            descriptors: Vec::new(),
            is_client: false,
        });
        self.table.push(table);
        self.ignores.push(parent.is_some_and(|p| self.ignores[p]));
        self.model.processes.len() - 1
    }

    pub(super) fn forked(&mut self, parent: usize, call: &Call, pid: u32) {
        let time = call.end.unwrap_or(call.start);
        let shared = call.arguments.contains("CLONE_FILES");
        let child = self.model.processes.len();
        let mut table = self.table[parent];
        if !shared {
            table = self.tables.len();
            self.new_table(child, self.tables[self.table[parent]].clone());
        }
        self.new_process(pid, time, Some(parent), table);
        if call.arguments.contains("CLONE_THREAD") {
            self.model.processes[child].leader = Some(self.model.leader(parent));
        }
        if !shared {
            let copies: Vec<(i64, usize)> = self.tables[table]
                .open
                .iter()
                .map(|(number, open)| (*number, open.object))
                .collect();
            for (number, object) in copies {
                self.opened(child, number, object, time, None);
            }
        }
        self.by_pid.insert(pid, child);
    }

    pub(super) fn ended(&mut self, index: usize, time: Micros, how: String) {
        self.model.processes[index].ended = Some((time, how));
        let table = self.table[index];
        let mut sharers = (0..self.table.len()).filter(|other| self.table[*other] == table);
        if sharers.all(|other| self.model.processes[other].ended.is_some()) {
            self.closed(index, i64::MIN, i64::MAX, time, Ending::Exit);
        }
        if let Some(parent) = self.model.processes[index].parent {
            self.model.processes[index].nobody_waits = self.ignores[self.model.leader(parent)];
        }
    }
}
