//! What boxes of known limits would have done, when no hop was given.

use super::legend::Legend;
use super::page::{Align, Page, Rows};
use super::path::restarted_by;
use crate::report::wording::{counted, grouped, limit, listed};
use crate::report::{RefreshWord, Report, SurveyRow};
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
        .partition(|row| [row.used_again, row.left_behind, row.saved_by_keepalive, row.unknown] != [0; 4]);
    if !telling.is_empty() {
        let shown = steps(&telling);
        page.table(2, rows(&shown))?;
        let others = telling.len().saturating_sub(shown.len());
        if others > 0 {
            let text = format!(
                "{} between them {} as much as the next shorter one, or less; the JSON report has all.",
                counted(others as u64, "limit"),
                if others == 1 { "does" } else { "do" }
            );
            page.paragraph(2, &text)?;
        }
        let any = |count: fn(&SurveyRow) -> u64| telling.iter().any(|row| count(row) > 0);
        let legend = Legend {
            cut: true,
            left: any(|row| row.left_behind),
            saved: any(|row| row.saved_by_keepalive),
            unknown: any(|row| row.unknown),
        };
        legend.write(page)?;
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

/// Rows that are shown.
const ROWS: usize = 8;

/// The limits at which something changes, for each way to restart a timer: where few do, all of them.
fn steps<'r>(telling: &[&'r SurveyRow]) -> Vec<&'r SurveyRow> {
    let counts = |row: &SurveyRow| [row.used_again, row.left_behind, row.saved_by_keepalive, row.unknown];
    let mut known: Vec<(RefreshWord, [u64; 4])> = Vec::new();
    let mut shown: Vec<&SurveyRow> = Vec::new();
    for row in telling {
        let before = known.iter_mut().find(|(refresh, _)| *refresh == row.refresh);
        let is_new = match before {
            Some((_, before)) => std::mem::replace(before, counts(row)) != counts(row),
            None => {
                known.push((row.refresh, counts(row)));
                true
            }
        };
        if is_new {
            shown.push(row);
        }
    }
    shown.truncate(ROWS);
    shown
}

fn rows(telling: &[&SurveyRow]) -> Rows {
    type Count = fn(&SurveyRow) -> u64;
    let counts: [(&str, Count); 4] = [
        ("Cut", |row| row.used_again),
        ("Left", |row| row.left_behind),
        ("Saved", |row| row.saved_by_keepalive),
        ("Unknown", |row| row.unknown),
    ];
    // A column of zeros says nothing, but without the first the table would not say what it is about.
    let counts: Vec<(&str, Count)> = counts
        .into_iter()
        .filter(|(title, count)| *title == "Cut" || telling.iter().any(|row| count(row) > 0))
        .collect();
    let mut table = Rows::default();
    table.column("Limit", Align::Right);
    table.column("Restarted by", Align::Left);
    for (title, _) in &counts {
        table.column(*title, Align::Right);
    }
    table.column("Boxes", Align::Left);
    for row in telling {
        let mut cells = vec![limit(row.limit_s.0), restarted_by(row.refresh).to_owned()];
        cells.extend(counts.iter().map(|(_, count)| grouped(count(row))));
        cells.push(listed(&row.boxes, BOXES_NAMED, 0));
        table.row(cells);
    }
    table
}
