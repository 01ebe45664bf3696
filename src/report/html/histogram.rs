//! How long the gaps were, drawn: a bar for each range of lengths, a line for each limit.

use super::limits::{self, Limit, LimitMark, SUPPOSED};
use super::scale::{LengthAxis, Px, Size, Tick, width_of};
use super::tables::{self, Cell, Kind, Table};
use crate::report::text::distribution::{DETAIL_FROM, HELD_UP_TO, between, hops_on};
use crate::report::wording::{counted, grouped, limit};
use crate::report::{GapHistogram, RefreshWord, Report, SurveyRow};
use crate::time::Span;

/// Height of the bars.
const PLOT: f64 = 190.0;

/// Room for numbers at the left.
const LEFT: f64 = 44.0;

/// Room at the right: half a label.
const RIGHT: f64 = 16.0;

/// The bar of short gaps, which stands before the axis.
const SHORT: f64 = 46.0;

/// Limits of the survey that get a label; of the others there is the table.
const SURVEY_LABELS: usize = 8;

/// Gaps on one basis.
pub(super) struct GapChart {
    pub id: String,
    pub title: String,
    /// For those who do not see the drawing, and below it for those who do.
    pub description: String,
    pub drawings: Vec<Drawing>,
    pub table: Table,
}

/// One drawing of a chart.
pub(super) struct Drawing {
    pub class: &'static str,
    pub width: Px,
    pub height: Px,
    pub left: Px,
    pub right: Px,
    pub base: Px,
    pub tick_y: Px,
    pub title_y: Px,
    pub middle: Px,
    pub bars: Vec<BarMark>,
    pub ticks: Vec<Tick>,
    pub levels: Vec<Level>,
    pub limits: Vec<LimitMark>,
}

pub(super) struct BarMark {
    pub class: &'static str,
    pub x: Px,
    pub y: Px,
    pub width: Px,
    pub height: Px,
    pub middle: Px,
    pub count: u64,
    pub title: String,
    /// The count, where there is room for it.
    pub label: Option<String>,
    pub label_y: Px,
}

/// A line across for a number of gaps.
pub(super) struct Level {
    pub y: Px,
    pub label: String,
}

/// Gaps of at least `from` and less than `to`.
struct Range {
    from: Span,
    to: Option<Span>,
    count: u64,
}

impl Range {
    fn text(&self) -> String {
        match self.to {
            _ if self.from == Span::ZERO => format!("shorter than {}", limit(DETAIL_FROM)),
            Some(to) => format!("{} to {}", limit(self.from), limit(to)),
            None => format!("longer than {}", limit(self.from)),
        }
    }
}

/// A chart for each basis that a hop's timer counts; of any packets when there is none.
pub(super) fn charts(report: &Report) -> Vec<GapChart> {
    report
        .histograms
        .by_basis()
        .into_iter()
        .filter(|(basis, histogram)| {
            let asked =
                !hops_on(report, basis).is_empty() || (*basis == "any" && report.path.hops.is_empty());
            asked && histogram.all() > 0
        })
        .map(|(basis, histogram)| chart(report, basis, histogram))
        .collect()
}

fn chart(report: &Report, basis: &str, histogram: &GapHistogram) -> GapChart {
    let limits = limits_of(report, basis, histogram);
    let ranges = ranges(histogram);
    let id = format!("gaps-{basis}");
    GapChart {
        title: format!("Gaps between {}", between(basis)),
        description: description(histogram, &limits),
        drawings: Size::BOTH.into_iter().map(|size| draw(size, &ranges, &limits)).collect(),
        table: table(&id, &ranges, &limits),
        id,
    }
}

fn limits_of(report: &Report, basis: &str, histogram: &GapHistogram) -> Vec<Limit> {
    if report.path.hops.is_empty() {
        return survey(report);
    }
    hops_on(report, basis)
        .into_iter()
        .map(|(hop, length)| {
            let each_way = match hop.refresh {
                RefreshWord::PayloadPerDirection => ", each way by itself",
                _ => "",
            };
            let longer = counted(longer_than(histogram, length), "gap");
            let name = tables::short(&hop.name);
            Limit {
                title: format!("limit of {name}: {}{each_way}; {longer} at least as long", limit(length)),
                name,
                length,
                class: "limit",
                labelled: true,
            }
        })
        .collect()
}

