//! `middlebox-reset`, of an opening: a RST that refuses no SYN.
//!
//! Claims that a box answered in the server's name while the SYN waited: its RST does not acknowledge the SYN, as every
//! refusal of a host does (RFC 9293 3.10.7.1), and comes from elsewhere or copies the SYN. The client drops it (RFC 9293
//! 3.10.7.3), so it does no harm by itself and is at most a warning, but shows the box.

use super::{Statement, Telling};
use crate::findings::case::Case;
use crate::findings::finding::Certainty;
use crate::findings::phrase;
use crate::findings::remedy::Remedy;
use crate::findings::rule::{Rule, Severity};
use crate::flow::{BoxProof, ResetOrigin, ResetSeen};
use crate::frame::FrameNumber;
use crate::time::{Span, Timestamp};

#[derive(Clone, Copy, Debug)]
pub(in crate::findings) struct ForgedRefusal {
    reset: ResetSeen,
    certainty: Certainty,
}

pub(super) fn judge(case: &Case<'_>) -> Option<ForgedRefusal> {
    let reset = case.dropped_reset?;
    let ResetOrigin::Box(BoxProof::RefusesNoSyn { ttl, usual, copied_ip_id }) = reset.origin() else {
        return None;
    };
    let elsewhere = usual.is_some_and(|usual| usual != ttl);
    let certainty = if elsewhere && copied_ip_id { Certainty::Certain } else { Certainty::Likely };
    Some(ForgedRefusal { reset: *reset, certainty })
}

impl Statement for ForgedRefusal {
    fn rule(&self) -> Rule {
        Rule::MiddleboxReset
    }

    fn certainty(&self) -> Certainty {
        self.certainty
    }

    fn severity(&self) -> Severity {
        self.certainty.weigh(self.rule()).min(Severity::Warning)
    }

    fn gap(&self) -> Option<Span> {
        None
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
            phrase::reset_origin(&self.reset)
        )
    }

    fn remedy(&self, told: &Telling<'_>) -> Remedy {
        let (sender, receiver) = (self.reset.sender, self.reset.sender.peer());
        Remedy::step(format!(
            "Find the box between {} and {} that answers in the {}'s name. A client has to drop such a RST (RFC 9293 \
             3.10.7.3); a stack that takes it loses the connection. Look in the box's log for a policy.",
            told.flow.endpoint(receiver),
            told.flow.endpoint(sender),
            sender.name()
        ))
    }
}
