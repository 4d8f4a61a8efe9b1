//! Time on x.

use super::svg::short;
use crate::strace::stamp::Micros;

/// Where the names of the lanes stand, left of the times.
pub const GUTTER: f64 = 132.0;
/// The width of the whole picture. A page shows it at the page's own width.
pub const WIDTH: f64 = 1000.0;
/// The free space at the right.
pub const RIGHT: f64 = 16.0;

/// Converts microseconds since the start to x.
#[derive(Clone, Copy)]
pub struct Scale {
    pub start: Micros,
    /// The window, after `start`.
    pub from: Micros,
    pub to: Micros,
}

impl Scale {
    /// The same window, for a recording that starts at `start`.
    pub fn starting(self, start: Micros) -> Self {
        Self { start, ..self }
    }

    pub fn x(&self, time: Micros) -> f64 {
        let after = (time - self.start).clamp(self.from, self.to) - self.from;
        let pixels = WIDTH - RIGHT - GUTTER;
        GUTTER + after as f64 * pixels / (self.to - self.from).max(1) as f64
    }

    /// The time that so many pixels take.
    pub fn micros(&self, pixels: f64) -> Micros {
        let all = WIDTH - RIGHT - GUTTER;
        (pixels * (self.to - self.from).max(1) as f64 / all) as Micros
    }

    /// Whether any of it is within the window.
    pub fn shows(&self, from: Micros, to: Micros) -> bool {
        to - self.start >= self.from && from - self.start <= self.to
    }

    /// Round times, at least 50 pixels apart, and how to write them.
    pub fn ticks(&self) -> Vec<(f64, String)> {
        let window = (self.to - self.from).max(1);
        let steps = (0..12).flat_map(|power| [1, 2, 5].map(|n| n * 10_i64.pow(power)));
        let step = steps
            .into_iter()
            .find(|step| window / step <= 14)
            .unwrap_or(window);
        let first = self.from.div_euclid(step) + i64::from(self.from % step != 0);
        let ticks = (first..)
            .map(|n| n * step)
            .take_while(|tick| *tick <= self.to);
        ticks
            .map(|tick| (self.x(self.start + tick), Self::label(tick, step)))
            .collect()
    }

    fn label(tick: Micros, step: Micros) -> String {
        let (unit, size) = unit(if step >= 100_000 { 1_000_000 } else { step });
        format!("{} {unit}", short(tick as f64 / size))
    }
}

/// The unit to write so long a time in, and its microseconds.
fn unit(micros: Micros) -> (&'static str, f64) {
    match micros {
        1_000_000.. => ("s", 1e6),
        1_000.. => ("ms", 1e3),
        _ => ("µs", 1.0),
    }
}

/// `1.00 s`, `12.3 ms`, `50 µs`: three digits.
pub fn duration(micros: Micros) -> String {
    let (unit, size) = unit(micros);
    let value = micros as f64 / size;
    match value {
        _ if size == 1.0 => format!("{micros} {unit}"),
        100.0.. => format!("{value:.0} {unit}"),
        10.0.. => format!("{value:.1} {unit}"),
        _ => format!("{value:.2} {unit}"),
    }
}
