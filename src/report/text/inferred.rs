//! Idle limits that the capture itself shows.

use super::page::{Align, Page, Rows};
use crate::report::wording::{grouped, limit, listed};
use crate::report::{Report, Seconds};
use std::io;

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
    page.table(2, table)
}
