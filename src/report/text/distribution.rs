//! How long the gaps were: percentiles by basis, and bars with the limits of the path between them.

use super::page::{Align, Page, Rows};
use crate::report::wording::{grouped, limit};
use crate::report::{GapHistogram, PathHop, RefreshWord, Report};
use crate::time::Span;
use std::io;

/// Longest bar.
const BAR_WIDTH: usize = 50;

/// Columns that a bar's range and count take.
const BESIDE_BAR: usize = 34;

/// Longest gap that a histogram holds.
pub(in crate::report) const HELD_UP_TO: Span = Span::from_secs(30 * 86_400);

/// Shorter gaps matter to no hop: one bar tells them all.
pub(in crate::report) const DETAIL_FROM: Span = Span::from_secs(1);

pub(super) fn write(report: &Report, page: &mut Page<'_>) -> io::Result<()> {
    let bases = report.histograms.by_basis();
    if bases.iter().all(|(_, histogram)| histogram.all() == 0) {
        return Ok(());
    }
    page.heading("Gaps (ended ones; a silence that lasts to the end is not among them)")?;
    page.table(2, percentiles(report))?;
    for (basis, histogram) in bases {
        let hops = hops_on(report, basis);
        let shown = !hops.is_empty() || (basis == "any" && report.path.hops.is_empty());
        if shown && histogram.all() > 0 {
            page.blank()?;
            page.paragraph(2, &format!("Between {}, bars on a logarithmic scale:", between(basis)))?;
            bars(histogram, &hops, page)?;
        }
    }
    Ok(())
}

/// Hops with a limit, whose timer is restarted on this basis, the shortest limit first.
pub(in crate::report) fn hops_on<'r>(report: &'r Report, basis: &str) -> Vec<(&'r PathHop, Span)> {
    let on_basis = |refresh: RefreshWord| match refresh {
        RefreshWord::Any => basis == "any",
        // Of one direction alone there is no histogram: its gaps are no shorter than those of both.
        RefreshWord::Payload | RefreshWord::PayloadPerDirection => basis == "payload",
        RefreshWord::Initiator => basis == "initiator",
        RefreshWord::Responder => basis == "responder",
    };
    let mut hops: Vec<(&PathHop, Span)> = report
        .path
        .hops
        .iter()
        .filter(|hop| on_basis(hop.refresh))
        .filter_map(|hop| Some((hop, hop.established_s?.0)))
        .collect();
    hops.sort_by_key(|(_, length)| *length);
    hops
}

pub(in crate::report) fn between(basis: &str) -> &'static str {
    match basis {
        "payload" => "new payload",
        "initiator" => "initiator's packets",
        "responder" => "responder's packets",
        _ => "any packets",
    }
}

fn percentiles(report: &Report) -> Rows {
    let mut table = Rows::default();
    table.column("Between", Align::Left);
    for title in ["Gaps", "p50", "p90", "p99", "p99.9", "Max", "Under 1ms"] {
        table.column(title, Align::Right);
    }
    for (basis, histogram) in report.histograms.by_basis() {
        let mut cells = vec![between(basis).to_owned(), grouped(histogram.count)];
        match &histogram.percentiles {
            Some(p) => {
                cells.extend([p.p50_s, p.p90_s, p.p99_s, p.p99_9_s].map(|value| value.0.to_string()));
                cells.push(if histogram.overflow > 0 { "> 30d".to_owned() } else { p.max_s.0.to_string() });
            }
            None => cells.extend(["-"; 5].map(str::to_owned)),
        }
        cells.push(histogram.below_range.map_or_else(|| "-".to_owned(), grouped));
        table.row(cells);
    }
    table
}

/// A row of the sketch: gaps of at least `from` and less than `to`.
struct Bar {
    from: Span,
    to: Option<Span>,
    count: u64,
}

/// The rows: all short gaps in one, and runs of empty ones too unless a limit lies between.
fn rows(histogram: &GapHistogram, hops: &[(&PathHop, Span)]) -> Vec<Bar> {
    let is_limit = |edge: Span| hops.iter().any(|(_, length)| *length == edge);
    let mut short = histogram.below_range.unwrap_or(0);
    let mut rows: Vec<Bar> = Vec::new();
    for bucket in &histogram.buckets {
        let (from, to) = (bucket.from_s.0, bucket.to_s.0);
        match rows.last_mut() {
            _ if to <= DETAIL_FROM => short = short.saturating_add(bucket.count),
            Some(last) if last.count == 0 && bucket.count == 0 && !is_limit(from) => last.to = Some(to),
            _ => rows.push(Bar { from, to: Some(to), count: bucket.count }),
        }
    }
    if short > 0 {
        rows.insert(0, Bar { from: Span::ZERO, to: Some(DETAIL_FROM), count: short });
    }
    if histogram.overflow > 0 {
        rows.push(Bar { from: HELD_UP_TO, to: None, count: histogram.overflow });
    }
    rows
}

fn bars(histogram: &GapHistogram, hops: &[(&PathHop, Span)], page: &mut Page<'_>) -> io::Result<()> {
    let rows = rows(histogram, hops);
    let most = rows.iter().map(|row| row.count).max().unwrap_or(0);
    let width = BAR_WIDTH.min(page.width().saturating_sub(BESIDE_BAR)).max(5);
    let mut marks = hops.iter().peekable();
    for row in &rows {
        while let Some((hop, length)) = marks.next_if(|(_, length)| *length <= row.from) {
            mark(hop, *length, page)?;
        }
        let range = match row.to {
            Some(to) => format!("{:>7} - {}", limit(row.from), limit(to)),
            None => format!("{:>7}", format!("> {}", limit(row.from))),
        };
        let bar = "#".repeat(bar_length(row.count, most, width));
        page.verbatim(2, format!("{range:<17}  {bar:<width$}  {}", grouped(row.count)).trim_end())?;
    }
    for (hop, length) in marks {
        mark(hop, *length, page)?;
    }
    Ok(())
}

fn mark(hop: &PathHop, length: Span, page: &mut Page<'_>) -> io::Result<()> {
    let each_way = match hop.refresh {
        RefreshWord::PayloadPerDirection => " (each way by itself)",
        _ => "",
    };
    page.verbatim(2, &format!("{:>7} ---------- limit of {}{each_way}", limit(length), hop.name))
}

/// Logarithmic, so that one gap in a million is still seen; at least one mark for anything.
fn bar_length(count: u64, most: u64, width: usize) -> usize {
    if count == 0 || most == 0 {
        return 0;
    }
    let share = ((count as f64).ln() + 1.0) / ((most as f64).ln() + 1.0);
    ((share * width as f64).round() as usize).clamp(1, width)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_single_gap_is_seen_beside_a_million() {
        assert_eq!(bar_length(1_000_000, 1_000_000, 50), 50);
        assert!(bar_length(1, 1_000_000, 50) >= 1);
        assert_eq!(bar_length(0, 1_000_000, 50), 0);
        assert!(bar_length(1_000, 1_000_000, 50) > bar_length(100, 1_000_000, 50));
    }
}
