//! Gaps of one service. A capture can hold tens of thousands of services, and a dense histogram takes a
//! quarter of a megabyte: these are sparse, and become dense ones when a page is made of them.

use super::histogram::{GapHistogram, LONGEST};
use crate::flow::Basis;
use crate::time::Span;
use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

/// Gaps of at least a second, by basis.
#[derive(Clone, Debug, Default)]
pub struct ServiceGaps {
    bases: [SparseGaps; 4],
}

/// Counts by length, kept to three significant digits; a count saturates at 2³² − 1.
#[derive(Clone, Debug, Default)]
pub struct SparseGaps {
    counts: HashMap<u32, u32, BuildHasherDefault<MillisHasher>>,
    overflow: u64,
    longest: Span,
}

impl ServiceGaps {
    /// Counts one gap.
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
    fn record(&mut self, length: Span) {
        self.longest = self.longest.max(length);
        if length > LONGEST {
            self.overflow += 1;
        } else {
            let count = self.counts.entry(rounded_millis(length)).or_default();
            *count = count.saturating_add(1);
        }
    }

    fn add(&mut self, other: &SparseGaps) {
        for (millis, count) in &other.counts {
            let total = self.counts.entry(*millis).or_default();
            *total = total.saturating_add(*count);
        }
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
        for (millis, count) in &self.counts {
            histogram.record_n(Span::from_millis(u64::from(*millis)), u64::from(*count));
        }
        histogram.record_n(LONGEST + Span::from_millis(1), self.overflow);
        histogram
    }
}

/// Hash of a rounded length. It needs no seed: an attacker can make no more than the 23 thousand different
/// keys that there are.
#[derive(Clone, Copy, Debug, Default)]
struct MillisHasher(u64);

impl Hasher for MillisHasher {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.write_u32(u32::from(*byte));
        }
    }

    fn write_u32(&mut self, millis: u32) {
        let mixed = (self.0 ^ u64::from(millis)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        self.0 = mixed ^ (mixed >> 32);
    }
}

/// Milliseconds with eleven significant bits: within one part in a thousand, as three decimal digits are.
fn rounded_millis(length: Span) -> u32 {
    let millis = u32::try_from(length.as_nanos() / 1_000_000).unwrap_or(u32::MAX);
    let excess = (u32::BITS - millis.leading_zeros()).saturating_sub(11);
    millis >> excess << excess
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_month_of_heartbeats_costs_a_handful_of_counters() {
        let mut gaps = SparseGaps::default();
        for i in 0..100_000u64 {
            gaps.record(Span::from_millis(30_000 + i % 40));
        }
        assert!(gaps.counts.len() < 5, "{}", gaps.counts.len());
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
