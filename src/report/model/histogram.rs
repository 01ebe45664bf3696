//! Distribution of ended gaps, as plain data.

use super::Seconds;
use crate::stats::PackedHistogram;
use crate::time::Span;
use schemars::JsonSchema;
use serde::Serialize;

/// Edges of the buckets, in seconds: about three a decade, at lengths that people say. Decades of two
/// steps would hide the difference between 4 minutes and 10, where most limits lie.
const EDGES_MS: [u64; 26] = [
    1,
    3,
    10,
    30,
    100,
    300,
    1_000,
    3_000,
    10_000,
    30_000,
    60_000,
    120_000,
    300_000,
    600_000,
    1_200_000,
    1_800_000,
    3_600_000,
    7_200_000,
    14_400_000,
    28_800_000,
    86_400_000,
    172_800_000,
    345_600_000,
    691_200_000,
    1_382_400_000,
    2_592_000_000,
];

/// Steps of the `.hgrm` page per halving of the distance to the 100th percentile: what the plotters'
/// own examples use.
const QUANTILE_TICKS: u32 = 5;

/// Gaps by the basis on which they are measured.
#[derive(Clone, PartialEq, Debug, Default, Serialize, JsonSchema)]
pub struct GapHistograms {
    /// Between any packets.
    pub any: GapHistogram,
    /// Between new payload of either side.
    pub payload: GapHistogram,
    /// Between packets of the initiator.
    pub initiator: GapHistogram,
    /// Between packets of the responder.
    pub responder: GapHistogram,
}

impl GapHistograms {
    /// All, with the word of their basis.
    pub fn by_basis(&self) -> [(&'static str, &GapHistogram); 4] {
        [
            ("any", &self.any),
            ("payload", &self.payload),
            ("initiator", &self.initiator),
            ("responder", &self.responder),
        ]
    }
}

/// Distribution of ended gaps on one basis. Values have three significant digits.
#[derive(Clone, PartialEq, Debug, Default, Serialize, JsonSchema)]
pub struct GapHistogram {
    /// Gaps from 1 ms to 30 days: those of the percentiles and buckets.
    pub count: u64,
    /// Shorter gaps, counted only; null: shorter ones than a second were not counted.
    pub below_range: Option<u64>,
    /// Longer gaps, counted only.
    pub overflow: u64,
    /// Null when `count` is 0.
    pub mean_s: Option<Seconds>,
    /// Standard deviation; null when `count` is 0.
    pub deviation_s: Option<Seconds>,
    /// Null when `count` is 0.
    pub percentiles: Option<Percentiles>,
    /// Counts on a logarithmic axis, which has an edge at every limit of the path. Without the empty
    /// buckets at both ends.
    pub buckets: Vec<Bucket>,
    /// Steps of the `.hgrm` page.
    #[serde(skip)]
    pub steps: Vec<QuantileStep>,
}

/// Lengths that a share of the gaps does not exceed.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, JsonSchema)]
pub struct Percentiles {
    /// Half of them.
    pub p50_s: Seconds,
    /// 90 %.
    pub p90_s: Seconds,
    /// 99 %.
    pub p99_s: Seconds,
    /// 99.9 %.
    pub p99_9_s: Seconds,
    /// All of them.
    pub max_s: Seconds,
}

/// Gaps of at least `from_s` and less than `to_s`.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, JsonSchema)]
pub struct Bucket {
    /// Shortest.
    pub from_s: Seconds,
    /// Where the next bucket begins.
    pub to_s: Seconds,
    /// How many.
    pub count: u64,
}

/// One line of the `.hgrm` page.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
pub struct QuantileStep {
    /// Length of the gap.
    pub value: Span,
    /// Share of gaps not longer, 0 to 1.
    pub quantile: f64,
    /// Gaps not longer.
    pub count: u64,
}

/// Which gaps a histogram was told of.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(in crate::report) enum Told {
    /// All.
    All,
    /// Those of at least a second.
    FromOneSecond,
}

impl GapHistogram {
    /// Takes the distribution of `gaps`. `longest` is the exact length of the longest of them, when known.
    /// `limits` become edges of buckets.
    pub(in crate::report) fn of(
        gaps: &PackedHistogram,
        told: Told,
        longest: Option<Span>,
        limits: &[Span],
    ) -> Self {
        let (below, overflow) = gaps.outside();
        let longest = longest.filter(|_| overflow == 0);
        let below_range = (told == Told::All).then_some(below);
        let mut page = GapHistogram { count: gaps.count(), below_range, overflow, ..Self::default() };
        if page.count == 0 {
            return page;
        }
        // A histogram answers with the highest value of a slot, which may lie above the longest gap.
        let at = |value: Span| Seconds(longest.map_or(value, |longest| value.min(longest)));
        let [p50_s, p90_s, p99_s, p99_9_s] = gaps.at_quantiles([0.5, 0.9, 0.99, 0.999]).map(at);
        let fractional = |millis: f64| Seconds(Span::from_nanos((millis * 1e6) as u64));
        let mean = gaps.mean_millis();
        page.mean_s = Some(fractional(mean));
        page.deviation_s = Some(fractional(gaps.deviation_millis(mean)));
        page.percentiles = Some(Percentiles {
            p50_s,
            p90_s,
            p99_s,
            p99_9_s,
            max_s: Seconds(longest.unwrap_or_else(|| gaps.max())),
        });
        page.buckets = buckets(gaps, limits);
        page.steps = gaps
            .quantile_points(QUANTILE_TICKS)
            .into_iter()
            .map(|point| QuantileStep { value: point.value, quantile: point.quantile, count: point.count })
            .collect();
        page
    }

