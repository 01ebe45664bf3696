//! One file a rule, or a family: when it fires, and how it says so.

mod expiry;
mod forged_refusal;
mod half_closed_idle;
mod heartbeat_pace;
mod keepalive_not_counted;
mod keepalive_too_slow;
mod near_miss;
mod no_keepalive;
mod reconnect;
mod reuse_race;
mod saved_by_keepalive;
#[cfg(test)]
pub(super) mod scenario;
mod stale;

use super::case::Case;
use super::filter::display_filter;
use super::finding::{Certainty, Finding};
use super::flow_record::FlowRecord;
use super::remedy::Remedy;
use super::rule::{Rule, Severity};
use super::terms::Terms;
use crate::frame::FrameNumber;
use crate::policy::Hop;
use crate::time::{Span, Timestamp};

pub(super) use expiry::ExpiryFacts;
pub(super) use heartbeat_pace::{OffPace, bound_off_pace, tell_off_pace};
pub(super) use reconnect::{ReconnectFacts, SOON};
pub(super) use reuse_race::{Crossing, bound_crossings, tell_crossings};

/// A claim as facts. Sentences are made when it is known that somebody will read them.
#[derive(Clone, Copy, Debug)]
pub(super) enum Claim {
    Expiry(expiry::ExpiryFacts),
    KeepaliveTooSlow(keepalive_too_slow::SlownessFacts),
    KeepaliveNotCounted(keepalive_not_counted::UncountedFacts),
    NoKeepalive(no_keepalive::AbsenceFacts),
    NearMiss(near_miss::NearMissFacts),
    SavedByKeepalive(saved_by_keepalive::RescueFacts),
    Stale(stale::StaleFacts),
    HalfClosedIdle(half_closed_idle::HalfClosedFacts),
    Reconnect(ReconnectFacts),
    ForgedRefusal(forged_refusal::ForgedRefusal),
}

/// What a sentence may draw on.
#[derive(Clone, Copy)]
pub(super) struct Telling<'a> {
    pub terms: &'a Terms,
    pub flow: &'a FlowRecord,
    /// Stale flows of this flow's client to this flow's service.
    pub stale: u64,
}

impl<'a> Telling<'a> {
    /// A hop of the path. Claims name hops of the path they were judged by, so there is one.
    pub fn hop(&self, index: usize) -> Option<&'a Hop> {
        self.terms.path.hops.get(index)
    }
}

