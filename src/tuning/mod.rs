//! What the silences of real traffic say about the timeout and the keepalive to set.
//!
//! A [`Study`] listens to one worker's flows for all timeouts and keepalive times of a [`Plan`] at once; an
//! [`Outcome`] lays the studies together; [`recommend()`] names what to set. Ages of silences, with those that the
//! capture cuts short, make a [`SurvivalCurve`].

mod course;
mod entries;
mod expiries;
mod flow_study;
#[cfg(test)]
mod flow_study_tests;
pub mod interval_log;
mod limit_counts;
mod measured;
mod occupancy;
mod outcome;
mod plan;
mod recommend;
mod risk_table;
mod stale;
mod study;
mod survival;
mod tally;
mod tally_log;
mod wilson;

pub use course::Level;
pub use flow_study::{FlowStudy, REFRESHES};
pub use measured::Measured;
pub use occupancy::{MOST_BINS, Occupancy};
pub use outcome::{KeepaliveOutcome, Outcome, Saved, Slots, TimeoutOutcome};
pub use plan::{GroupBy, IDLE_FROM, MOST_CANDIDATES, Plan, USUAL_KEEP};
pub use recommend::{
    ENOUGH_REUSED, KeepaliveChoice, Link, LinkReason, NoKeepalive, NoTimeout, Recommended, TimeoutChoice,
    reach, recommend,
};
pub use risk_table::{Resolution, RiskTable, Silence, SilenceEnd};
pub use study::Study;
pub use survival::{
    Band, Confidence, ENOUGH_AT_RISK, Quantile, Reading, Standing, Step, SurvivalCurve, SurvivalLimits,
};
pub use tally::{OtherPlan, Part, Tally};
pub use tally_log::TallyError;
pub use wilson::Proportion;
