//! One line for each service: who answers at one address and port.

use super::{CutCounts, GapHistograms, OutcomeCounts, Seconds, SecondsRange};
use schemars::JsonSchema;
use serde::Serialize;
use std::collections::BTreeMap;

/// One service: responder address and port within one network.
#[derive(Clone, PartialEq, Debug, Default, Serialize, JsonSchema)]
pub struct Service {
    /// `ip:port` of the responder.
    pub responder: String,
    /// VLANs and tunnels around it; null: none.
    pub network: Option<String>,
    /// Flows to it.
    pub flows: u64,
    /// Of them open when the capture ended.
    pub open_at_end: u64,
    /// Longest ended silence of any packet.
    pub longest_gap_s: Seconds,
    /// Longest ended silence of new payload.
    pub longest_payload_gap_s: Seconds,
    /// Keepalive probes of its flows.
    pub keepalive: ServiceKeepalive,
    /// Verdicts by hop name.
    pub verdicts: BTreeMap<String, OutcomeCounts>,
    /// The `cut` verdicts by hop name.
    pub cuts: BTreeMap<String, CutCounts>,
    /// Findings by rule.
    pub findings: BTreeMap<String, u64>,
    /// Ended gaps of its flows by basis; null when they are not kept for this service.
    pub histograms: Option<GapHistograms>,
}

/// Keepalive that the flows of a service show.
#[derive(Clone, PartialEq, Debug, Default, Serialize, JsonSchema)]
pub struct ServiceKeepalive {
    /// Flows whose initiator probed.
    pub initiator_flows: u64,
    /// Flows whose responder probed.
    pub responder_flows: u64,
    /// Keepalive times of initiators, the likeliest values' lowest and highest.
    pub initiator_time_s: Option<SecondsRange>,
    /// The same of the responder.
    pub responder_time_s: Option<SecondsRange>,
}
