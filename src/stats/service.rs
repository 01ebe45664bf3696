//! Gaps of one service. A capture can hold tens of thousands of services, and a dense histogram takes a
//! quarter of a megabyte: these are sparse.

use super::histogram::LONGEST;
use super::packed::PackedHistogram;
use super::sparse_counts::{Counter, SparseCounts};
use crate::flow::{Basis, EndedBy};
use crate::time::Span;

/// Gaps of at least a second, by basis; those between any packets also by what ended them, where that is asked.
#[derive(Clone, Debug, Default)]
pub struct ServiceGaps {
    bases: [SparseGaps; 4],
    /// Between any packets; each kind once.
    ended: Vec<(EndedBy, SparseGaps)>,
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
    pub(super) fn record(&mut self, basis: Basis, length: Span, counter: Counter) {
        if let Some(gaps) = self.bases.get_mut(basis.index()) {
            gaps.record_at(length, counter);
        }
    }

    /// Asks for the memory that [`ServiceGaps::record`] or [`ServiceGaps::record_ended`] is going to touch.
    #[inline]
    pub(super) fn prefetch(&self, basis: Basis, kind: Option<EndedBy>, counter: Counter) {
        let gaps = match kind {
            Some(kind) => self.ended_by(kind),
            None => self.of(basis),
        };
        if let Some(gaps) = gaps {
            gaps.counts.prefetch(counter);
        }
    }

    /// Counts one gap between any packets by what ended it. [`ServiceGaps::sum_up`] counts it among all.
    #[inline]
    pub(super) fn record_ended(&mut self, kind: EndedBy, length: Span, counter: Counter) {
        self.of_kind(kind).record_at(length, counter);
    }

    fn of_kind(&mut self, kind: EndedBy) -> &mut SparseGaps {
        let known = self.ended.iter().position(|(known, _)| *known == kind);
        let place = known.unwrap_or_else(|| {
            self.ended.push((kind, SparseGaps::default()));
            self.ended.len() - 1
        });
        &mut self.ended[place].1
    }

    /// Brings the gaps that were counted by what ended them among those of their basis; once.
    pub(super) fn sum_up(&mut self) {
        for (_, gaps) in &self.ended {
            self.bases[Basis::Any.index()].add(gaps);
        }
    }

    /// Gaps between any packets that segments of one kind ended; `None`: there was none, or nobody asked.
    pub fn ended_by(&self, kind: EndedBy) -> Option<&SparseGaps> {
        self.ended.iter().find(|(known, _)| *known == kind).map(|(_, gaps)| gaps)
    }

    /// Adds the counts of another.
    pub fn add(&mut self, other: &ServiceGaps) {
        for (kind, gaps) in &other.ended {
            self.of_kind(*kind).add(gaps);
        }
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
        self.bases.iter().all(SparseGaps::is_empty)
    }
}

impl SparseGaps {
    #[inline]
    pub(super) fn record(&mut self, length: Span) {
        self.record_at(length, Counter::of(length));
    }

    #[inline]
    fn record_at(&mut self, length: Span, counter: Counter) {
        self.longest = self.longest.max(length);
        if !self.counts.count(counter) && length > LONGEST {
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

    /// Whether nothing was counted.
    pub fn is_empty(&self) -> bool {
        self.counts.is_empty() && self.overflow == 0
    }

    /// As a histogram to keep.
    pub fn packed(&self) -> PackedHistogram {
        self.counts.packed(self.overflow)
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
        assert_eq!(gaps.packed().count(), 100_000);
    }

    #[test]
    fn gaps_by_what_ended_them_sum_up_to_those_of_their_basis() {
        let (mut one, mut other) = (ServiceGaps::default(), ServiceGaps::default());
        one.record_ended(EndedBy::Data, Span::from_secs(20), Counter::of(Span::from_secs(20)));
        one.record_ended(EndedBy::Probe, Span::from_secs(30), Counter::of(Span::from_secs(30)));
        other.record_ended(EndedBy::Probe, Span::from_secs(40), Counter::of(Span::from_secs(40)));
        one.sum_up();
        other.sum_up();
        one.add(&other);
        let number = |gaps: Option<&SparseGaps>| gaps.map_or(0, |gaps| gaps.packed().count());
        assert_eq!(
            [EndedBy::Data, EndedBy::Probe, EndedBy::Rst].map(|kind| number(one.ended_by(kind))),
            [1, 2, 0]
        );
        assert_eq!(number(one.of(Basis::Any)), 3);
        assert_eq!(one.of(Basis::Any).unwrap().longest(), Span::from_secs(40));
    }

    #[test]
    fn dense_and_sparse_agree_to_three_digits() {
        let mut gaps = ServiceGaps::default();
        gaps.record(Basis::Any, Span::from_secs(3601), Counter::of(Span::from_secs(3601)));
        let dense = gaps.of(Basis::Any).unwrap().packed().dense();
        let value = dense.placed().max() as f64 / 1e3;
        assert!((value - 3601.0).abs() / 3601.0 < 0.001, "{value}");
    }
}
