//! The report for a person: a verdict first, then what was read, the path, the services, the flows with
//! their proof, the distribution of gaps, and what the capture cannot show.

pub(in crate::report) mod affected;
pub(in crate::report) mod distribution;
mod escape;
pub(in crate::report) mod evidence;
pub(in crate::report) mod heartbeats;
pub(in crate::report) mod inferred;
pub(in crate::report) mod intake;
mod first_screen;
pub(in crate::report) mod legend;
pub(in crate::report) mod next_captures;
pub(in crate::report) mod page;
pub(in crate::report) mod path;
mod recommended;
pub(in crate::report) mod services;
pub(in crate::report) mod sides;
pub(in crate::report) mod slots;
mod stale;
mod survey;
mod tuning;

pub use escape::{escape, is_unsafe};
pub use first_screen::{MOST_LINES, More, write_first_screen};

use super::headline::{self, Answer};
use super::{Finding, Report, Scope};
use evidence::Files;
use page::{Page, Tone};
use std::io::{self, Write};

/// Whether escape sequences for colour may be written; decided once, by the caller.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub enum Colour {
    /// Yes.
    Always,
    /// No.
    #[default]
    Never,
}

/// How the text page is laid out.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Layout {
    /// Columns to fill: the terminal's width, or 100 in a pipe.
    pub width: u16,
    /// Whether there are colours.
    pub colour: Colour,
    /// Most flows that are shown with their whole evidence.
    pub flows_in_full: usize,
    /// Most further flows that are shown, a line each, under one that has the same findings.
    pub flows_alike: usize,
    /// Most services that are shown.
    pub services: usize,
}

impl Default for Layout {
    fn default() -> Self {
        Layout { width: 100, colour: Colour::Never, flows_in_full: 20, flows_alike: 8, services: 30 }
    }
}

/// Writes the page.
///
/// # Errors
/// Those of `out`, unchanged.
pub fn write(report: &Report, layout: Layout, out: &mut dyn Write) -> io::Result<()> {
    let mut page = Page::new(layout, out);
    if let Some(tuning) = &report.tuning {
        return tuning::write(report, tuning, &mut page);
    }
    verdict(report, &mut page)?;
    sides::write(report, &mut page)?;
    recommended::write(report, &mut page)?;
    next_captures::write(report, &mut page)?;
    // What was seen, then what it was seen in, then what would have been.
    several_flows(report, &mut page)?;
    slots::write(report, &mut page)?;
    stale::write(report, &mut page)?;
    affected::write(report, layout, &mut page)?;
    sides::others(report, &mut page)?;
    inferred::write(report, &mut page)?;
    services::write(report, layout.services, &mut page)?;
    heartbeats::write(report, layout.services, &mut page)?;
    intake::write(report, &mut page)?;
    path::write(report, &mut page)?;
    survey::write(report, &mut page)?;
    distribution::write(report, &mut page)?;
    cannot_see(report, &mut page)?;
    // On a terminal the first line has scrolled away.
    page.blank()?;
    verdict(report, &mut page)
}

/// Writes the verdict alone.
///
/// # Errors
/// Those of `out`, unchanged.
pub fn write_verdict(report: &Report, layout: Layout, out: &mut dyn Write) -> io::Result<()> {
    let mut page = Page::new(layout, out);
    match &report.tuning {
        Some(tuning) => page.paragraph(0, &tuning.verdict),
        None => verdict(report, &mut page),
    }
}

/// Writes one finding of a run that goes on: who, what, proof and filter. What to do waits for the report.
///
/// # Errors
/// Those of `out`, unchanged.
pub fn write_finding(finding: &Finding, layout: Layout, out: &mut dyn Write) -> io::Result<()> {
    let mut page = Page::new(layout, out);
    let who = match (finding.flow, &finding.initiator, &finding.responder) {
        (Some(flow), Some(initiator), Some(responder)) => {
            format!("flow {flow}, {initiator} -> {responder}: ")
        }
        _ => String::new(),
    };
    let tone = evidence::tone(finding.severity);
    page.led(0, 2, (tone, &evidence::lead(finding)), &format!("{who}{}", finding.summary))?;
    if let Some(proof) = evidence::proof(finding, Files::One) {
        page.labelled(2, "Proof", &proof)?;
    }
    match &finding.display_filter {
        Some(filter) => page.labelled_verbatim(2, "Filter", filter),
        None => Ok(()),
    }
}

fn tone_of(answer: Answer) -> Tone {
    match answer {
        Answer::IdlingBrokeFlows | Answer::BrokenBetween | Answer::IdlingBreaksFlows | Answer::Trouble => {
            Tone::Error
        }
        Answer::IdlingProbablyBrokeFlows
        | Answer::ClosedAtLimit
        | Answer::SocketsLeftBehind
        | Answer::NearMiss
        | Answer::NotRuledOut
        | Answer::SurveyFindsCuts
        | Answer::NothingCanBeSaid => Tone::Warning,
        Answer::KeepaliveHolds | Answer::IdlingIsNotTheCause | Answer::SurveyFindsNothing => Tone::Good,
    }
}

fn verdict(report: &Report, page: &mut Page<'_>) -> io::Result<()> {
    let headline = headline::of(report);
    let (lead, rest) = match headline.sentence.find(": ") {
        Some(at) => headline.sentence.split_at(at + 1),
        None => (headline.sentence.as_str(), ""),
    };
    page.led(0, 0, (tone_of(headline.answer), lead), rest)?;
    if !report.complete {
        for line in intake::incomplete(report) {
            page.led(0, 0, (Tone::Warning, "INCOMPLETE: "), &line)?;
        }
    }
    Ok(())
}

/// Findings about several flows at once.
fn several_flows(report: &Report, page: &mut Page<'_>) -> io::Result<()> {
    let mut findings: Vec<&Finding> =
        report.findings.iter().filter(|finding| finding.scope == Scope::Flows).collect();
    if findings.is_empty() {
        return Ok(());
    }
    findings.sort_by_key(|finding| std::cmp::Reverse(finding.severity));
    page.heading("Across flows")?;
    for finding in findings {
        evidence::write(report, &[finding], 2, page)?;
    }
    Ok(())
}

fn cannot_see(report: &Report, page: &mut Page<'_>) -> io::Result<()> {
    if report.capture.cannot_see.is_empty() {
        return Ok(());
    }
    page.heading("What this capture cannot show")?;
    for sentence in &report.capture.cannot_see {
        page.led(2, 4, (Tone::Plain, "- "), sentence)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests;
