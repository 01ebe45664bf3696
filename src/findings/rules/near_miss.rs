//! `near-miss`: it held, by less than a fifth of the limit.
//!
//! Claims that a silence of the flow used at least 80 % of what a hop allows, that no hop cuts the flow,
//! and names the hop with the least share left.

use super::{Statement, Telling};
use crate::findings::case::Case;
use crate::findings::phrase;
use crate::findings::remedy::Remedy;
use crate::findings::rule::Rule;
use crate::frame::FrameNumber;
use crate::simulate::{OutcomeKind, Refreshed};
use crate::time::{Span, Timestamp};

/// Share of the limit, in percent, from which a silence is near: closer than the spread that timer
/// slack (12.5 %) and one late packet make.
const NEAR_PERCENT: u128 = 80;

#[derive(Clone, Copy, Debug)]
pub(in crate::findings) struct NearMissFacts {
    hop: usize,
    closest: Refreshed,
}

pub(super) fn judge(case: &Case<'_>) -> Option<NearMissFacts> {
    let harmed = |kind| matches!(kind, OutcomeKind::Cut | OutcomeKind::Unknown);
    if case.verdicts.iter().any(|verdict| harmed(verdict.kind())) {
        return None;
    }
    let share = |refreshed: &Refreshed| {
        u128::from(refreshed.length.as_nanos()) * 1_000_000 / u128::from(refreshed.limit.as_nanos().max(1))
    };
    case.verdicts
        .iter()
        .enumerate()
        .filter_map(|(hop, verdict)| Some((hop, *verdict.closest()?)))
        .filter(|(_, closest)| share(closest) >= NEAR_PERCENT * 10_000)
        .max_by_key(|(hop, closest)| (share(closest), std::cmp::Reverse(*hop)))
        .map(|(hop, closest)| NearMissFacts { hop, closest })
}

impl Statement for NearMissFacts {
    fn rule(&self) -> Rule {
        Rule::NearMiss
    }

    fn hop(&self) -> Option<usize> {
        Some(self.hop)
    }

    fn gap(&self) -> Option<Span> {
        Some(self.closest.length)
    }

    fn frames(&self, _: &Telling<'_>) -> Vec<FrameNumber> {
        [Some(self.closest.after_frame), self.closest.before_frame].into_iter().flatten().collect()
    }

    fn at(&self) -> Option<Timestamp> {
        None
    }

    fn summary(&self, told: &Telling<'_>) -> String {
        let Some(hop) = told.hop(self.hop) else { return String::new() };
        let Refreshed { length, limit, basis, after_frame, .. } = self.closest;
        let (name, margin, missing) = (&hop.name, self.closest.margin(), phrase::missing(basis));
        match self.closest.before_frame {
            Some(before) => format!(
                "idle {length} between frames {after_frame} and {before} ({missing}): {margin} were left of {name}'s \
                 {limit}"
            ),
            None => format!(
                "idle {length} after frame {after_frame} when the capture ends ({missing}): {margin} are left of \
                 {name}'s {limit}"
            ),
        }
    }

    fn remedy(&self, told: &Telling<'_>) -> Remedy {
        told.hop(self.hop).map(Remedy::past).unwrap_or_default()
    }
}

#[cfg(test)]
pub(super) mod scenarios {
    use super::super::scenario::{Scenario, hop};
    use crate::flow::{Basis, EndedBy};

    pub fn firing_and_silent() -> (Scenario, Scenario) {
        let idle = |length| {
            Scenario::behind([hop("firewall", 3600)])
                .silence(Basis::Any, 0, length, EndedBy::Data)
                .last_payload(length)
        };
        (idle(2880), idle(2879))
    }
}

#[cfg(test)]
mod tests {
    use super::super::scenario::{Scenario, hop};
    use super::*;
    use crate::flow::{Basis, EndedBy};

    #[test]
    fn the_hop_with_the_least_left_is_named() {
        let scenario = Scenario::behind([hop("firewall", 3600), hop("lb", 3100)])
            .silence(Basis::Any, 0, 3000, EndedBy::Data)
            .last_payload(3000);
        let finding = scenario.finding(Rule::NearMiss);
        assert_eq!(finding.hop.as_deref(), Some("lb"));
        assert!(finding.summary.contains("100s were left of lb's 51m 40s"), "{}", finding.summary);
    }

    #[test]
    fn beside_a_cut_a_near_miss_is_no_news() {
        let scenario = Scenario::behind([hop("firewall", 3600), hop("lb", 2400)])
            .silence(Basis::Any, 0, 3000, EndedBy::Data)
            .last_payload(3000);
        assert!(!scenario.rules().contains(&Rule::NearMiss));
    }
}