fn survey(report: &Report) -> Vec<Limit> {
    let any = || report.survey.iter().filter(|row| row.refresh == RefreshWord::Any);
    let telling = |row: &SurveyRow| row.used_again > 0 || row.left_behind > 0 || row.saved_by_keepalive > 0;
    let mut labelled: Vec<_> =
        any().filter(|row| telling(row)).map(|row| row.limit_s).take(SURVEY_LABELS).collect();
    if labelled.is_empty() {
        // The shortest ones show how far away the first box is.
        labelled.extend(any().map(|row| row.limit_s).take(3));
    }
    any()
        .map(|row| Limit {
            name: String::new(),
            length: row.limit_s.0,
            title: format!("{}: {}", limit(row.limit_s.0), row.boxes.join(", ")),
            class: SUPPOSED,
            labelled: labelled.contains(&row.limit_s),
        })
        .collect()
}

/// Gaps of at least `length`, which is an edge of the buckets.
fn longer_than(histogram: &GapHistogram, length: Span) -> u64 {
    let buckets =
        histogram.buckets.iter().filter(|bucket| bucket.from_s.0 >= length).map(|bucket| bucket.count);
    buckets.fold(histogram.overflow, u64::saturating_add)
}

fn description(histogram: &GapHistogram, limits: &[Limit]) -> String {
    let mut text = format!("{} that ended", counted(histogram.all(), "gap"));
    if let Some(percentiles) = &histogram.percentiles {
        let longest = match histogram.overflow {
            0 => percentiles.max_s.0.to_string(),
            _ => "over 30d".to_owned(),
        };
        text.push_str(&format!(", the longest {longest}"));
    }
    for hop in limits.iter().filter(|limit| limit.class != SUPPOSED) {
        let longer = match longer_than(histogram, hop.length) {
            0 => "none".to_owned(),
            longer => grouped(longer),
        };
        text.push_str(&format!("; {longer} as long as {}'s {}", hop.name, limit(hop.length)));
    }
    text.push('.');
    text
}

/// Lengths of at least a second one by one, all shorter ones together.
fn ranges(histogram: &GapHistogram) -> Vec<Range> {
    let mut short = histogram.below_range.unwrap_or(0);
    let mut ranges = Vec::new();
    for bucket in &histogram.buckets {
        if bucket.to_s.0 <= DETAIL_FROM {
            short = short.saturating_add(bucket.count);
        } else {
            ranges.push(Range { from: bucket.from_s.0, to: Some(bucket.to_s.0), count: bucket.count });
        }
    }
    if histogram.overflow > 0 {
        ranges.push(Range { from: HELD_UP_TO, to: None, count: histogram.overflow });
    }
    ranges.insert(0, Range { from: Span::ZERO, to: Some(DETAIL_FROM), count: short });
    ranges
}

fn table(id: &str, ranges: &[Range], limits: &[Limit]) -> Table {
    let mut table = Table::new(&format!("{id}-data"), "Gaps by length");
    table.column("Length", Kind::Text);
    table.column("Gaps", Kind::Number);
    for range in ranges.iter().filter(|range| range.count > 0) {
        table.row(vec![Cell::keyed(range.text(), range.from.as_secs_f64()), Cell::count(range.count)]);
    }
    for hop in limits.iter().filter(|limit| limit.class != SUPPOSED) {
        table.note(&hop.title);
    }
    table
}

/// Logarithmic, so that one gap in a million is still seen: no gap is 0, one is at least a tenth.
fn height(count: u64, most: u64) -> f64 {
    if count == 0 {
        return 0.0;
    }
    ((count as f64).ln() + 1.0) / ((most.max(10) as f64).ln() + 1.0) * PLOT
}

