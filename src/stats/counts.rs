//! Counters of gap lengths while a capture is read.
//!
//! Places are those of an HdrHistogram in milliseconds with three significant digits (2048 to the first two
//! octaves, 1024 to each further one), so nothing is lost when the counters become one. They are counted
//! here because every segment counts two or three gaps: a plain counter costs a fifth of
//! `Histogram::record`, which also keeps the extremes and checks its bounds.

use super::histogram::{LONGEST, SHORTEST};
use super::packed::{PackedHistogram, Place};
use crate::flow::prefetch;
use crate::time::Span;
use std::hint::select_unpredictable;

const NANOS_PER_MILLI: u64 = 1_000_000;

/// Counters of all places of the range.
const PLACES: usize = place_of((LONGEST.as_nanos() / NANOS_PER_MILLI) as u32) + 1;

/// Place of a length in milliseconds: eleven significant bits.
const fn place_of(millis: u32) -> usize {
    // With the eleventh bit set shorter lengths are no case of their own: which comes next, no processor foretells.
    let excess = u32::BITS - 11 - (millis | 1 << 10).leading_zeros();
    excess as usize * 1024 + (millis >> excess) as usize
}

/// The least length that has this place.
const fn millis_at(place: usize) -> u64 {
    if place < 2048 {
        return place as u64;
    }
    let excess = place / 1024 - 1;
    ((place - excess * 1024) as u64) << excess
}

/// Place of all lengths below [`SHORTEST`].
const BELOW: usize = 0;

const _: () = assert!(SHORTEST.as_nanos() == NANOS_PER_MILLI);

