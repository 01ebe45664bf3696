//! When timers ran out in silences, for many timers at once.
//!
//! A silence lets every shorter timer run out, each at its own instant and into its own bins. One silence at
//! a time would go through the bins of all timers; silences therefore wait, and are counted timer by timer.

use super::occupancy::{Occupancy, Since};
use crate::time::{Span, Timestamp};

/// Silences counted at a time: they and the bins of one timer fit the first cache.
const COUNTED_AT_ONCE: usize = 512;

/// What timers took from a level: one fewer from each instant at which one ran out.
#[derive(Clone, Debug)]
pub(super) struct Expiries {
    /// Ascending.
    limits: Vec<Span>,
    taken: Vec<Occupancy>,
    /// Begins of silences, and how many limits each exceeds.
    waiting: Vec<(u32, Since)>,
}

impl Expiries {
    /// Of timers with these limits, ascending.
    pub fn new(limits: Vec<Span>) -> Self {
        let taken = vec![Occupancy::default(); limits.len()];
        Expiries { limits, taken, waiting: Vec::with_capacity(COUNTED_AT_ONCE) }
    }

    pub fn limits(&self) -> &[Span] {
        &self.limits
    }

    /// A silence from `start` on exceeds the first so many limits.
    #[inline]
    pub fn silence(&mut self, start: Timestamp, exceeded: usize) {
        if exceeded == 0 {
            return;
        }
        self.waiting.push((exceeded as u32, Since::new(start)));
        if self.waiting.len() >= COUNTED_AT_ONCE {
            self.count_waiting();
        }
    }

    /// The timer with this number took one at another instant than its silence's begin tells.
    pub fn took(&mut self, limit: usize, at: Timestamp) {
        self.taken[limit].fewer(at);
    }

    /// Counts the silences that wait.
    #[inline(never)]
    pub fn count_waiting(&mut self) {
        self.waiting.sort_unstable_by_key(|(exceeded, _)| *exceeded);
        let mut waiting = &self.waiting[..];
        for (number, (limit, taken)) in self.limits.iter().zip(&mut self.taken).enumerate() {
            let shorter = waiting.iter().take_while(|(exceeded, _)| *exceeded as usize <= number).count();
            waiting = &waiting[shorter..];
            if waiting.is_empty() {
                break;
            }
            taken.fewer_after(waiting.iter().map(|(_, start)| *start), *limit);
        }
        self.waiting.clear();
    }

    pub fn merge(&mut self, mut other: Expiries) {
        other.count_waiting();
        for (mine, theirs) in self.taken.iter_mut().zip(other.taken) {
            mine.merge(theirs);
        }
    }

    /// What the timer with this number took. Nothing may be waiting.
    pub fn of(&self, limit: usize) -> &Occupancy {
        debug_assert!(self.waiting.is_empty());
        &self.taken[limit]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn timers_take_what_they_take_one_by_one(
            silences in prop::collection::vec((0i64..4_000_000_000_000, 0usize..5), 1..1500),
            odd in 1u64..2_000
        ) {
            let limits = vec![
                Span::from_nanos(odd), Span::from_secs(60), Span::from_nanos(350_000_000_000 + odd),
                Span::from_secs(7200),
            ];
            let mut all = Expiries::new(limits.clone());
            let mut each = vec![Occupancy::default(); limits.len()];
            for (start, exceeded) in &silences {
                let start = Timestamp::from_nanos(*start);
                all.silence(start, *exceeded);
                for (limit, level) in limits.iter().zip(&mut each).take(*exceeded) {
                    level.fewer(start + *limit);
                }
            }
            let mut merged = Expiries::new(limits.clone());
            merged.merge(all);
            let (from, to) = (Timestamp::from_nanos(0), Timestamp::from_nanos(12_000_000_000_000));
            for (number, level) in each.iter().enumerate() {
                prop_assert_eq!(merged.of(number).level(&[], from, to), level.level(&[], from, to));
            }
        }
    }
}
