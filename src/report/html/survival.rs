//! The share of silences that outlast an age, drawn: a curve with its band, and a line for each timeout.

use super::limits::{self, Limit, LimitMark};
use super::scale::{LengthAxis, Px, Size, Tick};
use super::tables::{self, Cell, Kind, Table};
use crate::report::assemble::tuning::words::percent;
use crate::report::text::distribution::{between, hops_on};
use crate::report::wording::{counted, limit};
use crate::report::{CurvePoint, Report, SurvivalPlot, Tuning};
use crate::time::Span;
use std::fmt::Write;

/// Height of the curve.
const PLOT: f64 = 200.0;

/// Room for percents at the left.
const LEFT: f64 = 44.0;

/// Room at the right: half a label.
const RIGHT: f64 = 20.0;

/// Ages told in the table; those of the timeouts come to them.
const AGES: [u64; 14] = [15, 30, 60, 120, 240, 300, 600, 900, 1800, 3600, 7200, 14_400, 86_400, 604_800];

/// A curve.
pub(super) struct SurvivalChart {
    pub id: String,
    pub title: String,
    pub description: String,
    pub drawings: Vec<Drawing>,
    pub table: Table,
}

/// One drawing of it.
pub(super) struct Drawing {
    pub class: &'static str,
    pub width: Px,
    pub height: Px,
    pub left: Px,
    pub right: Px,
    pub top: Px,
    pub base: Px,
    pub tick_y: Px,
    pub title_y: Px,
    pub middle: Px,
    pub band: String,
    pub curve: String,
    pub levels: Vec<Level>,
    pub ticks: Vec<Tick>,
    pub limits: Vec<LimitMark>,
    /// From where on nothing can be said.
    pub beyond: Option<(Px, Px)>,
}

/// A line across for a share.
pub(super) struct Level {
    pub y: Px,
    pub label: String,
}

/// A curve for each basis that a hop's timer counts, and for any packets.
pub(super) fn charts(report: &Report, tuning: &Tuning) -> Vec<SurvivalChart> {
    let asked = |plot: &&SurvivalPlot| plot.basis == "any" || !hops_on(report, &plot.basis).is_empty();
    tuning
        .curves
        .iter()
        .filter(|plot| plot.followed > 0 && !plot.points.is_empty())
        .filter(asked)
        .map(|plot| chart(report, tuning, plot))
        .collect()
}

fn chart(report: &Report, tuning: &Tuning, plot: &SurvivalPlot) -> SurvivalChart {
    let limits = limits_of(report, tuning, plot);
    let id = format!("survival-{}", plot.basis);
    SurvivalChart {
        title: format!("How long silences between {} last", between(&plot.basis)),
        description: format!(
            "{} of at least {} followed; the band holds {} of what is likely. {}.",
            counted(plot.followed, "silence"),
            limit(tuning.basis.idle_from_s.0),
            percent(tuning.basis.confidence),
            super::capitalised(plot.limits.trim_end_matches('.'))
        ),
        drawings: Size::BOTH.into_iter().map(|size| draw(size, tuning, plot, &limits)).collect(),
        table: table(&id, plot, &limits),
        id,
    }
}

/// Of the hops that count on this basis, and the recommended one.
fn limits_of(report: &Report, tuning: &Tuning, plot: &SurvivalPlot) -> Vec<Limit> {
    let outlasting = |length: Span| match share_at(plot, length) {
        Some(point) => format!(
            "; {} of silences last longer ({} to {})",
            percent(point.survival),
            percent(point.low),
            percent(point.high)
        ),
        None => String::new(),
    };
    let mut limits: Vec<Limit> = hops_on(report, &plot.basis)
        .into_iter()
        .map(|(hop, length)| {
            let name = tables::short(&hop.name);
            let title = format!("limit of {name}: {}{}", limit(length), outlasting(length));
            Limit { name, length, title, class: "limit", labelled: true }
        })
        .collect();
    let recommended = tuning.recommendation.timeout.as_ref().map(|timeout| timeout.timeout_s.0);
    if let Some(length) = recommended.filter(|_| plot.basis == "any") {
        limits.push(Limit {
            name: "set".to_owned(),
            length,
            title: format!("recommended timeout: {}{}", limit(length), outlasting(length)),
            class: "limit recommended",
            labelled: true,
        });
    }
    limits
}

/// The step of the curve that holds at `age`; `None`: before the first, or after the last one.
fn share_at(plot: &SurvivalPlot, age: Span) -> Option<&CurvePoint> {
    let last = plot.points.last()?;
    if last.age_s.0 < age && last.survival > 0.0 {
        return None;
    }
    let next = plot.points.partition_point(|point| point.age_s.0 <= age);
    plot.points.get(next.checked_sub(1)?)
}

fn table(id: &str, plot: &SurvivalPlot, limits: &[Limit]) -> Table {
    let mut table = Table::new(&format!("{id}-data"), "Share of silences that last longer");
    table.column("Longer than", Kind::Number);
    table.column("Share", Kind::Number);
    table.column("Band", Kind::Text);
    table.column("Followed so far", Kind::Number);
    let mut ages: Vec<Span> = AGES.map(Span::from_secs).to_vec();
    ages.extend(limits.iter().map(|limit| limit.length));
    ages.sort_unstable();
    ages.dedup();
    for age in ages {
        if let Some(point) = share_at(plot, age) {
            table.row(vec![
                Cell::keyed(limit(age), age.as_secs_f64()),
                Cell::keyed(percent(point.survival), point.survival),
                Cell::text(format!("{} to {}", percent(point.low), percent(point.high))),
                Cell::count(point.at_risk),
            ]);
        }
    }
    for of in limits {
        table.note(&of.title);
    }
    table
}

