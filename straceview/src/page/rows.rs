//! The rows of the page: what the servers' processes did and met, in the order in which it
//! took effect.

use crate::model::tree::tree;
use crate::model::{Model, Span};
use crate::source::lines::Source;
use crate::strace::entry::Place;
use crate::strace::purpose::Purpose;
use crate::strace::stamp::Micros;
use serde::Serialize;

/// One row. Times are microseconds after the recording's start.
#[derive(Serialize)]
pub struct Row {
    pub step: usize,
    pub process: usize,
    /// `accept`, `recv`, ..., `signal`, `end`: its colour.
    pub kind: &'static str,
    /// The call with its arguments, or what happened.
    pub text: String,
    /// The name of the call.
    pub name: String,
    pub from: Micros,
    pub to: Micros,
    /// When it took effect.
    pub at: Micros,
    pub blocked: bool,
    /// Neither about a socket nor about a process: left out of long recordings.
    pub minor: bool,
    /// The lines of source that led to it, the one that made the call first: file and line.
    pub lines: Vec<(String, u32)>,
    /// The object that it is about.
    pub object: Option<usize>,
}

/// A page is no place for the whole of what was sent.
const LONGEST: usize = 160;

/// All rows.
pub fn of(model: &Model, source: &Source) -> Vec<Row> {
    let mut rows = Vec::new();
    for member in tree(model) {
        let index = member.process;
        let process = &model.processes[index];
        for span in &process.spans {
            rows.push(Row::of_call(model, source, index, span));
        }
        for signal in &process.signals {
            let at = signal.at.time - model.start;
            let text = format!("{} {}", signal.name, signal.details);
            let lines = lines(source, &signal.place);
            rows.push(Row::event(
                signal.at.step,
                index,
                "signal",
                &text,
                &signal.name,
                at,
                lines,
            ));
        }
        if let Some((when, how)) = &process.ended {
            let at = when.time - model.start;
            rows.push(Row::event(when.step, index, "end", how, "", at, Vec::new()));
        }
    }
    rows.sort_by_key(|row| row.step);
    rows
}

impl Row {
    fn of_call(model: &Model, source: &Source, process: usize, span: &Span) -> Self {
        let call = &span.call;
        let result = if call.result.is_empty() {
            "?"
        } else {
            &call.result
        };
        let arguments = clipped(&call.arguments);
        let [from, to] = [span.from, span.to].map(|time| time - model.start);
        // fork acts when it begins: its child may run before it returns.
        let at = if span.purpose == Purpose::Fork {
            from
        } else {
            to
        };
        let on_socket = span.object.is_some_and(|object| model.is_socket(object));
        let setup = [
            "socket", "bind", "listen", "connect", "execve", "exit", "kill", "epoll",
        ];
        let known = setup.iter().any(|name| call.name.starts_with(name));
        Self {
            step: span.step,
            process,
            kind: span.purpose.word(),
            text: format!("{}({arguments}) = {}", call.name, clipped(result)),
            name: call.acts_as().to_string(),
            from,
            to,
            at,
            blocked: span.blocked,
            minor: span.purpose == Purpose::Other && !on_socket && !known,
            lines: lines(source, &span.place),
            object: span.object,
        }
    }

    fn event(
        step: usize,
        process: usize,
        kind: &'static str,
        text: &str,
        name: &str,
        at: Micros,
        lines: Vec<(String, u32)>,
    ) -> Self {
        Self {
            step,
            process,
            kind,
            text: clipped(text),
            name: name.to_string(),
            from: at,
            to: at,
            at,
            blocked: false,
            minor: false,
            lines,
            object: None,
        }
    }
}

fn lines(source: &Source, place: &Place) -> Vec<(String, u32)> {
    let locations = source.of(place).into_iter();
    locations
        .map(|location| (location.file, location.line))
        .collect()
}

fn clipped(text: &str) -> String {
    crate::picture::clipped(text, LONGEST)
}
