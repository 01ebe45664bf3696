//! `stale`: open, and silent for longer than keepalive would have allowed.
//!
//! Claims that the flow was neither closed nor probed for longer than a keepalive period (as the path
//! states it, else Linux' 7200 + 9 × 75 s) when the capture ended. Whether the ends still live is not in
//! the capture: the claim is that an end that has lost its peer would not know. Needs both directions.

use super::{Statement, Telling};
use crate::findings::case::Case;
use crate::findings::phrase;
use crate::findings::remedy::Remedy;
use crate::findings::rule::Rule;
use crate::flow::{Phase, Role};
use crate::frame::FrameNumber;
use crate::time::{Span, Timestamp};

#[derive(Clone, Copy, Debug)]
pub(in crate::findings) struct StaleFacts {
    after_frame: FrameNumber,
    since: Timestamp,
    length: Span,
    period: Span,
    /// Sides that sent probes before, by [`Role::index`].
    probed: [bool; 2],
}

pub(super) fn judge(case: &Case<'_>) -> Option<StaleFacts> {
    let open = case.trusted_open()?;
    let period = case.keepalive_period();
    let dying = case.probers.iter().any(|prober| prober.unanswered >= 2 || prober.gave_up.is_some());
    let applies = case.is_open() && case.two_way && case.phase == Phase::Established && !dying;
    (applies && open.length > period).then_some(StaleFacts {
        after_frame: open.start_frame,
        since: open.start_at,
        length: open.length,
        period,
        probed: case.probers.map(|prober| prober.probes > 0),
    })
}

impl Statement for StaleFacts {
    fn rule(&self) -> Rule {
        Rule::Stale
    }

    fn gap(&self) -> Option<Span> {
        Some(self.length)
    }

    fn frames(&self, _: &Telling<'_>) -> Vec<FrameNumber> {
        vec![self.after_frame]
    }

    fn at(&self) -> Option<Timestamp> {
        Some(self.since + self.period)
    }

    fn summary(&self, told: &Telling<'_>) -> String {
        let mut text = format!(
            "no FIN, RST or probe for {} after frame {} ({}), longer than the keepalive period of {}",
            self.length,
            self.after_frame,
            phrase::clock(self.since),
            self.period
        );
        text.push_str(match self.probed {
            [false, false] => {
                ": neither end was ever seen to probe, so an end that has lost its peer keeps the socket for ever"
            }
            [true, true] => ": both ends probed before and stopped, so both sockets are likely gone or lost",
            [true, false] => {
                ": the initiator probed before and stopped; the responder never probes, so it keeps the socket for \
                 ever if the initiator has gone"
            }
            [false, true] => {
                ": the responder probed before and stopped; the initiator never probes, so it keeps the socket for \
                 ever if the responder has gone"
            }
        });
        if told.stale > 1 {
            text.push_str(&format!(
                "; one of {} stale flows of {} to {}, each holding a connection that the server counts",
                told.stale, told.flow.initiator.addr, told.flow.responder
            ));
        }
        text
    }

    fn remedy(&self, told: &Telling<'_>) -> Remedy {
        let (initiator, responder) =
            (told.flow.endpoint(Role::Initiator), told.flow.endpoint(Role::Responder));
        Remedy::step(format!(
            "Turn SO_KEEPALIVE on where the socket must not linger, first of all on the service {responder}; or let \
             its application close connections that nobody uses. To see whether a socket is left behind, list the \
             connections of {responder} with {initiator}."
        ))
    }
}

#[cfg(test)]
pub(super) mod scenarios {
    use super::super::scenario::{Scenario, hop};
    use crate::flow::Basis;

    /// A second more and a second less than Linux' keepalive period.
    pub fn firing_and_silent() -> (Scenario, Scenario) {
        let idle = |length| Scenario::behind([hop("isa", 86_400)]).open(Basis::Any, 0, length);
        (idle(7876), idle(7875))
    }
}

#[cfg(test)]
mod tests {
    use super::super::scenario::{Scenario, hop};
    use super::*;
    use crate::flow::{Basis, ClosedBy};
    use crate::policy::Keepalive;

    #[test]
    fn slots_of_the_same_client_are_counted_in_the_sentence() {
        let finding =
            Scenario::behind([hop("isa", 86_400)]).open(Basis::Any, 0, 90_000).stale(30).finding(Rule::Stale);
        assert!(
            finding.summary.contains("one of 30 stale flows of 10.0.0.1 to 10.0.0.2:443"),
            "{}",
            finding.summary
        );
        assert!(finding.summary.contains("for ever"), "{}", finding.summary);
    }

    #[test]
    fn the_configured_keepalive_sets_the_period() {
        let keepalive = Keepalive { time: Span::from_secs(60), interval: Span::from_secs(10), probes: 3 };
        let idle = |length| Scenario::behind([]).keepalive(keepalive).open(Basis::Any, 0, length).rules();
        assert_eq!(idle(91), [Rule::Stale]);
        assert_eq!(idle(90), []);
    }

    #[test]
    fn closed_one_way_and_probed_flows_are_not_stale() {
        let idle = || Scenario::behind([]).open(Basis::Any, 0, 90_000);
        assert!(idle().rules().contains(&Rule::Stale));
        assert!(!idle().closed_by(ClosedBy::Rst).rules().contains(&Rule::Stale));
        assert!(!idle().one_way().rules().contains(&Rule::Stale));
        assert!(!idle().unanswered(3).rules().contains(&Rule::Stale));
    }
}