fn draw(size: Size, tuning: &Tuning, plot: &SurvivalPlot, limits: &[Limit]) -> Drawing {
    let width = size.width();
    let oldest = plot.points.last().map_or(Span::ZERO, |point| point.age_s.0);
    let longest = limits.iter().map(|limit| limit.length).max().unwrap_or(Span::ZERO);
    // Room beyond the last line, so that it is seen to be one.
    let beyond = Span::from_nanos(longest.as_nanos().saturating_add(longest.as_nanos() / 4));
    let from = tuning.basis.idle_from_s.0.max(Span::from_millis(1));
    let to = oldest.max(beyond).max(from.times(10));
    let axis = LengthAxis { from, to, left: LEFT, right: width - RIGHT };
    let (limits, labels) = limits::lines(&axis, limits, size);
    let top = 12.0 + labels;
    let base = top + PLOT;
    let y = |share: f64| base - share.clamp(0.0, 1.0) * PLOT;
    let firm = plot.firm_until_s.map_or(LEFT, |firm| axis.at(firm.0));
    Drawing {
        class: size.class(),
        width: Px(width),
        height: Px(base + 44.0),
        left: Px(LEFT),
        right: Px(width - RIGHT),
        top: Px(top),
        base: Px(base),
        tick_y: Px(base + 17.0),
        title_y: Px(base + 37.0),
        middle: Px((LEFT + width - RIGHT) / 2.0),
        band: band(&axis, &plot.points, y),
        curve: steps(&axis, &plot.points, |point| y(point.survival), y(1.0)).0,
        levels: [0.0, 0.25, 0.5, 0.75, 1.0]
            .into_iter()
            .map(|share| Level { y: Px(y(share)), label: percent(share) })
            .collect(),
        ticks: axis.ticks(),
        limits,
        beyond: (firm + 1.0 < width - RIGHT).then_some((Px(firm), Px(width - RIGHT - firm))),
    }
}

/// A line in steps, and where it ends. Steps that lie on the same spot are one: a curve of a million silences is as
/// short as its drawing is wide.
fn steps(
    axis: &LengthAxis,
    points: &[CurvePoint],
    y: impl Fn(&CurvePoint) -> f64,
    start: f64,
) -> (String, Vec<(f64, f64)>) {
    let mut corners: Vec<(f64, f64)> = vec![(axis.left, start)];
    for point in points {
        let (x, y) = (axis.at(point.age_s.0), y(point));
        match corners.last_mut() {
            Some(last) if x - last.0 < 0.5 => last.1 = y,
            _ => corners.push((x, y)),
        }
    }
    let mut path = format!("M{} {}", Px(axis.left), Px(start));
    for (x, y) in &corners {
        // Writing to a String cannot fail.
        let _ = write!(path, " H{} V{}", Px(*x), Px(*y));
    }
    (path, corners)
}

fn band(axis: &LengthAxis, points: &[CurvePoint], y: impl Fn(f64) -> f64) -> String {
    let (mut path, upper) = steps(axis, points, |point| y(point.high), y(1.0));
    let (_, lower) = steps(axis, points, |point| y(point.low), y(1.0));
    let Some(end) = upper.last() else { return path };
    let _ = write!(path, " H{}", Px(end.0));
    for at in (0..lower.len()).rev() {
        let _ = write!(path, " V{} H{}", Px(lower[at].1), Px(lower[at].0));
    }
    path.push_str(" Z");
    path
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::Seconds;

    fn point(age: u64, survival: f64) -> CurvePoint {
        CurvePoint {
            age_s: Seconds(Span::from_secs(age)),
            survival,
            low: survival - 0.05,
            high: survival + 0.05,
            at_risk: 100,
        }
    }

    fn plot(points: Vec<CurvePoint>) -> SurvivalPlot {
        SurvivalPlot {
            basis: "any".to_owned(),
            followed: 100,
            firm_until_s: None,
            limits: String::new(),
            points,
        }
    }

    #[test]
    fn the_curve_steps_down_where_silences_end() {
        let axis = LengthAxis { from: Span::from_secs(1), to: Span::from_secs(100), left: 0.0, right: 200.0 };
        let (path, _) = steps(&axis, &[point(10, 0.5), point(100, 0.0)], |p| 100.0 - p.survival * 100.0, 0.0);
        assert_eq!(path, "M0 0 H0 V0 H100 V50 H200 V100");
    }

    #[test]
    fn a_curve_of_many_silences_is_no_longer_than_its_drawing() {
        let points: Vec<_> = (1..100_000).map(|age| point(age, 1.0 - age as f64 / 100_000.0)).collect();
        let axis =
            LengthAxis { from: Span::from_secs(1), to: Span::from_secs(100_000), left: 0.0, right: 900.0 };
        assert!(steps(&axis, &points, |p| p.survival, 0.0).0.len() < 40_000);
    }

    #[test]
    fn a_share_is_told_only_where_the_curve_is() {
        let plot = plot(vec![point(20, 0.5), point(60, 0.25)]);
        assert_eq!(share_at(&plot, Span::from_secs(10)), None);
        assert_eq!(share_at(&plot, Span::from_secs(59)).map(|point| point.survival), Some(0.5));
        assert_eq!(share_at(&plot, Span::from_secs(60)).map(|point| point.survival), Some(0.25));
        assert_eq!(share_at(&plot, Span::from_secs(61)), None, "the curve ends above zero");
    }
}
