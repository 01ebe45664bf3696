//! `no-keepalive`: the silence was longer than a hop allows, and nobody probed.
//!
//! Claims that a packet-counting hop's timer ran out and that the capture shows no keepalive probe of
//! either side in the whole flow. Silent while payload is in flight or the window is closed, when the ends
//! hold probes back (RFC 9293 3.8.4), and when the configured keepalive had no chance to show, which is
//! `keepalive-too-slow`. A degree milder while nobody has used the flow again: then it is the cause of a
//! socket left behind, and `predicted-expiry` is no more than a warning either.

use super::keepalive_too_slow::latest_first_probe;
use super::{Statement, Telling};
use crate::findings::case::Case;
use crate::findings::finding::Certainty;
use crate::findings::phrase;
use crate::findings::remedy::Remedy;
use crate::findings::rule::{Rule, Severity};
use crate::frame::FrameNumber;
use crate::simulate::Lapse;
use crate::time::{Span, Timestamp};

#[derive(Clone, Copy, Debug)]
pub(in crate::findings) struct AbsenceFacts {
    hop: usize,
    lapse: Lapse,
    certainty: Certainty,
    /// Keepalive time that the path states and the silence was long enough to show.
    expected: Option<Span>,
}

pub(super) fn judge(case: &Case<'_>) -> Option<AbsenceFacts> {
    let (hop, lapse, certainty) = case.expiry_that_probes_prevent()?;
    if case.probes() > 0 {
        return None;
    }
    let configured = case.configured_keepalive().map(|keepalive| keepalive.time);
    let expected = configured.filter(|time| lapse.length > latest_first_probe(*time));
    if configured.is_some_and(|time| time >= lapse.limit) && expected.is_none() {
        return None;
    }
    Some(AbsenceFacts { hop, lapse, certainty, expected })
}

impl Statement for AbsenceFacts {
    fn rule(&self) -> Rule {
        Rule::NoKeepalive
    }

    fn certainty(&self) -> Certainty {
        self.certainty
    }

    fn severity(&self) -> Severity {
        let severity = self.certainty.weigh(self.rule());
        if self.lapse.used_again { severity } else { severity.milder() }
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
        let mut text = format!(
            "{}, longer than {} allows, and neither end sent a keepalive probe",
            phrase::idle(&self.lapse),
            phrase::hop_with_limit(hop, &self.lapse)
        );
        if let Some(time) = self.expected {
            text.push_str(&format!(
                "; the configured keepalive of {time} should have shown, so the application does not turn \
                 SO_KEEPALIVE on"
            ));
        }
        text
    }

    fn remedy(&self, told: &Telling<'_>) -> Remedy {
        let remedy = told.hop(self.hop).map(Remedy::past).unwrap_or_default();
        remedy.and("Let the application turn SO_KEEPALIVE on: system settings alone start no probe.")
    }
}

#[cfg(test)]
pub(super) mod scenarios {
    use super::super::scenario::{Scenario, hop};
    use crate::flow::{Basis, EndedBy};

    pub fn firing_and_silent() -> (Scenario, Scenario) {
        let idle = || {
            Scenario::behind([hop("firewall", 1800)])
                .silence(Basis::Any, 0, 4000, EndedBy::Data)
                .last_payload(4000)
        };
        (idle(), idle().probed(2400, 1))
    }
}

#[cfg(test)]
mod tests {
    use super::super::scenario::{Scenario, hop};
    use super::*;
    use crate::flow::{Basis, EndedBy};
    use crate::policy::{Hop, Keepalive, Refresh};

    #[test]
    fn configured_keepalive_that_never_shows_points_at_the_application() {
        let keepalive = Keepalive { time: Span::from_secs(1800), ..Keepalive::LINUX_DEFAULT };
        let scenario = Scenario::behind([hop("firewall", 3600)])
            .keepalive(keepalive)
            .silence(Basis::Any, 0, 4000, EndedBy::Data)
            .last_payload(4000);
        let finding = scenario.finding(Rule::NoKeepalive);
        assert!(finding.summary.contains("does not turn SO_KEEPALIVE on"), "{}", finding.summary);
    }

    #[test]
    fn a_flow_that_nobody_used_again_is_no_error() {
        let idle = Scenario::behind([hop("firewall", 1800)]).open(Basis::Any, 0, 4000);
        assert_eq!(idle.finding(Rule::NoKeepalive).severity, Severity::Warning);
        assert_eq!(scenarios::firing_and_silent().0.finding(Rule::NoKeepalive).severity, Severity::Error);
    }

    #[test]
    fn a_proxy_that_counts_payload_is_not_a_matter_of_keepalive() {
        let scenario = Scenario::behind([Hop { refresh: Refresh::Payload, ..hop("proxy", 1800) }])
            .silence(Basis::Payload, 0, 4000, EndedBy::Data)
            .last_payload(4000);
        assert_eq!(scenario.rules(), [Rule::PredictedCut]);
    }
}
