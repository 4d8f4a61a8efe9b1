//! The time of a line: strace has four ways to write it.

use anyhow::Context;

/// Microseconds: of a time since the epoch, or of a duration.
pub type Micros = i64;

/// A time as it stands in a line.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Stamp {
    /// `1795538233.452427`: since the epoch (-ttt), or since the line before (-r).
    Seconds(Micros),
    /// `17:03:53.452427`: since midnight (-tt).
    OfDay(Micros),
    /// `17:03:53`: since midnight, without a fraction (-t).
    WholeSecond(Micros),
}

impl Stamp {
    /// Takes the time from the start of a line. `None`: there is none.
    pub fn take(text: &str) -> anyhow::Result<(Option<Self>, &str)> {
        if !text.starts_with(|c: char| c.is_ascii_digit()) {
            return Ok((None, text));
        }
        let (word, rest) = text
            .split_once(' ')
            .context("a time and nothing behind it")?;
        let stamp = if word.contains(':') {
            Self::of_day(word)
        } else {
            seconds(word).map(Self::Seconds)
        };
        let stamp = stamp.with_context(|| format!("'{word:.30}' is no time that strace writes"))?;
        let mut rest = rest.trim_start();
        // -r beside -ttt: `(+     0.000012)`.
        if let Some((_, behind)) = rest
            .strip_prefix("(+")
            .and_then(|rest| rest.split_once(')'))
        {
            rest = behind.trim_start();
        }
        Ok((Some(stamp), rest))
    }

    fn of_day(word: &str) -> Option<Self> {
        let mut parts = word.splitn(3, ':');
        let mut whole = || parts.next()?.parse::<Micros>().ok();
        let minutes = whole()?.checked_mul(60)?.checked_add(whole()?)?;
        let last = parts.next()?;
        let micros = seconds(last).or_else(|| Some(last.parse::<Micros>().ok()? * 1_000_000))?;
        let since = minutes.checked_mul(60_000_000)?.checked_add(micros);
        let since = since.filter(|micros| (0..=DAY).contains(micros))?;
        Some(if last.contains('.') {
            Self::OfDay(since)
        } else {
            Self::WholeSecond(since)
        })
    }
}

const DAY: Micros = 86_400_000_000;
/// Times since the epoch are later than this, 1973; sums of differences are smaller.
const SMALL: Micros = 100_000_000_000_000;

/// `12.345678`: with three, six or nine decimals. None that a later sum could overflow.
fn seconds(word: &str) -> Option<Micros> {
    let (whole, fraction) = word.split_once('.')?;
    let digits = |text: &str| text.chars().all(|c| c.is_ascii_digit()) && !text.is_empty();
    if !digits(whole) || !digits(fraction) {
        return None;
    }
    let micros: Micros = format!("{fraction:0<6.6}").parse().ok()?;
    let whole = whole.parse::<Micros>().ok()?.checked_mul(1_000_000)?;
    Some(whole + micros).filter(|micros| *micros < 1 << 60)
}

/// How exact the times of a recording are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Precision {
    #[default]
    Micros,
    /// -t: not enough for a picture.
    Seconds,
    /// The order of the lines alone.
    None,
}

/// Makes times that grow of the stamps, in the order of the lines.
pub struct Clock {
    /// The stamps are differences (-r): they are added up.
    relative: bool,
    precision: Option<Precision>,
    last: Micros,
    midnights: Micros,
}

impl Clock {
    /// Looks at all stamps where the first is small: -r writes differences, whose first is 0
    /// and which do not grow.
    pub fn of(mut stamps: impl Iterator<Item = Stamp>) -> Self {
        let mut relative = false;
        if let Some(Stamp::Seconds(first @ ..SMALL)) = stamps.next() {
            let mut last = first;
            relative = first == 0
                || stamps.any(|stamp| match stamp {
                    Stamp::Seconds(next) => next < std::mem::replace(&mut last, next),
                    _ => false,
                });
        }
        Self {
            relative,
            precision: None,
            last: 0,
            midnights: 0,
        }
    }

    /// The time of the next line. A line without a stamp comes a microsecond after the one before.
    pub fn time(&mut self, stamp: Option<Stamp>) -> Micros {
        let precision = match stamp {
            Some(Stamp::WholeSecond(_)) => Precision::Seconds,
            Some(_) => Precision::Micros,
            None => Precision::None,
        };
        self.precision.get_or_insert(precision);
        let time = match stamp {
            Some(Stamp::Seconds(difference)) if self.relative => self.last + difference,
            Some(Stamp::Seconds(time)) => time,
            Some(Stamp::OfDay(time) | Stamp::WholeSecond(time)) => {
                // Lines may change places by a little; by half a day they do at midnight.
                if time + self.midnights < self.last - DAY / 2 {
                    self.midnights += DAY;
                }
                time + self.midnights
            }
            None => self.last + 1,
        };
        self.last = time;
        time
    }

    pub fn precision(&self) -> Precision {
        self.precision.unwrap_or_default()
    }
}
