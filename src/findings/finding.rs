//! A finding as the report prints it, and how sure it is.

use super::flow_record::FlowRef;
use super::rule::{Rule, Severity};
use crate::frame::FrameNumber;
use crate::time::{Span, Timestamp};

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

/// What a person should know.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Finding {
    /// Which rule says so.
    pub rule: Rule,
    /// How much it matters.
    pub severity: Severity,
    /// How sure it is.
    pub certainty: Certainty,
    /// The flow it is about; `None`: it is about the path.
    pub flow: Option<FlowRef>,
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
    /// What to do, with numbers.
    pub advice: String,
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
