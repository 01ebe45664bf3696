//! What flows are judged by, and what is kept of them.

use super::routes::Routes;
use crate::policy::{Names, Path, SlotLimit};
use crate::simulate::Survey;
use crate::time::Span;

/// Flows listed unless the user says otherwise: more than anyone reads, little enough to hold.
pub const FLOWS_LISTED: usize = 1000;

/// nf_conntrack's `close_wait` (`nf_conntrack_tcp_timeout_close_wait`): the strictest half-closed timer in
/// wide use, taken where the path states none.
pub(super) const USUAL_HALF_CLOSED_LIMIT: Span = Span::from_secs(60);

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
    /// The hops of all paths, and the keepalive of the default one. Without hops the survey is made.
    pub path: Path,
    /// Which of the hops are on the path of a flow.
    pub routes: Routes,
    /// What people call addresses and services.
    pub names: Names,
    /// Connections that services allow one client; none: what refused attempts show.
    pub slots: Vec<SlotLimit>,
    /// Limits of the survey.
    pub survey: Survey,
    /// Which flows are listed.
    pub listing: Listing,
    /// How many flows are listed at the most, worst first.
    pub flows_listed: usize,
    /// Gaps of listed flows are told from this length on.
    pub min_gap: Span,
}

impl Terms {
    /// Terms with the usual bounds.
    pub fn new(path: Path, survey: Survey) -> Self {
        let routes = Routes::one(&path);
        Terms {
            path,
            routes,
            names: Names::default(),
            slots: Vec::new(),
            survey,
            listing: Listing::default(),
            flows_listed: FLOWS_LISTED,
            min_gap: Span::from_secs(10),
        }
    }

    /// Terms with the usual bounds, where flows take several paths.
    pub fn of_routes(routes: Routes, survey: Survey) -> Self {
        Terms { routes: routes.clone(), ..Terms::new(routes.all_hops(), survey) }
    }

    /// Silences shorter than this matter to nothing here: the tracker need not tell of them. The smallest gap
    /// listed, the usual half-closed limit, each limit surveyed, and four fifths of every timer of the path,
    /// from where on a gap is a near miss.
    pub fn silence_floor(&self) -> Span {
        let timers = self.path.hops.iter().map(|hop| hop.timers.shortest().times(4).divided_by(5));
        let surveyed = self.survey.shortest().filter(|_| self.path.hops.is_empty());
        timers.chain(surveyed).fold(self.min_gap.min(USUAL_HALF_CLOSED_LIMIT), Span::min)
    }
}
