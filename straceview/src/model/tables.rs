//! The tables of descriptors, while the recording is read.

use super::{Descriptor, Ending, Moment};
use std::collections::BTreeMap;

/// All tables. Processes are told by their index in the model.
#[derive(Default)]
pub struct Tables {
    tables: Vec<Table>,
    /// Which table each process has.
    of_process: Vec<usize>,
}

/// The open descriptors of a process, or of all who share them.
struct Table {
    /// The first process that had it.
    owner: usize,
    /// How many that live have it now.
    holders: usize,
    open: BTreeMap<i64, Open>,
    /// All that were ever open.
    list: Vec<Descriptor>,
}

/// An open descriptor.
#[derive(Clone, Copy)]
struct Open {
    object: usize,
    /// Its place in the table's list.
    place: usize,
    close_on_exec: bool,
}

impl Tables {
    /// A process of which nothing is known yet.
    pub fn new_process(&mut self) {
        self.add(BTreeMap::new(), None);
    }

    /// A child, after its parent: it gets a copy of the table, or shares it.
    pub fn fork(&mut self, parent: usize, shares: bool, at: Moment) {
        let table = self.of_process[parent];
        if shares {
            self.tables[table].holders += 1;
            self.of_process.push(table);
        } else {
            self.add(self.tables[table].open.clone(), Some(at));
        }
    }

    fn add(&mut self, mut open: BTreeMap<i64, Open>, copied: Option<Moment>) {
        let mut list = Vec::with_capacity(open.len());
        if let Some(at) = copied {
            for (number, open) in &mut open {
                open.place = list.len();
                list.push(descriptor(*number, open.object, at, true));
            }
        }
        let owner = self.of_process.len();
        self.of_process.push(self.tables.len());
        self.tables.push(Table {
            owner,
            holders: 1,
            open,
            list,
        });
    }

    fn table(&mut self, process: usize) -> &mut Table {
        &mut self.tables[self.of_process[process]]
    }

    /// The process whose table it was first.
    pub fn owner(&self, process: usize) -> usize {
        self.tables[self.of_process[process]].owner
    }

    /// What a number refers to.
    pub fn object(&self, process: usize, number: i64) -> Option<usize> {
        let table = &self.tables[self.of_process[process]];
        table.open.get(&number).map(|open| open.object)
    }

    /// A new descriptor. What had its number has been closed unseen.
    pub fn open(
        &mut self,
        process: usize,
        number: i64,
        object: usize,
        at: Moment,
        close_on_exec: bool,
    ) {
        self.close(process, number..=number, at, Ending::Unseen);
        let table = self.table(process);
        let place = table.list.len();
        table.list.push(descriptor(number, object, at, false));
        table.open.insert(
            number,
            Open {
                object,
                place,
                close_on_exec,
            },
        );
    }

    pub fn close(
        &mut self,
        process: usize,
        numbers: std::ops::RangeInclusive<i64>,
        at: Moment,
        ending: Ending,
    ) {
        self.table(process).close(numbers, at, ending, |_| true);
    }

    pub fn set_close_on_exec(
        &mut self,
        process: usize,
        numbers: std::ops::RangeInclusive<i64>,
        on: bool,
    ) {
        if numbers.is_empty() {
            return;
        }
        for (_, open) in self.table(process).open.range_mut(numbers) {
            open.close_on_exec = on;
        }
    }

    /// execve: the table is shared no longer, and close-on-exec takes effect.
    pub fn exec(&mut self, process: usize, at: Moment) {
        self.unshare(process, at);
        let all = i64::MIN..=i64::MAX;
        self.table(process)
            .close(all, at, Ending::Exec, |open| open.close_on_exec);
    }

    /// A process that shares its table gets a copy of its own.
    pub fn unshare(&mut self, process: usize, at: Moment) {
        let table = self.of_process[process];
        if self.tables[table].holders < 2 || self.tables[table].owner == process {
            return;
        }
        self.tables[table].holders -= 1;
        let mut open = self.tables[table].open.clone();
        let mut list = Vec::with_capacity(open.len());
        for (number, open) in &mut open {
            open.place = list.len();
            list.push(descriptor(*number, open.object, at, true));
        }
        self.of_process[process] = self.tables.len();
        self.tables.push(Table {
            owner: process,
            holders: 1,
            open,
            list,
        });
    }

    /// A process' end: the last that has the table closes all.
    pub fn exit(&mut self, process: usize, at: Moment) {
        let table = self.table(process);
        table.holders = table.holders.saturating_sub(1);
        if table.holders == 0 {
            table.close(i64::MIN..=i64::MAX, at, Ending::Exit, |_| true);
        }
    }

    /// A child may run before its parent's fork has returned: then it was born earlier.
    pub fn born_earlier(&mut self, process: usize, before: Moment, at: Moment) {
        let table = self.table(process);
        for held in table.list.iter_mut().filter(|held| held.from == before) {
            held.from = at;
        }
    }

    /// The list of each table, with the process that owned it first.
    pub fn into_lists(self) -> impl Iterator<Item = (usize, Vec<Descriptor>)> {
        self.tables
            .into_iter()
            .map(|table| (table.owner, table.list))
    }
}

impl Table {
    fn close(
        &mut self,
        numbers: std::ops::RangeInclusive<i64>,
        at: Moment,
        ending: Ending,
        chosen: impl Fn(&Open) -> bool,
    ) {
        if numbers.is_empty() {
            return;
        }
        let range = self.open.range(numbers);
        let closed: Vec<(i64, usize)> = range
            .filter(|(_, open)| chosen(open))
            .map(|(number, open)| (*number, open.place))
            .collect();
        for (number, place) in closed {
            self.open.remove(&number);
            self.list[place].to = Some(at);
            self.list[place].ending = ending;
        }
    }
}

fn descriptor(number: i64, object: usize, from: Moment, inherited: bool) -> Descriptor {
    Descriptor {
        number,
        object,
        from,
        to: None,
        ending: Ending::Open,
        inherited,
    }
}
