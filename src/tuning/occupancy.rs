//! How many of something were there over time, in bounded memory: each begin and end falls into a bin, and
//! bins are made twice as wide when there would be too many.
//!
//! A bin keeps how much the level changes within it, and by how much of the bin that came late. With both,
//! the mean level over every bin is exact, also after bins were laid together, so neither the order of
//! events nor how they were spread over workers changes a number.

use crate::time::Timestamp;
use serde::{Deserialize, Serialize};

/// Bins at the most. Each candidate has as many, so that this times their number bounds the memory.
pub const MOST_BINS: usize = 2048;

/// With so many the bins hold all instants there are.
const MOST_DOUBLINGS: u32 = 24;

/// The narrowest bin: timers of boxes are whole seconds.
pub(super) const NARROWEST_MICROS: i64 = 1_000_000;

#[derive(Clone, Copy, PartialEq, Eq, Default, Debug, Serialize, Deserialize)]
#[serde(from = "(i64, i64)", into = "(i64, i64)")]
pub(super) struct Bin {
    /// Sum of all changes within.
    pub change: i64,
    /// Sum over all changes of change × microseconds since the bin's begin.
    pub late: i64,
}

impl From<(i64, i64)> for Bin {
    fn from((change, late): (i64, i64)) -> Bin {
        Bin { change, late }
    }
}

impl From<Bin> for (i64, i64) {
    fn from(Bin { change, late }: Bin) -> (i64, i64) {
        (change, late)
    }
}

/// A level over time.
#[derive(Clone, PartialEq, Eq, Default, Debug, Serialize, Deserialize)]
pub struct Occupancy {
    /// How often bins were made twice as wide.
    pub(super) doublings: u32,
    /// Number of the first bin, counted from 1970.
    pub(super) first: i64,
    pub(super) bins: Vec<Bin>,
}

pub(super) fn micros(at: Timestamp) -> i64 {
    at.as_nanos().div_euclid(1000)
}

/// Events within one second, counted from 1970.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct InSecond {
    pub second: i64,
    /// How many.
    pub events: i64,
    /// Sum of their microseconds since the second's begin.
    pub late: i64,
}

/// The second of an instant, and microseconds since its begin.
#[inline]
pub(super) fn second_of(at: Timestamp) -> (i64, i64) {
    let at = micros(at);
    let second = at.div_euclid(NARROWEST_MICROS);
    (second, at - second * NARROWEST_MICROS)
}

impl Occupancy {
    /// One more from `from` until `to`.
    pub fn add(&mut self, from: Timestamp, to: Timestamp) {
        if to > from {
            self.more(from);
            self.fewer(to);
        }
    }

    /// One more from `at` on.
    pub fn more(&mut self, at: Timestamp) {
        self.event(micros(at), 1);
    }

    /// One fewer from `at` on.
    pub fn fewer(&mut self, at: Timestamp) {
        self.event(micros(at), -1);
    }

    pub(super) fn width(&self) -> i64 {
        NARROWEST_MICROS << self.doublings
    }

    /// Number of the bin of an instant.
    fn number_of(&self, at: i64) -> i64 {
        at.div_euclid(NARROWEST_MICROS) >> self.doublings
    }

    /// One fewer for each event, from so many whole seconds after it on.
    pub(super) fn fewer_after(&mut self, events: impl Iterator<Item = InSecond>, seconds: i64) {
        for InSecond { second, events, late } in events {
            let second = second + seconds;
            let mut place = (second >> self.doublings).wrapping_sub(self.first) as usize;
            if place >= self.bins.len() {
                place = self.place_for(second * NARROWEST_MICROS);
            }
            let begin = (self.first + place as i64) << self.doublings;
            let late = late.wrapping_add(events.wrapping_mul((second - begin) * NARROWEST_MICROS));
            let bin = &mut self.bins[place];
            bin.change = bin.change.wrapping_sub(events);
            bin.late = bin.late.wrapping_sub(late);
        }
    }

    /// A division by a constant and a shift: this is done for every limit that a silence exceeds. What lies
    /// before the first bin becomes a place far beyond the last.
    #[inline]
    fn event(&mut self, at: i64, change: i64) {
        let since = at.wrapping_sub(self.first * self.width()) as u64;
        let mut place = ((since / NARROWEST_MICROS as u64) >> self.doublings) as usize;
        if place >= self.bins.len() {
            place = self.place_for(at);
        }
        let late = at - (self.first + place as i64) * self.width();
        let bin = &mut self.bins[place];
        // Sums of whole numbers in any order: what overflows on the way comes back.
        bin.change = bin.change.wrapping_add(change);
        bin.late = bin.late.wrapping_add(change.wrapping_mul(late));
    }

    /// Makes room for an instant, and gives its bin.
    #[cold]
    fn place_for(&mut self, at: i64) -> usize {
        if self.bins.is_empty() {
            self.first = self.number_of(at);
            self.bins.push(Bin::default());
        }
        loop {
            let number = self.number_of(at);
            let last = self.first + self.bins.len() as i64 - 1;
            let (first, end) = (self.first.min(number), last.max(number));
            if end - first < MOST_BINS as i64 {
                let before = (self.first - first) as usize;
                self.bins.splice(0..0, std::iter::repeat_n(Bin::default(), before));
                self.first = first;
                self.bins.resize((end - first + 1) as usize, Bin::default());
                return (number - self.first) as usize;
            }
            self.widen();
        }
    }

