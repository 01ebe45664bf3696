//! From evidence to standings: every cause that can have ended a flow stands until something refutes it.
//!
//! 1. What refutes a cause ends it. What limits it leaves it possible, whatever speaks for it.
//! 2. It is likely when something speaks for it.
//! 3. It is shown when something was seen that only this cause predicts, and every rival that can have been at work is
//!    refuted by an observation that could have come out otherwise. What is missing from a capture refutes nothing.
//!
//! An idle timer is asked about once for each clock that can restart it. The clock is named when all others are refuted.

use super::cause::{Cause, CauseStanding, IdleClock, TimerPlace};
use super::evidence::{
    Around, Bearing, Case, Row, Seen, may_have_been_cut_off, may_have_been_flushed, may_have_restarted, rows,
};
use super::far::{FarFact, FarSight};
use super::incident::{How, Idle, Incident};
use crate::frame::FrameNumber;
use crate::time::{Span, Timestamp};

/// One cause of one incident, and how far it is established.
#[derive(Clone, Debug)]
pub struct Explanation {
    /// What can have ended the flow.
    pub cause: Cause,
    /// How far that is established.
    pub standing: CauseStanding,
    /// Of an idle timer: what restarts it.
    pub clock: Option<IdleClock>,
    /// Of an idle timer: where it runs.
    pub place: Option<TimerPlace>,
    observations: Vec<(&'static Row, Seen)>,
}

/// One observation in words.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Evidence {
    /// As a clause.
    pub says: String,
    /// Frames that show it.
    pub frames: Vec<FrameNumber>,
    /// When, where no frame shows it.
    pub at: Option<Timestamp>,
    /// Whether it speaks for the cause; else against it.
    pub supports: bool,
}

impl Explanation {
    fn bare(cause: Cause, standing: CauseStanding) -> Explanation {
        Explanation { cause, standing, clock: None, place: None, observations: Vec::new() }
    }

    /// Whether something was seen that only this cause predicts.
    pub(in crate::findings) fn has_proof(&self) -> bool {
        self.observations.iter().any(|(row, _)| row.bearing == Bearing::Proves)
    }

    /// Whether anything speaks for it.
    pub(in crate::findings) fn has_support(&self) -> bool {
        self.observations.iter().any(|(row, _)| row.bearing >= Bearing::Supports)
    }

    /// What speaks for and against it, the strongest first.
    pub fn evidence(&self) -> Vec<Evidence> {
        let mut sorted: Vec<&(&'static Row, Seen)> = self.observations.iter().collect();
        sorted.sort_by_key(|(row, _)| match row.bearing {
            Bearing::Refutes => 0,
            Bearing::Proves => 1,
            Bearing::Supports => 2,
            Bearing::Limits => 3,
            Bearing::Notes => 4,
        });
        let mut told: Vec<Evidence> = Vec::with_capacity(sorted.len());
        for (row, seen) in sorted {
            let evidence = Evidence {
                says: (row.says)(seen),
                frames: seen.frames.clone(),
                at: seen.at,
                supports: row.bearing >= Bearing::Supports,
            };
            if !told.iter().any(|known| known.says == evidence.says) {
                told.push(evidence);
            }
        }
        told
    }
}

impl<'a> Case<'a> {
    fn on(
        incident: &'a Incident,
        around: &'a Around<'a>,
        clock: IdleClock,
        is_idle_refuted: bool,
    ) -> Case<'a> {
        let survived_payload =
            longer(longer(around.survived[1], incident.survived[1]), kept_alive(incident, around));
        let (idle, survived) = match clock {
            IdleClock::Any => (incident.any, longer(around.survived[0], incident.survived[0])),
            IdleClock::Payload => (incident.payload, survived_payload),
            IdleClock::Unknown => (None, None),
        };
        Case { incident, clock, idle, survived, survived_payload, around, is_idle_refuted }
    }
}

/// The longest silence of payload that flows of any client survived, where none survived one of all packets as long as this
/// flow's last: those flows take the same way, kept by packets that carry none.
fn kept_alive(incident: &Incident, around: &Around<'_>) -> Option<Idle> {
    let [any, payload] = around.survived_by_others;
    let last = incident.any.map_or(Span::ZERO, |idle| idle.length);
    payload.filter(|_| any.is_none_or(|any| any.length.times(100) <= last.times(101)))
}

fn longer(a: Option<Idle>, b: Option<Idle>) -> Option<Idle> {
    [a, b].into_iter().flatten().max_by_key(|idle| (idle.length, std::cmp::Reverse(idle.frames)))
}

/// Whether the silence of all packets is longer than comparable flows survived; of an incident in use: no.
pub(in crate::findings) fn outlasts(incident: &Incident, survived: Option<Idle>) -> bool {
    let Some(idle) = incident.any else { return false };
    let survived = longer(survived, incident.survived[0]).map_or(Span::ZERO, |idle| idle.length);
    survived.times(100) <= idle.length.times(101) && incident.survived_alike < 2
}

/// Whether the silence of payload is longer than comparable flows survived.
pub(in crate::findings) fn outlasts_payload(incident: &Incident, survived: Option<Idle>) -> bool {
    let Some(idle) = incident.payload else { return false };
    let survived = longer(survived, incident.survived[1]).map_or(Span::ZERO, |idle| idle.length);
    survived.times(100) <= idle.length.times(101)
}

