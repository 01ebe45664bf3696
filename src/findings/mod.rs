//! Rules over flows and verdicts: what a person should know, with evidence and advice.
//!
//! A [`CaseFile`] listens to one worker's flows. When a flow ends it is judged by every rule in
//! `rules`; what the rules claim is counted, and the worst flows are kept as [`FlowRecord`]s with their
//! claims as facts. [`Judgement::of`] lays the case files of all workers together and only then makes
//! sentences, so a flow that is not listed costs counters and no text. The result depends on the flows
//! alone, not on how they were spread over workers.
//!
//! # Adding a rule
//!
//! 1. A variant in [`Rule`], with its severity, its line in the table of `Rule::judged`, and its id.
//! 2. A file in `rules`: a facts struct, a `judge` function over a `Case`, a `Statement` that makes the
//!    sentences, and a firing and a silent scenario. A test refuses a rule without both.
//! 3. A variant in `Claim`, and the call in `rules::examine`.
//!
//! A rule tells only of what the capture shows: doubtful gaps give no finding, and a claim that is not certain loses a
//! degree of severity. What was *seen* to happen to flows ([`Rule::is_observed`]) is explained in `diagnosis`.

mod about_path;
mod annex;
mod beside;
mod broken;
mod case;
mod case_file;
mod diagnosis;
mod filter;
mod finding;
mod flow_record;
mod heartbeats;
mod inferred;
mod judgement;
mod others;
mod phrase;
mod remedy;
mod routes;
mod rule;
mod rules;
mod service;
mod slots;
mod terms;
#[cfg(test)]
mod tests;
mod totals;
mod worst;

pub use about_path::about_path;
pub use annex::Annex;
pub(crate) use beside::beside;
pub use broken::Broken;
pub use case_file::{Announcement, CaseFile};
pub use diagnosis::{
    Cause, CauseCounts, CauseStanding, Evidence, Explanation, FarFact, FarSight, IdleClock, TimerPlace,
};
pub use finding::{Certainty, Finding, FlowGroup, GROUP_FLOWS_KEPT};
pub use flow_record::{FlowRecord, FlowRef, KeepaliveRecord};
pub use heartbeats::{Reach, ReachCounts, ServiceHeartbeats, reach};
pub use inferred::{InferredClock, InferredLimit, InferredScope, InferredStand, LimitChange};
pub use judgement::{Gathered, Judgement, LongestSilence, SurveyLine};
pub use others::Outlived;
pub use remedy::{Knob, Remedy};
pub use routes::{RouteId, Routes, TooManyNetworks};
pub use rule::{Rule, Severity};
pub use service::{SERVICES_LISTED, ServiceLine, ServiceProbes, StaleLine};
pub use slots::{LimitBasis, Mark, Refusal, Refusals, Release, Releases, SlotPoint, SlotUse};
pub use terms::{FLOWS_LISTED, Listing, Terms};
pub use totals::{HopTotals, Totals};
