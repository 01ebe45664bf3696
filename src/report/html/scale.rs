//! Where things stand in a drawing.

use crate::report::wording::limit;
use crate::time::{Span, Timestamp};
use std::fmt;

/// A place or length in a drawing.
#[derive(Clone, Copy, PartialEq, PartialOrd, Debug, Default)]
pub(super) struct Px(pub f64);

impl fmt::Display for Px {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let tenths = (self.0 * 10.0).round() / 10.0;
        // A negative zero would be written as such.
        write!(f, "{}", tenths + 0.0)
    }
}

/// Width of a letter of the drawings' text, on the large side.
const LETTER: f64 = 7.0;

/// Roughly how wide `text` is.
pub(super) fn width_of(text: &str) -> f64 {
    text.chars().count() as f64 * LETTER
}

/// For which screens a drawing is: the wide one shrunk to a phone could not be read.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Size {
    Wide,
    Narrow,
}

impl Size {
    pub const BOTH: [Size; 2] = [Size::Wide, Size::Narrow];

    pub const fn width(self) -> f64 {
        match self {
            Size::Wide => 960.0,
            Size::Narrow => 340.0,
        }
    }

    pub const fn class(self) -> &'static str {
        match self {
            Size::Wide => "wide",
            Size::Narrow => "narrow",
        }
    }
}

/// A label on an axis.
pub(super) struct Tick {
    pub x: Px,
    pub label: String,
}

/// Lengths of time on a logarithmic axis.
#[derive(Clone, Copy, Debug)]
pub(super) struct LengthAxis {
    pub from: Span,
    pub to: Span,
    pub left: f64,
    pub right: f64,
}

/// Lengths to label, those that people say most often first.
const LABELLED: [u64; 23] = [
    1_000,
    60_000,
    3_600_000,
    86_400_000,
    1,
    10_000,
    600_000,
    604_800_000,
    2_592_000_000,
    100,
    10,
    14_400_000,
    300_000,
    30_000,
    1_800_000,
    7_200_000,
    28_800_000,
    172_800_000,
    5_000,
    2_000,
    20_000,
    120_000,
    1_200_000,
];

impl LengthAxis {
    /// Where `length` stands; at the edge when it is beyond.
    pub fn at(&self, length: Span) -> f64 {
        let log = |length: Span| (length.as_nanos().max(1) as f64).ln();
        let (from, to) = (log(self.from), log(self.to));
        if to <= from {
            return self.left;
        }
        let share = ((log(length) - from) / (to - from)).clamp(0.0, 1.0);
        self.left + share * (self.right - self.left)
    }

    pub fn ticks(&self) -> Vec<Tick> {
        let mut ticks: Vec<(f64, f64, Span)> = Vec::new();
        for millis in LABELLED {
            let length = Span::from_millis(millis);
            if length < self.from || length > self.to {
                continue;
            }
            let (x, half) = (self.at(length), width_of(&limit(length)) / 2.0);
            if ticks.iter().all(|(other, their_half, _)| (x - other).abs() > half + their_half + 8.0) {
                ticks.push((x, half, length));
            }
        }
        ticks.sort_by_key(|(_, _, length)| *length);
        ticks.into_iter().map(|(x, _, length)| Tick { x: Px(x), label: limit(length) }).collect()
    }
}

/// Instants on a linear axis.
#[derive(Clone, Copy, Debug)]
pub(super) struct ClockAxis {
    pub from: Timestamp,
    pub to: Timestamp,
    pub left: f64,
    pub right: f64,
}

/// How far a label may reach out of the axis.
const BESIDE: f64 = 20.0;

const NANOS: u64 = 1_000_000_000;

/// Steps between labels, in milliseconds.
const STEPS_MS: [u64; 24] = [
    1,
    10,
    100,
    1_000,
    2_000,
    5_000,
    10_000,
    15_000,
    30_000,
    60_000,
    120_000,
    300_000,
    600_000,
    900_000,
    1_800_000,
    3_600_000,
    7_200_000,
    14_400_000,
    21_600_000,
    43_200_000,
    86_400_000,
    172_800_000,
    604_800_000,
    2_592_000_000,
];

impl ClockAxis {
    /// Where `at` stands; at the edge when it is beyond.
    pub fn at(&self, at: Timestamp) -> f64 {
        let whole = self.to.since(self.from).as_nanos() as f64;
        if whole <= 0.0 {
            return self.left;
        }
        let share = (at.since(self.from).as_nanos() as f64 / whole).clamp(0.0, 1.0);
        self.left + share * (self.right - self.left)
    }

