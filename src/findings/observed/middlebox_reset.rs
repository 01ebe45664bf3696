//! `middlebox-reset`: a RST that its claimed sender did not send.
//!
//! Claims that a box between reset the flow: the RST came sooner than the host could answer, over another number of
//! hops, or to both ends at once. Whatever the flow did before: a busy flow that a box resets is not idle, but
//! it is no fault of the ends either. Not while the flow was being closed, where such RSTs do no harm. Likely where
//! the number of hops alone says so (a route may change between two segments), or the haste of a RST in a busy flow (it may
//! cross what it seems to answer).

use super::culprit;
use crate::findings::case::Case;
use crate::findings::finding::Certainty;
use crate::findings::rule::Rule;
use crate::findings::rules::{Statement, Telling};
use crate::flow::{BoxProof, Fate, Phase, ResetOrigin, ResetSeen, Role};
use crate::frame::FrameNumber;
use crate::time::{Span, Timestamp};

/// A RST that is a box's.
#[derive(Clone, Copy, Debug)]
pub(in crate::findings) struct ForgeryFacts {
    pub reset: ResetSeen,
    /// The silence that the flow broke at, when it was one.
    gap: Option<Span>,
    certainty: Certainty,
}

pub(super) fn judge(case: &Case<'_>) -> Option<ForgeryFacts> {
    let forged = |role: &Role| {
        let reset = case.resets[role.index()]?;
        let ResetOrigin::Box(proof) = reset.origin() else { return None };
        let in_use = reset.phase == Phase::Established || reset.twin.is_some();
        (in_use && reset.exact && reset.fins == [false, false]).then_some((reset, proof))
    };
    // One that refuses no SYN was dropped and did no harm, but shows the box.
    let dropped = || {
        let ResetOrigin::Box(proof) = case.dropped_reset?.origin() else { return None };
        Some((case.dropped_reset?, proof))
    };
    let (reset, proof) = Role::BOTH.iter().find_map(forged).or_else(dropped)?;
    let broke = case.sequels.failed().filter(|sequel| {
        matches!(&sequel.fate, Fate::Refused(_) | Fate::ClosedUnprompted { .. }) && sequel.is_clean()
    });
    let certainty = match proof {
        BoxProof::BothEnds { .. } => Certainty::Certain,
        BoxProof::RefusesNoSyn { ttl, usual, copied_ip_id } => {
            let elsewhere = usual.is_some_and(|usual| usual != ttl);
            if elsewhere && copied_ip_id { Certainty::Certain } else { Certainty::Likely }
        }
        // In a busy flow a RST that its owner sends by itself may cross a segment, and RFC 9293 3.10.5 gives it no
        // acknowledgment either (common stacks do).
        BoxProof::TooSoon { .. } if reset.after_silence => Certainty::Certain,
        BoxProof::TooSoon { .. } => Certainty::Likely,
        // The host's own RST would bear timestamps or keep the label if it owned the socket; without the connection
        // it would have to have lost it and changed its distance in one silence.
        BoxProof::OtherDistance { .. } => {
            let plain = reset.timestamps_expected == Some(true) || reset.lacks_flow_label();
            if plain { Certainty::Certain } else { Certainty::Likely }
        }
    };
    let broke = broke.filter(|_| !reset.dropped);
    Some(ForgeryFacts { reset: *reset, gap: broke.map(|sequel| sequel.gap.length), certainty })
}

impl Statement for ForgeryFacts {
    fn rule(&self) -> Rule {
        Rule::MiddleboxReset
    }

    fn certainty(&self) -> Certainty {
        self.certainty
    }

    fn gap(&self) -> Option<Span> {
        self.gap
    }

    fn frames(&self, _: &Telling<'_>) -> Vec<FrameNumber> {
        self.reset.trigger.iter().map(|trigger| trigger.frame).chain([self.reset.frame]).collect()
    }

    fn at(&self) -> Option<Timestamp> {
        Some(self.reset.at)
    }

    fn summary(&self, told: &Telling<'_>) -> String {
        let address = told.flow.endpoint(self.reset.sender);
        format!(
            "the RST in frame {} bears the address of {address}, but {}",
            self.reset.frame,
            culprit::words(&self.reset)
        )
    }

    fn grounds(&self, _: &Telling<'_>) -> Option<String> {
        Some(culprit::words(&self.reset))
    }

    fn advice(&self, told: &Telling<'_>) -> String {
        let (sender, receiver) = (self.reset.sender, self.reset.sender.peer());
        let idle = match self.gap {
            Some(_) => "Raise its idle timeout, or keep the flow alive within it.",
            None if self.reset.dropped => {
                "A client has to drop such a RST (RFC 9293 3.10.7.3); a stack that takes it loses the connection. Look in the \
                 box's log for a policy."
            }
            None => {
                "The flow was not idle, so look in the box's log for a policy, a full table, or a state that it lost."
            }
        };
        format!(
            "Find the box between {} and {} that answers in the {}'s name. {idle}",
            told.flow.endpoint(receiver),
            told.flow.endpoint(sender),
            sender.name()
        )
    }
}
