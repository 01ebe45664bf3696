//! Mean, deviation and quantiles of a packed histogram: those that HdrHistogram gives of a dense one, to the
//! last bit, from the places that hold anything.

use super::packed::{PackedHistogram, Place};
use crate::time::Span;

/// What the distribution has come to at one quantile.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct QuantilePoint {
    /// Longest length of the place.
    pub value: Span,
    /// Share of gaps, 0 to 1.
    pub quantile: f64,
    /// Gaps not longer.
    pub count: u64,
}

impl PackedHistogram {
    /// Mean length of the gaps within the range, in milliseconds.
    pub fn mean_millis(&self) -> f64 {
        let count = self.count() as f64;
        let share = |place: &Place| place.middle_millis() * place.count as f64 / count;
        self.places().iter().fold(0.0, |sum, place| sum + share(place))
    }

    /// Standard deviation of their lengths from `mean`, in milliseconds.
    pub fn deviation_millis(&self, mean: f64) -> f64 {
        let squares = self.places().iter().fold(0.0, |sum, place| {
            let deviation = place.middle_millis() - mean;
            sum + deviation * deviation * place.count as f64
        });
        (squares / self.count() as f64).sqrt()
    }

    /// The longest gap within the range, as far as it is told.
    pub fn max(&self) -> Span {
        self.places().last().map_or(Span::ZERO, |place| place.longest())
    }

    /// The lengths that these shares of the gaps do not exceed; shares ascending, above 0.
    pub fn at_quantiles<const N: usize>(&self, quantiles: [f64; N]) -> [Span; N] {
        let count = self.count() as f64;
        let mut places = self.places().iter();
        let (mut sum, mut value) = (0u64, Span::ZERO);
        quantiles.map(|quantile| {
            let wanted = ((quantile.min(1.0) * count).ceil() as u64).max(1);
            while sum < wanted {
                let Some(place) = places.next() else { break };
                sum = sum.saturating_add(place.count);
                value = place.longest();
            }
            value
        })
    }

    /// Points of the distribution, `ticks` for each halving of the distance to the 100th percentile.
    pub fn quantile_points(&self, ticks: u32) -> Vec<QuantilePoint> {
        let count = self.count() as f64;
        let (mut points, mut sum, mut next) = (Vec::new(), 0u64, 0.0);
        let Some((last, others)) = self.places().split_last() else { return points };
        for place in others {
            sum = sum.saturating_add(place.count);
            let reached = sum as f64 / count;
            while reached >= next && next < 1.0 {
                points.push(QuantilePoint { value: place.longest(), quantile: next, count: sum });
                next = after(next, ticks);
            }
        }
        // The last place has the point that is next, and the end.
        sum = sum.saturating_add(last.count);
        let mut point = |quantile| points.push(QuantilePoint { value: last.longest(), quantile, count: sum });
        if next < 1.0 {
            point(next);
        }
        point(1.0);
        points
    }
}

/// The quantile after one below 1: its step is halved with each halving of the distance to 1.
fn after(quantile: f64, ticks: u32) -> f64 {
    let halvings = (1.0 / (1.0 - quantile)).log2() as u32;
    let steps = u64::from(ticks) << (halvings + 1);
    let sum = quantile + 1.0 / steps as f64;
    if sum == quantile { 1.0 } else { sum }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::GapHistogram;
    use proptest::prelude::*;

    const TICKS: u32 = 5;

    proptest! {
        #[test]
        fn figures_are_those_of_the_dense_histogram(
            lengths in prop::collection::vec((1u32..32, 0u64..1 << 31, 1u64..100_000), 1..300)
        ) {
            let mut gaps = GapHistogram::new();
            for (bits, millis, times) in lengths {
                gaps.record_n(Span::from_millis((millis % (1 << bits)).max(1)), times);
            }
            let (dense, packed) = (gaps.placed(), PackedHistogram::of(&gaps));
            let millis = Span::from_millis;
            let mean = packed.mean_millis();
            prop_assert_eq!(packed.count(), dense.len());
            prop_assert_eq!(mean.to_bits(), dense.mean().to_bits());
            prop_assert_eq!(packed.deviation_millis(mean).to_bits(), dense.stdev().to_bits());
            prop_assert_eq!(packed.max(), millis(dense.max()));
            let shares = [0.001, 0.25, 0.5, 0.9, 0.99, 0.999, 1.0];
            prop_assert_eq!(
                packed.at_quantiles(shares),
                shares.map(|share| millis(dense.value_at_quantile(share)))
            );
            let places: Vec<_> = packed.places().iter().map(|p| (p.longest(), p.middle(), p.count)).collect();
            let recorded: Vec<_> = dense
                .iter_recorded()
                .map(|step| {
                    let value = step.value_iterated_to();
                    (millis(value), millis(dense.median_equivalent(value)), step.count_at_value())
                })
                .collect();
            prop_assert_eq!(places, recorded);
            let mut count = 0;
            let points: Vec<_> = dense
                .iter_quantiles(TICKS)
                .map(|step| {
                    count += step.count_since_last_iteration();
                    let (value, quantile) = (millis(step.value_iterated_to()), step.quantile_iterated_to());
                    QuantilePoint { value, quantile, count }
                })
                .collect();
            prop_assert_eq!(packed.quantile_points(TICKS), points);
        }
    }
}
