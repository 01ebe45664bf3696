//! `half-closed-idle`: one side is done, the other does not close.
//!
//! Claims that after one FIN the flow was silent for longer than the shortest half-closed timer on the
//! path, or than nf_conntrack's 60 s (`nf_conntrack_tcp_timeout_close_wait`) where no hop states one.
//! Usually an application that never closes its socket: a CLOSE_WAIT leak.

use super::{Statement, Telling};
use crate::findings::case::Case;
use crate::findings::phrase;
use crate::findings::remedy::Remedy;
use crate::findings::rule::Rule;
use crate::findings::terms::USUAL_HALF_CLOSED_LIMIT;
use crate::flow::{Ending, Phase, Role};
use crate::frame::FrameNumber;
use crate::policy::Hop;
use crate::time::{Span, Timestamp};

#[derive(Clone, Copy, Debug)]
pub(in crate::findings) struct HalfClosedFacts {
    /// The hop whose timer it is; `None`: the usual limit.
    hop: Option<usize>,
    limit: Span,
    after_frame: FrameNumber,
    start_at: Timestamp,
    length: Span,
    ending: Option<Ending>,
    phase: Phase,
    /// The side that sent its FIN, when only one has.
    closer: Option<Role>,
}

pub(super) fn judge(case: &Case<'_>) -> Option<HalfClosedFacts> {
    let silence = case.half_closed?;
    let timer = |hop: &Hop| match silence.phase {
        Phase::FinWait => hop.timers.fin_wait,
        _ => hop.timers.close_wait,
    };
    let tightest = case.hops().filter_map(|(index, hop)| Some((timer(hop)?, index))).min();
    let (limit, hop) = tightest.map_or((USUAL_HALF_CLOSED_LIMIT, None), |(limit, hop)| (limit, Some(hop)));
    let closer = match case.fins {
        [true, false] => Some(Role::Initiator),
        [false, true] => Some(Role::Responder),
        _ => None,
    };
    (silence.length > limit).then_some(HalfClosedFacts {
        hop,
        limit,
        after_frame: silence.after_frame,
        start_at: silence.start_at,
        length: silence.length,
        ending: silence.ending,
        phase: silence.phase,
        closer,
    })
}

impl Statement for HalfClosedFacts {
    fn rule(&self) -> Rule {
        Rule::HalfClosedIdle
    }

    fn hop(&self) -> Option<usize> {
        self.hop
    }

    fn gap(&self) -> Option<Span> {
        Some(self.length)
    }

    fn frames(&self, _: &Telling<'_>) -> Vec<FrameNumber> {
        [Some(self.after_frame), self.ending.map(|ending| ending.frame)].into_iter().flatten().collect()
    }

    fn at(&self) -> Option<Timestamp> {
        Some(self.start_at + self.limit)
    }

    fn summary(&self, told: &Telling<'_>) -> String {
        let closer = self.closer.map_or("one side".to_owned(), |role| format!("the {}", role.name()));
        let other = self.closer.map_or("the other".to_owned(), |role| format!("the {}", role.peer().name()));
        let state = match self.phase {
            Phase::FinWait => format!("{closer} sent its FIN and had no answer"),
            _ => format!("{closer} closed and {other} did not"),
        };
        let until = match self.ending {
            Some(ending) => format!("until {} in frame {}", phrase::arrival(&ending), ending.frame),
            None => "until the capture ends".to_owned(),
        };
        let limit = match self.hop.and_then(|hop| told.hop(hop)) {
            Some(hop) => format!("{} forgets half-closed flows after {}", hop.name, self.limit),
            None => format!("Linux gateways forget half-closed flows after {}", self.limit),
        };
        format!("{state}: silent for {} after frame {} {until}; {limit}", self.length, self.after_frame)
    }

    fn remedy(&self, told: &Telling<'_>) -> Remedy {
        match (self.phase, self.closer) {
            (Phase::FinWait, _) => Remedy::step(
                "Check why the FIN was not acknowledged: the peer was gone, or a box between had forgotten the flow.",
            ),
            (_, Some(closer)) => Remedy::step(format!(
                "Let the application on {} close its socket when it reads the end of the stream; until then the \
                 socket stays in CLOSE_WAIT.",
                told.flow.endpoint(closer.peer())
            )),
            (_, None) => Remedy::step(
                "Let the application that closes last do so when it reads the end of the stream, or raise the \
                 half-closed timer if it works that long for its answer.",
            ),
        }
    }
}

#[cfg(test)]
pub(super) mod scenarios {
    use super::super::scenario::Scenario;
    use crate::flow::{Basis, Phase, Standing};

    pub fn firing_and_silent() -> (Scenario, Scenario) {
        let idle = |length| {
            Scenario::behind([])
                .standing(Standing { phase: Phase::CloseWait, ..Scenario::QUIET })
                .fin(crate::flow::Role::Initiator)
                .open(Basis::Any, 0, length)
        };
        (idle(61), idle(60))
    }
}

#[cfg(test)]
mod tests {
    use super::super::scenario::{Scenario, hop};
    use super::*;
    use crate::flow::{Basis, EndedBy, Standing};
    use crate::policy::TimerTable;

    #[test]
    fn the_side_that_did_not_close_is_named() {
        let (firing, _) = scenarios::firing_and_silent();
        let finding = firing.finding(Rule::HalfClosedIdle);
        assert!(
            finding.summary.starts_with("the initiator closed and the responder did not"),
            "{}",
            finding.summary
        );
        assert!(finding.remedy.step.contains("10.0.0.2:443"), "{}", finding.remedy.step);
    }

    #[test]
    fn the_timer_of_a_hop_replaces_the_usual_one() {
        let timers = TimerTable {
            close_wait: Some(Span::from_secs(3600)),
            ..TimerTable::established(Span::from_secs(86_400))
        };
        let idle = |length| {
            Scenario::behind([Hop { timers, ..hop("kube-proxy", 86_400) }])
                .standing(Standing { phase: Phase::CloseWait, ..Scenario::QUIET })
                .fin(Role::Responder)
                .silence(Basis::Any, 0, length, EndedBy::Data)
                .last_payload(length)
                .rules()
        };
        assert!(!idle(600).contains(&Rule::HalfClosedIdle));
        let rules = idle(4000);
        assert!(rules.contains(&Rule::HalfClosedIdle) && rules.contains(&Rule::PredictedCut), "{rules:?}");
    }
}
