//! What boxes of known limits would have done, when no hop was given.

use super::page::{Align, Page, Rows};
use super::path::restarted_by;
use crate::report::wording::{grouped, limit, listed};
use crate::report::{Report, SurveyRow};
use std::io;

/// Boxes named for one limit.
const BOXES_NAMED: usize = 3;

pub(super) fn write(report: &Report, page: &mut Page<'_>) -> io::Result<()> {
    if report.survey.is_empty() {
        return Ok(());
    }
    page.heading("Survey: what boxes of known limits would have done")?;
    let (telling, quiet): (Vec<&SurveyRow>, Vec<&SurveyRow>) = report
        .survey
        .iter()
        .partition(|row| row.used_again + row.left_behind + row.saved_by_keepalive + row.unknown > 0);
    if !telling.is_empty() {
        page.table(rows(&telling))?;
        let legend = "(cut: used again after the limit ran out; left: not used again; saved: cut without \
                      the probes seen)";
        page.paragraph(2, legend)?;
    }
    if let Some(shortest) = quiet.iter().min_by_key(|row| row.limit_s) {
        let text = match (telling.is_empty(), quiet.len()) {
            (true, tried) => format!(
                "Every flow survives all {tried} limits of the catalogue, the shortest of which is {}.",
                limit(shortest.limit_s.0)
            ),
            (false, 1) => format!("Every flow survives the other limit, {}.", limit(shortest.limit_s.0)),
            (false, others) => format!(
                "Every flow survives the other {others} limits of the catalogue, from {} up.",
                limit(shortest.limit_s.0)
            ),
        };
        page.paragraph(2, &text)?;
    }
    Ok(())
}

fn rows(telling: &[&SurveyRow]) -> Rows {
    let mut table = Rows::default();
    for (title, align) in [
        ("Limit", Align::Right),
        ("Restarted by", Align::Left),
        ("Cut", Align::Right),
        ("Left", Align::Right),
        ("Saved", Align::Right),
        ("Unknown", Align::Right),
        ("Boxes", Align::Left),
    ] {
        table.column(title, align);
    }
    for row in telling {
        table.row(vec![
            limit(row.limit_s.0),
            restarted_by(row.refresh).to_owned(),
            grouped(row.used_again),
            grouped(row.left_behind),
            grouped(row.saved_by_keepalive),
            grouped(row.unknown),
            listed(&row.boxes, BOXES_NAMED, 0),
        ]);
    }
    table
}
