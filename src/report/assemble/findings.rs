//! The findings, with the files in which their frames are.

use super::files;
use super::pauses::Pauses;
use crate::findings::{Finding, FlowRecord};
use crate::frame::FrameNumber;
use crate::pipeline::Analysis;
use crate::report::{self, FramePlace, Moment, Scope, Seconds};
use crate::segment::Endpoint;
use crate::time::{Span, Timestamp};

/// `numbers`: of the recommendations that cure each.
pub(super) fn list(analysis: &Analysis, pauses: &Pauses, numbers: &[Vec<usize>]) -> Vec<report::Finding> {
    let judgement = &analysis.judgement;
    let mut list: Vec<report::Finding> =
        judgement.findings.iter().map(|finding| page(analysis, finding)).collect();
    for (page, numbers) in list.iter_mut().zip(numbers) {
        page.recommendations = numbers.iter().map(|number| *number as u64).collect();
    }
    for record in &judgement.flows {
        for index in &record.findings {
            let (Some(page), Some(finding)) = (list.get_mut(*index), judgement.findings.get(*index)) else {
                continue;
            };
            let silence = finding.gap.and_then(|length| silence(record, length));
            if let Some(why) = silence.and_then(|(start, length)| pauses.doubt(start, length)) {
                page.summary.push_str(&format!("; but {why}"));
            }
        }
    }
    list
}

/// The silence of that length, as far as the record keeps it.
fn silence(record: &FlowRecord, length: Span) -> Option<(Timestamp, Span)> {
    let lapses = record.verdicts.iter().filter_map(|verdict| verdict.lapse());
    let told = lapses.map(|lapse| (lapse.start_at, lapse.length));
    let listed = record.gaps.iter().map(|gap| (gap.start_at, gap.length));
    let open = record.open_gap.map(|length| (record.last_at, length));
    told.chain(listed).chain(open).find(|(_, known)| *known == length)
}

fn page(analysis: &Analysis, finding: &Finding) -> report::Finding {
    let some = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    let text = |endpoint: Endpoint| endpoint.to_string();
    let group = finding.group.as_ref();
    let names = &analysis.judgement.terms.names;
    report::Finding {
        rule: finding.rule.id().to_owned(),
        severity: finding.severity.into(),
        certainty: finding.certainty.into(),
        scope: match (&finding.flow, group) {
            (Some(_), _) => Scope::Flow,
            (None, Some(_)) => Scope::Flows,
            (None, None) => Scope::Path,
        },
        flow: finding.flow.map(|flow| analysis.id_of(flow.first_frame)),
        initiator: finding.flow.map(|flow| flow.initiator.to_string()),
        responder: finding
            .flow
            .map(|flow| flow.responder)
            .or(group.and_then(|group| group.service))
            .map(text),
        flows: group.map_or_else(Vec::new, |group| {
            group.flows.iter().map(|flow| analysis.id_of(flow.first_frame)).collect()
        }),
        flows_total: group.map_or(u64::from(finding.flow.is_some()), |group| group.total),
        client: group.and_then(|group| group.client).map(|client| client.to_string()),
        hop: finding.hop.clone(),
        gap_s: finding.gap.map(Seconds::from),
        frames: finding.frames.iter().map(|frame| frame.0).collect(),
        files: places(analysis, &finding.frames),
        at: finding.at.map(Moment::from),
        summary: names.put_into(&finding.summary),
        recommendations: Vec::new(),
        step: some(&names.put_into(&finding.remedy.step)),
        display_filter: some(&finding.display_filter),
    }
}

fn places(analysis: &Analysis, frames: &[FrameNumber]) -> Vec<FramePlace> {
    let Some(summary) = files(analysis).filter(|summary| summary.files.len() > 1) else {
        return Vec::new();
    };
    let place = |frame: &FrameNumber| {
        let origin = summary.origins.origin(*frame)?;
        let file = u32::try_from(origin.file + 1).ok()?;
        Some(FramePlace { file, frame: origin.number.0 })
    };
    frames.iter().map(place).collect::<Option<Vec<_>>>().unwrap_or_default()
}
