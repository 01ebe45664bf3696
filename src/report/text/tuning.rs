//! The page of `idlescope tune`: what to set and its price first, then what it rests on.

use super::page::{Align, Page, Rows, Tone};
use super::path::restarted_by;
use super::{distribution, intake};
use crate::report::assemble::tuning::words::{amount, percent, rate};
use crate::report::wording::{counted, grouped, limit, listed};
use crate::report::{
    GapHistogram, KeepaliveRow, RefreshWord, Report, SavedBehind, SurvivalPlot, TimeoutRow, Tuning,
};
use crate::time::Span;
use std::io;

/// Rows of one table of timeouts at the most: what fits on a screen. The document has all.
const TIMEOUTS_SHOWN: usize = 16;

/// Limits that the table of keepalive has columns for.
const LIMITS_SHOWN: usize = 4;

/// Boxes named for one limit.
const BOXES_NAMED: usize = 2;

/// Groups shown.
const GROUPS_SHOWN: usize = 12;

/// Ages at which the survival curve is told.
const AGES: [u64; 14] = [15, 30, 60, 120, 240, 300, 600, 900, 1800, 3600, 7200, 14_400, 86_400, 604_800];

pub(super) fn write(report: &Report, tuning: &Tuning, page: &mut Page<'_>) -> io::Result<()> {
    let (lead, rest) = match tuning.verdict.find(": ") {
        Some(at) => tuning.verdict.split_at(at + 1),
        None => (tuning.verdict.as_str(), ""),
    };
    let tone = if tuning.recommendation.timeout.is_some() { Tone::Good } else { Tone::Warning };
    page.led(0, 0, (tone, lead), rest)?;
    if !report.complete {
        for line in intake::incomplete(report) {
            page.led(0, 0, (Tone::Warning, "INCOMPLETE: "), &line)?;
        }
    }
    chain(tuning, page)?;
    if tuning.basis.merged.is_empty() {
        intake::write(report, page)?;
    } else {
        page.heading("Merged")?;
        for file in &tuning.basis.merged {
            page.verbatim(2, file)?;
        }
    }
    timeouts(report, tuning, page)?;
    keepalives(tuning, page)?;
    survival(tuning, page)?;
    distribution::write(report, page)?;
    ends(tuning, page)?;
    groups(tuning, page)?;
    page.heading("What these numbers cannot tell")?;
    for sentence in &tuning.cannot_tell {
        page.led(2, 4, (Tone::Plain, "- "), sentence)?;
    }
    Ok(())
}

fn chain(tuning: &Tuning, page: &mut Page<'_>) -> io::Result<()> {
    let links = &tuning.recommendation.chain;
    if links.is_empty() {
        return Ok(());
    }
    page.heading("The path, from initiator to responder, as it should be")?;
    let mut table = Rows::default();
    for (title, align) in
        [("Hop", Align::Left), ("Is", Align::Right), ("Set to", Align::Right), ("Why", Align::Left)]
    {
        table.column(title, align);
    }
    let said =
        |length: Option<crate::report::Seconds>| length.map_or_else(|| "never".to_owned(), |l| limit(l.0));
    for link in links {
        let to = if link.from_s == link.to_s { "as it is".to_owned() } else { said(link.to_s) };
        table.row(vec![link.hop.clone(), said(link.from_s), to, link.reason.clone()]);
    }
    page.table(2, table)?;
    if let Some(keepalive) = &tuning.recommendation.keepalive {
        page.paragraph(
            2,
            &format!(
                "Keepalive of the endpoints: first probe after {}, then every {}, {} probes: {}.",
                limit(keepalive.time_s.0),
                limit(keepalive.interval_s.0),
                keepalive.probes,
                keepalive.reason
            ),
        )?;
    }
    Ok(())
}

/// A table for boxes that count any packet, and one for each other way that a hop of the path counts, or for
/// payload when there is no path.
fn timeouts(report: &Report, tuning: &Tuning, page: &mut Page<'_>) -> io::Result<()> {
    for refresh in [
        RefreshWord::Any,
        RefreshWord::Payload,
        RefreshWord::PayloadPerDirection,
        RefreshWord::Initiator,
        RefreshWord::Responder,
    ] {
        let hops = &report.path.hops;
        let asked = match refresh {
            RefreshWord::Any => true,
            RefreshWord::Payload if hops.is_empty() => true,
            _ => hops.iter().any(|hop| hop.refresh == refresh),
        };
        let rows: Vec<&TimeoutRow> = tuning.timeouts.iter().filter(|row| row.refresh == refresh).collect();
        if !asked || rows.is_empty() {
            continue;
        }
        page.heading(&format!("What each timeout would do, restarted by {}", restarted_by(refresh)))?;
        one_table(&rows, tuning, page)?;
    }
    Ok(())
}

