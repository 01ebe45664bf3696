//! What to set, before anything else.

use super::page::{Page, Tone};
use crate::report::wording::grouped;
use crate::report::{KnobWord, Recommended, Report};
use std::io;

/// Recommendations that are told; the JSON report has all.
const TOLD: usize = 12;

pub(super) fn write(report: &Report, page: &mut Page<'_>) -> io::Result<()> {
    if report.recommendations.is_empty() {
        return Ok(());
    }
    page.heading("What to set")?;
    for recommended in report.recommendations.iter().take(TOLD) {
        let tone = if recommended.knob == KnobWord::Investigate { Tone::Warning } else { Tone::Heading };
        page.led(2, 5, (tone, &lead(recommended)), &recommended.sentence)?;
    }
    match report.recommendations.len().saturating_sub(TOLD) {
        0 => Ok(()),
        more => page.paragraph(2, &format!("… and {} more, which the JSON report has", grouped(more as u64))),
    }
}

fn lead(recommended: &Recommended) -> String {
    format!("{}. ", recommended.id)
}
