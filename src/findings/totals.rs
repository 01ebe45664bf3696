//! Exact counts over all flows, listed or not.

use super::diagnosis::CauseCounts;
use super::finding::Certainty;
use super::rule::{Rule, Severity};
use crate::flow::{ClosedBy, FlowView, Opened};
use crate::simulate::{OutcomeKind, Verdict};

/// How often one hop did what.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct HopTotals {
    /// Flows by [`OutcomeKind::index`].
    pub outcomes: [u64; 5],
    /// Of the flows cut: those with new payload after the timer had run out.
    pub used_again: u64,
    /// Of the flows cut: those that no other hop cuts earlier.
    pub cuts_first: u64,
    /// Expiries beyond the first of each flow, had it been opened again.
    pub later_expiries: u64,
    /// Cut and not used again in this capture, and the ends were not told.
    pub left_behind: u64,
    /// Flows that were seen to survive a silence of all packets beyond its limit: they refute it as stated.
    pub outlived: u64,
}

impl HopTotals {
    /// Flows with this outcome.
    pub fn of(&self, kind: OutcomeKind) -> u64 {
        self.outcomes[kind.index()]
    }

    pub(super) fn note(&mut self, verdict: &Verdict) {
        self.outcomes[verdict.kind().index()] += 1;
        self.used_again += u64::from(verdict.cut().is_some_and(|lapse| lapse.used_again));
        self.left_behind += u64::from(verdict.cut().is_some_and(|lapse| lapse.leaves_behind()));
        self.later_expiries += u64::from(verdict.expiries.saturating_sub(1));
    }

    /// Counts flows that the hop could not have touched.
    pub(super) fn note_untouched(&mut self, flows: u64) {
        self.outcomes[Verdict::UNTOUCHED.kind().index()] += flows;
    }

    pub(super) fn add(&mut self, other: &HopTotals) {
        for (mine, theirs) in self.outcomes.iter_mut().zip(other.outcomes) {
            *mine += theirs;
        }
        self.used_again += other.used_again;
        self.left_behind += other.left_behind;
        self.cuts_first += other.cuts_first;
        self.later_expiries += other.later_expiries;
        self.outlived += other.outlived;
    }
}

/// Counts over all flows.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Totals {
    /// Flows.
    pub flows: u64,
    /// Flows without a close.
    pub open_at_end: u64,
    /// Flows closed by FIN of both sides.
    pub closed_fin: u64,
    /// Flows closed by RST.
    pub closed_rst: u64,
    /// Flows joined midway.
    pub midstream: u64,
    /// Flows of which the capture shows one side only.
    pub one_way: u64,
    /// Segments that are probes or replies to probes: one direction does not show which.
    pub probe_or_reply: u64,
    /// Of them, those of which all that their sender sent has one IP identification.
    pub probe_or_reply_one_ip_id: u64,
    /// Flows cut by at least one hop.
    pub cut: u64,
    /// Of them, flows with new payload afterwards.
    pub used_again: u64,
    /// Of them, flows of which sockets stay behind. Of the others the hop told both ends.
    pub left_behind: u64,
    /// Flows that live only because of keepalive: saved from some hop and cut by none.
    pub saved_by_keepalive: u64,
    /// Flows that no hop certainly cuts and of which some hop's deed is unknown.
    pub unknown: u64,
    /// Flows by their worst finding, mildest severity first; flows without findings are in none.
    pub flows_by_severity: [u64; 4],
    /// By hop, in path order.
    pub hops: Vec<HopTotals>,
    /// Flows that failed, as far as that is certain or not, by [`Certainty`].
    pub failures: [u64; 3],
    /// Failures and closes beyond the bound of what is explained.
    pub unexplained: u64,
    /// Causes of failures, and of closes after a silence, by how far each is established.
    pub explanations: CauseCounts,
    /// Findings by [`Rule::index`], those about the path included.
    pub findings: [u64; Rule::COUNT],
    /// Findings by severity, mildest first.
    pub severities: [u64; 4],
}

impl Totals {
    pub(super) fn new(hops: usize) -> Self {
        Totals {
            flows: 0,
            open_at_end: 0,
            closed_fin: 0,
            closed_rst: 0,
            midstream: 0,
            one_way: 0,
            probe_or_reply: 0,
            probe_or_reply_one_ip_id: 0,
            cut: 0,
            used_again: 0,
            left_behind: 0,
            saved_by_keepalive: 0,
            unknown: 0,
            flows_by_severity: [0; 4],
            hops: vec![HopTotals::default(); hops],
            failures: [0; 3],
            unexplained: 0,
            explanations: CauseCounts::default(),
            findings: [0; Rule::COUNT],
            severities: [0; 4],
        }
    }

    /// Findings of `rule`.
    pub fn of(&self, rule: Rule) -> u64 {
        self.findings[rule.index()]
    }

    /// Flows with a finding.
    pub fn with_findings(&self) -> u64 {
        self.flows_by_severity.iter().sum()
    }

    /// Findings of at least `severity`.
    pub fn at_or_above(&self, severity: Severity) -> u64 {
        self.severities[severity as usize..].iter().sum()
    }

    #[inline(always)]
    pub(super) fn note_flow(&mut self, flow: &FlowView<'_>) {
        self.flows += 1;
        match flow.closed_by() {
            ClosedBy::Fin => self.closed_fin += 1,
            ClosedBy::Rst => self.closed_rst += 1,
            ClosedBy::Nothing => self.open_at_end += 1,
        }
        self.midstream += u64::from(flow.opened() == Opened::Midstream);
        self.one_way += u64::from(!flow.is_two_way());
    }

    /// A flow failed.
    pub(super) fn note_failure(&mut self, certainty: Certainty) {
        self.failures[certainty as usize] += 1;
    }

    pub(super) fn note_finding(&mut self, rule: Rule, severity: Severity) {
        self.findings[rule.index()] += 1;
        self.severities[severity as usize] += 1;
    }

    pub(super) fn add(&mut self, other: &Totals) {
        self.flows += other.flows;
        self.open_at_end += other.open_at_end;
        self.closed_fin += other.closed_fin;
        self.closed_rst += other.closed_rst;
        self.midstream += other.midstream;
        self.one_way += other.one_way;
        self.probe_or_reply += other.probe_or_reply;
        self.probe_or_reply_one_ip_id += other.probe_or_reply_one_ip_id;
        self.cut += other.cut;
        self.used_again += other.used_again;
        self.left_behind += other.left_behind;
        self.saved_by_keepalive += other.saved_by_keepalive;
        self.unknown += other.unknown;
        for (mine, theirs) in self.flows_by_severity.iter_mut().zip(other.flows_by_severity) {
            *mine += theirs;
        }
        for (mine, theirs) in self.hops.iter_mut().zip(&other.hops) {
            mine.add(theirs);
        }
        for (mine, theirs) in self.findings.iter_mut().zip(other.findings) {
            *mine += theirs;
        }
        for (mine, theirs) in self.severities.iter_mut().zip(other.severities) {
            *mine += theirs;
        }
    }
}
