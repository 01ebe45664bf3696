//! `predicted-cut` and `predicted-expiry`: a hop's timer runs out in a silence.
//!
//! Claims that the hop's limit, as the path states it, passed between two frames of the flow, and what
//! the ends did afterwards. One claim a flow: for the hop that acts first; the later ones are named in
//! it. New payload afterwards makes it a cut (somebody was using the flow), none makes it an expiry: a
//! socket left behind, unless the hop tells both ends. A half-closed flow that nobody used again is told by `half-closed-idle` instead.

use super::{Statement, Telling};
use crate::findings::case::Case;
use crate::findings::finding::Certainty;
use crate::findings::phrase;
use crate::findings::remedy::Remedy;
use crate::findings::rule::{Rule, Severity};
use crate::flow::{Phase, SilenceClass, Survived};
use crate::frame::FrameNumber;
use crate::policy::{Expiry, Hop};
use crate::simulate::Lapse;
use crate::time::{Span, Timestamp};

#[derive(Clone, Copy, Debug)]
pub(in crate::findings) struct ExpiryFacts {
    pub hop: usize,
    pub lapse: Lapse,
    pub certainty: Certainty,
    /// Expiries of that hop, this one included.
    pub expiries: u32,
}

pub(super) fn judge(case: &Case<'_>) -> Option<ExpiryFacts> {
    let (hop, lapse, certainty) = case.leading_expiry()?;
    let half_closed = matches!(lapse.standing.phase, Phase::FinWait | Phase::CloseWait);
    if half_closed && !lapse.used_again {
        return None;
    }
    let expiries = case.verdicts.get(hop).map_or(1, |verdict| verdict.expiries);
    Some(ExpiryFacts { hop, lapse, certainty, expiries })
}

impl ExpiryFacts {
    /// A longer silence of the same flow that the other end was seen to answer: the capture refutes the hop as stated.
    fn refuted_by<'a>(&self, told: &Telling<'a>, hop: &Hop) -> Option<&'a Survived> {
        let survived = told.flow.sequels.longest_survived(SilenceClass::Established)?;
        let of_state = SilenceClass::of(&self.lapse.standing) == SilenceClass::Established;
        (hop.refresh.counts_packets() && of_state && survived.gap.length > self.lapse.limit)
            .then_some(survived)
    }
}

impl Statement for ExpiryFacts {
    fn rule(&self) -> Rule {
        if self.lapse.used_again { Rule::PredictedCut } else { Rule::PredictedExpiry }
    }

    fn certainty(&self) -> Certainty {
        self.certainty
    }

    fn severity(&self) -> Severity {
        let severity = self.certainty.weigh(self.rule());
        if self.lapse.ends_told && !self.lapse.used_again { severity.min(Severity::Notice) } else { severity }
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
        let lapse = &self.lapse;
        let mut text = format!(
            "{}; {} {} at {}",
            phrase::idle(lapse),
            phrase::hop_with_limit(hop, lapse),
            phrase::deed(hop.expiry),
            phrase::clock(lapse.at())
        );
        match (&lapse.ending, lapse.late_by()) {
            (Some(ending), Some(Span::ZERO)) if lapse.ends_told => {
                text.push_str(&format!(", by {}", phrase::arrival(ending)));
            }
            (Some(ending), Some(late)) => {
                text.push_str(&format!(", {late} before {}", phrase::arrival(ending)));
            }
            _ => text.push_str(", and nothing came after it in this capture"),
        }
        match &lapse.goodbye {
            Some(goodbye) => text.push_str(&format!("; {}", phrase::goodbye(goodbye))),
            None if lapse.ends_told && !lapse.used_again => {
                text.push_str("; both ends were told, so no socket stays behind");
            }
            None if lapse.ending.is_some() && !lapse.used_again => text.push_str("; no new data followed"),
            None => {}
        }
        let later: Vec<String> = told
            .flow
            .verdicts
            .iter()
            .zip(&told.terms.path.hops)
            .enumerate()
            .filter(|(index, (verdict, _))| *index != self.hop && verdict.cut().is_some())
            .filter_map(|(_, (verdict, hop))| verdict.cut().map(|lapse| phrase::hop_with_limit(hop, lapse)))
            .collect();
        if !later.is_empty() {
            text.push_str(&format!("; {} would have done so later", phrase::listed(&later)));
        }
        if self.expiries > 1 {
            let more = self.expiries - 1;
            let times = if more == 1 { "once".to_owned() } else { format!("{more} times") };
            text.push_str(&format!("; {times} more if it had been opened again"));
        }
        if let Some(survived) = self.refuted_by(told, hop) {
            text.push_str(&format!(
                "; but the flow survived {} (frames {} and {}): where this was captured, no such timer of {} was at work",
                survived.gap.length, survived.gap.start_frame, survived.gap.end_frame, lapse.limit
            ));
        }
        if self.certainty != Certainty::Certain
            && let Some(why) = told.flow.verdicts.get(self.hop).and_then(|verdict| verdict.why())
        {
            text.push_str(&format!(" ({}: {why})", self.certainty.name()));
        }
        text
    }

