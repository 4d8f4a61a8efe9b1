//! Pages for the tests, and what a test asks of one in a browser.

use crate::acceptd::{record_stacks, source_options};
use crate::drawn::draws;
use crate::webdriver::Browser;
use serde_json::{Value, json};
use tempfile::TempDir;

/// A directory with `page.html`, of recordings of acceptd with these options.
pub fn page_of(servers: &[&[&str]]) -> TempDir {
    let room = tempfile::tempdir().expect("a directory");
    let trace = |index: usize| path(&room, &format!("{index}.strace"));
    let traces: Vec<String> = (0..servers.len()).map(trace).collect();
    for (trace, server) in traces.iter().zip(servers) {
        record_stacks(trace, &["--clients=3", "--every=1"], server);
    }
    let traces: Vec<&str> = traces.iter().map(String::as_str).collect();
    page(&room, &traces);
    room
}

pub fn page(room: &TempDir, traces: &[&str]) {
    let (output, source) = (path(room, "page.html"), source_options());
    let source: Vec<&str> = source.iter().map(String::as_str).collect();
    draws(&[&["page", "-o", &output], traces, &source].concat());
}

pub fn path(room: &TempDir, name: &str) -> String {
    room.path().join(name).display().to_string()
}

pub fn address(room: &TempDir) -> String {
    format!("file://{}", path(room, "page.html"))
}

impl Browser {
    pub fn step(&self) -> u64 {
        self.script("return panels[0].index + 1")
            .as_u64()
            .expect("a number")
    }

    pub fn goes_to(&self, step: u64) {
        self.script(&format!("move(panels[0], {})", step - 1));
    }

    /// The step of the first row behind `after` of whom and what begin so.
    pub fn find(&self, after: u64, label: &str, text: &str) -> u64 {
        let script = format!(
            "const {{ rows, processes }} = panels[0].recording;
             return 1 + rows.findIndex((row, index) => index >= {after}
                 && processes[row.process].label.startsWith('{label}') && row.text.startsWith('{text}') && !row.text.includes('ERESTART'))"
        );
        let step = self.script(&script).as_u64().expect("a number");
        assert!(step > 0, "no {label} {text} behind step {after}");
        step
    }

    /// The arrows of the figure: pid, descriptor, object, class.
    pub fn arrows(&self) -> Vec<(u64, i64, u64, String)> {
        let list = self.script(
            "return [...document.querySelectorAll('.figure .arrow')].map((arrow) =>
                 [Number(arrow.dataset.pid), Number(arrow.dataset.fd), Number(arrow.dataset.object), arrow.getAttribute('class')])",
        );
        serde_json::from_value(list).expect("arrows")
    }

    pub fn text(&self, selector: &str) -> String {
        let text = self.script(&format!(
            "return document.querySelector({}).textContent",
            json!(selector)
        ));
        text.as_str().expect("text").to_string()
    }

    /// Nothing but the page itself, and no complaint.
    pub fn is_content(&self) {
        assert_eq!(self.console(), Vec::<Value>::new());
        let asked = self
            .script("return performance.getEntriesByType('resource').map((entry) => entry.name)");
        assert_eq!(asked, json!([]));
    }
}
