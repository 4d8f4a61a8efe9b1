//! Who holds which descriptor, while the recording is read.

use super::build::Builder;
use super::{Object, What};
use crate::model::descriptor::{Descriptor, Ending, Entry as Open};
use crate::strace::call::Call;
use crate::strace::line::Micros;
use crate::strace::purpose::Purpose;

impl Builder {
    /// The object that the first argument refers to.
    pub(super) fn used(&mut self, index: usize, call: &Call) -> Option<usize> {
        let number = call.descriptor(0)?;
        let table = self.table[index];
        if let Some(open) = self.tables[table].open.get(&number) {
            return Some(open.object);
        }
        // A socket that was there before strace was, or came by means unseen.
        let what = match Purpose::of(&call.name, false) {
            Purpose::Accept => What::Listener,
            Purpose::Receive | Purpose::Send => What::Socket,
            _ => return None,
        };
        let failed = call.result.contains("EBADF") || call.result.contains("ENOTSOCK");
        (!failed).then(|| {
            let object = self.new_object(what, call);
            let born = self.model.processes[self.owner[table]].born;
            self.opened(index, number, object, born, None);
            object
        })
    }

    pub(super) fn new_object(&mut self, what: What, call: &Call) -> usize {
        self.model.objects.push(Object {
            what,
            made_by: call.name.clone(),
            last_use: None,
            received: false,
            local_port: None,
        });
        self.model.objects.len() - 1
    }

    pub(super) fn opened(
        &mut self,
        index: usize,
        number: i64,
        object: usize,
        at: Micros,
        on: Option<bool>,
    ) {
        let table = self.table[index];
        let list = &mut self.model.processes[self.owner[table]].descriptors;
        list.push(Descriptor {
            number,
            object,
            from: at,
            to: None,
            ending: Ending::Open,
        });
        let record = list.len() - 1;
        let before = self.tables[table].open.get(&number);
        let close_on_exec = on
            .or(before.map(|open| open.close_on_exec))
            .unwrap_or(false);
        let open = Open {
            object,
            record,
            close_on_exec,
        };
        self.tables[table].open.insert(number, open);
    }

    pub(super) fn closed(
        &mut self,
        index: usize,
        first: i64,
        last: i64,
        at: Micros,
        ending: Ending,
    ) {
        if first > last {
            return;
        }
        let table = self.table[index];
        let list = &mut self.model.processes[self.owner[table]].descriptors;
        self.tables[table].open.retain(|number, open| {
            let stays =
                !(first..=last).contains(number) || (ending == Ending::Exec && !open.close_on_exec);
            if !stays {
                list[open.record].to = Some(at);
                list[open.record].ending = ending;
            }
            stays
        });
    }
}
