//! How long silences last, what ended them, and where.

use super::super::page::{Align, Page, Rows};
use crate::report::assemble::tuning::shown::{banded, kinds};
use crate::report::assemble::tuning::words::{of_hundred, percent};
use crate::report::wording::{grouped, limit};
use crate::report::{GapHistogram, SurvivalPlot, Tuning};
use crate::time::Span;
use std::io;

/// Groups shown.
const GROUPS_SHOWN: usize = 12;

/// Kinds of segments named that ended gaps of a group.
const KINDS_NAMED: usize = 2;

/// Ages at which the survival curve is told.
const AGES: [u64; 14] = [15, 30, 60, 120, 240, 300, 600, 900, 1800, 3600, 7200, 14_400, 86_400, 604_800];

pub(super) fn survival(tuning: &Tuning, page: &mut Page<'_>) -> io::Result<()> {
    let plots: Vec<&SurvivalPlot> = tuning.curves.iter().filter(|plot| plot.followed > 0).collect();
    if plots.is_empty() {
        return Ok(());
    }
    page.heading(&format!(
        "How many of the silences of {} go on for longer, in % (Kaplan-Meier, {} band)",
        limit(tuning.basis.idle_from_s.0),
        percent(tuning.basis.confidence)
    ))?;
    let mut table = Rows::default();
    table.column("Longer than", Align::Right);
    for plot in &plots {
        table.column(plot.basis.clone(), Align::Right);
    }
    outlasting(&plots).into_iter().for_each(|row| table.row(row));
    if !table.is_empty() {
        page.table(2, table)?;
    }
    if let Some(any) = plots.iter().find(|plot| plot.basis == "any") {
        page.paragraph(2, &format!("Between any packets, {}.", any.limits))?;
    }
    Ok(())
}

/// A row for each age up to which any curve rests on enough silences; within a row of rows that say the same, the
/// first and the last.
fn outlasting(plots: &[&SurvivalPlot]) -> Vec<Vec<String>> {
    let firm = plots.iter().filter_map(|plot| plot.firm_until_s).map(|firm| firm.0).max();
    let ages = AGES.map(Span::from_secs).into_iter().filter(|age| firm.is_some_and(|firm| *age <= firm));
    let rows: Vec<(Span, Vec<String>)> =
        ages.map(|age| (age, plots.iter().map(|plot| share(plot, age)).collect())).collect();
    let shares = |at: Option<usize>| at.and_then(|at| rows.get(at)).map(|(_, shares)| shares);
    let told = rows.iter().enumerate().filter(|(at, (_, own))| {
        shares(at.checked_sub(1)) != Some(own) || shares(at.checked_add(1)) != Some(own)
    });
    told.map(|(_, (age, shares))| std::iter::once(limit(*age)).chain(shares.iter().cloned()).collect())
        .collect()
}

fn share(plot: &SurvivalPlot, age: Span) -> String {
    if plot.firm_until_s.is_none_or(|firm| firm.0 < age) {
        return "-".to_owned();
    }
    let next = plot.points.partition_point(|point| point.age_s.0 <= age);
    match next.checked_sub(1).and_then(|at| plot.points.get(at)) {
        None => of_hundred(1.0),
        Some(point) => banded(point.survival, point.low, point.high),
    }
}

pub(super) fn ends(tuning: &Tuning, page: &mut Page<'_>) -> io::Result<()> {
    let all = &tuning.distributions;
    let mut table = Rows::default();
    table.column("", Align::Left);
    for title in ["Number", "p50", "p90", "p99", "Max"] {
        table.column(title, Align::Right);
    }
    for (kind, histogram) in &all.gaps_by_end {
        row_of(&format!("gap that {kind} ended"), histogram, &mut table);
    }
    row_of("silence that lasts to the end", &all.open_gaps, &mut table);
    row_of("delay of the first probe", &all.first_probe_delays, &mut table);
    row_of("lifetime of a flow", &all.lifetimes, &mut table);
    if table.is_empty() {
        return Ok(());
    }
    page.heading("By what ended them, probes, and lifetimes from handshake to close")?;
    page.table(2, table)
}

fn row_of(name: &str, histogram: &GapHistogram, table: &mut Rows) {
    if let Some(p) = &histogram.percentiles {
        let mut cells = vec![name.to_owned(), grouped(histogram.count)];
        cells.extend([p.p50_s, p.p90_s, p.p99_s, p.max_s].map(|value| value.0.to_string()));
        table.row(cells);
    }
}

pub(super) fn groups(tuning: &Tuning, page: &mut Page<'_>) -> io::Result<()> {
    if tuning.groups.is_empty() {
        return Ok(());
    }
    page.heading(&format!(
        "By {} (gaps of at least a second; lifetime and first probe: p50)",
        tuning.grouped_by
    ))?;
    let mut table = Rows::default();
    table.column("Name", Align::Left);
    for title in ["Flows", "Gaps", "p50", "p99", "Max", "Lifetime", "Probe"] {
        table.column(title, Align::Right);
    }
    table.column("Gaps ended by", Align::Left);
    for group in tuning.groups.iter().take(GROUPS_SHOWN) {
        let all = &group.distributions;
        let of = |histogram: &GapHistogram,
                  value: fn(&crate::report::Percentiles) -> crate::report::Seconds| {
            histogram.percentiles.as_ref().map_or_else(|| "-".to_owned(), |p| value(p).0.to_string())
        };
        let gaps = &all.gaps.any;
        table.row(vec![
            group.name.clone(),
            grouped(group.flows),
            grouped(gaps.count),
            of(gaps, |p| p.p50_s),
            of(gaps, |p| p.p99_s),
            of(gaps, |p| p.max_s),
            of(&all.lifetimes, |p| p.p50_s),
            of(&all.first_probe_delays, |p| p.p50_s),
            kinds(&all.gaps_by_end, KINDS_NAMED),
        ]);
    }
    page.table(2, table)?;
    let more = tuning.groups_total.saturating_sub(GROUPS_SHOWN as u64);
    if more > 0 {
        page.paragraph(2, &format!("({} more)", grouped(more)))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::{CurvePoint, Seconds};

    /// A curve that falls at these ages, firm up to `firm`.
    fn plot(firm: Option<u64>, falls: &[(u64, f64)]) -> SurvivalPlot {
        let seconds = |seconds| Seconds(Span::from_secs(seconds));
        let point = |(age, survival): &(u64, f64)| CurvePoint {
            age_s: seconds(*age),
            survival: *survival,
            low: survival - 0.05,
            high: survival + 0.05,
            at_risk: 20,
        };
        SurvivalPlot {
            basis: "any".to_owned(),
            followed: 100,
            firm_until_s: firm.map(seconds),
            limits: String::new(),
            points: falls.iter().map(point).collect(),
        }
    }

    #[test]
    fn shares_are_told_as_far_as_a_curve_rests_on_enough_silences() {
        let (long, short) = (plot(Some(400), &[(45, 0.5), (500, 0.25)]), plot(Some(60), &[(45, 0.75)]));
        let ages = |plots: &[&SurvivalPlot]| {
            outlasting(plots).into_iter().map(|row| row.join(" | ")).collect::<Vec<_>>()
        };
        let expected = [
            "15s | 100 | 100",
            "30s | 100 | 100",
            "60s | 50 (45-55) | 75 (70-80)",
            "2m | 50 (45-55) | -",
            "5m | 50 (45-55) | -",
        ];
        assert_eq!(ages(&[&long, &short]), expected, "4m says what stands above and below it");
        assert_eq!(ages(&[&plot(None, &[(45, 0.5)])]), Vec::<String>::new());
    }
}
