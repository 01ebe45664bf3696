//! Counters of the gap lengths of a whole capture while it is read.
//!
//! Places are those of an HdrHistogram in milliseconds with three significant digits (2048 to the first two
//! octaves, 1024 to each further one), so nothing is lost when the counters become one. They are counted
//! here because every segment counts two or three gaps: a plain counter costs a fifth of
//! `Histogram::record`, which also keeps the extremes and checks its bounds.

use super::histogram::{LONGEST, SHORTEST};
use super::packed::{PackedHistogram, Place};
use crate::time::Span;

const NANOS_PER_MILLI: u64 = 1_000_000;

/// Counters of all places of the range.
pub(super) const PLACES: usize = place_of((LONGEST.as_nanos() / NANOS_PER_MILLI) as u32) + 1;

/// Place of a length in milliseconds: eleven significant bits.
pub(super) const fn place_of(millis: u32) -> usize {
    // With the eleventh bit set shorter lengths are no case of their own: which comes next, no processor foretells.
    let excess = u32::BITS - 11 - (millis | 1 << 10).leading_zeros();
    excess as usize * 1024 + (millis >> excess) as usize
}

/// The least length that has this place.
pub(super) const fn millis_at(place: usize) -> u64 {
    if place < 2048 {
        return place as u64;
    }
    let excess = place / 1024 - 1;
    ((place - excess * 1024) as u64) << excess
}

/// Place of all lengths below [`SHORTEST`].
pub(super) const BELOW: usize = 0;

const _: () = assert!(SHORTEST.as_nanos() == NANOS_PER_MILLI);

/// Where a length belongs; `None`: it is longer than [`LONGEST`].
#[inline(always)]
pub(super) fn place(length: Span) -> Option<usize> {
    (length <= LONGEST).then(|| place_of((length.as_nanos() / NANOS_PER_MILLI) as u32))
}

/// Counters for the whole capture: one for every place.
#[derive(Debug)]
pub(super) struct DenseCounts {
    /// Small ones, because every segment goes to some of them, and what they fill of the cache is taken from the flows.
    places: Vec<u32>,
    /// A place for each time that its counter came round.
    rounds: Vec<usize>,
    beyond: u64,
}

impl DenseCounts {
    pub fn new() -> Self {
        DenseCounts { places: vec![0; PLACES], rounds: Vec::new(), beyond: 0 }
    }

    #[inline(always)]
    pub fn count(&mut self, length: Span) {
        let Some(place) = place(length) else {
            self.beyond += 1;
            return;
        };
        let count = &mut self.places[place];
        *count = count.wrapping_add(1);
        if *count == 0 {
            self.come_round(place);
        }
    }

    #[cold]
    #[inline(never)]
    fn come_round(&mut self, place: usize) {
        self.rounds.push(place);
    }

    pub fn add(&mut self, other: &DenseCounts) {
        for (place, (total, part)) in self.places.iter_mut().zip(&other.places).enumerate() {
            let (sum, came_round) = total.overflowing_add(*part);
            *total = sum;
            if came_round {
                self.rounds.push(place);
            }
        }
        self.rounds.extend_from_slice(&other.rounds);
        self.beyond += other.beyond;
    }

    pub fn packed(&self) -> PackedHistogram {
        // Most of the range is empty.
        const AT_ONCE: usize = 64;
        let mut places = Vec::new();
        let mut below = 0;
        for (number, counts) in self.places.chunks(AT_ONCE).enumerate() {
            if counts.iter().fold(0, |any, count| any | count) == 0 && self.rounds.is_empty() {
                continue;
            }
            for (place, count) in (number * AT_ONCE..).zip(counts) {
                let rounds = self.rounds.iter().filter(|round| **round == place).count() as u64;
                let count = u64::from(*count) + (rounds << u32::BITS);
                if place == BELOW {
                    below = count;
                } else if count > 0 {
                    places.push(Place::new(millis_at(place) as u32, count));
                }
            }
        }
        PackedHistogram::of_places(places, below, self.beyond)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_place_is_that_of_its_least_length() {
        for place in 0..PLACES {
            assert_eq!(place_of(millis_at(place) as u32), place);
        }
    }

    #[test]
    fn a_counter_that_comes_round_loses_nothing() {
        let (mut one, mut other) = (DenseCounts::new(), DenseCounts::new());
        let minute = Span::from_secs(60);
        let place = place_of(60_000);
        (one.places[place], other.places[place]) = (u32::MAX, u32::MAX);
        one.count(minute);
        one.add(&other);
        other.count(minute);
        other.count(minute);
        one.add(&other);
        let counted: Vec<u64> = one.packed().places().iter().map(|place| place.count).collect();
        assert_eq!(counted, [(1 << 32) + u64::from(u32::MAX) + (1 << 32) + 1]);
    }
}
