//! `saved-by-keepalive`: without the probes seen it would have been cut.
//!
//! Claims that no hop cuts the flow, and that at least one would have if the keepalive probes and their
//! answers had not been sent. Names the hop with the shortest limit.

use super::{Statement, Telling};
use crate::findings::case::Case;
use crate::findings::phrase;
use crate::findings::remedy::Remedy;
use crate::findings::rule::Rule;
use crate::flow::Role;
use crate::frame::FrameNumber;
use crate::simulate::{Lapse, Outcome};
use crate::time::{Span, Timestamp};

#[derive(Clone, Copy, Debug)]
pub(in crate::findings) struct RescueFacts {
    hop: usize,
    unaided: Lapse,
    /// The side with more probes.
    by: Role,
}

pub(super) fn judge(case: &Case<'_>) -> Option<RescueFacts> {
    if case.expiries().next().is_some() {
        return None;
    }
    let (hop, unaided) = case
        .verdicts
        .iter()
        .enumerate()
        .filter_map(|(hop, verdict)| match verdict.outcome {
            Outcome::SavedByKeepalive { unaided, .. } => Some((hop, unaided)),
            _ => None,
        })
        .min_by_key(|(hop, unaided)| (unaided.limit, *hop))?;
    let [initiator, responder] = &case.probers;
    let by = if responder.probes > initiator.probes { Role::Responder } else { Role::Initiator };
    Some(RescueFacts { hop, unaided, by })
}

impl Statement for RescueFacts {
    fn rule(&self) -> Rule {
        Rule::SavedByKeepalive
    }

    fn hop(&self) -> Option<usize> {
        Some(self.hop)
    }

    fn gap(&self) -> Option<Span> {
        Some(self.unaided.length)
    }

    fn frames(&self, told: &Telling<'_>) -> Vec<FrameNumber> {
        let (after, before) = (self.unaided.after_frame, self.unaided.before_frame());
        let within = |frame: &&FrameNumber| **frame > after && before.is_none_or(|before| **frame < before);
        let probe = told.flow.keepalive[self.by.index()].frames.iter().find(within).copied();
        [Some(after), probe, before].into_iter().flatten().collect()
    }

    fn at(&self) -> Option<Timestamp> {
        Some(self.unaided.at())
    }

    fn summary(&self, told: &Telling<'_>) -> String {
        let Some(hop) = told.hop(self.hop) else { return String::new() };
        let keepalive = &told.flow.keepalive[self.by.index()];
        let every = keepalive.time.map(|time| format!(" every {}", time.best)).unwrap_or_default();
        format!(
            "nothing but keepalive for {}; the {}'s probes{every} kept it alive past {}, which would have run out \
             at {}",
            self.unaided.length,
            self.by.name(),
            phrase::hop_with_limit(hop, &self.unaided),
            phrase::clock(self.unaided.at())
        )
    }

    fn remedy(&self, told: &Telling<'_>) -> Remedy {
        let remedy = told.hop(self.hop).map(Remedy::past).unwrap_or_default();
        remedy
            .and("Keep keepalive on; leave the other end's settings as they are, one probing side is enough.")
    }
}

#[cfg(test)]
pub(super) mod scenarios {
    use super::super::scenario::{Scenario, hop};
    use crate::flow::{Basis, EndedBy};

    pub fn firing_and_silent() -> (Scenario, Scenario) {
        let probed = |pause| {
            Scenario::behind([hop("firewall", 3600), hop("mdm", 3000), hop("lb", 2400)])
                .silence(Basis::Any, 0, 1800, EndedBy::Probe)
                .silence(Basis::Unaided, 0, pause, EndedBy::Data)
                .probed(1800, 2)
                .last_payload(pause)
        };
        (probed(5000), probed(2300))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_chain_kept_alive_by_half_hour_probes_names_the_tightest_hop() {
        let (firing, _) = scenarios::firing_and_silent();
        assert_eq!(firing.rules(), [Rule::SavedByKeepalive]);
        let finding = firing.finding(Rule::SavedByKeepalive);
        assert_eq!(finding.hop.as_deref(), Some("lb"));
        assert!(
            finding.summary.contains("probes every 30m kept it alive past lb (40m)"),
            "{}",
            finding.summary
        );
    }
}