    /// Gaps of any length.
    pub fn all(&self) -> u64 {
        self.count.saturating_add(self.below_range.unwrap_or(0)).saturating_add(self.overflow)
    }
}

/// Every slot goes to the bucket of its middle: as exact as the slots are.
fn buckets(gaps: &PackedHistogram, limits: &[Span]) -> Vec<Bucket> {
    let standard = EDGES_MS.iter().map(|millis| Span::from_millis(*millis));
    let range = Span::from_millis(EDGES_MS[0])..=Span::from_millis(EDGES_MS[EDGES_MS.len() - 1]);
    let mut edges: Vec<Span> =
        standard.chain(limits.iter().copied().filter(|limit| range.contains(limit))).collect();
    edges.sort_unstable();
    edges.dedup();
    let mut buckets: Vec<Bucket> = edges
        .windows(2)
        .map(|pair| Bucket { from_s: pair[0].into(), to_s: pair[1].into(), count: 0 })
        .collect();
    for slot in gaps.places() {
        let value = slot.middle();
        let at = buckets.partition_point(|bucket| bucket.to_s.0 <= value).min(buckets.len() - 1);
        buckets[at].count = buckets[at].count.saturating_add(slot.count);
    }
    let first = buckets.iter().position(|bucket| bucket.count > 0).unwrap_or(0);
    let last = buckets.iter().rposition(|bucket| bucket.count > 0).map_or(0, |last| last + 1);
    buckets.drain(..first.min(last)).for_each(drop);
    buckets.truncate(last - first.min(last));
    buckets
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats;

    fn page(seconds: &[u64], longest: Option<Span>, limits: &[Span]) -> GapHistogram {
        let mut gaps = stats::GapHistogram::new();
        for length in seconds {
            gaps.record_n(Span::from_secs(*length), 1);
        }
        GapHistogram::of(&PackedHistogram::of(&gaps), Told::All, longest, limits)
    }

    #[test]
    fn buckets_hold_every_gap_once() {
        let gaps: Vec<u64> = (1..=5000).collect();
        let page = page(&gaps, None, &[Span::from_secs(350)]);
        assert_eq!(page.buckets.iter().map(|bucket| bucket.count).sum::<u64>(), 5000);
        assert_eq!(page.steps.last().map(|step| step.count), Some(5000));
    }

    #[test]
    fn a_limit_of_the_path_is_an_edge() {
        let limit = Span::from_secs(350);
        let page = page(&[340, 345, 360, 370, 380], None, &[limit]);
        let counts: Vec<_> =
            page.buckets.iter().map(|b| (b.from_s.0.as_secs(), b.to_s.0.as_secs(), b.count)).collect();
        assert_eq!(counts, [(300, 350, 2), (350, 600, 3)]);
    }

    #[test]
    fn no_percentile_exceeds_the_longest_gap() {
        let longest = Span::from_secs(5000);
        let page = page(&[10, 5000], Some(longest), &[]);
        let percentiles = page.percentiles.unwrap();
        assert_eq!(percentiles.max_s.0, longest);
        assert_eq!(percentiles.p99_9_s.0, longest);
    }

    #[test]
    fn an_empty_histogram_still_counts_what_it_could_not_hold() {
        let mut gaps = stats::GapHistogram::new();
        gaps.record_n(Span::from_nanos(1), 7);
        gaps.record_n(stats::LONGEST + Span::from_secs(1), 1);
        let page = GapHistogram::of(&PackedHistogram::of(&gaps), Told::All, None, &[]);
        assert_eq!((page.count, page.all(), page.percentiles), (0, 8, None));
        assert_eq!(
            GapHistogram::of(&PackedHistogram::of(&gaps), Told::FromOneSecond, None, &[]).below_range,
            None
        );
        assert!(page.buckets.is_empty() && page.steps.is_empty());
    }

    #[test]
    fn buckets_end_where_the_gaps_end() {
        let page = page(&[2_591_999], None, &[]);
        assert_eq!(page.buckets.len(), 1);
        assert_eq!(page.buckets[0].count, 1);
    }
}
