//! Idle limits that the capture itself shows.

use super::{ClockWord, RoleWord, Seconds};
use schemars::JsonSchema;
use serde::Serialize;

/// In which state of the connection the timer runs.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum InferredStateWord {
    /// Both ways open.
    #[default]
    Established,
    /// One side closed.
    HalfClosed,
}

/// Of which flows a limit is.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum InferredScopeWord {
    /// One address and port.
    #[default]
    Service,
    /// Ports of one address whose limits agree.
    Server,
    /// Services of several addresses whose limits agree.
    Services,
}

/// Whether there is a number.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum InferredStandWord {
    /// Between the longest silence survived and the shortest that broke a flow.
    #[default]
    Bracket,
    /// The timer's own event shows it.
    Exact,
    /// A bracket; longer silences were ended by RST, shorter ones had no answer: two boxes.
    TwoBoxes,
    /// Some silence that broke a flow was not longer than one survived: no number.
    Conflict,
}

/// An idle limit read from what flows survived and what cut them.
#[derive(Clone, PartialEq, Debug, Default, Serialize, JsonSchema)]
pub struct InferredTimeout {
    /// Of which flows, for a reader: `10.0.0.5:443, responder speaks first`.
    pub scope: String,
    /// The same as a word.
    pub scope_kind: InferredScopeWord,
    /// `ip:port` of the service; `ip` of a server; empty for services of several addresses.
    pub service: String,
    /// How many services show it.
    pub services: u64,
    /// In which state it runs.
    pub state: InferredStateWord,
    /// What restarts the timer.
    pub clock: Option<ClockWord>,
    /// Flows that show it: those that were cut or closed at it; the first ones, `cuts` is their number.
    pub members: Vec<u64>,
    /// Who ended the silences, `null`: it makes no difference; of a clock of payload, who closed.
    pub speaker: Option<RoleWord>,
    /// Whether there is a number. Of a conflict the two lengths are those that contradict each other.
    pub stand: InferredStandWord,
    /// Longest silence that a flow survived.
    pub longest_survived_s: Option<Seconds>,
    /// The frames before and after it; empty: not kept.
    pub survived_frames: Vec<u64>,
    /// Shortest silence after which a flow was gone.
    pub shortest_cut_s: Option<Seconds>,
    /// The frames before and after it.
    pub cut_frames: Vec<u64>,
    /// From which length on a RST came; shorter silences had no answer at all.
    pub reset_from_s: Option<Seconds>,
    /// Longest silence survived where the side spoke first that is not `speaker`.
    pub other_side_survived_s: Option<Seconds>,
    /// Flows that survived a silence.
    pub survivors: u64,
    /// Flows that were cut.
    pub cuts: u64,
    /// Flows that broke after a silence that others survived: one timer does not explain both.
    pub contradictions: u64,
    /// Ids of the presets whose limit fits.
    pub nearest_presets: Vec<String>,
    /// What was seen, and what follows.
    pub meaning: String,
    /// Wireshark display filter that shows the frames.
    pub display_filter: String,
}
