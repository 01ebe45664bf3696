//! What each timeout would do: a table for each way in which a box may count.

use super::super::page::{Align, Page, Rows};
use super::super::path::restarted_by;
use crate::report::assemble::tuning::shown::{banded, entries_explained};
use crate::report::assemble::tuning::words::amount;
use crate::report::wording::{counted, grouped, limit, listed};
use crate::report::{RefreshWord, Report, TimeoutRow, Tuning};
use std::io;

/// Rows of one table at the most: what fits on a screen. The document has all.
const TIMEOUTS_SHOWN: usize = 16;

/// Boxes named for one limit.
const BOXES_NAMED: usize = 2;

/// A table for boxes that count any packet, and one for each other way that a hop of the path counts, or for
/// payload when there is no path.
pub(super) fn write(report: &Report, tuning: &Tuning, page: &mut Page<'_>) -> io::Result<()> {
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
        one_table(refresh, &rows, tuning, page)?;
    }
    Ok(())
}

fn one_table(
    refresh: RefreshWord,
    rows: &[&TimeoutRow],
    tuning: &Tuning,
    page: &mut Page<'_>,
) -> io::Result<()> {
    let mut table = Rows::default();
    for (title, align) in [
        ("Timeout", Align::Right),
        ("Gaps cut", Align::Right),
        ("Flows cut", Align::Right),
        ("Used again", Align::Right),
        ("% of reused", Align::Right),
        ("Entries", Align::Right),
        ("Peak", Align::Right),
        ("", Align::Left),
    ] {
        table.column(title, align);
    }
    let shown = worth_showing(rows);
    for row in &shown {
        let share = row
            .used_again
            .share
            .map_or_else(|| "-".to_owned(), |share| banded(share, row.used_again.low, row.used_again.high));
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
        "(cut: the timer ran out; used again: with new payload after that; % of reused: of the {} used again after {} of silence, with the 95 % band; {})",
        counted(rows.first().map_or(0, |row| row.used_again.of), "flow"),
        limit(tuning.basis.idle_from_s.0),
        entries_explained(refresh, tuning.basis.bin_s.0)
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
        parts.push(super::set_this());
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
