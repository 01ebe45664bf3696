//! How many of something were there over time, in bounded memory: each begin and end falls into a bin, and
//! bins are made twice as wide when there would be too many.
//!
//! A bin keeps how much the level changes within it, and by how much of the bin that came late. With both,
//! the mean level over every bin is exact, also after bins were laid together, so neither the order of
//! events nor how they were spread over workers changes a number.

use crate::time::{Span, Timestamp};

/// Bins at the most. Each candidate has as many, so that this times their number bounds the memory.
pub const MOST_BINS: usize = 2048;

/// The narrowest bin: timers of boxes are whole seconds.
const NARROWEST_MICROS: i64 = 1_000_000;

#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
struct Bin {
    /// Sum of all changes within.
    change: i64,
    /// Sum over all changes of change × microseconds since the bin's begin.
    late: i64,
}

/// A level over time.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Occupancy {
    /// How often bins were made twice as wide.
    doublings: u32,
    /// Number of the first bin, counted from 1970.
    first: i64,
    bins: Vec<Bin>,
}

/// What a level came to between two instants.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
pub struct Level {
    /// Mean.
    pub mean: f64,
    /// Highest mean over one bin.
    pub peak: f64,
    /// 99 of 100 bins are not above it.
    pub p99: f64,
}

fn micros(at: Timestamp) -> i64 {
    at.as_nanos().div_euclid(1000)
}

/// An instant that limits are added to.
#[derive(Clone, Copy, Debug)]
pub(super) struct Since {
    micros: i64,
    /// Nanoseconds beyond the microsecond.
    rest: u16,
}

impl Since {
    #[inline]
    pub fn new(at: Timestamp) -> Self {
        Since { micros: micros(at), rest: at.as_nanos().rem_euclid(1000) as u16 }
    }
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

    fn width(&self) -> i64 {
        NARROWEST_MICROS << self.doublings
    }

    /// Number of the bin of an instant.
    fn number_of(&self, at: i64) -> i64 {
        at.div_euclid(NARROWEST_MICROS) >> self.doublings
    }

    /// One fewer from `limit` after each of `starts` on.
    pub(super) fn fewer_after(&mut self, starts: impl Iterator<Item = Since>, limit: Span) {
        let limit_micros = (limit.as_nanos() / 1000) as i64;
        let carry_from = 1000 - (limit.as_nanos() % 1000) as u16;
        let (mut origin, mut doublings) = (self.first * self.width(), self.doublings);
        for start in starts {
            let at = start.micros + limit_micros + i64::from(start.rest >= carry_from);
            let since = at.wrapping_sub(origin) as u64;
            let number = (since / NARROWEST_MICROS as u64) >> doublings;
            if let Some(bin) = self.bins.get_mut(number as usize) {
                let late = since - (number << doublings) * NARROWEST_MICROS as u64;
                bin.change = bin.change.wrapping_sub(1);
                bin.late = bin.late.wrapping_sub(late as i64);
            } else {
                self.event(at, -1);
                (origin, doublings) = (self.first * self.width(), self.doublings);
            }
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
                for _ in first..self.first {
                    self.bins.insert(0, Bin::default());
                }
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
        for (number, bin) in (other.first..).zip(&other.bins) {
            let place = self.place_for(number * other.width());
            // Room was made for both ends, so no bin has become wider meanwhile.
            let mine = &mut self.bins[place];
            mine.change = mine.change.wrapping_add(bin.change);
            mine.late = mine.late.wrapping_add(bin.late);
        }
    }

    /// Width of the bins in which a capture of this time is measured.
    pub fn width_for(from: Timestamp, to: Timestamp) -> Span {
        let (from, to) = (micros(from), micros(to));
        let mut width = NARROWEST_MICROS;
        while to.div_euclid(width) - from.div_euclid(width) >= MOST_BINS as i64 {
            width *= 2;
        }
        Span::from_nanos(width.unsigned_abs().saturating_mul(1000))
    }

    /// The level between two instants, all events lying between them. `others` are added to it.
    pub fn level(&self, others: &[&Occupancy], from: Timestamp, to: Timestamp) -> Level {
        let width = (Self::width_for(from, to).as_nanos() / 1000) as i64;
        let (from, to) = (micros(from), micros(to));
        let mut means = Vec::new();
        let mut whole = 0.0;
        let mut parts: Vec<(Occupancy, i64)> = Vec::with_capacity(1 + others.len());
        for part in [self].iter().chain(others) {
            let mut part = Occupancy::clone(part);
            part.widen_to(width);
            parts.push((part, 0));
        }
        for number in from.div_euclid(width)..=to.div_euclid(width) {
            let mut sum = 0i128;
            for (part, level) in &mut parts {
                let place = usize::try_from(number - part.first).ok();
                let bin = place.and_then(|place| part.bins.get(place)).copied().unwrap_or_default();
                let before = i128::from(*level);
                *level = level.wrapping_add(bin.change);
                sum += before * i128::from(width) + i128::from(bin.change) * i128::from(width)
                    - i128::from(bin.late);
            }
            let begin = (number * width).max(from);
            let covered = (((number + 1) * width).min(to) - begin).max(0);
            whole += sum as f64;
            if covered > 0 {
                means.push(sum as f64 / covered as f64);
            }
        }
        means.sort_by(f64::total_cmp);
        let at = |share: f64| {
            let place = ((means.len() as f64 * share).ceil() as usize).clamp(1, means.len().max(1)) - 1;
            means.get(place).copied().unwrap_or(0.0)
        };
        Level { mean: if to > from { whole / (to - from) as f64 } else { 0.0 }, peak: at(1.0), p99: at(0.99) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn at(micros: i64) -> Timestamp {
        Timestamp::from_nanos(micros * 1000)
    }

    #[test]
    fn the_mean_is_that_of_all_time_and_the_peak_that_of_the_fullest_bin() {
        let mut held = Occupancy::default();
        held.add(at(0), at(10_000_000));
        held.add(at(4_000_000), at(5_000_000));
        let level = held.level(&[], at(0), at(10_000_000));
        assert_eq!((level.mean, level.peak), (1.1, 2.0));
        let mut gone = Occupancy::default();
        gone.fewer(at(2_000_000));
        gone.more(at(10_000_000));
        let level = held.level(&[&gone], at(0), at(10_000_000));
        assert!((level.mean - 0.3).abs() < 1e-9, "{level:?}");
    }

    #[test]
    fn half_a_bin_counts_half() {
        let mut held = Occupancy::default();
        held.add(at(500_000), at(1_250_000));
        let level = held.level(&[], at(0), at(2_000_000));
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
            let (a, b) = (whole.level(&[], at(start), at(end)), odd.level(&[], at(start), at(end)));
            prop_assert_eq!(a, b);
            prop_assert!(odd.bins.len() <= MOST_BINS);
            let sum: i64 = spans.iter().map(|(_, length, _)| length).sum();
            prop_assert!((a.mean * (end - start) as f64 - sum as f64).abs() <= 1.0 + sum as f64 * 1e-9);
        }
    }
}
