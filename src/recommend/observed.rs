//! Numbers from what flows survived and what broke them.

use super::{Grounds, Recommendation};
use crate::findings::{InferredClock, InferredLimit, InferredScope, InferredStand, Knob};
use crate::flow::{Role, Service};
use crate::policy::{keepalive_below, pause_of};
use crate::time::Span;

/// Why a limit gives no number.
#[derive(Clone, Debug, PartialEq)]
pub enum NoNumber {
    /// No silence was survived, or none of a second.
    NothingSurvived {
        /// The shortest that broke a flow.
        cut: Span,
    },
    /// A silence that broke a flow was not longer than one that was survived.
    Conflict(Box<InferredLimit>),
}

/// The longest pause that is safe as far as a limit shows, in whole seconds.
///
/// # Errors
/// [`NoNumber`] where nothing shows one.
pub fn safe_pause(limit: &InferredLimit) -> Result<Span, NoNumber> {
    let half = limit.cut.divided_by(2);
    let bound = match (&limit.stand, limit.survived.length) {
        (InferredStand::Conflict(_), _) => return Err(NoNumber::Conflict(Box::new(limit.clone()))),
        // The timer's own event shows its value.
        (InferredStand::Exact, Span::ZERO) => half,
        (_, survived) => half.min(survived),
    };
    if bound < Span::from_secs(1) {
        return Err(NoNumber::NothingSurvived { cut: limit.cut });
    }
    Ok(pause_of(bound))
}

/// What the limits of services ask for.
pub(super) fn of(limits: &[InferredLimit]) -> impl Iterator<Item = Recommendation> + '_ {
    limits.iter().flat_map(|limit| match limit.scope {
        InferredScope::Service(service) => of_service(service, limit),
        // The services have their own.
        InferredScope::Server(..) | InferredScope::Services => Vec::new(),
    })
}

fn of_service(service: Service, limit: &InferredLimit) -> Vec<Recommendation> {
    let pause = match safe_pause(limit) {
        Ok(pause) => pause,
        Err(why) => {
            return vec![Recommendation::bare(Some(service), Knob::Investigate, Grounds::NoNumber(why))];
        }
    };
    let grounds = || Grounds::Observed(Box::new(limit.clone()));
    let at_most = |knob| Recommendation::at_most(Some(service), knob, pause, grounds());
    let keepalive = || {
        let fitting = keepalive_below(pause.times(2), None);
        Recommendation { at_most: Some(fitting.time), keepalive: Some(fitting), ..at_most(Knob::Keepalive) }
    };
    if limit.clock == InferredClock::HalfClosed {
        return vec![at_most(Knob::CloseEarlier)];
    }
    let is_close = limit.stand == InferredStand::Exact;
    // Who opened the connection closes it when it likes.
    if is_close && limit.speaker == Some(Role::Initiator) {
        return Vec::new();
    }
    let mut found = match limit.shown_clock() {
        _ if !limit.is_unwanted => Vec::new(),
        Some(InferredClock::Payload) => vec![at_most(Knob::Heartbeat)],
        Some(InferredClock::Established | InferredClock::HalfClosed) => vec![keepalive()],
        None => vec![keepalive(), at_most(Knob::Heartbeat)],
    };
    // A client that closes first meets no close of the server.
    if is_close {
        found.push(Recommendation { side: Some(Role::Initiator), ..at_most(Knob::CloseEarlier) });
    }
    found
}
