//! What findings say, with their proof.

use super::page::{Page, Tone};
use crate::report::wording::{counted, listed, moment};
use crate::report::{Finding, Report, Severity};
use std::io;

/// Frames named for one finding: enough to jump to, and to see a pattern.
const FRAMES_NAMED: usize = 8;

/// Flows named for a finding about several.
const FLOWS_NAMED: usize = 12;

pub(super) const fn tone(severity: Severity) -> Tone {
    match severity {
        Severity::Error => Tone::Error,
        Severity::Warning => Tone::Warning,
        Severity::Notice | Severity::Info => Tone::Heading,
    }
}

/// Severity as a person notices it: the two that want action in capitals.
pub(super) const fn severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "ERROR",
        Severity::Warning => "WARNING",
        Severity::Notice => "notice",
        Severity::Info => "info",
    }
}

/// Findings that belong together, then filters and advice, each once.
pub(super) fn write(findings: &[&Finding], report: &Report, page: &mut Page<'_>) -> io::Result<()> {
    for finding in findings {
        let lead = format!("{} {}: ", severity(finding.severity), finding.rule);
        page.led(2, 4, (tone(finding.severity), &lead), &finding.summary)?;
        if let Some(flows) = flows(finding) {
            page.labelled(4, "Flows", &flows)?;
        }
        if let Some(proof) = proof(finding, report) {
            page.labelled(4, "Proof", &proof)?;
        }
    }
    for filter in once(findings, |finding| finding.display_filter.as_deref()) {
        page.labelled_verbatim(4, "Filter", filter)?;
    }
    for advice in once(findings, |finding| finding.advice.as_deref()) {
        page.labelled(4, "Do", advice)?;
    }
    Ok(())
}

fn once<'f>(
    findings: &[&'f Finding],
    part: impl Fn(&'f Finding) -> Option<&'f str>,
) -> impl Iterator<Item = &'f str> {
    let mut parts: Vec<&str> = Vec::new();
    for text in findings.iter().filter_map(|finding| part(finding)) {
        if !parts.contains(&text) {
            parts.push(text);
        }
    }
    parts.into_iter()
}

fn flows(finding: &Finding) -> Option<String> {
    if finding.flows.is_empty() {
        return None;
    }
    let ids: Vec<String> = finding.flows.iter().map(u64::to_string).collect();
    let unlisted = finding.flows_total.saturating_sub(finding.flows.len() as u64);
    Some(format!("{}: {}", counted(finding.flows_total, "flow"), listed(&ids, FLOWS_NAMED, unlisted)))
}

/// Frame numbers, with their files when there are several: `1042, 1043 (file #2)`.
pub(super) fn frames(finding: &Finding, report: &Report) -> Option<String> {
    if finding.frames.is_empty() {
        return None;
    }
    let several = report.capture.files.len() > 1;
    let files: &[u32] = if several { &finding.files } else { &[] };
    let same = files.first().filter(|first| files.iter().all(|file| file == *first));
    let named: Vec<String> = finding
        .frames
        .iter()
        .enumerate()
        .map(|(at, frame)| match (same, files.get(at)) {
            (None, Some(file)) => format!("{frame} (file #{file})"),
            _ => frame.to_string(),
        })
        .collect();
    let file = same.map_or(String::new(), |file| format!(" (file #{file})"));
    Some(format!("{}{file}", listed(&named, FRAMES_NAMED, 0)))
}

fn proof(finding: &Finding, report: &Report) -> Option<String> {
    let frames = frames(finding, report)
        .map(|named| format!("{} {named}", if finding.frames.len() == 1 { "frame" } else { "frames" }));
    let at = finding.at.map(|at| format!("{} UTC", moment(at.0)));
    match (frames, at) {
        (Some(frames), Some(at)) => Some(format!("{frames}; at {at}")),
        (frames, at) => frames.or(at),
    }
}