/// The causes of an incident, the best established first.
pub(in crate::findings) fn explain(incident: &Incident, around: &Around<'_>) -> Vec<Explanation> {
    let mut found = Vec::new();
    let on_clock = |clock| observed(Cause::IdleTimer, &Case::on(incident, around, clock, false));
    let clocks = [IdleClock::Any, IdleClock::Payload].map(|clock| (clock, on_clock(clock)));
    let is_refuted = |seen: &[(&Row, Seen)]| seen.iter().any(|(row, _)| row.bearing == Bearing::Refutes);
    let is_idle_refuted = clocks.iter().all(|(_, seen)| is_refuted(seen));
    let case = Case::on(incident, around, IdleClock::Unknown, is_idle_refuted);
    for cause in Cause::ALL.iter().copied().filter(|cause| applies(*cause, &case)) {
        let observations = observed(cause, &case);
        let standing = weigh(&observations, true);
        found.push(Explanation { observations, ..Explanation::bare(cause, standing) });
    }
    // What an idle timer does can be mistaken for what these do.
    let rivals = [
        Cause::HostGone,
        Cause::ServiceRestart,
        Cause::StateFlush,
        Cause::PathOutage,
        Cause::AgeLimit,
        Cause::CaptureArtefact,
    ];
    let open = |explanation: &Explanation| {
        rivals.contains(&explanation.cause) && explanation.standing > CauseStanding::Refuted
    };
    let is_alone = !found.iter().any(open);
    if !matches!(incident.how, How::Attempt(_)) {
        let crossed =
            |fact: &FarFact| matches!(fact.what, FarSight::ArrivedUnanswered | FarSight::ResetCrossed);
        found.push(idle_timer(incident, clocks, is_alone, around.far.iter().any(crossed)));
    }
    if incident.is_failure() {
        let best = found.iter().map(|explanation| explanation.standing).max();
        let standing = match best {
            Some(CauseStanding::Shown) => CauseStanding::Refuted,
            Some(CauseStanding::Likely) => CauseStanding::Possible,
            _ => CauseStanding::Likely,
        };
        found.push(Explanation::bare(Cause::Unknown, standing));
    }
    found.sort_by_key(|explanation| (std::cmp::Reverse(explanation.standing), explanation.cause));
    found
}

/// An idle timer on whichever clock is left.
fn idle_timer(
    incident: &Incident,
    clocks: [(IdleClock, Vec<(&'static Row, Seen)>); 2],
    is_alone: bool,
    is_beyond: bool,
) -> Explanation {
    let [any, payload] = clocks.map(|(clock, seen)| (clock, weigh(&seen, is_alone), seen));
    let is_open = |standing: CauseStanding| standing > CauseStanding::Refuted;
    let (clock, standing, observations) = match (is_open(any.1), is_open(payload.1)) {
        (true, true) => (IdleClock::Unknown, any.1.max(payload.1), any.2),
        (true, false) => (IdleClock::Any, any.1, any.2),
        (false, true) => (IdleClock::Payload, payload.1, payload.2),
        (false, false) => {
            let mut all = any.2;
            all.extend(payload.2);
            (IdleClock::Unknown, CauseStanding::Refuted, all)
        }
    };
    let place = match &incident.how {
        How::Closed(_) => match clock {
            IdleClock::Payload => TimerPlace::EndpointOrProxy,
            IdleClock::Any => TimerPlace::Box,
            IdleClock::Unknown => TimerPlace::Unknown,
        },
        _ if incident.is_reset_by_box() => TimerPlace::Box,
        // Beyond the last capture a host or its application may have dropped it as well.
        How::Unanswered(_) if standing >= CauseStanding::Likely && !is_beyond => TimerPlace::Box,
        _ => TimerPlace::Unknown,
    };
    Explanation { cause: Cause::IdleTimer, standing, clock: Some(clock), place: Some(place), observations }
}

/// Whether a cause can have been at work at all. What only its own evidence shows is not asked about without it.
fn applies(cause: Cause, case: &Case<'_>) -> bool {
    let closed = matches!(case.incident.how, How::Closed(_));
    match cause {
        Cause::IdleTimer | Cause::Unknown => false,
        Cause::HostGone => matches!(case.incident.how, How::Unanswered(_)),
        Cause::ServiceRestart => may_have_restarted(case),
        Cause::StateFlush => may_have_been_flushed(case),
        Cause::PathOutage => may_have_been_cut_off(case),
        Cause::ResetInUse => case.incident.is_reset_by_box() && case.incident.is_failure(),
        Cause::AgeLimit => case.around.together.of_one_age >= 2,
        Cause::PortReuse => matches!(case.incident.how, How::Attempt(_)),
        Cause::WindowStall => case.incident.window_closed && !closed,
        Cause::Mtu => matches!(case.incident.how, How::Stuck { .. }),
        Cause::NormalClose => closed,
        Cause::ApplicationClose => {
            let by_owner = case.incident.reset().is_some_and(|reset| reset.is_the_owners());
            closed || by_owner && !case.incident.is_reset_by_box()
        }
        Cause::CaptureArtefact => !case.incident.is_clean,
    }
}

fn observed(cause: Cause, case: &Case<'_>) -> Vec<(&'static Row, Seen)> {
    rows(cause).filter_map(|row| Some((row, (row.seen)(case)?))).collect()
}

/// The standing that observations give. `is_alone`: every rival is refuted.
fn weigh(observations: &[(&Row, Seen)], is_alone: bool) -> CauseStanding {
    let has = |bearing| observations.iter().any(|(row, _)| row.bearing == bearing);
    if has(Bearing::Refutes) {
        CauseStanding::Refuted
    } else if has(Bearing::Limits) {
        CauseStanding::Possible
    } else if has(Bearing::Proves) && is_alone {
        CauseStanding::Shown
    } else if has(Bearing::Proves) || has(Bearing::Supports) {
        CauseStanding::Likely
    } else {
        CauseStanding::Possible
    }
}
