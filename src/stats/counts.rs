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
    /// The lowest bits of each: every segment goes to some of them, and small ones stay in the cache beside the flows.
    places: Vec<u8>,
    /// How often each came round; empty while none has.
    rounds: Vec<u64>,
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
        if self.rounds.is_empty() {
            self.rounds.resize(PLACES, 0);
        }
        self.rounds[place] += 1;
    }

    pub fn add(&mut self, other: &DenseCounts) {
        for (place, part) in other.places.iter().enumerate() {
            let (sum, came_round) = self.places[place].overflowing_add(*part);
            self.places[place] = sum;
            if came_round {
                self.come_round(place);
            }
        }
        if self.rounds.is_empty() {
            self.rounds.clone_from(&other.rounds);
        } else {
            self.rounds.iter_mut().zip(&other.rounds).for_each(|(total, part)| *total += part);
        }
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
            for (place, low) in (number * AT_ONCE..).zip(counts) {
                let rounds = self.rounds.get(place).copied().unwrap_or(0);
                let count = u64::from(*low) + (rounds << u8::BITS);
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
        (0..1_000).for_each(|_| one.count(minute));
        (0..70_000).for_each(|_| other.count(minute));
        one.add(&other);
        one.count(minute);
        let counted: Vec<u64> = one.packed().places().iter().map(|place| place.count).collect();
        assert_eq!(counted, [71_001]);
    }
}
