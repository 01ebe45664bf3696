//! What flows are judged by, and what is kept of them.

use crate::policy::{Keepalive, Path};
use crate::simulate::SurveyLimit;
use crate::time::Span;

/// Flows listed unless the user says otherwise: more than anyone reads, little enough to hold.
pub const FLOWS_LISTED: usize = 1000;

/// Which flows are listed.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Listing {
    /// Those with findings.
    #[default]
    Findings,
    /// All, those with findings first.
    All,
    /// None: totals and services only.
    None,
}

/// What flows are judged by. One for all workers of a run.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Terms {
    /// Hops and keepalive. Without hops the survey is made.
    pub path: Path,
    /// Limits of the survey, ascending.
    pub survey: Vec<SurveyLimit>,
    /// Which flows are listed.
    pub listing: Listing,
    /// How many flows are listed at the most, worst first.
    pub flows_listed: usize,
    /// Gaps of listed flows are told from this length on.
    pub min_gap: Span,
}

impl Terms {
    /// Terms with the usual bounds.
    pub fn new(path: Path, survey: Vec<SurveyLimit>) -> Self {
        Terms {
            path,
            survey,
            listing: Listing::default(),
            flows_listed: FLOWS_LISTED,
            min_gap: Span::from_secs(10),
        }
    }

    /// Silences shorter than this matter to nothing here: the smallest gap listed, and four fifths of every
    /// timer, from where on a gap is a near miss.
    pub fn silence_floor(&self) -> Span {
        let timers = self.path.hops.iter().map(|hop| hop.timers.shortest());
        let surveyed = self.survey.iter().map(|limit| limit.limit);
        timers.chain(surveyed).map(|limit| limit.times(4).divided_by(5)).fold(self.min_gap, Span::min)
    }

    /// Silence after which an end with keepalive would have found out that its peer is gone.
    pub(super) fn keepalive_period(&self) -> Span {
        self.path.keepalive.unwrap_or(Keepalive::LINUX_DEFAULT).period()
    }
}
