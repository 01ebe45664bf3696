//! `keepalive-not-counted`: probes went by, and the hop looked at payload only.
//!
//! Claims that a payload-counting hop's timer ran out in a pause of the data during which at least one
//! keepalive probe was sent.

use super::{Statement, Telling};
use crate::findings::case::{Case, Prober};
use crate::findings::finding::Certainty;
use crate::findings::phrase;
use crate::findings::remedy::Remedy;
use crate::findings::rule::Rule;
use crate::flow::Role;
use crate::frame::FrameNumber;
use crate::simulate::Lapse;
use crate::time::{Span, Timestamp};

#[derive(Clone, Copy, Debug)]
pub(in crate::findings) struct UncountedFacts {
    hop: usize,
    lapse: Lapse,
    certainty: Certainty,
    by: Role,
    probe: Option<FrameNumber>,
}

pub(super) fn judge(case: &Case<'_>) -> Option<UncountedFacts> {
    case.expiries()
        .filter(|(hop, ..)| case.counts_payload(*hop))
        .filter_map(|(hop, lapse, certainty)| {
            let (by, probe) = Role::BOTH
                .iter()
                .find_map(|role| Some((*role, probed_within(&case.probers[role.index()], &lapse)?)))?;
            Some(UncountedFacts { hop, lapse, certainty, by, probe })
        })
        .min_by_key(|facts| (facts.lapse.at(), facts.hop))
}

/// Whether a probe was sent inside the silence, and its frame when that was kept.
fn probed_within(prober: &Prober<'_>, lapse: &Lapse) -> Option<Option<FrameNumber>> {
    let within = |frame: &&FrameNumber| {
        **frame > lapse.after_frame && lapse.before_frame().is_none_or(|before| **frame < before)
    };
    if let Some(frame) = prober.frames.iter().find(within) {
        return Some(Some(*frame));
    }
    let last = prober.last_at?;
    let ended = lapse.ending.map_or(Timestamp::MAX, |ending| ending.at);
    (last > lapse.start_at && last < ended).then_some(None)
}

impl Statement for UncountedFacts {
    fn rule(&self) -> Rule {
        Rule::KeepaliveNotCounted
    }

    fn certainty(&self) -> Certainty {
        self.certainty
    }

    fn hop(&self) -> Option<usize> {
        Some(self.hop)
    }

    fn gap(&self) -> Option<Span> {
        Some(self.lapse.length)
    }

    fn frames(&self, _: &Telling<'_>) -> Vec<FrameNumber> {
        [Some(self.lapse.after_frame), self.probe, self.lapse.before_frame()].into_iter().flatten().collect()
    }

    fn at(&self) -> Option<Timestamp> {
        Some(self.lapse.at())
    }

    fn summary(&self, told: &Telling<'_>) -> String {
        let Some(hop) = told.hop(self.hop) else { return String::new() };
        format!(
            "{}, probed by the {} meanwhile; {} counts payload only and {} at {} all the same",
            phrase::idle(&self.lapse),
            self.by.name(),
            phrase::hop_with_limit(hop, &self.lapse),
            phrase::deed(hop.expiry),
            phrase::clock(self.lapse.at())
        )
    }

    fn remedy(&self, told: &Telling<'_>) -> Remedy {
        told.hop(self.hop).map(Remedy::past).unwrap_or_default()
    }
}

#[cfg(test)]
pub(super) mod scenarios {
    use super::super::scenario::{Scenario, hop};
    use crate::flow::{Basis, EndedBy};
    use crate::policy::{Hop, Refresh};

    pub fn firing_and_silent() -> (Scenario, Scenario) {
        let behind = |refresh| {
            Scenario::behind([Hop { refresh, ..hop("proxy", 3600) }])
                .silence(Basis::Any, 0, 1800, EndedBy::Probe)
                .silence(Basis::Payload, 0, 5000, EndedBy::Data)
                .silence(Basis::Unaided, 0, 5000, EndedBy::Data)
                .probed(1800, 2)
                .last_payload(5000)
        };
        (behind(Refresh::Payload), behind(Refresh::AnyPacket))
    }
}

#[cfg(test)]
mod tests {
    use super::super::scenario::{Scenario, hop};
    use super::*;
    use crate::findings::Knob;
    use crate::flow::{Basis, EndedBy};
    use crate::policy::{Hop, Refresh};

    #[test]
    fn the_remedy_is_a_heartbeat_and_not_keepalive() {
        let (firing, _) = scenarios::firing_and_silent();
        let finding = firing.finding(Rule::KeepaliveNotCounted);
        assert_eq!(finding.remedy.knobs, [Knob::Heartbeat]);
        assert_eq!(finding.frames.len(), 3);
    }

    #[test]
    fn probes_outside_the_pause_are_not_held_against_the_proxy() {
        let scenario = Scenario::behind([Hop { refresh: Refresh::Payload, ..hop("proxy", 3600) }])
            .silence(Basis::Payload, 5000, 4000, EndedBy::Data)
            .probed(1800, 2)
            .last_payload(9000);
        assert!(!scenario.rules().contains(&Rule::KeepaliveNotCounted));
    }
}
