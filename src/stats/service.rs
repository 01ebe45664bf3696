//! Gaps of one service. A capture can hold tens of thousands of services, and a dense histogram takes a
//! quarter of a megabyte: these are sparse, and become dense ones when a page is made of them.

use super::counts::SparseCounts;
use super::histogram::{GapHistogram, LONGEST};
use crate::flow::Basis;
use crate::time::Span;

/// Gaps of at least a second, by basis.
#[derive(Clone, Debug, Default)]
pub struct ServiceGaps {
    bases: [SparseGaps; 4],
}

/// Gaps of one basis.
#[derive(Clone, Debug, Default)]
pub struct SparseGaps {
    counts: SparseCounts,
    overflow: u64,
    longest: Span,
}

impl ServiceGaps {
    /// Counts one gap.
    #[inline]
    pub fn record(&mut self, basis: Basis, length: Span) {
        if let Some(gaps) = self.bases.get_mut(basis.index()) {
            gaps.record(length);
        }
    }

    /// Adds the counts of another.
    pub fn add(&mut self, other: &ServiceGaps) {
        for (total, part) in self.bases.iter_mut().zip(&other.bases) {
            total.add(part);
        }
    }

    /// Counts of a reported basis.
    pub fn of(&self, basis: Basis) -> Option<&SparseGaps> {
        self.bases.get(basis.index())
    }

    /// Whether nothing was counted.
    pub fn is_empty(&self) -> bool {
        self.bases.iter().all(|gaps| gaps.counts.is_empty() && gaps.overflow == 0)
    }
}

impl SparseGaps {
    #[inline]
    pub(super) fn record(&mut self, length: Span) {
        self.longest = self.longest.max(length);
        if !self.counts.count(length) && length > LONGEST {
            self.overflow += 1;
        }
    }

    pub(super) fn add(&mut self, other: &SparseGaps) {
        self.counts.add(&other.counts);
        self.overflow += other.overflow;
        self.longest = self.longest.max(other.longest);
    }

    /// The longest gap, exact.
    pub fn longest(&self) -> Span {
        self.longest
    }

    /// As a dense histogram.
    pub fn dense(&self) -> GapHistogram {
        let mut histogram = GapHistogram::new();
        self.counts.fill(&mut histogram);
        histogram.record_outside(0, self.overflow);
        histogram
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_month_of_heartbeats_costs_a_short_list() {
        let mut gaps = SparseGaps::default();
        for i in 0..100_000u64 {
            gaps.record(Span::from_millis(30_000 + i % 40));
        }
        assert!(matches!(&gaps.counts, SparseCounts::Few(list) if list.len() < 5));
        assert_eq!(gaps.dense().placed().len(), 100_000);
    }

    #[test]
    fn dense_and_sparse_agree_to_three_digits() {
        let mut gaps = ServiceGaps::default();
        gaps.record(Basis::Any, Span::from_secs(3601));
        let dense = gaps.of(Basis::Any).unwrap().dense();
        let value = dense.placed().max() as f64 / 1e3;
        assert!((value - 3601.0).abs() / 3601.0 < 0.001, "{value}");
    }
}
