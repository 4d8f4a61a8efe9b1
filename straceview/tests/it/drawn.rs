//! A picture, read back.

use quick_xml::escape::resolve_predefined_entity;
use quick_xml::events::{BytesStart, Event};
use quick_xml::reader::Reader;
use std::path::Path;
use std::process::{Command, Output};

/// What a test asks of a picture.
#[derive(Default)]
pub struct Drawn {
    pub bytes: usize,
    pub width: f64,
    pub height: f64,
    /// All that is written on it.
    pub texts: Vec<String>,
    /// What hovering shows.
    pub titles: Vec<String>,
    /// It comes last, and holds one of each sign.
    in_legend: bool,
    /// The class, x and width of each rectangle.
    pub rectangles: Vec<(String, f64, f64)>,
}

/// straceview with these arguments.
pub fn straceview(arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_straceview"));
    command.args(arguments).env_remove("RUST_BACKTRACE");
    command.output().expect("straceview runs")
}

/// straceview with these arguments, which it must like.
pub fn draws(arguments: &[&str]) {
    let output = straceview(arguments);
    let words = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{arguments:?}: {words}");
}

/// All that a picture is made of: nothing that runs, nothing that refers elsewhere.
const ELEMENTS: [&str; 10] = [
    "svg", "g", "title", "desc", "style", "defs", "pattern", "path", "rect", "text",
];
const ATTRIBUTES: [&str; 12] = [
    "xmlns",
    "width",
    "height",
    "viewBox",
    "role",
    "id",
    "patternUnits",
    "patternTransform",
    "class",
    "d",
    "x",
    "y",
];

fn utf8(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).expect("UTF-8")
}

fn number(element: &BytesStart, name: &str) -> f64 {
    let text = attribute(element, name).unwrap_or_else(|| panic!("{element:?} has no {name}"));
    text.parse().expect("a number")
}

fn attribute(element: &BytesStart, name: &str) -> Option<String> {
    let attribute = element.try_get_attribute(name).expect("well-formed")?;
    let value = std::str::from_utf8(&attribute.value).expect("UTF-8");
    Some(value.to_string())
}

impl Drawn {
    /// Fails for what is not well-formed, and for what needs anything else to be shown.
    pub fn read(path: &Path) -> Self {
        let text = std::fs::read_to_string(path).expect("a picture");
        let mut drawn = Self {
            bytes: text.len(),
            ..Self::default()
        };
        let mut reader = Reader::from_str(&text);
        // The elements that are open, and what each holds as text.
        let mut open: Vec<(String, String)> = Vec::new();
        let hold = |open: &mut Vec<(String, String)>, text: &str| {
            open.last_mut().expect("within the document").1 += text;
        };
        loop {
            match reader.read_event().expect("well-formed") {
                Event::Start(element) => {
                    let name = utf8(element.name().as_ref());
                    drawn.element(&name, &element);
                    open.push((name, String::new()));
                }
                Event::Empty(element) => drawn.element(&utf8(element.name().as_ref()), &element),
                Event::Text(text) if !open.is_empty() => {
                    hold(&mut open, &text.decode().expect("UTF-8"))
                }
                Event::GeneralRef(name) => {
                    let character = resolve_predefined_entity(&name.decode().expect("UTF-8"))
                        .expect("a character");
                    hold(&mut open, character);
                }
                Event::End(_) => match open.pop().expect("an element") {
                    (name, text) if name == "text" && !drawn.in_legend => drawn.texts.push(text),
                    (name, text) if name == "title" => drawn.titles.push(text),
                    (name, text) if name == "style" => {
                        let outside = text.replace("url(#", "").replace("@media", "");
                        assert!(
                            !outside.contains("url(") && !outside.contains('@'),
                            "{text}"
                        );
                    }
                    _ => {}
                },
                Event::Eof => break,
                _ => {}
            }
        }
        assert!(open.is_empty(), "{open:?}");
        drawn
    }

    fn element(&mut self, name: &str, element: &BytesStart) {
        assert!(ELEMENTS.contains(&name), "<{name}>");
        for attribute in element.attributes() {
            let key = utf8(attribute.expect("well-formed").key.as_ref());
            assert!(ATTRIBUTES.contains(&key.as_str()), "<{name} {key}>");
        }
        match name {
            "g" => self.in_legend = true,
            _ if self.in_legend => {}
            "svg" => {
                self.width = number(element, "width");
                self.height = number(element, "height");
            }
            "rect" => {
                let class = attribute(element, "class").expect("a class");
                let (x, width) = (number(element, "x"), number(element, "width"));
                self.rectangles.push((class, x, width));
            }
            _ => {}
        }
    }

    /// Rectangles of a class: start and end, from left to right.
    pub fn bars(&self, class: &str) -> Vec<(f64, f64)> {
        let of_class = self.rectangles.iter().filter(|(own, ..)| own == class);
        let mut bars: Vec<_> = of_class.map(|(_, x, width)| (*x, x + width)).collect();
        bars.sort_by(|one, other| one.0.total_cmp(&other.0));
        bars
    }

    /// How many bars of a class are more than the few pixels of a call that a
    /// busy machine made late.
    pub fn lasting(&self, class: &str) -> usize {
        let bars = self.bars(class);
        bars.iter().filter(|(from, to)| to - from > 20.0).count()
    }

    pub fn says(&self, text: &str) -> bool {
        self.texts.iter().any(|own| own.contains(text))
    }

    /// How many of the names of lanes begin so.
    pub fn count(&self, start: &str) -> usize {
        self.texts
            .iter()
            .filter(|own| own.starts_with(start))
            .count()
    }
}
