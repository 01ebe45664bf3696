//! Why flows failed, or were closed after a silence: each cause stands as a hypothesis until evidence refutes it.
//!
//! ```text
//! FlowFacts ─▶ incident ─▶ (together, kin, at_limit: what others show) ─▶ evidence ─▶ explain ─▶ telling
//!                               (other sides add facts here: far) ─┘
//! ```
//!
//! Judged once: an incident's explanations are made when all flows are known, and nothing changes them afterwards.

mod at_limit;
mod cause;
mod diagnose;
mod evidence;
mod explain;
mod far;
mod incident;
mod kin;
mod telling;
mod telling_limit;
#[cfg(test)]
mod tests;
mod together;

pub use cause::{Cause, CauseCounts, CauseStanding, IdleClock, TimerPlace};
pub use explain::{Evidence, Explanation};
pub use far::{FarFact, FarSight};

pub(super) use at_limit::AtLimit;
pub(super) use diagnose::{KnownService, Surroundings, diagnose};
pub(super) use incident::{How, INCIDENTS_KEPT, Idle, Incident};
pub(super) use telling::{Accident, rule_of};
pub(super) use telling_limit::{SINGLES_TOLD, tell_limit, tell_single};