fn one_table(rows: &[&TimeoutRow], tuning: &Tuning, page: &mut Page<'_>) -> io::Result<()> {
    let mut table = Rows::default();
    for (title, align) in [
        ("Timeout", Align::Right),
        ("Gaps cut", Align::Right),
        ("Flows cut", Align::Right),
        ("Used again", Align::Right),
        ("Of reused (95 %)", Align::Right),
        ("Entries", Align::Right),
        ("Peak", Align::Right),
        ("", Align::Left),
    ] {
        table.column(title, align);
    }
    let shown = worth_showing(rows);
    for row in &shown {
        let share = row.used_again.share.map_or_else(
            || "-".to_owned(),
            |share| {
                format!(
                    "{} ({} - {})",
                    percent(share),
                    percent(row.used_again.low),
                    percent(row.used_again.high)
                )
            },
        );
        table.row(vec![
            limit(row.timeout_s.0),
            grouped(row.gaps_cut),
            grouped(row.flows_cut),
            grouped(row.flows_used_again),
            share,
            amount(row.entries.mean),
            amount(row.entries.peak),
            mark(row),
        ]);
    }
    page.table(2, table)?;
    let beyond = rows.iter().filter(|row| !row.within_reach).count();
    let hidden = rows.len() - shown.len();
    let mut note = format!(
        "(cut: the timer ran out; used again: with new payload after that; of reused: of the {} used again after {} of silence; entries: of the flow table, mean and peak over {})",
        counted(rows.first().map_or(0, |row| row.used_again.of), "flow"),
        limit(tuning.basis.idle_from_s.0),
        tuning.basis.bin_s.0
    );
    if hidden > 0 {
        note.push_str(&format!(
            " {} not shown{}: --format json.",
            counted(hidden as u64, "timeout"),
            match beyond {
                0 => String::new(),
                _ => format!(
                    ", {beyond} of them beyond reach, longer than {}",
                    limit(tuning.basis.tells_up_to_s.0)
                ),
            }
        ));
    }
    page.paragraph(2, &note)
}

/// Rows of hops, the recommended one and its neighbours, and those that differ from the one before.
fn worth_showing<'r>(rows: &[&'r TimeoutRow]) -> Vec<&'r TimeoutRow> {
    let must = |row: &TimeoutRow| row.recommended || !row.hops.is_empty();
    let mut shown: Vec<&TimeoutRow> = Vec::new();
    for (at, row) in rows.iter().enumerate() {
        let before_chosen = rows.get(at + 1).is_some_and(|next| next.recommended);
        let differs = shown.last().is_none_or(|last| {
            (last.flows_cut, last.flows_used_again) != (row.flows_cut, row.flows_used_again)
        });
        if must(row) || (row.within_reach && (differs || before_chosen)) {
            shown.push(row);
        }
    }
    while shown.len() > TIMEOUTS_SHOWN {
        let Some(at) = shown.iter().rposition(|row| !must(row)) else { break };
        // From the middle outward would hide the neighbours of what is recommended; every second one goes.
        let mut kept = Vec::with_capacity(shown.len());
        let mut drop_next = false;
        for (place, row) in shown.iter().enumerate() {
            let near = shown.get(place + 1).is_some_and(|next| next.recommended);
            drop_next = !drop_next && !must(row) && !near && place <= at;
            if !drop_next {
                kept.push(*row);
            }
        }
        if kept.len() == shown.len() {
            break;
        }
        shown = kept;
    }
    shown
}

fn mark(row: &TimeoutRow) -> String {
    let mut parts = Vec::new();
    if row.recommended {
        parts.push("<- set this".to_owned());
    }
    if !row.hops.is_empty() {
        parts.push(format!("limit of {}", row.hops.join(", ")));
    }
    if !row.within_reach {
        parts.push("beyond reach".to_owned());
    }
    if parts.is_empty() || row.recommended {
        let boxes = listed(&row.presets, BOXES_NAMED, 0);
        parts.extend((!boxes.is_empty()).then_some(boxes));
    }
    parts.join("; ")
}

