//! A level through a capture, in bins of one width, to which parts are added.

use super::occupancy::{Bin, MOST_BINS, NARROWEST_MICROS, Occupancy, micros};
use crate::time::{Span, Timestamp};

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

/// Parts that were added up. What they count outside the capture is left out.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Course {
    /// Microseconds since 1970, as below.
    from: i64,
    to: i64,
    /// How often a bin is twice as wide as the narrowest.
    doublings: u32,
    /// Number of the first bin, counted from 1970.
    first: i64,
    bins: Vec<Bin>,
}

impl Course {
    /// Between two instants, of no part. `doublings`: those of the part with the widest bins.
    pub fn new(from: Timestamp, to: Timestamp, doublings: u32) -> Self {
        let (from, to) = (micros(from), micros(to));
        let mut doublings = doublings;
        let numbers = |doublings: u32| {
            let width = NARROWEST_MICROS << doublings;
            (from.div_euclid(width), to.div_euclid(width))
        };
        let (first, last) = loop {
            let (first, last) = numbers(doublings);
            if last - first < MOST_BINS as i64 {
                break (first, last);
            }
            doublings += 1;
        };
        let bins = vec![Bin::default(); usize::try_from(last + 1 - first).unwrap_or(0)];
        Course { from, to, doublings, first, bins }
    }

    /// Width of its bins.
    pub fn width(&self) -> Span {
        Span::from_nanos((NARROWEST_MICROS << self.doublings).unsigned_abs().saturating_mul(1000))
    }

    /// Adds a part.
    pub fn add(&mut self, part: &Occupancy) {
        let narrower = self.doublings.saturating_sub(part.doublings);
        for (number, bin) in (part.first..).zip(&part.bins) {
            let mine = number >> narrower;
            let place = usize::try_from(mine - self.first).ok();
            let Some(sum) = place.and_then(|place| self.bins.get_mut(place)) else { continue };
            let later = (number - (mine << narrower)) * part.width();
            sum.change = sum.change.wrapping_add(bin.change);
            sum.late = sum.late.wrapping_add(bin.late).wrapping_add(bin.change.wrapping_mul(later));
        }
    }

    /// Becomes a copy of another of the same capture.
    pub fn copy(&mut self, other: &Course) {
        self.bins.copy_from_slice(&other.bins);
    }

    /// What the level of all parts comes to.
    pub fn level(&self) -> Level {
        let width = NARROWEST_MICROS << self.doublings;
        let mut means = Vec::with_capacity(self.bins.len());
        let (mut whole, mut level) = (0.0, 0i64);
        for (number, bin) in (self.first..).zip(&self.bins) {
            level = level.wrapping_add(bin.change);
            let sum = i128::from(level) * i128::from(width) - i128::from(bin.late);
            let sum = i64::try_from(sum).map_or_else(|_| sum as f64, |sum| sum as f64);
            let begin = (number * width).max(self.from);
            let covered = (((number + 1) * width).min(self.to) - begin).max(0);
            whole += sum;
            if covered > 0 {
                means.push(sum / covered as f64);
            }
        }
        let peak = means.iter().copied().max_by(f64::total_cmp).unwrap_or(0.0);
        let place = ((means.len() as f64 * 0.99).ceil() as usize).saturating_sub(1);
        let p99 = if means.is_empty() { 0.0 } else { *means.select_nth_unstable_by(place, f64::total_cmp).1 };
        let length = self.to - self.from;
        Level { mean: if length > 0 { whole / length as f64 } else { 0.0 }, peak, p99 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn at(micros: i64) -> Timestamp {
        Timestamp::from_nanos(micros * 1000)
    }

    proptest! {
        #[test]
        fn levels_are_those_of_the_spans_themselves(
            spans in prop::collection::vec((0i64..9_000_000, 0i64..9_000_000, any::<bool>()), 1..40),
            coarse in 0u32..2
        ) {
            // Each part has bins as wide as it needs; together they have those of the capture.
            let length = 1_000_000 * (18 << (coarse * 9));
            let (mut parts, mut all) = (vec![Occupancy::default(); 2], Vec::new());
            for (from, lasts, part) in spans {
                let (from, to) = (from << (coarse * 9), (from + lasts) << (coarse * 9));
                parts[usize::from(part)].add(at(from), at(to));
                all.push((from, to));
            }
            let mut course = Course::new(at(0), at(length), 0);
            parts.iter().for_each(|part| course.add(part));
            let width = (course.width().as_nanos() / 1000) as i64;
            let mut means: Vec<f64> = (0..(length + width - 1) / width)
                .map(|number| {
                    let (begin, end) = (number * width, ((number + 1) * width).min(length));
                    let within = |(from, to): &(i64, i64)| (*to.min(&end) - *from.max(&begin)).max(0);
                    all.iter().map(within).sum::<i64>() as f64 / (end - begin) as f64
                })
                .collect();
            means.sort_by(f64::total_cmp);
            let level = course.level();
            prop_assert_eq!(level.peak, means[means.len() - 1]);
            prop_assert_eq!(level.p99, means[(means.len() as f64 * 0.99).ceil() as usize - 1]);
        }
    }
}
