//! What findings say, with their proof.

use super::page::{Page, Tone};
use crate::report::wording::{counted, joined, listed, moment};
use crate::report::{Finding, FramePlace, Recommended, Report, Severity};
use std::io;

/// Frames named for one finding: enough to jump to, and to see a pattern.
const FRAMES_NAMED: usize = 8;

/// Flows named for a finding about several.
const FLOWS_NAMED: usize = 12;

/// Whether frame numbers need their file beside them.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(in crate::report) enum Files {
    One,
    Several,
}

impl Files {
    pub(in crate::report) fn of(report: &Report) -> Self {
        if report.capture.files.len() > 1 { Files::Several } else { Files::One }
    }
}

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

/// Findings that belong together: each with its proof, then filters and what to do. What several share is
/// told once, behind the last of them.
pub(super) fn write(
    report: &Report,
    findings: &[&Finding],
    indent: usize,
    page: &mut Page<'_>,
) -> io::Result<()> {
    let files = Files::of(report);
    let within = indent + 2;
    for (at, finding) in findings.iter().enumerate() {
        page.led(indent, within, (tone(finding.severity), &lead(finding)), &finding.summary)?;
        if let Some(flows) = flows(finding) {
            page.labelled(within, "Flows", &flows)?;
        }
        let own = proof(finding, files);
        let next = findings.get(at + 1).and_then(|next| proof(next, files));
        if let Some(proof) = own.filter(|own| Some(own) != next.as_ref()) {
            page.labelled(within, "Proof", &proof)?;
        }
    }
    for filter in once(findings, |finding| finding.display_filter.as_deref()) {
        page.labelled_verbatim(within, "Filter", filter)?;
    }
    for todo in to_do(report, findings) {
        page.labelled(within, "Do", &todo)?;
    }
    Ok(())
}

/// What to do about findings: recommendations by number, then further steps, each once.
pub(in crate::report) fn to_do(report: &Report, findings: &[&Finding]) -> Vec<String> {
    let mut numbers: Vec<u64> = findings.iter().flat_map(|it| it.recommendations.iter().copied()).collect();
    numbers.sort_unstable();
    numbers.dedup();
    let named: Vec<String> = report
        .recommendations
        .iter()
        .filter(|recommended| numbers.contains(&recommended.id))
        .map(Recommended::named)
        .collect();
    let see = (!named.is_empty()).then(|| format!("what is recommended under {}", joined(&named)));
    see.into_iter().chain(steps(findings)).collect()
}

/// The steps of all, each sentence once: findings about one silence ask for much the same.
fn steps(findings: &[&Finding]) -> Vec<String> {
    let mut told: Vec<&str> = Vec::new();
    let mut steps = Vec::new();
    for text in findings.iter().filter_map(|finding| finding.step.as_deref()) {
        let fresh: Vec<&str> = text
            .split_inclusive(". ")
            .map(str::trim_end)
            .filter(|sentence| !told.contains(sentence))
            .collect();
        if !fresh.is_empty() {
            steps.push(fresh.join(" "));
            told.extend(fresh);
        }
    }
    steps
}

/// `ERROR predicted-cut: `.
pub(super) fn lead(finding: &Finding) -> String {
    format!("{} {}: ", severity(finding.severity), finding.rule)
}

pub(in crate::report) fn once<'f>(
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

pub(in crate::report) fn flows(finding: &Finding) -> Option<String> {
    if finding.flows.is_empty() {
        return None;
    }
    let ids: Vec<String> = finding.flows.iter().map(u64::to_string).collect();
    let unlisted = finding.flows_total.saturating_sub(finding.flows.len() as u64);
    Some(format!("{}: {}", counted(finding.flows_total, "flow"), listed(&ids, FLOWS_NAMED, unlisted)))
}

/// Frame numbers of the whole capture, and where each is when there are several files: `1042 (#2: 42)`.
pub(in crate::report) fn frames(finding: &Finding, files: Files) -> Option<String> {
    if finding.frames.is_empty() {
        return None;
    }
    let places: &[FramePlace] = match files {
        Files::Several => &finding.files,
        Files::One => &[],
    };
    let named: Vec<String> = finding
        .frames
        .iter()
        .enumerate()
        .map(|(at, frame)| match places.get(at) {
            Some(place) => format!("{frame} (#{}: {})", place.file, place.frame),
            None => frame.to_string(),
        })
        .collect();
    Some(listed(&named, FRAMES_NAMED, 0))
}

pub(in crate::report) fn proof(finding: &Finding, files: Files) -> Option<String> {
    let frames = frames(finding, files)
        .map(|named| format!("{} {named}", if finding.frames.len() == 1 { "frame" } else { "frames" }));
    let at = finding.at.map(|at| format!("{} UTC", moment(at.0)));
    match (frames, at) {
        (Some(frames), Some(at)) => Some(format!("{frames}; {at}")),
        (frames, at) => frames.or(at),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::Scope;

    #[test]
    fn a_step_is_told_once() {
        let finding = |step: &str| Finding {
            step: Some(step.to_owned()),
            ..Finding::new("predicted-cut", Severity::Error, Scope::Flow, String::new())
        };
        let (cut, none, same) = (
            finding("Set 2.5s or less. Neither is told."),
            finding("Turn it on. Set 2.5s or less."),
            finding("Turn it on."),
        );
        assert_eq!(steps(&[&cut, &none, &same]), ["Set 2.5s or less. Neither is told.", "Turn it on."]);
    }
}