fn keepalives(tuning: &Tuning, page: &mut Page<'_>) -> io::Result<()> {
    let Some(first) = tuning.keepalives.first() else { return Ok(()) };
    page.heading("What each keepalive time would do, if all sockets had it and no other")?;
    let limits: Vec<usize> = limits_shown(first);
    let mut table = Rows::default();
    table.column("Time", Align::Right);
    for saved in limits.iter().filter_map(|at| first.saved.get(*at)) {
        let name = saved.hop.clone().unwrap_or_default();
        let title = format!("Saved behind {name} {}", limit(saved.limit_s.0));
        table.column(title.replace("  ", " "), Align::Right);
    }
    for title in ["Probes/s", "Bytes/s", "Dead peer after", "Stale held", "Peak"] {
        table.column(title, Align::Right);
    }
    let slots = first.slots.is_some();
    if slots {
        table.column("Most slots", Align::Right);
        table.column("Clients at limit", Align::Right);
    }
    table.column("", Align::Left);
    for row in &tuning.keepalives {
        let mut cells = vec![limit(row.time_s.0)];
        cells.extend(limits.iter().filter_map(|at| row.saved.get(*at)).map(saved));
        cells.extend([
            rate(row.probes_per_s),
            rate(row.bytes_per_s),
            limit(row.dead_peer_noticed_s.0),
            amount(row.stale_mean),
            amount(row.stale_peak),
        ]);
        if let Some(held) = &row.slots {
            cells.extend([grouped(held.most), grouped(held.clients_at_limit)]);
        }
        cells.push(if row.recommended { "<- set this".to_owned() } else { String::new() });
        table.row(cells);
    }
    page.table(2, table)?;
    let mut note = String::from(
        "(saved: of the flows that the limit cuts when nobody probes; stale: no close, and silent to the end of the \
         capture, held until keepalive finds a dead peer)",
    );
    if let Some(held) = first.slots {
        note.push_str(&format!(" A service allows a client {} sockets.", grouped(held.allowed)));
    }
    if first.saved.len() > limits.len() {
        note.push_str(&format!(
            " Saved behind {} more: --format json.",
            counted((first.saved.len() - limits.len()) as u64, "limit")
        ));
    }
    page.paragraph(2, &note)
}

/// All hops, or of known limits some that are spread over those with anything at risk.
fn limits_shown(row: &KeepaliveRow) -> Vec<usize> {
    let count = row.saved.len();
    if count <= LIMITS_SHOWN || row.saved.iter().any(|saved| saved.hop.is_some()) {
        return (0..count).collect();
    }
    (0..LIMITS_SHOWN).map(|at| at * (count - 1) / (LIMITS_SHOWN - 1)).collect()
}

fn saved(saved: &SavedBehind) -> String {
    format!("{} of {}", grouped(saved.saved), grouped(saved.at_risk))
}

fn survival(tuning: &Tuning, page: &mut Page<'_>) -> io::Result<()> {
    let plots: Vec<&SurvivalPlot> = tuning.curves.iter().filter(|plot| plot.followed > 0).collect();
    let Some(oldest) = plots.iter().filter_map(|plot| plot.points.last()).map(|point| point.age_s.0).max()
    else {
        return Ok(());
    };
    page.heading(&format!(
        "How long silences last, once they are {} long (Kaplan-Meier, {} band)",
        limit(tuning.basis.idle_from_s.0),
        percent(tuning.basis.confidence)
    ))?;
    let mut table = Rows::default();
    table.column("Longer than", Align::Right);
    for plot in &plots {
        table.column(plot.basis.clone(), Align::Right);
    }
    for age in AGES.map(Span::from_secs).into_iter().filter(|age| *age < oldest) {
        let mut cells = vec![limit(age)];
        cells.extend(plots.iter().map(|plot| outlasting(plot, age)));
        table.row(cells);
    }
    if !table.is_empty() {
        page.table(2, table)?;
    }
    if let Some(any) = plots.iter().find(|plot| plot.basis == "any") {
        page.paragraph(2, &format!("Between any packets, {}.", any.limits))?;
    }
    Ok(())
}

fn outlasting(plot: &SurvivalPlot, age: Span) -> String {
    let next = plot.points.partition_point(|point| point.age_s.0 <= age);
    let oldest = plot.points.last().map(|point| point.age_s.0);
    if oldest.is_none_or(|oldest| oldest < age) && plot.points.last().is_some_and(|last| last.survival > 0.0)
    {
        return "-".to_owned();
    }
    match next.checked_sub(1).and_then(|at| plot.points.get(at)) {
        None => percent(1.0),
        Some(point) => {
            format!("{} ({} - {})", percent(point.survival), percent(point.low), percent(point.high))
        }
    }
}

fn ends(tuning: &Tuning, page: &mut Page<'_>) -> io::Result<()> {
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

fn groups(tuning: &Tuning, page: &mut Page<'_>) -> io::Result<()> {
    if tuning.groups.is_empty() {
        return Ok(());
    }
    page.heading(&format!("By {} (gaps of at least a second)", tuning.grouped_by))?;
    let mut table = Rows::default();
    table.column("Name", Align::Left);
    for title in ["Flows", "Gaps", "p50", "p90", "p99", "Max", "Lifetime p50", "Probe after"] {
        table.column(title, Align::Right);
    }
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
            of(gaps, |p| p.p90_s),
            of(gaps, |p| p.p99_s),
            of(gaps, |p| p.max_s),
            of(&all.lifetimes, |p| p.p50_s),
            of(&all.first_probe_delays, |p| p.p50_s),
        ]);
    }
    page.table(2, table)?;
    let more = tuning.groups_total.saturating_sub(GROUPS_SHOWN as u64);
    if more > 0 {
        page.paragraph(2, &format!("({} more)", grouped(more)))?;
    }
    Ok(())
}
