//! What the signs mean.

use super::blocks::{self, LANE};
use super::scale::WIDTH;
use super::svg::{Svg, short, width};
use crate::strace::purpose::Purpose;

/// Signs, in the order of reading, on as many lines as they take.
pub fn draw(svg: &mut Svg, top: f64) -> f64 {
    let mut at = Place {
        x: 8.0,
        y: top + 8.0,
    };
    svg.path(
        "rule",
        &format!("M8 {}H{}", short(top), short(WIDTH - 8.0)),
        "",
    );
    for kind in Purpose::ALL {
        let (x, y) = at.take(svg, 8.0, kind.word());
        blocks::block(svg, kind, x + 2.0, 4.0, y, "");
    }
    let (x, y) = at.take(svg, 26.0, "hollow: blocked in the call, 1 ms or more");
    svg.rectangle("accept blocked", [x, y + 0.5, 26.0, LANE - 1.0], "");
    let (x, y) = at.take(svg, 26.0, "line: runs between calls");
    svg.rectangle("run", [x, y + LANE / 2.0 - 0.75, 26.0, 1.5], "");
    for (class, text) in [
        ("zombie", "zombie: ended, not yet waited for"),
        ("queue", "client: connected, in the backlog"),
        ("served", "client: accepted, until it closes"),
    ] {
        let (x, y) = at.take(svg, 26.0, text);
        svg.rectangle(class, [x, y + 3.0, 26.0, 10.0], "");
    }
    for (class, text) in [
        ("listener", "descriptor: the listener"),
        ("conn", "descriptor: a connection, in use"),
        ("held", "after its last use: only held open"),
    ] {
        let (x, y) = at.take(svg, 26.0, text);
        svg.rectangle(class, [x, y + 4.0, 26.0, 8.0], "");
        if class != "held" {
            svg.path(
                "gone",
                &format!("M{} {}v11", short(x + 26.0), short(y + 2.5)),
                "",
            );
        }
    }
    for (line, text) in [
        ("arrow", "fork: to the child"),
        ("reap", "wait: the child is reaped"),
    ] {
        let (x, y) = at.take(svg, 26.0, text);
        svg.path(
            line,
            &format!("M{} {}h26", short(x), short(y + LANE / 2.0)),
            "",
        );
    }
    let (x, y) = at.take(svg, 8.0, "signal");
    let [x0, x1, x2, y0, y1] = [x, x + 4.0, x + 8.0, y + 5.0, y + 11.0].map(short);
    svg.path("signal", &format!("M{x1} {y1}L{x0} {y0}H{x2}Z"), "");
    at.y + LANE + 8.0
}

struct Place {
    x: f64,
    y: f64,
}

impl Place {
    /// Room for a sign so wide; its text stands behind it.
    fn take(&mut self, svg: &mut Svg, sign: f64, text: &str) -> (f64, f64) {
        let needed = sign + 5.0 + width(text, 11.0) + 12.0;
        if self.x + needed > WIDTH {
            (self.x, self.y) = (8.0, self.y + LANE + 5.0);
        }
        let place = (self.x, self.y);
        svg.text("dim", self.x + sign + 5.0, self.y + 12.0, text);
        self.x += needed;
        place
    }
}
