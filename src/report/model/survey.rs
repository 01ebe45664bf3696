//! What boxes of known limits would have done, when no hop is named.

use super::{RefreshWord, Seconds};
use schemars::JsonSchema;
use serde::Serialize;

/// One distinct limit of the catalogue.
#[derive(Clone, PartialEq, Debug, Serialize, JsonSchema)]
pub struct SurveyRow {
    /// Idle limit.
    pub limit_s: Seconds,
    /// What restarts the timer.
    pub refresh: RefreshWord,
    /// Ids of the presets that have this limit.
    pub presets: Vec<String>,
    /// Names of those boxes, in the same order.
    pub boxes: Vec<String>,
    /// Flows cut and used again afterwards.
    pub used_again: u64,
    /// Flows cut and not used again in this capture.
    pub left_behind: u64,
    /// Flows that only their probes save.
    pub saved_by_keepalive: u64,
    /// Flows that survive.
    pub survives: u64,
    /// Flows of which the capture does not show enough.
    pub unknown: u64,
}
