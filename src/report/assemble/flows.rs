//! The listed flows.

use super::{network, pauses::Pauses};
use crate::findings::{FlowRecord, KeepaliveRecord};
use crate::flow::Role;
use crate::pipeline::Analysis;
use crate::policy::presets::nearest_endpoints;
use crate::report::{
    CertaintyWord, Explanation, Flow, FlowGap, FlowHeartbeat, FlowVerdict, Observed, PerRole, ProbesSeen,
    Seconds,
};
use crate::simulate::OutcomeKind;

/// Worst first.
pub(super) fn list(analysis: &Analysis, pauses: &Pauses) -> Vec<Flow> {
    analysis.judgement.flows.iter().map(|record| flow(analysis, pauses, record)).collect()
}

fn flow(analysis: &Analysis, pauses: &Pauses, record: &FlowRecord) -> Flow {
    let hops = &analysis.judgement.terms.path.hops;
    Flow {
        id: analysis.id_of(record.first_frame),
        initiator: record.initiator.to_string(),
        responder: record.responder.to_string(),
        network: network(analysis, record.realm),
        opened: record.opened.into(),
        closed_by: record.closed_by.into(),
        reset_frame: record.reset_frame.map(|frame| frame.0),
        two_way: record.two_way,
        first_at: record.first_at.into(),
        last_at: record.last_at.into(),
        first_frame: record.first_frame.0,
        last_frame: record.last_frame.0,
        segments: per_role(record.segments),
        payload_bytes: per_role(record.payload_bytes),
        duplicates: record.copies,
        longest_gap_s: record.longest_gap.into(),
        longest_payload_gap_s: record.longest_payload_gap.into(),
        open_gap_s: record.open_gap.map(Seconds::from),
        gaps: record.gaps.iter().map(|gap| pauses.weigh(FlowGap::from(gap))).collect(),
        gaps_total: record.gaps_total,
        keepalive: PerRole {
            initiator: probes(&record.keepalive[Role::Initiator.index()]),
            responder: probes(&record.keepalive[Role::Responder.index()]),
        },
        heartbeats: record.heartbeats.iter().flatten().map(FlowHeartbeat::from).collect(),
        zero_window_probes: record.zero_window_probes.iter().map(|frame| frame.0).collect(),
        zero_window_probes_total: record.zero_window_probes_total,
        observed: Observed::of(&record.sequels, &record.resets),
        icmp_frames: record.icmp.iter().map(|quote| quote.frame.0).collect(),
        verdicts: hops
            .iter()
            .zip(&record.verdicts)
            .filter(|(_, verdict)| verdict.kind() != OutcomeKind::OffPath)
            .map(|(hop, verdict)| FlowVerdict::of(&hop.name, verdict))
            .collect(),
        failed: record.failed.map(CertaintyWord::from),
        explanations: record.explanations.iter().map(Explanation::from).collect(),
        findings: record.findings.clone(),
        display_filter: record.display_filter(),
    }
}

fn per_role([initiator, responder]: [u64; 2]) -> PerRole<u64> {
    PerRole { initiator, responder }
}

fn probes(record: &KeepaliveRecord) -> ProbesSeen {
    let matches = record.time.map_or_else(Vec::new, |time| {
        let interval = record.interval.map(|interval| interval.low..=interval.high);
        nearest_endpoints(time.low..=time.high, interval)
    });
    ProbesSeen { matches: matches.into_iter().map(str::to_owned).collect(), ..ProbesSeen::from(record) }
}
