//! Histograms that are kept and read, not counted into: a dense one takes a quarter of a megabyte whatever it
//! holds, and to read it is to walk all of that.

use super::histogram::{GapHistogram, LONGEST};
use crate::time::Span;
use std::cmp::Ordering;

/// A [`GapHistogram`] that takes as much memory as it holds different lengths.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct PackedHistogram {
    /// Ascending, each once, none empty.
    places: Vec<Place>,
    below: u64,
    overflow: u64,
}

/// Lengths that a histogram does not tell apart, and how many it holds of them.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Place {
    /// Milliseconds.
    shortest: u32,
    /// Gaps in it.
    pub count: u64,
}

impl Place {
    /// By its shortest length in milliseconds.
    pub(super) fn new(shortest: u32, count: u64) -> Self {
        Place { shortest, count }
    }

    /// Milliseconds that are not told apart: lengths have eleven significant bits.
    fn width(self) -> u64 {
        1 << (u32::BITS - self.shortest.leading_zeros()).saturating_sub(11)
    }

    /// The length in its middle.
    pub fn middle(self) -> Span {
        Span::from_millis(u64::from(self.shortest) + self.width() / 2)
    }

    /// Its longest length. That of the last place lies beyond [`LONGEST`].
    pub fn longest(self) -> Span {
        Span::from_millis(u64::from(self.shortest) + self.width() - 1)
    }

    pub(super) fn middle_millis(self) -> f64 {
        (u64::from(self.shortest) + self.width() / 2) as f64
    }
}

impl PackedHistogram {
    /// The places must be those of a histogram of gaps, ascending, each once, none empty.
    pub(super) fn of_places(places: Vec<Place>, below: u64, overflow: u64) -> Self {
        debug_assert!(places.is_sorted_by(|a, b| a.shortest < b.shortest));
        PackedHistogram { places, below, overflow }
    }

    /// Packs a histogram.
    pub fn of(histogram: &GapHistogram) -> Self {
        let placed = histogram.placed();
        let shortest = |value| u32::try_from(placed.lowest_equivalent(value)).unwrap_or(u32::MAX);
        let mut packed = PackedHistogram {
            places: placed
                .iter_recorded()
                .map(|place| Place::new(shortest(place.value_iterated_to()), place.count_at_value()))
                .collect(),
            below: histogram.below(),
            overflow: histogram.overflow(),
        };
        if let Some(Place { shortest: 0, count }) = packed.places.first().copied() {
            packed.places.remove(0);
            packed.below = packed.below.saturating_add(count);
        }
        packed
    }

    /// Adds the gaps of another.
    pub fn add(&mut self, other: &PackedHistogram) {
        self.below = self.below.saturating_add(other.below);
        self.overflow = self.overflow.saturating_add(other.overflow);
        if self.places.is_empty() {
            self.places.clone_from(&other.places);
            return;
        }
        if other.places.is_empty() {
            return;
        }
        let mut places = Vec::with_capacity(self.places.len() + other.places.len());
        let (mut mine, mut theirs) = (&self.places[..], &other.places[..]);
        while let ([a, more_mine @ ..], [b, more_theirs @ ..]) = (mine, theirs) {
            match a.shortest.cmp(&b.shortest) {
                Ordering::Less => {
                    places.push(*a);
                    mine = more_mine;
                }
                Ordering::Greater => {
                    places.push(*b);
                    theirs = more_theirs;
                }
                Ordering::Equal => {
                    places.push(Place::new(a.shortest, a.count.saturating_add(b.count)));
                    (mine, theirs) = (more_mine, more_theirs);
                }
            }
        }
        places.extend_from_slice(mine);
        places.extend_from_slice(theirs);
        self.places = places;
    }

    /// Those of at least this length, as far as they are told apart; what lies below the range is left out.
    pub fn reaching(&self, least: Span) -> PackedHistogram {
        let first = self.places.partition_point(|place| place.longest().min(LONGEST) < least);
        PackedHistogram { places: self.places[first..].to_vec(), below: 0, overflow: self.overflow }
    }

    /// Whether nothing was counted.
    pub fn is_empty(&self) -> bool {
        self.places.is_empty() && self.below == 0 && self.overflow == 0
    }

    /// Gaps below and above the range.
    pub fn outside(&self) -> (u64, u64) {
        (self.below, self.overflow)
    }

    /// Gaps within the range.
    pub fn count(&self) -> u64 {
        self.places.iter().fold(0, |sum, place| sum.saturating_add(place.count))
    }

    /// Gaps within the range by their length, ascending.
    pub fn places(&self) -> &[Place] {
        &self.places
    }

    /// As it was before it was packed.
    pub fn dense(&self) -> GapHistogram {
        let mut histogram = GapHistogram::new();
        for place in &self.places {
            histogram.record_n(Span::from_millis(u64::from(place.shortest)), place.count);
        }
        histogram.record_outside(self.below, self.overflow);
        histogram
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn packed_histograms_add_and_unpack_as_dense_ones(
            lengths in prop::collection::vec((0u64..40 * 86_400_000, 1u64..4, any::<bool>()), 0..200)
        ) {
            let mut parts = [GapHistogram::new(), GapHistogram::new()];
            for (millis, times, part) in lengths {
                parts[usize::from(part)].record_n(Span::from_millis(millis), times);
            }
            parts[0].record_n(LONGEST, 1);
            let mut packed = PackedHistogram::of(&parts[0]);
            prop_assert_eq!(&packed.dense(), &parts[0]);
            packed.add(&PackedHistogram::of(&parts[1]));
            let [mut whole, other] = parts;
            whole.add(&other);
            prop_assert_eq!(packed.count(), whole.placed().len());
            prop_assert_eq!(packed.dense(), whole);
        }
    }
}