/// Where a length belongs; `None`: it is longer than [`LONGEST`].
#[inline(always)]
fn place(length: Span) -> Option<usize> {
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

/// Different places that are kept as a list; with more, pages are made.
const LISTED: usize = 48;

/// Gaps of a service are told apart to three digits from here on, as timeouts are; shorter ones, of which a
/// busy service has thousands a second, to two, so that its counters stay in the cache.
const FINE_FROM: u32 = 10_000;

/// Bits of a place that are left out below [`FINE_FROM`].
const COARSE_BITS: u32 = 3;

/// Counters below [`FINE_FROM`].
const COARSE: usize = (place_of(FINE_FROM) >> COARSE_BITS) + 1;

/// Counter of a place, coarse ones close together.
const fn counter_of(place: usize) -> usize {
    match place.checked_sub(place_of(FINE_FROM)) {
        Some(fine) => COARSE + fine,
        None => place >> COARSE_BITS,
    }
}

/// The least place that has this counter.
const fn place_at(counter: usize) -> usize {
    match counter.checked_sub(COARSE) {
        Some(fine) => place_of(FINE_FROM) + fine,
        None => counter << COARSE_BITS,
    }
}

/// Where [`SparseCounts`] count a length.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Counter(u16);

impl Counter {
    /// Of lengths beyond the range.
    const OUTSIDE: Counter = Counter(u16::MAX);

    #[inline]
    pub fn of(length: Span) -> Counter {
        match place(length) {
            None | Some(BELOW) => Counter::OUTSIDE,
            // Counters are fewer than 2¹⁶ (checked below).
            Some(place) => {
                let (fine, coarse) = (place.wrapping_sub(place_of(FINE_FROM)), place >> COARSE_BITS);
                Counter(select_unpredictable(place < place_of(FINE_FROM), coarse, COARSE.wrapping_add(fine))
                    as u16)
            }
        }
    }
}

/// Counters of one page.
const PAGE: usize = 256;

type Page = Box<[u32; PAGE]>;

/// Counters for one service. A capture can hold tens of thousands of services: one with a few gaps costs a
/// short list, a busy one the pages that its gaps fall into.
#[derive(Clone, Debug)]
pub(super) enum SparseCounts {
    Few(Vec<(u16, u32)>),
    Many(Vec<Option<Page>>),
}

impl Default for SparseCounts {
    fn default() -> Self {
        SparseCounts::Few(Vec::new())
    }
}

impl SparseCounts {
    /// Counts a length; whether it was one from [`SHORTEST`] to [`LONGEST`].
    #[inline]
    pub fn count(&mut self, counter: Counter) -> bool {
        if counter == Counter::OUTSIDE {
            return false;
        }
        self.add_at(usize::from(counter.0), 1);
        true
    }

    /// Asks for the memory of a counter.
    #[inline]
    pub fn prefetch(&self, counter: Counter) {
        match self {
            SparseCounts::Many(pages) => {
                let counter = usize::from(counter.0);
                if let Some(Some(page)) = pages.get(counter / PAGE) {
                    prefetch::line(&page[counter % PAGE]);
                }
            }
            SparseCounts::Few(list) => {
                if let Some(first) = list.first() {
                    prefetch::line(first);
                }
            }
        }
    }

    #[inline]
    fn add_at(&mut self, counter: usize, times: u32) {
        match self {
            SparseCounts::Many(pages) => {
                let page = &mut pages[counter / PAGE];
                let count = &mut page.get_or_insert_with(|| Box::new([0; PAGE]))[counter % PAGE];
                *count = count.saturating_add(times);
            }
            SparseCounts::Few(_) => self.add_to_list(counter, times),
        }
    }

    #[inline(never)]
    fn add_to_list(&mut self, counter: usize, times: u32) {
        let SparseCounts::Few(list) = self else { return };
        // Counters are below 2¹⁶ (checked below).
        let name = counter as u16;
        match list.binary_search_by_key(&name, |(known, _)| *known) {
            Ok(at) => list[at].1 = list[at].1.saturating_add(times),
            Err(at) if list.len() < LISTED => list.insert(at, (name, times)),
            Err(_) => {
                self.spread();
                self.add_at(counter, times);
            }
        }
    }

    #[cold]
    fn spread(&mut self) {
        let SparseCounts::Few(list) = std::mem::take(self) else { return };
        *self = SparseCounts::Many(vec![None; COUNTERS.div_ceil(PAGE)]);
        for (counter, times) in list {
            self.add_at(usize::from(counter), times);
        }
    }

    pub fn add(&mut self, other: &SparseCounts) {
        other.each(|place, times| self.add_at(place, times));
    }

    pub fn is_empty(&self) -> bool {
        matches!(self, SparseCounts::Few(list) if list.is_empty())
    }

    /// As a histogram to keep, with what was longer than its range.
    pub fn packed(&self, overflow: u64) -> PackedHistogram {
        let mut places = Vec::new();
        self.each(|counter, times| {
            places.push(Place::new(millis_at(place_at(counter)) as u32, u64::from(times)));
        });
        PackedHistogram::of_places(places, 0, overflow)
    }

    fn each(&self, mut take: impl FnMut(usize, u32)) {
        match self {
            SparseCounts::Few(list) => {
                list.iter().for_each(|(place, times)| take(usize::from(*place), *times))
            }
            SparseCounts::Many(pages) => {
                for (number, page) in pages.iter().enumerate() {
                    let Some(page) = page else { continue };
                    for (counter, times) in (number * PAGE..).zip(page.iter()) {
                        if *times > 0 {
                            take(counter, *times);
                        }
                    }
                }
            }
        }
    }
}

/// Counters of a service.
const COUNTERS: usize = counter_of(PLACES - 1) + 1;

const _: () = assert!(COUNTERS <= u16::MAX as usize);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::GapHistogram;
    use proptest::prelude::*;

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

    #[test]
    fn short_gaps_of_a_service_keep_two_digits() {
        for millis in [1_000, 1_234, 4_567, 9_999] {
            let mut sparse = SparseCounts::default();
            sparse.count(Counter::of(Span::from_millis(millis)));
            let kept = sparse.packed(0).dense().placed().max() as f64;
            assert!((kept - millis as f64).abs() / (millis as f64) < 0.01, "{millis} became {kept}");
        }
    }

    #[test]
    fn every_counter_of_a_service_is_that_of_its_least_place() {
        for counter in 0..COUNTERS {
            assert_eq!(counter_of(place_at(counter)), counter);
        }
    }

    proptest! {
        #[test]
        fn counters_become_the_histogram_that_would_have_been_recorded(
            millis in prop::collection::vec(0u64..40 * 86_400_000, 0..200)
        ) {
            let (mut dense, mut sparse) = (DenseCounts::new(), SparseCounts::default());
            let mut recorded = GapHistogram::new();
            for m in &millis {
                let length = Span::from_millis(*m);
                dense.count(length);
                recorded.record_n(length, 1);
                // Three digits from ten seconds on, two below; what is below a millisecond is not its matter.
                let fine = if *m < u64::from(FINE_FROM) { Span::ZERO } else { length };
                sparse.count(Counter::of(fine));
            }
            let (from_dense, from_sparse) = (dense.packed().dense(), sparse.packed(0).dense());
            prop_assert_eq!(from_dense.placed(), recorded.placed());
            prop_assert_eq!((from_dense.below(), from_dense.overflow()), (recorded.below(), recorded.overflow()));
            let fine = recorded.placed().count_between(10_000, u64::MAX);
            prop_assert_eq!(from_sparse.placed().len(), fine);
            prop_assert_eq!(from_sparse.placed().max(), if fine > 0 { recorded.placed().max() } else { 0 });
        }
    }
}
