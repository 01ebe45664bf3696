//! Gaps in an HdrHistogram: milliseconds, 1 ms to 30 days, three significant digits.
//!
//! A unit of one microsecond would give the gaps below a second three digits too, which no timeout asks
//! for, and spread the counters that a busy capture touches over a megabyte instead of sixty kilobytes.

use crate::time::Span;
use hdrhistogram::Histogram;

/// Shorter gaps are counted, not placed: below it lies what is no idleness to anyone.
pub const SHORTEST: Span = Span::from_millis(1);

/// Longer gaps are counted as overflow, not placed: 30 days.
pub const LONGEST: Span = Span::from_secs(30 * 86_400);

const NANOS_PER_UNIT: u64 = 1_000_000;

/// One histogram, with what lies outside its range counted beside it.
#[derive(Clone, PartialEq, Debug)]
pub struct GapHistogram {
    placed: Histogram<u64>,
    below: u64,
    overflow: u64,
}

impl GapHistogram {
    /// An empty one.
    pub fn new() -> Self {
        GapHistogram { placed: empty(), below: 0, overflow: 0 }
    }

    /// Counts `times` gaps of one length.
    pub fn record_n(&mut self, length: Span, times: u64) {
        if length < SHORTEST {
            self.below += times;
        } else if length > LONGEST || self.placed.record_n(length.as_nanos() / NANOS_PER_UNIT, times).is_err()
        {
            self.overflow += times;
        }
    }

    /// Counts gaps that lie outside the range.
    pub fn record_outside(&mut self, below: u64, overflow: u64) {
        self.below += below;
        self.overflow += overflow;
    }

    /// Adds the gaps of another.
    pub fn add(&mut self, other: &GapHistogram) {
        // Same bounds and digits: every value of the other has its place here.
        let _ = self.placed.add(&other.placed);
        self.record_outside(other.below, other.overflow);
    }

    /// A histogram that was written down, with what lies outside its range. `None`: it holds other values
    /// than [`SHORTEST`] to [`LONGEST`] in milliseconds.
    pub fn from_parts(recorded: &Histogram<u64>, below: u64, overflow: u64) -> Option<Self> {
        let mut histogram = GapHistogram { placed: empty(), below, overflow };
        histogram.placed.add(recorded).ok()?;
        Some(histogram)
    }

    /// Whether nothing was counted.
    pub fn is_empty(&self) -> bool {
        self.placed.is_empty() && self.below == 0 && self.overflow == 0
    }

    /// Gaps within range; values are milliseconds.
    pub fn placed(&self) -> &Histogram<u64> {
        &self.placed
    }

    /// Gaps shorter than [`SHORTEST`].
    pub fn below(&self) -> u64 {
        self.below
    }

    /// Gaps longer than [`LONGEST`].
    pub fn overflow(&self) -> u64 {
        self.overflow
    }
}

impl Default for GapHistogram {
    fn default() -> Self {
        GapHistogram::new()
    }
}

fn empty() -> Histogram<u64> {
    match Histogram::new_with_bounds(1, LONGEST.as_nanos() / NANOS_PER_UNIT, 3) {
        Ok(histogram) => histogram,
        // The bounds are constants that the constructor accepts: low ≥ 1, high ≥ 2·low, digits ≤ 5.
        Err(error) => unreachable!("constant histogram bounds: {error}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gaps_outside_the_range_are_counted_beside_it() {
        let mut histogram = GapHistogram::new();
        histogram.record_n(Span::from_nanos(999_999), 1);
        histogram.record_n(Span::from_millis(1), 1);
        histogram.record_n(LONGEST, 1);
        histogram.record_n(Span::from_secs(31 * 86_400), 1);
        assert_eq!((histogram.below(), histogram.placed().len(), histogram.overflow()), (1, 2, 1));
    }

    #[test]
    fn three_digits_survive() {
        let mut histogram = GapHistogram::new();
        histogram.record_n(Span::from_secs(350), 1);
        let value = histogram.placed().value_at_quantile(0.5) as f64 / 1e3;
        assert!((value - 350.0).abs() < 0.35, "{value}");
    }
}
