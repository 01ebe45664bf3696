//! `dead-peer`: probes got no answer.
//!
//! Claims that one side's keepalive probes were unanswered when the flow ended: certain when the prober
//! gave up and reset the connection, likely from two probes on (one may be lost). Needs both directions:
//! a one-way capture shows no answers.

use super::{Statement, Telling};
use crate::findings::case::Case;
use crate::findings::finding::Certainty;
use crate::findings::phrase;
use crate::findings::rule::Rule;
use crate::flow::Role;
use crate::frame::FrameNumber;
use crate::time::{Span, Timestamp};

/// Unanswered probes from which the peer is called dead: one missed probe must not be read so (RFC 1122
/// 4.2.3.6).
const UNANSWERED: u32 = 2;

#[derive(Clone, Copy, Debug)]
pub(in crate::findings) struct DeadPeerFacts {
    prober: Role,
    unanswered: u32,
    gave_up: Option<FrameNumber>,
    last_probe: Option<FrameNumber>,
    last_at: Option<Timestamp>,
    /// The silence before the first probe in vain, when it is no longer than one that the flow had survived.
    survived: Option<Span>,
    /// An ICMP error said afterwards that something cannot be reached.
    unreachable: bool,
}

pub(super) fn judge(case: &Case<'_>) -> Option<DeadPeerFacts> {
    if !case.two_way {
        return None;
    }
    Role::BOTH
        .iter()
        .map(|role| (*role, &case.probers[role.index()]))
        .find(|(_, prober)| prober.gave_up.is_some() || prober.unanswered >= UNANSWERED)
        .map(|(role, prober)| DeadPeerFacts {
            prober: role,
            unanswered: prober.unanswered,
            gave_up: prober.gave_up,
            last_probe: prober.frames.last().copied(),
            last_at: prober.last_at,
            survived: survived(case),
            unreachable: case.unreachable.is_some_and(|at| prober.last_at.is_some_and(|last| at >= last)),
        })
}

/// Timers fire late, by an eighth at the most, so a silence survived is as long as one that failed when the difference
/// lies within that.
fn survived(case: &Case<'_>) -> Option<Span> {
    let failed = case.sequels.failed()?;
    let longest = case.sequels.longest_survived(failed.class())?.gap.length;
    (longest.times(8) >= failed.gap.length.times(7)).then_some(longest)
}

impl Statement for DeadPeerFacts {
    fn rule(&self) -> Rule {
        Rule::DeadPeer
    }

    fn certainty(&self) -> Certainty {
        if self.gave_up.is_some() { Certainty::Certain } else { Certainty::Likely }
    }

    fn gap(&self) -> Option<Span> {
        None
    }

    fn frames(&self, told: &Telling<'_>) -> Vec<FrameNumber> {
        // The first probes are kept; of a short log the last ones are the unanswered run.
        let log = &told.flow.keepalive[self.prober.index()].frames;
        let run = log.len().saturating_sub(self.unanswered as usize);
        let mut frames: Vec<FrameNumber> = log[run..].to_vec();
        frames.extend(self.gave_up);
        if frames.is_empty() {
            frames.extend(self.last_probe.or(Some(told.flow.last_frame)));
        }
        frames
    }

    fn at(&self) -> Option<Timestamp> {
        self.last_at
    }

    fn summary(&self, told: &Telling<'_>) -> String {
        let (prober, peer) = (self.prober.name(), self.prober.peer().name());
        let probes = match self.unanswered {
            0 => "its last keepalive probes".to_owned(),
            1 => "its last keepalive probe".to_owned(),
            many => format!("its last {many} keepalive probes"),
        };
        let address = told.flow.endpoint(self.prober.peer());
        let mut text = format!("the {peer} {address} did not answer the {prober}: {probes} had no reply");
        match (self.gave_up, self.last_at) {
            (Some(frame), _) => {
                text.push_str(&format!(
                    ", and it gave up with RST in frame {frame}; the {peer} was not told, if it still lives"
                ));
            }
            (None, Some(at)) => {
                text.push_str(&format!(" until the capture ends (last one at {})", phrase::clock(at)));
            }
            (None, None) => {}
        }
        if self.unreachable {
            text.push_str("; a router said by ICMP that it cannot be reached");
        }
        if let Some(survived) = self.survived {
            text.push_str(&format!(
                "; it had survived silences as long before ({survived}), so idling did not cause this"
            ));
        }
        text
    }

    fn advice(&self, told: &Telling<'_>) -> String {
        let keepalive = &told.flow.keepalive[self.prober.index()];
        let idle = keepalive.time.map_or(Span::ZERO, |time| time.best);
        let peer = self.prober.peer().name();
        let hint = if idle > Span::ZERO && !told.terms.path.hops.is_empty() {
            let limits: Vec<String> = told
                .terms
                .path
                .hops
                .iter()
                .filter(|hop| hop.timers.established <= idle)
                .map(|hop| format!("{} ({})", hop.name, hop.timers.established))
                .collect();
            if limits.is_empty() {
                format!(
                    " Probing every {idle} is faster than every hop's limit, so idling did not cause this."
                )
            } else {
                format!(
                    " Probing every {idle} is too slow for {}: idling explains this.",
                    phrase::listed(&limits)
                )
            }
        } else {
            String::new()
        };
        format!(
            "Check whether the {peer}'s host was reachable then: if other flows to it went on, a box between has \
             lost this one.{hint}"
        )
    }
}

#[cfg(test)]
pub(super) mod scenarios {
    use super::super::scenario::Scenario;

    pub fn firing_and_silent() -> (Scenario, Scenario) {
        let probed = || Scenario::behind([]).probed(60, 6);
        (probed().unanswered(2), probed().unanswered(1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::findings::rule::Severity;

    #[test]
    fn giving_up_makes_it_certain() {
        let (firing, _) = scenarios::firing_and_silent();
        assert_eq!(firing.finding(Rule::DeadPeer).severity, Severity::Warning);
        let finding = firing.gave_up(9000).finding(Rule::DeadPeer);
        assert_eq!((finding.severity, finding.certainty), (Severity::Error, Certainty::Certain));
        assert!(finding.frames.contains(&FrameNumber(9000)));
        assert!(finding.summary.contains("RST in frame 9000"), "{}", finding.summary);
    }

    #[test]
    fn a_one_way_capture_shows_no_answers_and_says_nothing() {
        let (firing, _) = scenarios::firing_and_silent();
        assert_eq!(firing.one_way().rules(), []);
    }
}
