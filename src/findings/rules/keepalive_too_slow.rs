//! `keepalive-too-slow`: keepalive is there, and comes after the hop has given up.
//!
//! Claims one of three things about a silence in which a packet-counting hop's timer ran out: a probe
//! ended it (too late by so much); probes of this flow show a keepalive time not below the limit; or the
//! keepalive that the path states is not below the limit and the silence was too short for it to show.

use super::{Statement, Telling};
use crate::findings::case::Case;
use crate::findings::finding::Certainty;
use crate::findings::phrase;
use crate::findings::remedy::Remedy;
use crate::findings::rule::Rule;
use crate::flow::{EndedBy, Role};
use crate::frame::FrameNumber;
use crate::simulate::Lapse;
use crate::time::{Span, Timestamp};

#[derive(Clone, Copy, Debug)]
pub(in crate::findings) struct SlownessFacts {
    hop: usize,
    lapse: Lapse,
    certainty: Certainty,
    slowness: Slowness,
}

#[derive(Clone, Copy, Debug)]
enum Slowness {
    /// The first probe after the silence came this long after the expiry.
    ProbeCameLate { by: Role, late: Span },
    /// Probes of this side are this far apart.
    Measured { by: Role, time: Span },
    /// The path states this keepalive time.
    Configured { time: Span },
}

pub(super) fn judge(case: &Case<'_>) -> Option<SlownessFacts> {
    let (hop, lapse, certainty) = case.expiry_that_probes_prevent()?;
    let slowness = match lapse.ending {
        Some(ending) if ending.by == EndedBy::Probe => {
            Slowness::ProbeCameLate { by: ending.sender, late: ending.at.since(lapse.at()) }
        }
        _ => measured(case, lapse.limit).or_else(|| configured(case, &lapse))?,
    };
    Some(SlownessFacts { hop, lapse, certainty, slowness })
}

/// The fastest prober, when even that is too slow.
fn measured(case: &Case<'_>, limit: Span) -> Option<Slowness> {
    let (time, by) = Role::BOTH
        .iter()
        .filter_map(|role| Some((case.probers[role.index()].time?.best, *role)))
        .min_by_key(|(time, _)| *time)?;
    (time >= limit).then_some(Slowness::Measured { by, time })
}

fn configured(case: &Case<'_>, lapse: &Lapse) -> Option<Slowness> {
    let keepalive = case.configured_keepalive()?;
    let would_have_shown = lapse.length > latest_first_probe(keepalive.time);
    (keepalive.time >= lapse.limit && case.probes() == 0 && !would_have_shown)
        .then_some(Slowness::Configured { time: keepalive.time })
}

/// When the first probe is out at the latest: the kernel's timer wheel fires up to 12.5 % late.
pub(super) fn latest_first_probe(time: Span) -> Span {
    time + time.divided_by(8)
}

impl Statement for SlownessFacts {
    fn rule(&self) -> Rule {
        Rule::KeepaliveTooSlow
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
        [Some(self.lapse.after_frame), self.lapse.before_frame()].into_iter().flatten().collect()
    }

    fn at(&self) -> Option<Timestamp> {
        Some(self.lapse.at())
    }

    fn summary(&self, told: &Telling<'_>) -> String {
        let Some(hop) = told.hop(self.hop) else { return String::new() };
        let (name, limit) = (&hop.name, self.lapse.limit);
        match self.slowness {
            Slowness::ProbeCameLate { by, late } => format!(
                "the {}'s first keepalive probe came after {} of silence, {late} after {name} ({limit}) had run out \
                 at {}",
                by.name(),
                self.lapse.length,
                phrase::clock(self.lapse.at())
            ),
            Slowness::Measured { by, time } => format!(
                "the {}'s keepalive probes come every {time}, not below {name}'s {limit}: {}",
                by.name(),
                phrase::idle(&self.lapse)
            ),
            Slowness::Configured { time } => format!(
                "the configured keepalive time of {time} is not below {name}'s {limit}: {}, and no probe could have \
                 come in time",
                phrase::idle(&self.lapse)
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

    /// The default of two hours against a firewall of half an hour, and half an hour against an hour.
    pub fn firing_and_silent() -> (Scenario, Scenario) {
        let two_hours = Scenario::behind([hop("firewall", 1800)])
            .silence(Basis::Any, 0, 7200, EndedBy::Probe)
            .silence(Basis::Unaided, 0, 8000, EndedBy::Data)
            .probed(7200, 1)
            .last_payload(8000);
        let half_an_hour = Scenario::behind([hop("firewall", 3600)])
            .silence(Basis::Any, 0, 1800, EndedBy::Probe)
            .silence(Basis::Unaided, 0, 5000, EndedBy::Data)
            .probed(1800, 2)
            .last_payload(5000);
        (two_hours, half_an_hour)
    }
}

#[cfg(test)]
mod tests {
    use super::super::scenario::{Scenario, hop};
    use super::*;
    use crate::findings::Knob;
    use crate::flow::{Basis, Standing};
    use crate::policy::Keepalive;

    #[test]
    fn the_probe_after_two_hours_comes_an_hour_and_a_half_too_late() {
        let (firing, _) = scenarios::firing_and_silent();
        let finding = firing.finding(Rule::KeepaliveTooSlow);
        assert!(
            finding.summary.contains("after 2h of silence, 1h 30m after firewall (30m)"),
            "{}",
            finding.summary
        );
        assert_eq!(finding.remedy.knobs, [Knob::Keepalive]);
    }

    #[test]
    fn a_configured_time_above_the_limit_is_blamed_when_it_had_no_chance_to_show() {
        let idle = |length| {
            Scenario::behind([hop("firewall", 1800)])
                .keepalive(Keepalive::LINUX_DEFAULT)
                .silence(Basis::Any, 0, length, EndedBy::Data)
                .last_payload(length)
        };
        let finding = idle(4000).finding(Rule::KeepaliveTooSlow);
        assert!(finding.summary.contains("configured keepalive time of 2h"), "{}", finding.summary);
        let rules = idle(9000).rules();
        assert!(!rules.contains(&Rule::KeepaliveTooSlow) && rules.contains(&Rule::NoKeepalive), "{rules:?}");
    }

    #[test]
    fn spacing_of_earlier_probes_counts() {
        let scenario = Scenario::behind([hop("firewall", 1800)])
            .silence(Basis::Any, 0, 3000, EndedBy::Data)
            .probed(2400, 4)
            .last_payload(3000);
        let finding = scenario.finding(Rule::KeepaliveTooSlow);
        assert!(finding.summary.contains("probes come every 40m"), "{}", finding.summary);
    }

    #[test]
    fn payload_in_flight_holds_probes_back_and_nobody_is_blamed() {
        let scenario = Scenario::behind([hop("firewall", 1800)])
            .keepalive(Keepalive::LINUX_DEFAULT)
            .standing(Standing { unacknowledged: true, ..Scenario::QUIET })
            .silence(Basis::Any, 0, 4000, EndedBy::Data)
            .last_payload(4000);
        let rules = scenario.rules();
        assert!(!rules.contains(&Rule::KeepaliveTooSlow) && !rules.contains(&Rule::NoKeepalive), "{rules:?}");
        assert!(rules.contains(&Rule::PredictedCut), "{rules:?}");
    }
}
