//! Rules over what was seen to happen to one flow, whatever the path is said to be.
//!
//! A flow that broke right after a silence is a suspect case of an idle cut. By itself it rarely proves one: a host
//! that has gone looks the same, and so does a box that lost its state for another reason. So each claim is made
//! with the certainty that one flow allows, and `review` lays the cases of all workers side by side before
//! anything is said: other flows of the same hosts make a claim certain, or have it withdrawn.

mod broken_flow;
mod close_at_limit;
mod closing;
mod culprit;
mod distance;
mod heard;
mod heartbeat_pace;
mod middlebox_reset;
mod not_idle;
mod outlived;
mod reconnect;
mod reuse_race;
mod review;
mod start;
#[cfg(test)]
mod stories;
mod suspect;

use super::case::Case;
use super::rule::Rule;
use super::rules::{Claim, Statement};

pub(super) use broken_flow::BreakFacts;
pub(super) use close_at_limit::{CloseAtLimit, find as find_limits};
pub(super) use closing::Closing;
pub(super) use distance::{AllDistances, Distance};
pub(super) use heard::{AllHeard, Heard, KnownHost};
pub(super) use heartbeat_pace::{OffPace, bound_off_pace, tell_off_pace};
pub(super) use middlebox_reset::ForgeryFacts;
pub(super) use not_idle::NotIdleFacts;
pub use outlived::Outlived;
pub(super) use reconnect::ReconnectFacts;
pub(super) use reuse_race::{Crossing, bound_crossings, tell_crossings};
pub(super) use review::{Lives, Review, SurvivedSilences, review};
pub(super) use start::{AllStarts, Starts};
pub(super) use suspect::{Charge, SUSPECTS_KEPT, Suspect};

/// Everything that was seen to happen to a flow.
pub(super) fn examine(case: &Case<'_>, claims: &mut Vec<Claim>) {
    let broken = broken_flow::judge(case);
    if broken.is_some_and(|facts| facts.rule() == Rule::HalfClosedIdle) {
        // What was seen says more than what a timer would have done.
        claims.retain(|claim| claim.rule() != Rule::HalfClosedIdle);
    }
    claims.extend(broken.map(Claim::Break));
    claims.extend(middlebox_reset::judge(case).map(Claim::Forgery));
    let idle = claims.iter().any(|claim| matches!(claim, Claim::Break(_)));
    claims.extend(not_idle::judge(case).filter(|_| !idle).map(Claim::NotIdle));
}
