//! What a report holds: plain owned data in the words of the machine output (schema
//! `idlescope.report/2`). The pages print it and judge nothing.
//!
//! Every list that is bounded has its exact total beside it, named `…_total`.

mod capture;
mod explanation;
mod finding;
mod flow;
mod heartbeat;
mod histogram;
mod inference;
mod next_capture;
mod observed;
mod path;
mod service;
mod sides;
mod recommended;
mod slots;
mod survey;
mod time;
mod totals;
mod tuning;
mod words;

pub use capture::{Capture, CapturePause, Damage, InputFile};
pub use explanation::{ClockWord, EvidenceTold, Explanation, PlaceWord, StandingWord};
pub use finding::{Finding, FramePlace, Scope, Severity};
pub use flow::{
    Flow, FlowClose, FlowGap, FlowOpening, FlowVerdict, Keepalives, PerRole, ProbesSeen, SecondsRange,
};
pub use heartbeat::{BytesRange, FlowHeartbeat, HeartbeatReach, LimitMissed, ServiceHeartbeat};
pub(in crate::report) use histogram::Told;
pub use histogram::{Bucket, GapHistogram, GapHistograms, Percentiles, QuantileStep};
pub use inference::{InferredScopeWord, InferredStandWord, InferredStateWord, InferredTimeout};
pub use next_capture::{CaptureCommands, NextCapture};
pub use observed::{
    FailedSilence, FailureWord, Observed, ResetOriginWord, ResetTold, SilenceClassWord, SurvivedSilence,
};
pub use path::{
    PathDescription, PathEndKeepalive, PathEndKeepalives, PathHop, PathKeepalive, PathProposal, PathRoute,
    PathSelfProbe,
};
pub use recommended::{KnobWord, Recommended};
pub use service::{Service, ServiceBroken, ServiceKeepalive, ServiceLimit, StaleClient};
pub use sides::{
    ConclusionWord, FlowCrossing, LastPacket, SideAlone, SideConclusion, Sides, SidesBetween, SignedSeconds,
};
pub use slots::{SlotLimitBasis, SlotMark, SlotPoint, SlotRefusals, SlotReleases, SlotUse};
pub use survey::SurveyRow;
pub use time::{Moment, Seconds};
pub use totals::{Broken, CutCounts, Cuts, Failed, FlowsBySeverity, LongestGap, OutcomeCounts, Totals};
pub use tuning::{
    ChainLink, CurvePoint, Distributions, Entries, KeepaliveRow, Recommendation, RecommendedKeepalive,
    RecommendedTimeout, SavedBehind, Share, SlotsHeld, SurvivalPlot, TimeoutRow, Tuning, TuningBasis,
    TuningGroup,
};
pub use words::{
    BasisWord, CertaintyWord, EndedByWord, ExpiryWord, ListingWord, Outcome, PickupWord, RefreshWord,
    RoleWord, TrustWord,
};

use crate::tuning::interval_log::IntervalLog;
use schemars::JsonSchema;
use serde::Serialize;

/// The result of one analysis: all that the pages print.
#[derive(Clone, PartialEq, Debug, Default, Serialize, JsonSchema)]
pub struct Report {
    /// Whether all of the input was read. False: it was damaged, cut short or interrupted.
    pub complete: bool,
    /// What was read.
    pub capture: Capture,
    /// The path that the flows were judged against. Without hops the survey stands instead.
    pub path: PathDescription,
    /// Counts over all flows, listed or not.
    pub totals: Totals,
    /// What boxes of known limits would have done, the shortest limit first; empty when hops were given.
    pub survey: Vec<SurveyRow>,
    /// By service, the most affected first; bounded by `services_total`.
    pub services: Vec<Service>,
    /// How many services there were.
    pub services_total: u64,
    /// Clients with stale flows, by service, most flows first; bounded by `stale_clients_total`.
    pub stale_clients: Vec<StaleClient>,
    /// How many pairs of client and service there were.
    pub stale_clients_total: u64,
    /// Clients that came to the limit of their connections at a service, worst first; bounded by `slots_total`.
    pub slots: Vec<SlotUse>,
    /// How many such pairs there were.
    pub slots_total: u64,
    /// Ended gaps of the whole capture by basis; open gaps are never among them.
    pub histograms: GapHistograms,
    /// How flows and gaps were chosen for the lists.
    pub listing: Listing,
    /// The flows that are listed, the worst first.
    pub flows: Vec<Flow>,
    /// How many flows would be listed if the list had no bound.
    pub flows_total: u64,
    /// What a person should know about the path and the listed flows. [`Flow::findings`] are indexes into this
    /// list.
    pub findings: Vec<Finding>,
    /// How many findings there were, on flows that are not listed too; `totals.findings` has them by rule.
    pub findings_total: u64,
    /// Idle limits that the capture itself shows.
    pub inferred_timeouts: Vec<InferredTimeout>,
    /// What to set, one for each service, setting and side. [`Finding::recommendations`] are their numbers.
    pub recommendations: Vec<Recommended>,
    /// Which captures would settle what this one leaves open, a few.
    pub next_captures: Vec<NextCapture>,
    /// What captures on both sides of a box say together; only with `--side`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sides: Option<Sides>,
    /// What to set and its price; only of `idlescope tune`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tuning: Option<Tuning>,
    /// Histograms as the interval log holds them; only of `idlescope tune`.
    #[serde(skip)]
    pub interval_log: IntervalLog,
}

/// How flows and gaps were chosen for the lists.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, JsonSchema)]
pub struct Listing {
    /// Which flows.
    pub flows: ListingWord,
    /// How many at the most.
    pub flows_at_most: u64,
    /// Shortest gap listed of a flow.
    pub min_gap_s: Seconds,
}

impl Default for Listing {
    fn default() -> Self {
        Listing { flows: ListingWord::Findings, flows_at_most: 0, min_gap_s: Seconds::default() }
    }
}
