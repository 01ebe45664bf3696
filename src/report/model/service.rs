//! One line for each service: who answers at one address and port.

use super::{
    ClockWord, CutCounts, FlowsBySeverity, GapHistograms, OutcomeCounts, Seconds, SecondsRange,
    ServiceHeartbeat,
};
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
    /// Flows cut by at least one hop.
    pub cut: u64,
    /// Flows that some hop would have cut without the probes seen, and none cut.
    pub saved_by_keepalive: u64,
    /// Flows that failed and that an idle timer may have ended.
    pub broken: ServiceBroken,
    /// The idle limit that its flows show, of several the one with the most cuts; null: none.
    pub limit: Option<ServiceLimit>,
    /// Keepalive probes of its flows.
    pub keepalive: ServiceKeepalive,
    /// Heartbeats of the application in its flows, those of the initiators first.
    pub heartbeats: Vec<ServiceHeartbeat>,
    /// Verdicts by hop name.
    pub verdicts: BTreeMap<String, OutcomeCounts>,
    /// The `cut` verdicts by hop name.
    pub cuts: BTreeMap<String, CutCounts>,
    /// Findings by rule.
    pub findings: BTreeMap<String, u64>,
    /// Flows by their worst finding.
    pub flows_by_severity: FlowsBySeverity,
    /// Ended gaps of its flows by basis, of at least a second: shorter ones are counted for the whole capture
    /// only. Null when there are none.
    pub histograms: Option<GapHistograms>,
}

/// Flows of a service that failed, by how far an idle timer is established as the cause.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, JsonSchema)]
pub struct ServiceBroken {
    /// It is shown.
    pub certain: u64,
    /// It is likely.
    pub likely: u64,
    /// It is possible.
    pub possible: u64,
}

/// The idle limit that the flows of a service show.
#[derive(Clone, PartialEq, Debug, Serialize, JsonSchema)]
pub struct ServiceLimit {
    /// Longest silence survived.
    pub longest_survived_s: Option<Seconds>,
    /// Shortest silence after which a flow was cut or closed.
    pub shortest_cut_s: Option<Seconds>,
    /// What restarts the timer.
    pub clock: Option<ClockWord>,
}

/// Stale flows of one client to one service. Each holds one of the connections that a server allows a client.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, JsonSchema)]
pub struct StaleClient {
    /// Address of the client.
    pub client: String,
    /// `ip:port` of the service.
    pub responder: String,
    /// VLANs and tunnels around them; null: none.
    pub network: Option<String>,
    /// Its flows with the finding `stale`.
    pub flows: u64,
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
