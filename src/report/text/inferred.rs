//! Idle limits that the capture itself shows.

use super::page::{Align, Page, Rows, Tone};
use crate::report::wording::{capitalised, grouped, limit, listed};
use crate::report::{InferredStandWord, InferredTimeout, Report, Seconds};
use std::io;

/// Limits that are explained below the table.
const LIMITS_EXPLAINED: usize = 8;

/// Presets named for one limit.
const PRESETS_NAMED: usize = 3;

pub(super) fn write(report: &Report, page: &mut Page<'_>) -> io::Result<()> {
    if report.inferred_timeouts.is_empty() {
        return Ok(());
    }
    page.heading("Idle limits that this capture shows")?;
    let mut table = Rows::default();
    for (title, align) in [
        ("Of", Align::Left),
        ("Survived up to", Align::Right),
        ("Cut from", Align::Right),
        ("Survivors", Align::Right),
        ("Cuts", Align::Right),
        ("Against it", Align::Right),
        ("Known boxes near", Align::Left),
    ] {
        table.column(title, align);
    }
    let length = |seconds: Option<Seconds>| seconds.map_or_else(|| "-".to_owned(), |s| limit(s.0));
    for inferred in &report.inferred_timeouts {
        table.row(vec![
            inferred.scope.clone(),
            length(inferred.longest_survived_s),
            length(inferred.shortest_cut_s),
            grouped(inferred.survivors),
            grouped(inferred.cuts),
            grouped(inferred.contradictions),
            listed(&inferred.nearest_presets, PRESETS_NAMED, 0),
        ]);
    }
    page.table(2, table)?;
    for inferred in report.inferred_timeouts.iter().take(LIMITS_EXPLAINED) {
        explain(inferred, page)?;
    }
    let more = report.inferred_timeouts.len().saturating_sub(LIMITS_EXPLAINED);
    if more > 0 {
        page.paragraph(2, &format!("… and {} more, which the JSON report explains", grouped(more as u64)))?;
    }
    Ok(())
}

fn explain(inferred: &InferredTimeout, page: &mut Page<'_>) -> io::Result<()> {
    let lead = match inferred.stand {
        InferredStandWord::Conflict => (Tone::Warning, format!("{}: no one limit: ", inferred.scope)),
        _ => (Tone::Heading, format!("{}: ", inferred.scope)),
    };
    page.led(2, 4, (lead.0, &lead.1), &format!("{}.", capitalised(&inferred.meaning)))?;
    page.labelled(4, "Proof", &proof(inferred))?;
    page.labelled_verbatim(4, "Filter", &inferred.display_filter)?;
    page.labelled(4, "Do", &format!("{}.", inferred.advice))
}

/// `survived: frames 12 and 40; cut: frames 51 and 90`.
pub(in crate::report) fn proof(inferred: &InferredTimeout) -> String {
    let told = |what: &str, frames: &[u64]| match frames {
        [before, after] => Some(format!("{what}: frames {before} and {after}")),
        _ => None,
    };
    let both = [told("survived", &inferred.survived_frames), told("cut", &inferred.cut_frames)];
    both.into_iter().flatten().collect::<Vec<_>>().join("; ")
}
