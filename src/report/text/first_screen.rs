//! The first screen: what a terminal shows without being asked for more.

use super::next_captures;
use super::page::{Align, Page, Rows, Tone};
use super::{Layout, tone_of};
use crate::report::summary::{self, Affected};
use crate::report::{KnobWord, Report, Severity, headline};
use std::io::{self, Write};

/// Lines of the screen at 80 columns: it stands on a terminal of 24 with the prompt.
pub const MOST_LINES: usize = 22;

/// Services that have a line.
const SERVICES: usize = 4;
const PROOFS: usize = 3;

/// What the program is told to show more.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct More {
    /// Command and captures as they were typed, to be typed again with another option; empty: not known.
    pub again: String,
}

/// Writes the screen: at most [`MOST_LINES`] lines from 80 columns on.
///
/// # Errors
/// Those of `out`, unchanged.
pub fn write_first_screen(
    report: &Report,
    more: &More,
    layout: Layout,
    out: &mut dyn Write,
) -> io::Result<()> {
    // What takes too many lines is shown with fewer services and proofs.
    for (services, proofs) in [(SERVICES, PROOFS), (3, PROOFS), (3, 2), (2, 2), (2, 1), (1, 1), (1, 0)] {
        let mut screen = Vec::new();
        write(report, more, (services, proofs), layout, &mut screen)?;
        let lines = screen.iter().filter(|byte| **byte == b'\n').count();
        if lines <= MOST_LINES || (services, proofs) == (1, 0) {
            return out.write_all(&screen);
        }
    }
    Ok(())
}

fn write(
    report: &Report,
    more: &More,
    (services, proofs): (usize, usize),
    layout: Layout,
    out: &mut dyn Write,
) -> io::Result<()> {
    let mut page = Page::new(layout, out);
    let headline = headline::of(report);
    let (lead, rest) = headline.sentence.split_at(headline.sentence.find(": ").map_or(0, |at| at + 1));
    page.led(0, 0, (tone_of(headline.answer), lead), rest)?;
    let affected = summary::affected(report);
    if !affected.is_empty() {
        page.blank()?;
        table(&affected[..affected.len().min(services)], &mut page)?;
        let others = affected.len().saturating_sub(services) as u64;
        if others > 0 {
            let noun = if others == 1 { "service" } else { "services" };
            page.paragraph(0, &format!("and {others} more {noun}"))?;
        }
    }
    let proofs = summary::proofs(report, proofs);
    if !proofs.is_empty() {
        page.blank()?;
        for proof in proofs {
            page.led(0, 9, (Tone::Faint, "Proof    "), &format!("{}  {}", proof.filter, proof.shows))?;
        }
    }
    page.blank()?;
    page.led(0, 9, (Tone::Faint, "Next     "), &next(report))?;
    let worst = report.findings.iter().filter(|it| it.severity >= Severity::Warning).find_map(|it| it.flow);
    let flow = match (worst, more.again.strip_prefix("idlescope ")) {
        (Some(flow), Some(captures)) => format!("; idlescope explain {captures} --flow {flow}"),
        _ => String::new(),
    };
    let again = if more.again.is_empty() { "the same command with" } else { more.again.as_str() };
    let text = format!("{again} --full{flow}; a page to send: -o report.html");
    page.led(0, 9, (Tone::Faint, "More     "), &text)
}

fn table(affected: &[Affected], page: &mut Page<'_>) -> io::Result<()> {
    let mut table = Rows::default();
    for title in ["Service", "Flows", "Limit seen", "Cause", "Set"] {
        table.column(title, Align::Left);
    }
    let or_dash = |text: &str| if text.is_empty() { "-".to_owned() } else { text.to_owned() };
    for line in affected {
        let cells = [&line.service, &line.flows, &line.limit, &line.cause, &line.set];
        table.row(cells.map(|cell| or_dash(cell)).to_vec());
    }
    page.table(0, table)
}

/// What to do next: settle the cause where it is open, else set what is recommended.
fn next(report: &Report) -> String {
    if let Some(capture) = report.next_captures.first() {
        let sentence = next_captures::sentence(report, capture);
        let first = sentence.split_inclusive(". ").next().unwrap_or(&sentence).trim_end().to_owned();
        return format!("{first} The commands: --full, 'What to capture next'.");
    }
    if let Some(first) = report.recommendations.iter().find(|it| it.knob != KnobWord::Investigate) {
        // What and how much; why stands in the whole report.
        let what = first.sentence.split(" (").next().unwrap_or_default();
        return format!("{}.", what.split(": ").next().unwrap_or(what));
    }
    let steps = report.findings.iter().filter_map(|finding| finding.step.as_deref());
    match steps.chain(report.recommendations.iter().map(|it| it.sentence.as_str())).next() {
        Some(step) => step.split_inclusive(". ").next().unwrap_or(step).trim_end().to_owned(),
        None if report.path.hops.is_empty() => {
            "name the boxes on the path with --hop, to know whether they would cut.".to_owned()
        }
        None => "nothing has to be set as far as this capture shows.".to_owned(),
    }
}
