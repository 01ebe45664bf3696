//! Idle limits that the capture itself shows.

use super::{RoleWord, Seconds};
use schemars::JsonSchema;
use serde::Serialize;

/// What restarts the timer, and in which state of the connection it runs.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum InferredClockWord {
    /// Any packet, both ways open.
    #[default]
    Established,
    /// Any packet, one side closed.
    HalfClosed,
    /// Payload only: keepalive does not reach it.
    Payload,
}

/// An idle limit read from what flows survived and what cut them.
#[derive(Clone, PartialEq, Debug, Default, Serialize, JsonSchema)]
pub struct InferredTimeout {
    /// Of which flows, for a reader: `10.0.0.5:443, initiator first to speak`.
    pub scope: String,
    /// `ip:port` of the service.
    pub service: String,
    /// What restarts the timer.
    pub clock: InferredClockWord,
    /// Who ended the silences; of a clock of payload, who closed.
    pub speaker: Option<RoleWord>,
    /// Longest silence that a flow survived.
    pub longest_survived_s: Option<Seconds>,
    /// The frames before and after it; empty: not kept.
    pub survived_frames: Vec<u64>,
    /// Shortest silence after which a flow was gone.
    pub shortest_cut_s: Option<Seconds>,
    /// The frames before and after it.
    pub cut_frames: Vec<u64>,
    /// Flows that survived a silence.
    pub survivors: u64,
    /// Flows that were cut.
    pub cuts: u64,
    /// Flows that broke after a silence that others survived: one timer does not explain both.
    pub contradictions: u64,
    /// Ids of the presets whose limit fits.
    pub nearest_presets: Vec<String>,
}
