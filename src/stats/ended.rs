//! Gaps of the whole capture by what ended them.

use super::counts::DenseCounts;
use super::packed::PackedHistogram;
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
    pub fn packed(&self) -> PackedHistogram {
        self.0.packed()
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

    /// Gaps of each reported basis by what ended them, where there are any.
    pub fn packed(&self) -> impl Iterator<Item = (Basis, EndedBy, PackedHistogram)> {
        let kinds = Basis::REPORTED.into_iter().flat_map(|basis| EndedBy::ALL.map(|kind| (basis, kind)));
        let all = kinds.zip(&self.0).map(|((basis, kind), counts)| (basis, kind, counts.packed()));
        all.filter(|(.., gaps)| !gaps.is_empty())
    }
}
