//! `reconnect-after-cut`: the client opens a new flow to the same service right after.
//!
//! Claims that the application noticed: a flow broke, and the same client address opened another one to the same
//! service while it was still tried or within seconds of its end. Possible only where that client opens flows to the
//! service all the time.

use super::{Statement, Telling};
use crate::findings::finding::Certainty;
use crate::findings::remedy::Remedy;
use crate::findings::rule::Rule;
use crate::frame::FrameNumber;
use crate::time::{Span, Timestamp};

/// From the end of the broken flow to a new one that is taken for its successor.
pub(in crate::findings) const SOON: Span = Span::from_secs(10);

/// A new flow after one that broke.
#[derive(Clone, Copy, Debug)]
pub(in crate::findings) struct ReconnectFacts {
    /// Its first frame.
    pub frame: FrameNumber,
    pub at: Timestamp,
    /// When the broken flow's first segment after the silence was sent.
    pub spoke_at: Timestamp,
    pub certainty: Certainty,
}

impl Statement for ReconnectFacts {
    fn rule(&self) -> Rule {
        Rule::ReconnectAfterCut
    }

    fn certainty(&self) -> Certainty {
        self.certainty
    }

    fn gap(&self) -> Option<Span> {
        None
    }

    fn frames(&self, told: &Telling<'_>) -> Vec<FrameNumber> {
        vec![told.flow.last_frame.min(self.frame), self.frame]
    }

    fn at(&self) -> Option<Timestamp> {
        Some(self.at)
    }

    fn summary(&self, told: &Telling<'_>) -> String {
        let always = match self.certainty {
            Certainty::Possible => ", as it does at other times too",
            _ => "",
        };
        format!(
            "{} opened a new flow to {} (frame {}) {} after it had used the broken one{always}",
            told.flow.initiator.addr,
            told.flow.responder,
            self.frame,
            self.at.since(self.spoke_at)
        )
    }

    fn remedy(&self, _: &Telling<'_>) -> Remedy {
        Remedy::step(
            "Let the pool check connections that were idle before it hands them out, or retire them.",
        )
    }
}