    fn remedy(&self, told: &Telling<'_>) -> Remedy {
        let Some(hop) = told.hop(self.hop) else { return Remedy::default() };
        let standing = self.lapse.standing;
        let in_flight = standing.unacknowledged && standing.phase == Phase::Established;
        let (remedy, step) = if in_flight && hop.refresh.counts_packets() {
            // RFC 9293 3.8.4: keepalive is sent only when nothing is in flight.
            let step = format!(
                "Data was in flight, and then no end sends keepalive: no keepalive time helps here. Find out why it \
                 was not acknowledged for {}; let the sender give up sooner (TCP_USER_TIMEOUT), or raise the timer \
                 of {} for unacknowledged data above that.",
                self.lapse.length, hop.name
            );
            (Remedy::default(), step)
        } else {
            (Remedy::past(hop), String::new())
        };
        let notice = match hop.expiry {
            Expiry::Drop if !self.lapse.used_again => {
                "Neither end is told: whichever still holds the socket keeps it until it sends."
            }
            Expiry::Drop => "Neither end is told: the sender retransmits until it gives up.",
            Expiry::ResetOnNext | Expiry::ResetBoth | Expiry::Close => "",
        };
        let parts = [isa_advice(hop).unwrap_or_default(), &step, notice];
        remedy.and(parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" "))
    }
}

/// Microsoft KB 917936: without hotfix 919012 a dead connection stays for a day.
fn isa_advice(hop: &Hop) -> Option<&'static str> {
    match hop.preset {
        Some("ms-isa-nat") => Some(
            "Install ISA hotfix 919012 and set KeepAliveTimeout = 5400 (KB 917936, preset ms-isa-nat-hotfix): it \
             then probes both ends and releases a socket whose end has gone 3h after its last packet, not after a \
             day.",
        ),
        Some("ms-isa-nat-hotfix") => Some(
            "A lower KeepAliveTimeout releases dead sockets earlier: the first probe comes after T, then five \
             every T/5, and the socket is dropped at 2 T.",
        ),
        _ => None,
    }
}

#[cfg(test)]
pub(super) mod scenarios {
    use super::super::scenario::{Scenario, hop};
    use crate::flow::{Basis, EndedBy};

    /// Idle for 2 h 3 min behind three hops, then data.
    pub fn used_again() -> Scenario {
        Scenario::behind([hop("firewall", 3600), hop("mdm", 3000), hop("lb", 2400)])
            .silence(Basis::Any, 0, 7380, EndedBy::Data)
            .last_payload(7380)
    }

    pub fn left_behind() -> Scenario {
        Scenario::behind([hop("firewall", 3600)]).open(Basis::Any, 0, 4000)
    }

    pub fn refreshed_in_time() -> Scenario {
        Scenario::behind([hop("firewall", 3600)])
            .silence(Basis::Any, 0, 3500, EndedBy::Data)
            .last_payload(3500)
    }
}

#[cfg(test)]
mod tests {
    use super::super::scenario::{Scenario, hop};
    use super::*;
    use crate::findings::Knob;
    use crate::findings::rule::Severity;
    use crate::flow::{Basis, EndedBy};
    use crate::policy::Pickup;
    use crate::policy::Refresh;

    #[test]
    fn the_first_hop_is_accused_and_the_later_ones_are_named() {
        let finding = scenarios::used_again().finding(Rule::PredictedCut);
        assert_eq!(finding.hop.as_deref(), Some("lb"));
        assert_eq!(
            finding.summary,
            "idle 2h 3m between frames 1 and 7381 (any packet); lb (40m) forgets it at 1970-01-01T00:40:00Z, \
             1h 23m before the initiator's data came; firewall (1h) and mdm (50m) would have done so later"
        );
        assert_eq!(finding.remedy.knobs, [Knob::Keepalive]);
        assert_eq!(finding.severity, Severity::Error);
    }

    #[test]
    fn an_unstated_pickup_warns_and_does_not_accuse() {
        let nat = Hop { pickup: Pickup::Unstated, ..hop("gateway", 3600) };
        let scenario = Scenario::behind([nat]).silence(Basis::Any, 0, 4000, EndedBy::Data).last_payload(4000);
        let finding = scenario.finding(Rule::PredictedCut);
        assert_eq!((finding.severity, finding.certainty), (Severity::Warning, Certainty::Possible));
        assert!(finding.summary.contains("tcp_loose"), "{}", finding.summary);
    }

    #[test]
    fn a_proxy_is_not_cured_by_keepalive() {
        let proxy = Hop { refresh: Refresh::Payload, expiry: Expiry::Close, ..hop("envoy", 3600) };
        let scenario =
            Scenario::behind([proxy]).silence(Basis::Payload, 0, 4000, EndedBy::Data).last_payload(4000);
        let finding = scenario.finding(Rule::PredictedCut);
        assert!(finding.summary.contains("envoy (1h) closes it"), "{}", finding.summary);
        assert_eq!(finding.remedy.knobs, [Knob::Heartbeat]);
    }

    #[test]
    fn isa_holds_dead_sockets_for_a_day_and_the_hotfix_is_named() {
        let isa = Hop { preset: Some("ms-isa-nat"), ..hop("isa", 86_400) };
        let finding = Scenario::behind([isa]).open(Basis::Any, 0, 90_000).finding(Rule::PredictedExpiry);
        assert_eq!(finding.at, Some(Timestamp::from_nanos(86_400_000_000_000)));
        assert!(finding.remedy.step.contains("919012"), "{}", finding.remedy.step);
    }
}
