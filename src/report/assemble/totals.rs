//! Counts over all flows.

use crate::findings::{self, Cause, CauseCounts, CauseStanding, HopTotals, LongestSilence, Rule};
use crate::pipeline::Analysis;
use crate::policy::Hop;
use crate::report::{
    Broken, CutCounts, Cuts, Failed, FlowsBySeverity, LongestGap, OutcomeCounts, Seconds, Totals,
};
use crate::simulate::OutcomeKind;
use crate::time::Span;
use std::collections::BTreeMap;

pub(super) fn of(analysis: &Analysis) -> Totals {
    let judgement = &analysis.judgement;
    let counts = &judgement.totals;
    let hops = &judgement.terms.path.hops;
    let longest = |silence: &Option<LongestSilence>| silence.as_ref().map(|silence| gap(analysis, silence));
    Totals {
        flows: counts.flows,
        open_at_end: counts.open_at_end,
        closed_fin: counts.closed_fin,
        closed_rst: counts.closed_rst,
        opened_midstream: counts.midstream,
        one_way: counts.one_way,
        probe_or_reply: counts.probe_or_reply,
        probe_or_reply_one_ip_id: counts.probe_or_reply_one_ip_id,
        evicted: analysis.evicted,
        verdicts: verdicts(hops, &counts.hops),
        cuts: Cuts {
            flows_used_again: counts.used_again,
            flows_left_behind: counts.left_behind,
            flows_told: counts.cut.saturating_sub(counts.used_again).saturating_sub(counts.left_behind),
            by_hop: cuts(hops, &counts.hops),
        },
        saved_by_keepalive: counts.saved_by_keepalive,
        unknown: counts.unknown,
        failed: failed(counts.failures),
        broken: broken(&judgement.broken),
        explanations: explanations(&counts.explanations),
        unexplained: counts.unexplained,
        findings: findings(&counts.findings),
        flows_by_severity: by_severity(&counts.flows_by_severity),
        longest_gap: longest(&judgement.longest_gap),
        longest_payload_gap: longest(&judgement.longest_payload_gap),
        longest_open_gap: longest(&judgement.longest_open_gap),
    }
}

fn failed([possible, likely, certain]: [u64; 3]) -> Failed {
    Failed { certain, likely, possible }
}

fn explanations(counts: &CauseCounts) -> BTreeMap<String, BTreeMap<String, u64>> {
    let of = |cause: &Cause| {
        let standings = CauseStanding::ALL.iter().map(|standing| (*standing, counts.of(*cause, *standing)));
        let met = standings.filter(|(_, flows)| *flows > 0);
        let met: BTreeMap<String, u64> =
            met.map(|(standing, flows)| (standing.id().to_owned(), flows)).collect();
        (!met.is_empty()).then(|| (cause.id().to_owned(), met))
    };
    Cause::ALL.iter().filter_map(of).collect()
}

fn broken(broken: &findings::Broken) -> Broken {
    let [possible, likely, certain] = broken.flows;
    Broken {
        certain,
        likely,
        possible,
        by_reset: broken.by_reset,
        shortest_s: broken.shortest.map(Seconds::from),
        longest_s: broken.longest.map(Seconds::from),
        longest_survived_s: (broken.survived > Span::ZERO).then(|| broken.survived.into()),
    }
}

pub(super) fn verdicts(hops: &[Hop], counts: &[HopTotals]) -> BTreeMap<String, OutcomeCounts> {
    let page = |counts: &HopTotals| OutcomeCounts {
        survives: counts.of(OutcomeKind::Survives),
        cut: counts.of(OutcomeKind::Cut),
        saved_by_keepalive: counts.of(OutcomeKind::SavedByKeepalive),
        unknown: counts.of(OutcomeKind::Unknown),
    };
    hops.iter().zip(counts).map(|(hop, counts)| (hop.name.clone(), page(counts))).collect()
}

pub(super) fn cuts(hops: &[Hop], counts: &[HopTotals]) -> BTreeMap<String, CutCounts> {
    let page = |counts: &HopTotals| CutCounts {
        used_again: counts.used_again,
        left_behind: counts.left_behind,
        told: counts
            .of(OutcomeKind::Cut)
            .saturating_sub(counts.used_again)
            .saturating_sub(counts.left_behind),
        lived_on: counts.outlived,
    };
    hops.iter().zip(counts).map(|(hop, counts)| (hop.name.clone(), page(counts))).collect()
}

/// The rules that were raised, with their counts.
pub(super) fn findings(counts: &[u64; Rule::COUNT]) -> BTreeMap<String, u64> {
    let raised = Rule::ALL.iter().zip(counts).filter(|(_, count)| **count > 0);
    raised.map(|(rule, count)| (rule.id().to_owned(), *count)).collect()
}

/// Of counts with the mildest first.
pub(super) fn by_severity(counts: &[u64; 4]) -> FlowsBySeverity {
    let [info, notice, warning, error] = *counts;
    FlowsBySeverity { error, warning, notice, info }
}

fn gap(analysis: &Analysis, silence: &LongestSilence) -> LongestGap {
    LongestGap {
        length_s: silence.length.into(),
        flow: analysis.id_of(silence.flow.first_frame),
        initiator: silence.flow.initiator.to_string(),
        responder: silence.flow.responder.to_string(),
        start_frame: silence.after_frame.map(|frame| frame.0),
        end_frame: silence.before_frame.map(|frame| frame.0),
    }
}
