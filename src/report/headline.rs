//! The verdict in one sentence: the first line of the report.

use super::Report;
use schemars::JsonSchema;
use serde::Serialize;

/// Which answer the report gives.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Answer {
    /// Flows are used after a hop forgot them, or were seen to break.
    IdlingBreaksFlows,
    /// Errors that are not about a hop's timer: dead peers, slots.
    FlowsAreInTrouble,
    /// Sockets stay behind that nobody uses.
    SocketsLeftBehind,
    /// Only the probes seen keep flows alive.
    KeepaliveHolds,
    /// Nothing is cut, but it is close.
    NearMiss,
    /// No silence comes near a limit.
    IdlingIsNotTheCause,
    /// No hop was given: what known boxes would do.
    Survey,
    /// The capture does not show enough.
    NothingCanBeSaid,
}

/// The first sentence of the report.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, JsonSchema)]
pub struct Headline {
    /// Which answer it is.
    pub answer: Answer,
    /// The sentence, with the answer in front.
    pub sentence: String,
}

/// Makes the sentence from totals and findings.
pub fn of(report: &Report) -> Headline {
    let _ = report;
    Headline { answer: Answer::NothingCanBeSaid, sentence: String::new() }
}
