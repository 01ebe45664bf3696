//! Flows that failed after a silence, counted by how far idling is established as the cause.

use super::diagnosis::{Cause, CauseStanding, Explanation, Idle, Incident};
use crate::time::Span;

/// Flows that failed, and that an idle timer may have ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Broken {
    /// An idle timer is possible, likely, shown.
    pub flows: [u64; 3],
    /// Of those that are at least likely: the shortest silence after which one failed.
    pub shortest: Option<Span>,
    /// And the longest.
    pub longest: Option<Span>,
    /// Of those that are at least likely: the ones that a RST told, not silence.
    pub by_reset: u64,
    /// The longest silence that comparable flows survived, on the clock that is judged.
    pub survived: Span,
}

impl Broken {
    /// Flows of which an idle timer is at least so well established.
    pub fn at_least(&self, standing: CauseStanding) -> u64 {
        CauseStanding::ALL.iter().filter(|it| **it >= standing).map(|it| self.of(*it)).sum()
    }

    /// Flows of which an idle timer is just so well established; none where it is refuted.
    pub fn of(&self, standing: CauseStanding) -> u64 {
        standing.index().checked_sub(1).map_or(0, |place| self.flows[place])
    }

    pub(super) fn note(
        &mut self,
        incident: &Incident,
        explanations: &[Explanation],
        survived: [Option<Idle>; 2],
    ) {
        let idle = explanations.iter().find(|explanation| explanation.cause == Cause::IdleTimer);
        let Some(idle) = idle.filter(|idle| incident.is_failure() && idle.standing > CauseStanding::Refuted)
        else {
            return;
        };
        self.flows[idle.standing.index() - 1] += 1;
        if idle.standing >= CauseStanding::Likely
            && let Some(gap) = incident.silence_on(idle.clock)
        {
            self.shortest = Some(self.shortest.map_or(gap.length, |known| known.min(gap.length)));
            self.longest = Some(self.longest.map_or(gap.length, |known| known.max(gap.length)));
            self.by_reset += u64::from(incident.reset().is_some());
            let survived = survived[usize::from(incident.is_judged_by_payload(idle.clock))];
            self.survived = self.survived.max(survived.map_or(Span::ZERO, |idle| idle.length));
        }
    }
}
