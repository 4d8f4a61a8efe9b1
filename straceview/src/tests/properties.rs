//! What holds for all recordings, also those that nobody thought of.

use super::{NAMES, text};
use crate::model::Model;
use crate::picture::{View, draw};
use crate::strace::call::Call;
use crate::strace::entry;
use crate::strace::line::Line;
use crate::strace::recording;
use proptest::prelude::*;
use quick_xml::events::Event;
use quick_xml::reader::Reader;

/// An argument as strace prints one: numbers, strings, structures.
fn argument() -> impl Strategy<Value = String> {
    let string = r#""([ -!#-\[\]-~]|\\"|\\\\|\\n){0,20}"(\.\.\.)?"#;
    let leaf = prop_oneof!["-?[0-9]{1,9}", "[A-Z_]{2,9}(\\|[A-Z_]{2,9})?", string];
    leaf.prop_recursive(2, 8, 3, |inner| {
        let list = prop::collection::vec(inner, 0..3);
        list.prop_map(|list| format!("{{a={}, [{}]}}", list.len(), list.join(", ")))
    })
}

fn well_formed(svg: &str) {
    let mut reader = Reader::from_str(svg);
    let mut depth = 0;
    loop {
        match reader.read_event().expect("well-formed") {
            Event::Start(_) => depth += 1,
            Event::End(_) => depth -= 1,
            Event::Eof => break,
            _ => {}
        }
    }
    assert_eq!(depth, 0);
}

proptest! {
    #[test]
    fn a_call_keeps_its_parts(
        name in "[a-z_][a-z0-9_]{0,15}",
        arguments in prop::collection::vec(argument(), 0..5),
        returned in 0..i64::from(i32::MAX),
        lasted in 0..10_000_000_i64,
        start in 0..1_i64 << 50,
    ) {
        let joined = arguments.join(", ");
        let seconds = format!("{}.{:06}", lasted / 1_000_000, lasted % 1_000_000);
        let text = format!("{name}({joined})    = {returned} <{seconds}>");
        let call = Call::parse(&text, start, None).expect("a call");
        prop_assert_eq!(&call.name, &name);
        prop_assert_eq!(&call.arguments, &joined);
        prop_assert_eq!(call.returned(), Some(returned));
        prop_assert_eq!(call.end, Some(start + lasted));
        for (index, argument) in arguments.iter().enumerate() {
            prop_assert_eq!(call.argument(index), Some(argument.as_str()));
        }
        prop_assert_eq!(call.argument(arguments.len()), None);
    }

    /// Wherever strace cuts a call in two, it is the same call.
    #[test]
    fn joined_halves_are_the_whole(arguments in prop::collection::vec(argument(), 1..4), cut in 0..4_usize) {
        let cut = cut.min(arguments.len());
        let (one, other) = arguments.split_at(cut);
        let (first, second) = (one.join(", "), other.join(", "));
        let comma = if one.is_empty() || other.is_empty() { "" } else { ", " };
        let whole = format!("7 1.000000 f({first}{comma}{second}) = 5 <0.000009>\n");
        let halves = format!(
            "7 1.000000 f({first}{comma} <unfinished ...>\n8 1.000001 g() = 0\n7 1.000009 <... f resumed>{second}) = 5 <0.000009>\n"
        );
        let find = |text: &str| {
            let entries = recording::read(text).expect("it reads");
            let call = entries.entries.into_iter().find_map(|entry| match entry.event {
                entry::Event::Call(call) if call.name == "f" => Some(call),
                _ => None,
            });
            call.expect("f")
        };
        prop_assert_eq!(find(&halves), find(&whole));
    }

    /// A recording may stop anywhere, and has told what it told until there.
    #[test]
    fn a_recording_cut_short_reads(name in prop::sample::select(NAMES.to_vec()), cut in any::<prop::sample::Index>()) {
        let text = text(name);
        let first = text.find('\n').expect("a line") + 1;
        let part = &text[..first + cut.index(text.len() - first + 1)];
        let entries = recording::read(part);
        prop_assert!(entries.is_ok(), "{}: {:?}", part.len(), entries);
        Model::of(entries.expect("read"));
    }

    #[test]
    fn no_line_is_too_odd(line in "\\PC{0,80}", pid in 0..3_u32) {
        let _ = Line::parse(&line);
        let _ = recording::read(&format!("{pid} 1.000000 {line}\n{line}\n"));
    }

    /// Lines lost, doubled and moved: the picture may be wrong, never broken.
    #[test]
    fn any_order_of_lines_draws(
        name in prop::sample::select(NAMES.to_vec()),
        order in prop::collection::vec(any::<prop::sample::Index>(), 1..120),
    ) {
        let text = text(name);
        let lines: Vec<&str> = text.lines().filter(|line| Line::parse(line).is_ok()).collect();
        let mixed: Vec<&str> = order.iter().map(|index| *index.get(&lines)).collect();
        let entries = recording::read(&(mixed.join("\n") + "\n"));
        prop_assume!(entries.is_ok());
        let view = View { all_descriptors: true, ..View::default() };
        well_formed(&draw(&[("mixed".into(), Model::of(entries.expect("read")))], view).svg);
    }

    #[test]
    fn any_title_is_escaped(title in "\\PC{0,40}|[\\x00-\\x1f<>&\"]{0,9}") {
        let entries = recording::read("7 1.000000 close(3) = 0\n").expect("it reads");
        let view = View::default();
        well_formed(&draw(&[(title, Model::of(entries))], view).svg);
    }
}