fn draw(size: Size, ranges: &[Range], limits: &[Limit]) -> Drawing {
    let width = size.width();
    let longest = ranges.iter().map(|range| range.to.unwrap_or(range.from)).max().unwrap_or(DETAIL_FROM);
    let shown = limits.iter().filter(|limit| limit.labelled).map(|limit| limit.length).max();
    // Room beyond the last line, so that it is seen to be one.
    let beyond = |length: Span| Span::from_nanos(length.as_nanos().saturating_add(length.as_nanos() / 4));
    let to = longest.max(shown.map_or(Span::ZERO, beyond)).max(Span::from_secs(30));
    let axis = LengthAxis { from: DETAIL_FROM, to, left: LEFT + SHORT, right: width - RIGHT };
    let (marks, labels) = limits::lines(&axis, limits, size);
    let top = 20.0 + labels;
    let base = top + PLOT;
    let most = ranges.iter().map(|range| range.count).max().unwrap_or(0);
    let shortest_limit =
        limits.iter().filter(|limit| limit.class != SUPPOSED).map(|limit| limit.length).min();
    let bars = ranges.iter().filter(|range| range.count > 0).map(|range| {
        let (left, right) = match range.to {
            _ if range.from == Span::ZERO => (LEFT + 2.0, LEFT + SHORT - 6.0),
            Some(to) => (axis.at(range.from), axis.at(to)),
            None => (axis.at(range.from) - 8.0, axis.at(range.from)),
        };
        let tall = height(range.count, most);
        let text = grouped(range.count);
        let past = shortest_limit.is_some_and(|limit| range.from >= limit);
        BarMark {
            class: if past { "bar past" } else { "bar" },
            x: Px(left + 0.5),
            y: Px(base - tall),
            width: Px((right - left - 1.0).max(1.5)),
            height: Px(tall),
            middle: Px((left + right) / 2.0),
            count: range.count,
            title: format!("{}: {}", range.text(), counted(range.count, "gap")),
            label: (width_of(&text) <= right - left + 6.0).then_some(text),
            label_y: Px(base - tall - 5.0),
        }
    });
    let levels = (0..20)
        .map(|power| 10u64.saturating_pow(power))
        .take_while(|level| *level <= most.max(10))
        .map(|level| Level { y: Px(base - height(level, most)), label: grouped_short(level) });
    let mut ticks = axis.ticks();
    ticks.insert(0, Tick { x: Px(LEFT + SHORT / 2.0 - 2.0), label: format!("< {}", limit(DETAIL_FROM)) });
    if ticks.get(1).is_some_and(|second| second.x.0 - ticks[0].x.0 < 40.0) {
        ticks.remove(1);
    }
    Drawing {
        class: size.class(),
        width: Px(width),
        height: Px(base + 44.0),
        left: Px(LEFT),
        right: Px(width - RIGHT),
        base: Px(base),
        tick_y: Px(base + 17.0),
        title_y: Px(base + 37.0),
        middle: Px((LEFT + width - RIGHT) / 2.0),
        bars: bars.collect(),
        ticks,
        levels: levels.collect(),
        limits: marks,
    }
}

/// `10k` for the numbers at the left.
fn grouped_short(count: u64) -> String {
    match count {
        1_000_000_000.. => format!("{}G", count / 1_000_000_000),
        1_000_000.. => format!("{}M", count / 1_000_000),
        1_000.. => format!("{}k", count / 1_000),
        _ => count.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::samples;

    #[test]
    fn bars_hold_every_gap_and_lines_stand_between_them() {
        let report = samples::cut_behind_three_hops();
        let [chart] = charts(&report).try_into().ok().unwrap();
        for drawing in &chart.drawings {
            let drawn: u64 = drawing.bars.iter().map(|bar| bar.count).sum();
            assert_eq!(drawn, report.histograms.any.all());
            let labels: Vec<&str> = drawing.limits.iter().map(|limit| limit.label.as_str()).collect();
            assert_eq!(labels, ["lb 40m", "mdm 50m", "firewall 1h"]);
            let past: u64 =
                drawing.bars.iter().filter(|bar| bar.class == "bar past").map(|bar| bar.count).sum();
            assert_eq!(past, 6, "2700 s twice, 3300 s once, 7380 s three times");
            let line = drawing.limits[0].x.0;
            for bar in &drawing.bars {
                assert_eq!(bar.x.0 >= line - 0.6, bar.class == "bar past", "{}", bar.title);
                assert!(bar.x.0 + bar.width.0 <= drawing.width.0 && bar.y.0 > 0.0, "{}", bar.title);
            }
        }
        assert!(chart.description.contains("6 as long as lb's 40m"), "{}", chart.description);
    }

    #[test]
    fn without_hops_the_limits_of_known_boxes_are_drawn() {
        let report = samples::survey();
        let [chart] = charts(&report).try_into().ok().unwrap();
        let limits = &chart.drawings[0].limits;
        assert!(!limits.is_empty() && limits.iter().all(|limit| limit.class == "limit supposed"));
        assert!(limits.iter().any(|limit| !limit.label.is_empty()));
    }

    #[test]
    fn a_single_gap_is_seen_beside_a_million() {
        assert!(height(1, 1_000_000) > 10.0);
        assert!((height(1_000_000, 1_000_000) - PLOT).abs() < 1e-9);
        assert_eq!(height(0, 1_000_000), 0.0);
    }
}
