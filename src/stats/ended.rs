//! Gaps of the whole capture by what ended them.

use super::counts::DenseCounts;
use super::histogram::GapHistogram;
use crate::flow::{Basis, EndedBy};
use crate::time::Span;

/// Lengths of one kind, of one worker while it runs.
#[derive(Debug)]
pub struct LengthCounts(DenseCounts);

impl Default for LengthCounts {
    fn default() -> Self {
        LengthCounts(DenseCounts::new())
    }
}

impl LengthCounts {
    /// Counts a length.
    #[inline]
    pub fn count(&mut self, length: Span) {
        self.0.count(length);
    }

    /// Adds the lengths of another worker.
    pub fn add(&mut self, other: &LengthCounts) {
        self.0.add(&other.0);
    }

    /// As a histogram.
    pub fn histogram(&self) -> GapHistogram {
        let mut histogram = GapHistogram::new();
        self.0.fill(&mut histogram);
        histogram
    }
}

const KINDS: usize = EndedBy::ALL.len();

/// Counts of one worker while it runs.
#[derive(Debug)]
pub struct EndedGaps(Vec<DenseCounts>);

impl Default for EndedGaps {
    fn default() -> Self {
        EndedGaps((0..Basis::REPORTED.len() * KINDS).map(|_| DenseCounts::new()).collect())
    }
}

impl EndedGaps {
    /// Counts a gap of a reported basis.
    #[inline]
    pub fn gap(&mut self, basis: Basis, length: Span, ended_by: EndedBy) {
        if let Some(counts) = self.0.get_mut(basis.index() * KINDS + ended_by as usize) {
            counts.count(length);
        }
    }

    pub(super) fn of(&self, basis: Basis) -> impl Iterator<Item = (EndedBy, &DenseCounts)> {
        let from = basis.index() * KINDS;
        EndedBy::ALL.into_iter().zip(self.0.iter().skip(from))
    }

    /// Whether segments of one kind ended any gap of a reported basis.
    pub fn any(&self, basis: Basis, ended_by: EndedBy) -> bool {
        self.of(basis).any(|(kind, counts)| kind == ended_by && !counts.is_empty())
    }

    /// Adds the gaps of a reported basis that segments of one kind ended.
    pub fn fill(&self, basis: Basis, ended_by: EndedBy, histogram: &mut GapHistogram) {
        if let Some((_, counts)) = self.of(basis).find(|(kind, _)| *kind == ended_by) {
            counts.fill(histogram);
        }
    }
}
