//! The few elements that the picture is made of.

use quick_xml::events::{BytesEnd, BytesStart, BytesText, Event};
use quick_xml::writer::Writer;

/// The size of text on a plate.
pub const PLATE: f64 = 9.0;

/// A part of an SVG document. Lengths are user units: pixels, where it is not scaled.
pub struct Svg {
    writer: Writer<Vec<u8>>,
}

impl Svg {
    pub fn new() -> Self {
        Self {
            writer: Writer::new(Vec::new()),
        }
    }

    /// Well-formed by its construction, if each `open` has its `close`.
    pub fn finish(self) -> String {
        String::from_utf8(self.writer.into_inner()).expect("written from strings")
    }

    pub fn open(&mut self, name: &str, attributes: &[(&str, &str)]) {
        let attributes = attributes.iter().map(|(key, value)| (*key, *value));
        self.event(Event::Start(
            BytesStart::new(name).with_attributes(attributes),
        ));
    }

    pub fn close(&mut self, name: &str) {
        self.event(Event::End(BytesEnd::new(name)));
    }

    /// An element that holds text alone.
    pub fn element(&mut self, name: &str, attributes: &[(&str, &str)], text: &str) {
        self.open(name, attributes);
        self.event(Event::Text(BytesText::new(&legal(text))));
        self.close(name);
    }

    /// `title` is what hovering shows, in every browser and without a script.
    pub fn rectangle(&mut self, class: &str, [x, y, width, height]: [f64; 4], title: &str) {
        let [x, y, width, height] = [x, y, width, height].map(short);
        let attributes = [
            ("class", class),
            ("x", &x),
            ("y", &y),
            ("width", &width),
            ("height", &height),
        ];
        self.titled("rect", &attributes, title);
    }

    pub fn path(&mut self, class: &str, data: &str, title: &str) {
        self.titled("path", &[("class", class), ("d", data)], title);
    }

    pub fn text(&mut self, class: &str, x: f64, y: f64, text: &str) {
        let (x, y) = (short(x), short(y));
        self.element("text", &[("class", class), ("x", &x), ("y", &y)], text);
    }

    /// Text on a hatched ground, which a plate keeps off it. `x` is its start.
    pub fn plate(&mut self, x: f64, y: f64, text: &str) {
        let wide = width(text, PLATE) + 4.0;
        self.rectangle("b", [x, y - 7.5, wide, 9.0], "");
        self.text("mid small", x + wide / 2.0, y, text);
    }

    /// What is already SVG.
    pub fn append(&mut self, part: Self) {
        self.writer.get_mut().extend(part.writer.into_inner());
    }

    /// Text that has no need to be escaped: the style sheet.
    pub fn raw(&mut self, text: &str) {
        self.writer.get_mut().extend(text.as_bytes());
    }

    fn titled(&mut self, name: &str, attributes: &[(&str, &str)], title: &str) {
        if title.is_empty() {
            let element = BytesStart::new(name).with_attributes(attributes.iter().copied());
            return self.event(Event::Empty(element));
        }
        self.open(name, attributes);
        self.element("title", &[], title);
        self.close(name);
    }

    fn event(&mut self, event: Event) {
        self.writer
            .write_event(event)
            .expect("memory takes all that is written");
    }
}

/// A tenth of a pixel is all that a screen shows.
pub fn short(length: f64) -> String {
    let text = format!("{length:.1}");
    text.strip_suffix(".0").unwrap_or(&text).to_string()
}

/// Without the characters that XML 1.0 forbids even when escaped.
fn legal(text: &str) -> String {
    let forbidden =
        |c: char| (c < ' ' && !"\t\n\r".contains(c)) || ('\u{fffe}'..='\u{ffff}').contains(&c);
    text.chars()
        .map(|c| if forbidden(c) { '\u{fffd}' } else { c })
        .collect()
}

/// The width that the text takes at most, in the sans serif of any system: for what may stand
/// beside it.
pub fn width(text: &str, size: f64) -> f64 {
    let ems = text.chars().map(|c| match c {
        'i' | 'j' | 'l' | 't' | 'f' | 'r' | 'I' | '.' | ',' | ':' | ';' | ' ' | '(' | ')' | '/' => {
            0.4
        }
        'm' | 'w' | 'M' | 'W' | '…' => 0.95,
        'A'..='Z' => 0.72,
        _ => 0.6,
    });
    ems.sum::<f64>() * size
}