/// What every claim can say of itself.
pub(super) trait Statement {
    fn rule(&self) -> Rule;
    fn certainty(&self) -> Certainty {
        Certainty::Certain
    }
    /// How much it matters: the rule's severity, less what it lacks in certainty.
    fn severity(&self) -> Severity {
        self.certainty().weigh(self.rule())
    }
    /// Index of the hop it is about.
    fn hop(&self) -> Option<usize> {
        None
    }
    /// The silence it is about.
    fn gap(&self) -> Option<Span>;
    /// Evidence, in order.
    fn frames(&self, told: &Telling<'_>) -> Vec<FrameNumber>;
    fn at(&self) -> Option<Timestamp>;
    fn summary(&self, told: &Telling<'_>) -> String;
    fn remedy(&self, told: &Telling<'_>) -> Remedy;
}

impl Claim {
    fn statement(&self) -> &dyn Statement {
        match self {
            Claim::Expiry(facts) => facts,
            Claim::KeepaliveTooSlow(facts) => facts,
            Claim::KeepaliveNotCounted(facts) => facts,
            Claim::NoKeepalive(facts) => facts,
            Claim::NearMiss(facts) => facts,
            Claim::SavedByKeepalive(facts) => facts,
            Claim::Stale(facts) => facts,
            Claim::HalfClosedIdle(facts) => facts,
            Claim::Reconnect(facts) => facts,
            Claim::ForgedRefusal(facts) => facts,
        }
    }

    pub fn rule(&self) -> Rule {
        self.statement().rule()
    }

    pub fn severity(&self) -> Severity {
        self.statement().severity()
    }

    /// The claim in words.
    pub fn tell(&self, told: &Telling<'_>) -> Finding {
        let statement = self.statement();
        let mut frames = statement.frames(told);
        frames.dedup();
        Finding {
            rule: statement.rule(),
            severity: self.severity(),
            certainty: statement.certainty(),
            flow: Some(told.flow.reference()),
            group: None,
            gap: statement.gap(),
            hop: statement.hop().and_then(|hop| told.hop(hop)).map(|hop| hop.name.clone()),
            at: statement.at(),
            summary: statement.summary(told),
            remedy: statement.remedy(told),
            display_filter: display_filter(told.flow, &frames),
            frames,
        }
    }
}

/// Everything that can be claimed of a flow.
pub(super) fn examine(case: &Case<'_>, claims: &mut Vec<Claim>) {
    // These four are about an expiry, and most flows have none.
    if case.expiries().next().is_some() {
        claims.extend(expiry::judge(case).map(Claim::Expiry));
        claims.extend(keepalive_too_slow::judge(case).map(Claim::KeepaliveTooSlow));
        claims.extend(keepalive_not_counted::judge(case).map(Claim::KeepaliveNotCounted));
        claims.extend(no_keepalive::judge(case).map(Claim::NoKeepalive));
    }
    claims.extend(near_miss::judge(case).map(Claim::NearMiss));
    claims.extend(saved_by_keepalive::judge(case).map(Claim::SavedByKeepalive));
    claims.extend(stale::judge(case).map(Claim::Stale));
    claims.extend(half_closed_idle::judge(case).map(Claim::HalfClosedIdle));
    claims.extend(forged_refusal::judge(case).map(Claim::ForgedRefusal));
}

#[cfg(test)]
mod tests {
    use super::scenario::Scenario;
    use super::*;

    /// A scenario in which the rule fires, and a near one in which it is silent.
    fn scenarios(rule: Rule) -> Option<(Scenario, Scenario)> {
        Some(match rule {
            Rule::PredictedCut => (expiry::scenarios::used_again(), expiry::scenarios::refreshed_in_time()),
            Rule::PredictedExpiry => {
                (expiry::scenarios::left_behind(), expiry::scenarios::refreshed_in_time())
            }
            Rule::KeepaliveTooSlow => keepalive_too_slow::scenarios::firing_and_silent(),
            Rule::KeepaliveNotCounted => keepalive_not_counted::scenarios::firing_and_silent(),
            Rule::NoKeepalive => no_keepalive::scenarios::firing_and_silent(),
            Rule::NearMiss => near_miss::scenarios::firing_and_silent(),
            Rule::SavedByKeepalive => saved_by_keepalive::scenarios::firing_and_silent(),
            Rule::Stale => stale::scenarios::firing_and_silent(),
            Rule::HalfClosedIdle => half_closed_idle::scenarios::firing_and_silent(),
            _ => return None,
        })
    }

    #[test]
    fn every_rule_has_a_scenario_in_which_it_fires_and_one_in_which_it_is_silent() {
        for rule in Rule::judged() {
            let (firing, silent) = scenarios(rule).unwrap_or_else(|| panic!("{rule} has no scenarios"));
            assert!(firing.rules().contains(&rule), "{rule} is silent; raised: {:?}", firing.rules());
            assert!(!silent.rules().contains(&rule), "{rule} fires in its silent scenario");
        }
    }

    #[test]
    fn every_finding_has_evidence_a_filter_and_words() {
        for rule in Rule::judged() {
            let Some((firing, _)) = scenarios(rule) else { continue };
            let finding = firing.finding(rule);
            assert!(!finding.frames.is_empty(), "{rule}");
            assert!(finding.display_filter.contains("frame.number"), "{rule}");
            assert!(finding.summary.len() > 20, "{rule}");
            let remedy = &finding.remedy;
            assert!(!remedy.knobs.is_empty() || remedy.step.len() > 20, "{rule}");
            assert!(!finding.summary.contains("  ") && !remedy.step.contains("  "), "{rule}");
        }
    }

    #[test]
    fn a_silence_with_missing_segments_accuses_nobody() {
        for rule in Rule::judged() {
            let Some((firing, _)) = scenarios(rule) else { continue };
            if rule != Rule::NearMiss {
                let raised = firing.with_segments_missing().rules();
                assert!(!raised.contains(&rule), "{rule}");
            }
        }
    }
}
