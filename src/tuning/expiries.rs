//! When timers ran out in silences, for many timers at once.
//!
//! A silence lets every shorter timer run out, each at its own instant and into its own bins. One silence at
//! a time would go through the bins of all timers. Silences that begin within one second and exceed the same
//! limits do the same to all timers of whole seconds, so they are laid together, and counted when many differ.

use super::occupancy::{InSecond, Occupancy, second_of};
use crate::time::{Span, Timestamp};
use hashbrown::HashMap;

/// Different silences that are laid together at the most: a few hundred kilobytes.
const MOST_DIFFERENT: usize = 8192;

/// Silences laid together at a time: what they are laid to has left the cache meanwhile, and is fetched side by
/// side.
const LAID_AT_ONCE: usize = 512;

/// What timers took from a level: one fewer from each instant at which one ran out.
#[derive(Clone, Debug)]
pub(super) struct Expiries {
    /// Ascending.
    limits: Vec<Span>,
    taken: Vec<Occupancy>,
    /// By how many limits they exceed and the second in which they begin: number of silences, and sum of
    /// their microseconds since the second's begin.
    together: HashMap<(i64, u32), (i64, i64)>,
    /// Silences not yet laid together: second, microseconds since its begin, limits exceeded.
    waiting: Vec<(i64, u32, u32)>,
    /// Numbers of the limits that are no whole seconds.
    uneven: Vec<usize>,
}

impl Expiries {
    /// Of timers with these limits, ascending.
    pub fn new(limits: Vec<Span>) -> Self {
        let taken = vec![Occupancy::default(); limits.len()];
        let is_uneven = |number: &usize| whole_seconds(limits[*number]).is_none();
        let uneven = (0..limits.len()).filter(is_uneven).collect();
        Expiries { limits, taken, together: HashMap::new(), waiting: Vec::new(), uneven }
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
        for number in self.uneven.iter().take_while(|number| **number < exceeded) {
            self.taken[*number].fewer(start + self.limits[*number]);
        }
        let (second, late) = second_of(start);
        // Below a million.
        self.waiting.push((second, late as u32, exceeded as u32));
        if self.waiting.len() >= LAID_AT_ONCE {
            self.lay_together();
            if self.together.len() >= MOST_DIFFERENT {
                self.count_together();
            }
        }
    }

    #[inline(never)]
    fn lay_together(&mut self) {
        for (second, late, exceeded) in self.waiting.drain(..) {
            let (silences, sum) = self.together.entry((second, exceeded)).or_default();
            *silences += 1;
            *sum += i64::from(late);
        }
    }

    /// The timer with this number took one at another instant than its silence's begin tells.
    pub fn took(&mut self, limit: usize, at: Timestamp) {
        self.taken[limit].fewer(at);
    }

    /// Counts the silences that wait.
    pub fn count_waiting(&mut self) {
        self.lay_together();
        self.count_together();
    }

    #[inline(never)]
    fn count_together(&mut self) {
        let mut waiting: Vec<_> = self.together.drain().collect();
        waiting.sort_unstable_by_key(|((second, exceeded), _)| (*exceeded, *second));
        let mut waiting = &waiting[..];
        for (number, (limit, taken)) in self.limits.iter().zip(&mut self.taken).enumerate() {
            waiting = &waiting[waiting.partition_point(|((_, exceeded), _)| *exceeded as usize <= number)..];
            if waiting.is_empty() {
                break;
            }
            let Some(seconds) = whole_seconds(*limit) else { continue };
            let began = waiting.iter().map(|((second, _), (silences, late))| InSecond {
                second: *second,
                events: *silences,
                late: *late,
            });
            taken.fewer_after(began, seconds);
        }
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

fn whole_seconds(limit: Span) -> Option<i64> {
    const NANOS_PER_SECOND: u64 = 1_000_000_000;
    let nanos = limit.as_nanos();
    nanos.is_multiple_of(NANOS_PER_SECOND).then_some((nanos / NANOS_PER_SECOND) as i64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tuning::Level;
    use crate::tuning::course::Course;
    use proptest::prelude::*;

    fn level(of: &Occupancy) -> Level {
        let (from, to) = (Timestamp::from_nanos(0), Timestamp::from_nanos(12_000_000_000_000));
        let mut course = Course::new(from, to, 0);
        course.add(of);
        course.level()
    }

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
                for (limit, alone) in limits.iter().zip(&mut each).take(*exceeded) {
                    alone.fewer(start + *limit);
                }
            }
            let mut merged = Expiries::new(limits.clone());
            merged.merge(all);
            for (number, alone) in each.iter().enumerate() {
                prop_assert_eq!(level(merged.of(number)), level(alone));
            }
        }
    }
}
