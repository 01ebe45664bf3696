//! What limits did to flows and gaps, for all limits at once.
//!
//! What happens to a flow is the same for runs of neighbouring limits, so only where a run begins and where
//! it ends is counted. Sums from the shortest limit on give the counts of each.

use serde::{Deserialize, Serialize};
use std::ops::Range;

/// Counts for one limit and one refresh.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug, Serialize, Deserialize)]
pub(super) struct LimitCounts {
    /// Ended gaps that exceed the limit.
    pub gaps: u64,
    pub cut: u64,
    pub used_again: u64,
    pub saved_by_keepalive: u64,
    pub unknown: u64,
    pub at_risk: u64,
    pub saveable: u64,
    pub saveable_used_again: u64,
}

impl LimitCounts {
    /// Field by field. Changes below zero wrap, and come back in the sum.
    pub fn with(&self, other: &LimitCounts, of: impl Fn(u64, u64) -> u64) -> LimitCounts {
        LimitCounts {
            gaps: of(self.gaps, other.gaps),
            cut: of(self.cut, other.cut),
            used_again: of(self.used_again, other.used_again),
            saved_by_keepalive: of(self.saved_by_keepalive, other.saved_by_keepalive),
            unknown: of(self.unknown, other.unknown),
            at_risk: of(self.at_risk, other.at_risk),
            saveable: of(self.saveable, other.saveable),
            saveable_used_again: of(self.saveable_used_again, other.saveable_used_again),
        }
    }
}

/// Counts of all limits under one refresh, as changes from each limit to the next.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct CountChanges(Vec<LimitCounts>);

impl CountChanges {
    pub fn new(limits: usize) -> Self {
        CountChanges(vec![LimitCounts::default(); limits + 1])
    }

    /// Adds `counts` to each of these limits.
    #[inline]
    pub fn add(&mut self, limits: Range<usize>, counts: &LimitCounts) {
        if let Some(begin) = self.0.get_mut(limits.start) {
            *begin = begin.with(counts, u64::wrapping_add);
        }
        if let Some(end) = self.0.get_mut(limits.end) {
            *end = end.with(counts, u64::wrapping_sub);
        }
    }

    /// A gap that exceeds the first so many limits has ended.
    #[inline]
    pub fn gap(&mut self, exceeded: usize) {
        self.0[0].gaps = self.0[0].gaps.wrapping_add(1);
        if let Some(end) = self.0.get_mut(exceeded) {
            end.gaps = end.gaps.wrapping_sub(1);
        }
    }

    pub fn merge(&mut self, other: &CountChanges) {
        for (mine, theirs) in self.0.iter_mut().zip(&other.0) {
            *mine = mine.with(theirs, u64::wrapping_add);
        }
    }

    /// The counts of each limit.
    pub fn totals(&self) -> Vec<LimitCounts> {
        let mut sum = LimitCounts::default();
        let all = self.0.iter().map(|change| {
            sum = sum.with(change, u64::wrapping_add);
            sum
        });
        all.take(self.0.len() - 1).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn changes_add_up_to_what_each_limit_counts(
            runs in prop::collection::vec((0usize..9, 0usize..9, 0u64..3, any::<bool>()), 0..40)
        ) {
            let mut changes = [CountChanges::new(8), CountChanges::new(8)];
            let mut each = vec![LimitCounts::default(); 8];
            for (a, b, cut, part) in runs {
                let (begin, end) = (a.min(b), a.max(b));
                let counts = LimitCounts { cut, at_risk: 1, ..LimitCounts::default() };
                changes[usize::from(part)].add(begin..end, &counts);
                changes[usize::from(part)].gap(end);
                for (limit, own) in each.iter_mut().enumerate() {
                    own.gaps += u64::from(limit < end);
                    if (begin..end).contains(&limit) {
                        own.cut += cut;
                        own.at_risk += 1;
                    }
                }
            }
            let [mut whole, other] = changes;
            whole.merge(&other);
            prop_assert_eq!(whole.totals(), each);
        }
    }
}
