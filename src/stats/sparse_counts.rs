//! Counters of the gap lengths of one service while a capture is read, at the places of [`super::counts`].

use super::counts::{BELOW, PLACES, millis_at, place, place_of};
use super::packed::{PackedHistogram, Place};
use crate::memory::prefetch;
use crate::time::Span;

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
    /// Of lengths out of the range.
    const OUTSIDE: Counter = Counter(u16::MAX);

    #[inline]
    pub fn of(length: Span) -> Counter {
        match place(length) {
            None | Some(BELOW) => Counter::OUTSIDE,
            // Counters are fewer than 2¹⁶ (checked below).
            Some(place) => Counter(counter_of(place) as u16),
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
    /// Counts a length; whether it was one within the range.
    #[inline]
    pub fn count(&mut self, counter: Counter) -> bool {
        if counter == Counter::OUTSIDE {
            return false;
        }
        self.add_at(usize::from(counter.0), 1);
        true
    }

    /// Asks for the memory of a counter before its turn.
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
    use crate::stats::counts::DenseCounts;
    use proptest::prelude::*;

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
