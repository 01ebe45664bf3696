//! What was measured of a capture, whatever is made of it.

use crate::flow::{Basis, EndedBy};
use crate::stats::PackedHistogram;
use std::collections::BTreeMap;

/// Distributions of a whole capture, or of several merged.
#[derive(Debug, Default)]
pub struct Measured {
    /// Ended gaps, reported bases, by what ended them; without the empty ones.
    pub ended: BTreeMap<(Basis, u8), PackedHistogram>,
    /// Silences that the capture's end cut short, by [`Basis::index`].
    pub open: [PackedHistogram; 4],
    /// From handshake to close.
    pub lifetimes: PackedHistogram,
    /// To the first probe.
    pub probe_delays: PackedHistogram,
}

impl Measured {
    /// Gaps of a basis that segments of one kind ended.
    pub fn ended_by(&self, basis: Basis, kind: EndedBy) -> Option<&PackedHistogram> {
        self.ended.get(&(basis, kind as u8))
    }

    /// All ended gaps of a basis.
    pub fn of(&self, basis: Basis) -> PackedHistogram {
        let mut all = PackedHistogram::default();
        EndedBy::ALL.into_iter().filter_map(|kind| self.ended_by(basis, kind)).for_each(|part| all.add(part));
        all
    }
}
