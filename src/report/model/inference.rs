//! Idle limits that the capture itself shows.

use super::Seconds;
use schemars::JsonSchema;
use serde::Serialize;

/// An idle limit read from what flows survived and what cut them.
#[derive(Clone, PartialEq, Debug, Default, Serialize, JsonSchema)]
pub struct InferredTimeout {
    /// Of which flows: `10.0.0.5:443`, `all flows`.
    pub scope: String,
    /// Longest silence that a flow survived.
    pub longest_survived_s: Option<Seconds>,
    /// Shortest silence after which a flow was gone.
    pub shortest_cut_s: Option<Seconds>,
    /// Silences survived near the limit.
    pub survivors: u64,
    /// Silences that cut.
    pub cuts: u64,
    /// Silences on the wrong side of the limit.
    pub contradictions: u64,
    /// Ids of the presets with the nearest limits.
    pub nearest_presets: Vec<String>,
}
