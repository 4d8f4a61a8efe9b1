//! What hovering shows: the calls and descriptors in words.

use super::scale::{Scale, duration};
use crate::model::{Descriptor, Ending, Model, Span};
use std::collections::BTreeMap;

/// `accept4(3, NULL, NULL, 0) = 4`, when, how long, for whom.
pub fn call(model: &Model, span: &Span, scale: &Scale) -> String {
    let made = &span.call;
    let arguments = clipped(&made.arguments, 90);
    let result = if made.result.is_empty() {
        "?"
    } else {
        &made.result
    };
    let lasted = duration(span.to - span.from);
    let at = (span.from - scale.start) as f64 / 1e6;
    let verb = if span.blocked { "blocked for" } else { "took" };
    let connection = span.object.and_then(|object| model.connection_of(object));
    let whom = connection.map_or(String::new(), |number| format!("; connection {number}"));
    format!(
        "{}({arguments}) = {result}\nat {at:.6} s, {verb} {lasted}{whom}",
        made.name
    )
}

/// The words for several calls that are drawn as one.
pub fn calls(model: &Model, spans: &[&Span], scale: &Scale) -> String {
    let first = call(model, spans[0], scale);
    if spans.len() == 1 {
        return first;
    }
    let mut counts = BTreeMap::<&str, usize>::new();
    for span in spans {
        *counts.entry(&span.call.name).or_default() += 1;
    }
    let counts = counts.iter().map(|(name, count)| format!("{count} {name}"));
    let counts = counts.collect::<Vec<_>>().join(", ");
    format!(
        "{} calls: {}\nthe first: {first}",
        spans.len(),
        clipped(&counts, 90)
    )
}

/// A title is no place for a whole environment.
pub fn clipped(text: &str, length: usize) -> String {
    match text.char_indices().nth(length) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_string(),
    }
}

/// `descriptor 4: conn 1`, from when to when, and how long for nothing.
pub fn descriptor(model: &Model, one: &Descriptor, scale: &Scale) -> String {
    let end = model.until(one);
    let how = match one.ending {
        Ending::Closed => "closed",
        Ending::Exec => "closed by execve",
        Ending::Exit => "not closed: its process ended",
        Ending::Open if !model.has_closes => "no close is recorded",
        Ending::Open => "still open when the recording ends",
        Ending::Unseen => "closed unseen: its number is given out again",
    };
    let at = |time: i64| (time - scale.start) as f64 / 1e6;
    let after = model.used_until(one).filter(|used| *used < end);
    let held = after.map_or(String::new(), |used| {
        format!(
            "\nonly held, after its last use, for {}",
            duration(end - used)
        )
    });
    format!(
        "descriptor {}: {}\nfrom {:.6} s to {:.6} s, {how}{held}",
        one.number,
        model.name_of(one.object),
        at(one.from.time),
        at(end),
    )
}
