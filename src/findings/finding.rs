//! A finding as the report prints it, and how sure it is.

use super::flow_record::FlowRef;
use super::remedy::Remedy;
use super::rule::{Rule, Severity};
use crate::frame::FrameNumber;
use crate::segment::Endpoint;
use crate::time::{Span, Timestamp};
use std::net::IpAddr;

/// How far the capture proves a claim.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Certainty {
    /// Depends on what the capture cannot show.
    Possible,
    /// Holds unless something unlikely was not captured.
    Likely,
    /// Follows from the frames and the path as given.
    Certain,
}

impl Certainty {
    /// The word of the report.
    pub const fn name(self) -> &'static str {
        match self {
            Certainty::Possible => "possible",
            Certainty::Likely => "likely",
            Certainty::Certain => "certain",
        }
    }

    /// Severity of a claim of `rule` that is this certain: no error without certainty.
    pub(super) fn weigh(self, rule: Rule) -> Severity {
        match (self, rule.severity()) {
            (Certainty::Certain, severity) => severity,
            (Certainty::Likely, Severity::Error) => Severity::Warning,
            (Certainty::Likely, severity) => severity,
            (Certainty::Possible, severity) => severity.milder(),
        }
    }
}

/// Flows that a finding is about together.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct FlowGroup {
    /// Whose they are, when they are one client's.
    pub client: Option<IpAddr>,
    /// Where they go, when they go to one service.
    pub service: Option<Endpoint>,
    /// The first ones, at most [`GROUP_FLOWS_KEPT`].
    pub flows: Vec<FlowRef>,
    /// How many there are.
    pub total: u64,
}

/// Flows of a group that are named.
pub const GROUP_FLOWS_KEPT: usize = 32;

/// What a person should know.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Finding {
    /// Which rule says so.
    pub rule: Rule,
    /// How much it matters.
    pub severity: Severity,
    /// How sure it is.
    pub certainty: Certainty,
    /// The flow it is about; `None`: it is about `group`, or about the path.
    pub flow: Option<FlowRef>,
    /// The flows it is about, when they are several.
    pub group: Option<FlowGroup>,
    /// Name of the hop that acts first, or that it is about.
    pub hop: Option<String>,
    /// The silence it is about.
    pub gap: Option<Span>,
    /// Evidence: frames to look at, in order.
    pub frames: Vec<FrameNumber>,
    /// When it happens.
    pub at: Option<Timestamp>,
    /// What happens, in one sentence.
    pub summary: String,
    /// What to do about it.
    pub remedy: Remedy,
    /// Wireshark display filter that shows the evidence; empty for the path.
    pub display_filter: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_certainty_nothing_is_an_error() {
        for rule in Rule::ALL {
            assert_eq!(Certainty::Certain.weigh(*rule), rule.severity());
            assert!(Certainty::Likely.weigh(*rule) < Severity::Error);
            assert!(Certainty::Possible.weigh(*rule) <= Certainty::Likely.weigh(*rule));
        }
    }
}
