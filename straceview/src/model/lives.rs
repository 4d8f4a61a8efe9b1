//! Which process forked which, and which have ended.

use super::build::Builder;
use super::change::{makes_thread, shares_table};
use super::{Moment, Process};
use crate::strace::call::Call;

impl Builder {
    /// The process of a line. One whose beginning was not recorded has no parent.
    pub fn process(&mut self, pid: u32, at: Moment) -> usize {
        let known = self.by_pid.get(&pid).copied();
        if let Some(index) = known.filter(|index| self.model.processes[*index].ended.is_none()) {
            return index;
        }
        let index = self.silent_child().unwrap_or_else(|| {
            self.tables.new_process();
            self.new_process(pid, at, None)
        });
        self.model.processes[index].pid = pid;
        self.by_pid.insert(pid, index);
        index
    }

    /// A child that has done nothing yet: in a pid namespace fork returned another number than
    /// strace uses. A child whose number some line has is not that one: its lines will come.
    fn silent_child(&mut self) -> Option<usize> {
        while let Some(child) = self.silent.pop_front() {
            let process = &self.model.processes[child];
            let is_silent = process.spans.is_empty() && process.signals.is_empty();
            let is_awaited = self.pids.contains(&process.pid);
            if is_silent && !is_awaited && process.ended.is_none() {
                return Some(child);
            }
        }
        None
    }

    fn new_process(&mut self, pid: u32, born: Moment, parent: Option<usize>) -> usize {
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
            stops: Vec::new(),
            descriptors: Vec::new(),
            table_of: 0,
            is_client: false,
        });
        self.ignores_child
            .push(parent.is_some_and(|p| self.ignores_child[p]));
        self.threads.push(Vec::new());
        self.model.processes.len() - 1
    }

    pub fn forked(&mut self, parent: usize, call: &Call, pid: u32, at: Moment) {
        self.tables.fork(parent, shares_table(call), at);
        let child = self.new_process(pid, at, Some(parent));
        if makes_thread(call) {
            let leader = self.model.leader(parent);
            self.model.processes[child].leader = Some(leader);
            self.threads[leader].push(child);
        }
        self.by_pid.insert(pid, child);
        self.silent.push_back(child);
    }

    pub fn ended(&mut self, index: usize, at: Moment, how: String) {
        if self.model.processes[index].ended.is_some() {
            return;
        }
        // When its first thread ends, the process ends, and so do the other threads.
        let how_threads = how.clone();
        self.model.processes[index].ended = Some((at, how));
        self.tables.exit(index, at);
        for thread in std::mem::take(&mut self.threads[index]) {
            self.ended(thread, at, how_threads.clone());
        }
        if let Some(parent) = self.model.processes[index].parent {
            let parent = self.model.leader(parent);
            self.model.processes[index].nobody_waits = self.ignores_child[parent];
        }
    }

    /// execve leaves one thread.
    pub fn other_threads_end(&mut self, index: usize, at: Moment) {
        let leader = self.model.leader(index);
        for thread in std::mem::take(&mut self.threads[leader]) {
            if thread != index {
                self.ended(thread, at, "ended by execve".into());
            }
        }
    }
}
