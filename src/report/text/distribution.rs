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

/// Shorter gaps matter to no hop: one bar tells them all.
const DETAIL_FROM: Span = Span::from_secs(1);

pub(super) fn write(report: &Report, page: &mut Page<'_>) -> io::Result<()> {
    let bases = report.histograms.by_basis();
    if bases.iter().all(|(_, histogram)| histogram.all() == 0) {
        return Ok(());
    }
    page.heading("Gaps (ended ones; a silence that lasts to the end is not among them)")?;
    page.table(percentiles(report))?;
    for (basis, histogram) in bases {
        let hops = hops_on(report, basis);
        let wanted = if basis == "any" { hops.len() == report.path.hops.len() } else { false };
        if (wanted || !hops.is_empty()) && histogram.all() > 0 {
            page.blank()?;
            page.paragraph(2, &format!("{}, bars on a logarithmic scale:", between(basis)))?;
            bars(histogram, &hops, page)?;
        }
    }
    Ok(())
}

/// Hops with a limit, whose timer is restarted on this basis, the shortest limit first.
fn hops_on<'r>(report: &'r Report, basis: &str) -> Vec<(&'r PathHop, Span)> {
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

fn between(basis: &str) -> &'static str {
    match basis {
        "payload" => "Between new payload",
        "initiator" => "Between packets of the initiator",
        "responder" => "Between packets of the responder",
        _ => "Between any packets",
    }
}

fn percentiles(report: &Report) -> Rows {
    let mut table = Rows::default();
    table.column("", Align::Left);
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
        cells.push(grouped(histogram.below_range));
        table.row(cells);
    }
    table
}

fn bars(histogram: &GapHistogram, hops: &[(&PathHop, Span)], page: &mut Page<'_>) -> io::Result<()> {
    let mut short = histogram.below_range;
    let mut rows: Vec<(Span, String, u64)> = Vec::new();
    for bucket in &histogram.buckets {
        if bucket.to_s.0 <= DETAIL_FROM {
            short = short.saturating_add(bucket.count);
        } else {
            let range = format!("{:>7} - {}", limit(bucket.from_s.0), limit(bucket.to_s.0));
            rows.push((bucket.from_s.0, range, bucket.count));
        }
    }
    if short > 0 {
        rows.insert(0, (Span::ZERO, format!("{:>7}   {}", "under", limit(DETAIL_FROM)), short));
    }
    if histogram.overflow > 0 {
        rows.push((Span::from_secs(30 * 86_400), format!("{:>7}   30d", "over"), histogram.overflow));
    }
    let most = rows.iter().map(|(_, _, count)| *count).max().unwrap_or(0);
    let width = BAR_WIDTH.min(page.width().saturating_sub(BESIDE_BAR)).max(5);
    let mut marks = hops.iter().peekable();
    for (from, range, count) in &rows {
        while let Some((hop, length)) = marks.next_if(|(_, length)| length <= from) {
            mark(hop, *length, page)?;
        }
        let bar = "#".repeat(bar_length(*count, most, width));
        page.verbatim(2, format!("{range:<17}  {bar:<width$}  {}", grouped(*count)).trim_end())?;
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