    /// At round times of the clock, as many as fit.
    pub fn ticks(&self) -> Vec<Tick> {
        let whole = self.to.since(self.from).as_nanos();
        let room = ((self.right - self.left) / 70.0).max(1.0);
        let step = STEPS_MS
            .into_iter()
            .map(|millis| Span::from_millis(millis).as_nanos())
            .find(|step| whole as f64 / *step as f64 <= room)
            .unwrap_or_else(|| (whole as f64 / room) as u64)
            .clamp(1, i64::MAX as u64);
        let each = step as i64;
        let first = self.from.as_nanos().div_euclid(each).checked_add(1).and_then(|n| n.checked_mul(each));
        let mut ticks = Vec::new();
        // Instants end with the numbers that hold them: files may claim any time.
        let instants = std::iter::successors(first, |at| at.checked_add(each));
        let within = instants.take_while(|at| *at <= self.to.as_nanos());
        for at in within.take(room as usize + 2) {
            let instant = Timestamp::from_nanos(at);
            let (x, label) = (self.at(instant), clock(instant, step));
            let half = width_of(&label) / 2.0;
            if x - half >= self.left - BESIDE && x + half <= self.right + BESIDE {
                ticks.push(Tick { x: Px(x), label });
            }
        }
        ticks
    }
}

/// The time as exact as labels `step` apart need it.
fn clock(at: Timestamp, step: u64) -> String {
    let text = at.to_rfc3339();
    let Some((date, time)) = text.split_once('T') else { return text };
    let part = |text: &str, from: usize, to: usize| text.get(from..to).unwrap_or(text).to_owned();
    match step {
        ..NANOS => part(time, 3, 12),
        NANOS..60_000_000_000 => part(time, 0, 8),
        60_000_000_000..86_400_000_000_000 => part(time, 0, 5),
        _ => part(date, 5, 10),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lengths(from: u64, to: u64) -> LengthAxis {
        LengthAxis { from: Span::from_secs(from), to: Span::from_secs(to), left: 0.0, right: 300.0 }
    }

    #[test]
    fn an_axis_over_all_of_time_has_an_end() {
        for (from, to) in
            [(i64::MIN, i64::MAX), (0, i64::MAX), (i64::MAX - 1, i64::MAX), (i64::MIN, i64::MIN + 1)]
        {
            let (from, to) = (Timestamp::from_nanos(from), Timestamp::from_nanos(to));
            let axis = ClockAxis { from, to, left: 0.0, right: 900.0 };
            assert!(axis.ticks().len() < 20);
        }
    }

    #[test]
    fn equal_ratios_are_equally_far_apart() {
        let axis = lengths(1, 1000);
        assert!((axis.at(Span::from_secs(10)) - 100.0).abs() < 1e-6);
        assert!((axis.at(Span::from_secs(100)) - 200.0).abs() < 1e-6);
        assert_eq!((axis.at(Span::ZERO), axis.at(Span::MAX)), (0.0, 300.0));
    }

    #[test]
    fn labels_of_an_axis_do_not_touch() {
        for (from, to) in [(1, 100), (1, 3600), (1, 2_592_000), (5, 5)] {
            let ticks = lengths(from, to).ticks();
            for pair in ticks.windows(2) {
                let needed = (width_of(&pair[0].label) + width_of(&pair[1].label)) / 2.0;
                assert!(pair[1].x.0 - pair[0].x.0 > needed, "{} and {}", pair[0].label, pair[1].label);
            }
        }
    }

    #[test]
    fn clock_labels_are_round_and_few() {
        let from = Timestamp::from_nanos(1_700_000_000_500_000_000);
        let axis = |span: Span| ClockAxis { from, to: from + span, left: 0.0, right: 700.0 };
        let labels = |span| axis(span).ticks().into_iter().map(|tick| tick.label).collect::<Vec<_>>();
        assert_eq!(labels(Span::from_secs(30))[..2], ["22:13:25", "22:13:30"]);
        assert_eq!(labels(Span::from_secs(6 * 3600))[..2], ["23:00", "00:00"]);
        for span in
            [Span::ZERO, Span::from_nanos(5), Span::from_secs(86_400 * 365 * 80), Span::from_millis(3)]
        {
            assert!(axis(span).ticks().len() <= 12, "{span}");
        }
    }

    #[test]
    fn places_are_written_short() {
        assert_eq!(Px(12.0).to_string(), "12");
        assert_eq!(Px(12.345).to_string(), "12.3");
        assert_eq!(Px(-0.01).to_string(), "0");
    }
}
