//! Histograms that are kept, not counted into: many services have many, and a dense one takes a quarter of a
//! megabyte whatever it holds.

use super::histogram::GapHistogram;
use crate::time::Span;

/// A [`GapHistogram`] that takes as much memory as it holds different lengths.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct PackedHistogram {
    /// Shortest milliseconds of a place, and gaps in it; ascending.
    places: Vec<(u32, u64)>,
    below: u64,
    overflow: u64,
}

impl PackedHistogram {
    /// The places must be those of a histogram of gaps, in any order, each once.
    pub(super) fn of_places(mut places: Vec<(u32, u64)>, overflow: u64) -> Self {
        places.sort_unstable();
        PackedHistogram { places, below: 0, overflow }
    }

    /// Packs a histogram.
    pub fn of(histogram: &GapHistogram) -> Self {
        let placed = histogram.placed();
        let shortest = |value| u32::try_from(placed.lowest_equivalent(value)).unwrap_or(u32::MAX);
        PackedHistogram {
            places: placed
                .iter_recorded()
                .map(|place| (shortest(place.value_iterated_to()), place.count_at_value()))
                .collect(),
            below: histogram.below(),
            overflow: histogram.overflow(),
        }
    }

    /// Adds the gaps of another.
    pub fn add(&mut self, other: &PackedHistogram) {
        self.places.extend_from_slice(&other.places);
        self.places.sort_unstable();
        self.places.dedup_by(|later, kept| {
            let same = later.0 == kept.0;
            if same {
                kept.1 = kept.1.saturating_add(later.1);
            }
            same
        });
        self.below += other.below;
        self.overflow += other.overflow;
    }

    /// Whether nothing was counted.
    pub fn is_empty(&self) -> bool {
        self.places.is_empty() && self.below == 0 && self.overflow == 0
    }

    /// Gaps below and above the range.
    pub fn outside(&self) -> (u64, u64) {
        (self.below, self.overflow)
    }

    /// As it was before it was packed.
    pub fn dense(&self) -> GapHistogram {
        let mut histogram = GapHistogram::new();
        for (millis, count) in &self.places {
            histogram.record_n(Span::from_millis(u64::from(*millis)), *count);
        }
        histogram.record_outside(self.below, self.overflow);
        histogram
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::LONGEST;
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
            prop_assert_eq!(packed.dense(), whole);
        }
    }
}
