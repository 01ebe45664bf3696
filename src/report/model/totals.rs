//! Counts over all flows, listed or not.

use super::{Outcome, Seconds, Severity};
use schemars::JsonSchema;
use serde::Serialize;
use std::collections::BTreeMap;

/// Counts over all flows.
#[derive(Clone, PartialEq, Debug, Default, Serialize, JsonSchema)]
pub struct Totals {
    /// Flows seen: lives of TCP connections.
    pub flows: u64,
    /// Neither closed nor reset when the capture ended.
    pub open_at_end: u64,
    /// Closed by FIN of both sides.
    pub closed_fin: u64,
    /// Closed by RST.
    pub closed_rst: u64,
    /// Open before the capture began.
    pub opened_midstream: u64,
    /// Of which the capture shows one direction only.
    pub one_way: u64,
    /// Segments that are keepalive probes, or replies to some: the capture shows one direction only, and nothing in it
    /// tells. No `probes` of a flow holds them.
    pub probe_or_reply: u64,
    /// Of them, those of which all that their sender sent has one IP identification: a device may have sent one frame
    /// again and again.
    pub probe_or_reply_one_ip_id: u64,
    /// Given up at the memory bound before they ended.
    pub evicted: u64,
    /// Verdicts by hop name. Each flow counts once for each hop.
    pub verdicts: BTreeMap<String, OutcomeCounts>,
    /// The `cut` verdicts, by what came after.
    pub cuts: Cuts,
    /// Flows that some hop would have cut without the probes seen, and none cut.
    pub saved_by_keepalive: u64,
    /// Flows that no hop certainly cut and of which at least one hop's verdict is unknown.
    pub unknown: u64,
    /// Flows that were seen to fail, whatever the path is said to be and whatever the cause.
    pub failed: Failed,
    /// Of them: those that an idle timer may have ended.
    pub broken: Broken,
    /// Causes of failures, and of closes after a silence: {cause: {standing: flows}}.
    pub explanations: BTreeMap<String, BTreeMap<String, u64>>,
    /// Failures and closes that are not explained: more than what is compared with each other.
    pub unexplained: u64,
    /// Findings by rule.
    pub findings: BTreeMap<String, u64>,
    /// Flows by their worst finding.
    pub flows_by_severity: FlowsBySeverity,
    /// Longest ended gap between packets of any kind.
    pub longest_gap: Option<LongestGap>,
    /// Longest ended gap between new payload.
    pub longest_payload_gap: Option<LongestGap>,
    /// Longest silence that lasts until the capture's end, of those long enough to matter to any limit.
    pub longest_open_gap: Option<LongestGap>,
}

impl Totals {
    /// Findings of one rule.
    pub fn of_rule(&self, rule: &str) -> u64 {
        self.findings.get(rule).copied().unwrap_or(0)
    }
}

/// How many flows met each outcome at one hop.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, JsonSchema)]
pub struct OutcomeCounts {
    /// The timer never ran out.
    pub survives: u64,
    /// It ran out.
    pub cut: u64,
    /// It would have run out without the probes seen.
    #[serde(rename = "saved-by-keepalive")]
    pub saved_by_keepalive: u64,
    /// The capture does not show enough.
    pub unknown: u64,
}

impl OutcomeCounts {
    /// Counts one flow.
    pub fn count(&mut self, outcome: Outcome) {
        let counter = match outcome {
            Outcome::Survives => &mut self.survives,
            Outcome::Cut => &mut self.cut,
            Outcome::SavedByKeepalive => &mut self.saved_by_keepalive,
            Outcome::Unknown => &mut self.unknown,
            Outcome::OffPath => return,
        };
        *counter = counter.saturating_add(1);
    }
}

/// Flows that were cut, each once, and by hop.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, JsonSchema)]
pub struct Cuts {
    /// Cut by at least one hop and used again afterwards.
    pub flows_used_again: u64,
    /// Cut by at least one hop and not used again in this capture.
    pub flows_left_behind: u64,
    /// Flows not used again after the cut by a hop that tells both ends: nothing stays behind.
    pub flows_told: u64,
    /// By hop name; a flow counts at every hop that cut it.
    pub by_hop: BTreeMap<String, CutCounts>,
}

/// `cut` verdicts of one hop.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, JsonSchema)]
pub struct CutCounts {
    /// The flow was used again afterwards.
    pub used_again: u64,
    /// It was not, in this capture, and a socket may stay behind.
    pub left_behind: u64,
    /// It was not, and the hop told both ends.
    pub told: u64,
    /// Flows that were seen to survive a silence of all packets beyond the hop's limit: where the capture was taken, no such
    /// timer was at work.
    pub lived_on: u64,
}

/// Flows that were seen to fail, by how sure that is.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, JsonSchema)]
pub struct Failed {
    /// The capture shows it.
    pub certain: u64,
    /// It hardly can be otherwise.
    pub likely: u64,
    /// It can be otherwise.
    pub possible: u64,
}

/// Flows that were seen to fail and that an idle timer may have ended, by how far that is established.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, JsonSchema)]
pub struct Broken {
    /// It is shown.
    pub certain: u64,
    /// It is likely.
    pub likely: u64,
    /// It is possible.
    pub possible: u64,
    /// Of the certain and the likely ones: told by a RST, not by silence.
    pub by_reset: u64,
    /// The shortest silence at whose end one of these broke.
    pub shortest_s: Option<Seconds>,
    /// And the longest.
    pub longest_s: Option<Seconds>,
    /// The longest silence that flows of the same services survived when the same side ended it.
    pub longest_survived_s: Option<Seconds>,
}

/// Flows by their worst finding. Flows without findings are in none.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, JsonSchema)]
pub struct FlowsBySeverity {
    /// At least one error.
    pub error: u64,
    /// At least one warning, no error.
    pub warning: u64,
    /// At least one notice, nothing worse.
    pub notice: u64,
    /// Infos only.
    pub info: u64,
}

impl FlowsBySeverity {
    /// Counts one flow by its worst finding.
    pub fn count(&mut self, worst: Severity) {
        let counter = match worst {
            Severity::Error => &mut self.error,
            Severity::Warning => &mut self.warning,
            Severity::Notice => &mut self.notice,
            Severity::Info => &mut self.info,
        };
        *counter = counter.saturating_add(1);
    }

    /// Flows with findings.
    pub fn total(&self) -> u64 {
        [self.error, self.warning, self.notice, self.info]
            .into_iter()
            .fold(0, |sum, count| sum.saturating_add(count))
    }
}

/// The longest gap of the capture, and where it is.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, JsonSchema)]
pub struct LongestGap {
    /// How long.
    pub length_s: Seconds,
    /// Whose.
    pub flow: u64,
    /// `ip:port` of who opened it.
    pub initiator: String,
    /// `ip:port` of the service.
    pub responder: String,
    /// Last activity before it; null: shorter than a second, whose frames are not kept.
    pub start_frame: Option<u64>,
    /// First activity after it; null: the capture ended first, or as above.
    pub end_frame: Option<u64>,
}
