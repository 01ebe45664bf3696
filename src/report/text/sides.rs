//! Both sides of a box, before all else: they prove what one side can only suppose.

use super::evidence::{self, Files};
use super::page::{Page, Tone};
use crate::report::headline::proved;
use crate::report::wording::{counted, grouped};
use crate::report::{CertaintyWord, ConclusionWord, FlowCrossing, Report, SideConclusion, SidesBetween};
use std::io;

/// Connections told of.
const CROSSINGS_TOLD: usize = 40;
/// Findings told of each other side.
const FINDINGS_TOLD: usize = 40;

pub(super) fn write(report: &Report, page: &mut Page<'_>) -> io::Result<()> {
    let Some(sides) = &report.sides else { return Ok(()) };
    for between in &sides.between {
        pair(between, page)?;
    }
    page.paragraph(
        0,
        &format!(
            "What follows is the report of {} by itself.",
            sides.names.first().map_or("", String::as_str)
        ),
    )
}

/// What is proved, as a clause.
pub(in crate::report) fn verdict(between: &SidesBetween) -> String {
    proved(between).unwrap_or_else(|| {
        match between.matched {
            0 => "no connection is seen on both sides",
            _ => "nothing is proved against what lies there",
        }
        .to_owned()
    })
}

/// How many connections were found again.
pub(in crate::report) fn counts(between: &SidesBetween) -> String {
    let [a, b] = &between.names;
    let [only_a, only_b] = between.unmatched;
    let mut found = format!(
        "{} {} on both sides",
        counted(between.matched, "connection"),
        if between.matched == 1 { "is" } else { "are" }
    );
    if between.joined > 0 {
        found.push_str(&format!(", {} of them under a new address or port midway", grouped(between.joined)));
    }
    if between.rewritten > 0 {
        found.push_str(&format!(", {} of them with sequence numbers rewritten", grouped(between.rewritten)));
    }
    found.push_str(&format!("; {} on {a} only, {} on {b} only.", counted(only_a, "flow"), grouped(only_b)));
    if only_a > 0 && only_b > 0 {
        found.push_str(
            " Those were not compared: a proxy ends them, the box rewrites both sequence numbers and timestamps, or the \
             other capture was not running.",
        );
    }
    found
}

/// How far the clocks are apart.
pub(in crate::report) fn clocks(between: &SidesBetween) -> String {
    let [a, b] = &between.names;
    let (Some(ahead), Some(within)) = (between.clock_ahead_s, between.clock_within_s) else {
        return "No packets crossed both ways: the clocks cannot be compared, and nothing is concluded."
            .to_owned();
    };
    let drift = between.clock_drift_ppb.map(|ppb| format!(", and drifts by {} ppm", ppb as f64 / 1000.0));
    let way = if ahead.0 < 0.0 { "behind" } else { "ahead of" };
    format!(
        "The clock of {b} is {:.6} s {way} that of {a} (within {}){}.",
        ahead.0.abs(),
        within.0,
        drift.unwrap_or_default()
    )
}

fn pair(between: &SidesBetween, page: &mut Page<'_>) -> io::Result<()> {
    let [a, b] = &between.names;
    let tone = match (proved(between), between.matched) {
        (Some(_), _) => Tone::Error,
        (None, 0) => Tone::Warning,
        (None, _) => Tone::Good,
    };
    page.led(0, 0, (tone, &format!("BETWEEN {a} AND {b}: ")), &format!("{}.", verdict(between)))?;
    page.led(2, 4, (Tone::Plain, "- "), &counts(between))?;
    page.led(2, 4, (Tone::Plain, "- "), &clocks(between))?;
    for crossing in between.crossings.iter().take(CROSSINGS_TOLD) {
        flow(crossing, between, page)?;
    }
    let more = between.crossings.len().saturating_sub(CROSSINGS_TOLD);
    if more > 0 {
        page.paragraph(2, &format!("… and {more} more"))?;
    }
    Ok(())
}

fn flow(crossing: &FlowCrossing, between: &SidesBetween, page: &mut Page<'_>) -> io::Result<()> {
    let numbers = |ids: &[u64]| ids.iter().map(u64::to_string).collect::<Vec<_>>().join(", ");
    let names = [0, 1].map(|side: usize| {
        let ends = crossing.ends[side].as_ref().map(|[from, to]| format!(" ({from} -> {to})"));
        format!(
            "flow {} of {}{}",
            numbers(&crossing.flows[side]),
            between.names[side],
            ends.unwrap_or_default()
        )
    });
    page.paragraph(2, &names.join(" = "))?;
    for last in &crossing.last_crossed {
        let [a, b] = last.frames;
        let text = format!("the last packet towards {} is frame {a} = {b}", last.towards);
        page.led(4, 6, (Tone::Plain, "crossed "), &text)?;
    }
    for conclusion in &crossing.conclusions {
        page.led(
            4,
            6,
            (tone(conclusion), &format!("{}: ", conclusion.certainty.word())),
            &conclusion.summary,
        )?;
    }
    Ok(())
}

fn tone(conclusion: &SideConclusion) -> Tone {
    match (conclusion.kind, conclusion.certainty) {
        (
            ConclusionWord::Dropped | ConclusionWord::ResetMadeBetween | ConclusionWord::MappingLost,
            CertaintyWord::Certain,
        ) => Tone::Error,
        (ConclusionWord::ResetCrossed | ConclusionWord::Unanswered, _) => Tone::Plain,
        _ => Tone::Warning,
    }
}

/// What the other sides say by themselves.
pub(super) fn others(report: &Report, page: &mut Page<'_>) -> io::Result<()> {
    let Some(sides) = &report.sides else { return Ok(()) };
    for side in &sides.others {
        page.heading(&format!("Findings of {} by itself (flows and frames are its own)", side.name))?;
        if side.findings.is_empty() {
            page.paragraph(2, "none")?;
        }
        for finding in side.findings.iter().take(FINDINGS_TOLD) {
            let who = finding.flow.map(|flow| format!("flow {flow}: ")).unwrap_or_default();
            let tone = evidence::tone(finding.severity);
            page.led(2, 4, (tone, &evidence::lead(finding)), &format!("{who}{}", finding.summary))?;
            if let Some(proof) = evidence::proof(finding, Files::One) {
                page.labelled(4, "Proof", &proof)?;
            }
        }
        let more = side.findings_total.saturating_sub(side.findings.len().min(FINDINGS_TOLD) as u64);
        if more > 0 {
            page.paragraph(2, &format!("… and {} more", grouped(more)))?;
        }
    }
    Ok(())
}