    /// Lays pairs of bins together.
    fn widen(&mut self) {
        let width = self.width();
        if self.first.rem_euclid(2) == 1 {
            self.bins.insert(0, Bin::default());
            self.first -= 1;
        }
        let pairs = self.bins.chunks(2).map(|pair| {
            let early = pair.first().copied().unwrap_or_default();
            let late = pair.get(1).copied().unwrap_or_default();
            Bin {
                change: early.change.wrapping_add(late.change),
                late: early.late.wrapping_add(late.late).wrapping_add(late.change.wrapping_mul(width)),
            }
        });
        self.bins = pairs.collect();
        self.first = self.first.div_euclid(2);
        self.doublings += 1;
    }

    fn widen_to(&mut self, width: i64) {
        while self.width() < width {
            self.widen();
        }
    }

    /// Whether what a log says can be a level: bins within the time that instants reach.
    pub(super) fn is_sound(&self) -> bool {
        const LONGEST: i64 = i64::MAX / 1000;
        let last = self.first.checked_add(self.bins.len() as i64);
        let within = |number: i64| number.checked_mul(self.width()).is_some_and(|at| at.abs() <= LONGEST);
        self.doublings <= MOST_DOUBLINGS
            && self.bins.len() <= MOST_BINS
            && within(self.first)
            && last.is_some_and(within)
    }

    /// Without empty bins at its ends, and with so many bins at the most.
    pub(super) fn narrow_to(&mut self, most: usize) {
        let is_empty = |bin: &Bin| *bin == Bin::default();
        let before = self.bins.iter().take_while(|bin| is_empty(bin)).count();
        self.bins.drain(..before);
        self.first += before as i64;
        while self.bins.last().is_some_and(is_empty) {
            self.bins.pop();
        }
        while self.bins.len() > most {
            self.widen();
        }
        if self.bins.is_empty() {
            *self = Occupancy::default();
        }
    }

    /// Adds the level of another part of the capture.
    pub fn merge(&mut self, mut other: Occupancy) {
        if other.bins.is_empty() {
            return;
        }
        if self.bins.is_empty() {
            *self = other;
            return;
        }
        // The ends of what is there, so that all of it has room before anything is added.
        let end = (other.first + other.bins.len() as i64 - 1) * other.width();
        self.place_for(other.first * other.width());
        self.place_for(end);
        self.widen_to(other.width());
        other.widen_to(self.width());
        let from = (other.first - self.first) as usize;
        for (mine, theirs) in self.bins[from..].iter_mut().zip(&other.bins) {
            mine.change = mine.change.wrapping_add(theirs.change);
            mine.late = mine.late.wrapping_add(theirs.late);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tuning::Level;
    use crate::tuning::course::Course;
    use proptest::prelude::*;

    fn at(micros: i64) -> Timestamp {
        Timestamp::from_nanos(micros * 1000)
    }

    fn level_of(parts: &[&Occupancy], from: Timestamp, to: Timestamp) -> Level {
        let mut course = Course::new(from, to, 0);
        parts.iter().for_each(|part| course.add(part));
        course.level()
    }

    #[test]
    fn the_mean_is_that_of_all_time_and_the_peak_that_of_the_fullest_bin() {
        let mut held = Occupancy::default();
        held.add(at(0), at(10_000_000));
        held.add(at(4_000_000), at(5_000_000));
        let level = level_of(&[&held], at(0), at(10_000_000));
        assert_eq!((level.mean, level.peak), (1.1, 2.0));
        let mut gone = Occupancy::default();
        gone.fewer(at(2_000_000));
        gone.more(at(10_000_000));
        let level = level_of(&[&held, &gone], at(0), at(10_000_000));
        assert!((level.mean - 0.3).abs() < 1e-9, "{level:?}");
    }

    #[test]
    fn half_a_bin_counts_half() {
        let mut held = Occupancy::default();
        held.add(at(500_000), at(1_250_000));
        let level = level_of(&[&held], at(0), at(2_000_000));
        assert_eq!((level.mean, level.peak), (0.375, 0.5));
    }

    proptest! {
        #[test]
        fn parts_in_any_order_are_the_whole(
            spans in prop::collection::vec((0i64..50_000_000_000, 0i64..30_000_000_000, any::<bool>()), 1..40)
        ) {
            let end = spans.iter().map(|(from, length, _)| from + length).max().unwrap_or(0);
            let start = spans.iter().map(|(from, ..)| *from).min().unwrap_or(0);
            let mut whole = Occupancy::default();
            let (mut even, mut odd) = (Occupancy::default(), Occupancy::default());
            for (from, length, part) in &spans {
                let (from, to) = (at(*from), at(from + length));
                whole.add(from, to);
                if *part { even.add(from, to) } else { odd.add(from, to) }
            }
            odd.merge(even);
            let (a, b) = (level_of(&[&whole], at(start), at(end)), level_of(&[&odd], at(start), at(end)));
            prop_assert_eq!(a, b);
            prop_assert!(odd.bins.len() <= MOST_BINS);
            let sum: i64 = spans.iter().map(|(_, length, _)| length).sum();
            prop_assert!((a.mean * (end - start) as f64 - sum as f64).abs() <= 1.0 + sum as f64 * 1e-9);
        }
    }
}
