//! A flow that failed, or that one side closed after a silence: what happened, as far as its own packets show. Why is
//! another question.

use super::cause::IdleClock;
use crate::findings::finding::Certainty;
use crate::findings::flow_record::FlowRef;
use crate::findings::others::Outlived;
use crate::flow::{
    Challenged, EndedBy, Fate, FlowFacts, Gap, GaveUp, Goodbye, Opened, Phase, ResetOrigin, ResetSeen, Role,
    Sequel, SilenceClass, Stuck, Survived, Unanswered,
};
use crate::frame::FrameNumber;
use crate::segment::{Endpoint, Realm};
use crate::time::{Span, Timestamp};
use std::net::IpAddr;

/// Incidents that are compared with each other at the most: the first ones of the capture. More say nothing new.
pub(in crate::findings) const INCIDENTS_KEPT: usize = 1 << 16;

/// Repetitions without progress from which loss no longer explains it.
const TRIES: u32 = 3;

/// From a close on, what the other end's stack and TLS library say to it has come; what comes later is use.
const FAREWELL: Span = Span::from_secs(1);

/// One flow that failed, or was closed after a silence.
#[derive(Clone, Debug)]
pub(in crate::findings) struct Incident {
    pub flow: FlowRef,
    pub last_frame: FrameNumber,
    pub how: How,
    /// How sure the failure is; of its cause see [`super::Explanation`].
    pub certainty: Certainty,
    /// The end that did not answer, or under whose address the flow was reset or closed.
    pub mute: Role,
    /// What state the flow was in.
    pub class: SilenceClass,
    /// Whether the capture shows whole what came before.
    pub is_clean: bool,
    /// The last moment that all was well, and the first that it was not: what broke the flow lies between.
    pub well_until: Timestamp,
    pub failed_at: Timestamp,
    /// Until when it was tried.
    pub over_at: Timestamp,
    /// The first segment that got no answer, where no silence came before it.
    pub tried_from: FrameNumber,
    /// The silence of all packets that was over when it failed; `None`: it was in use.
    pub any: Option<Idle>,
    /// The silence of payload that was over, or went on, when it failed; `None`: payload was exchanged just before.
    pub payload: Option<Idle>,
    /// The longest silences that this flow itself survived, of all packets and of payload.
    pub survived: [Option<Idle>; 2],
    /// How many silences as long as the last one it had survived.
    pub survived_alike: u32,
    /// The same, of silences that were shorter by an eighth at the most: timers of programs may be late by that.
    pub survived_nearly: u32,
    /// Age when it failed; `None`: the capture has not its SYN.
    pub age: Option<Span>,
    /// Probes that were answered within the silence of payload.
    pub probes_answered: bool,
    /// The mute end's last window was zero.
    pub window_closed: bool,
    /// ICMP error that says that something cannot be reached, not before `well_until`.
    pub unreachable: Option<FrameNumber>,
    /// What was lost may have been a goodbye.
    pub goodbye: Option<Goodbye>,
}

/// What happened.
#[derive(Clone, Debug)]
pub(in crate::findings) enum How {
    /// What was sent, after a silence or in use, got no answer.
    Unanswered(Unanswered),
    /// A RST answered what was sent after a silence.
    Refused(Box<ResetSeen>),
    /// A RST that no end sent ended the silence itself.
    ResetIdle(Box<ResetSeen>),
    /// A RST ended the flow while it was in use.
    ResetInUse(Box<ResetSeen>),
    /// A segment was sent again and again and never acknowledged, although the peer was heard.
    Stuck { by: Role, stuck: Stuck },
    /// It ended while the receiver kept its window closed.
    Stalled { reset: Option<FrameNumber> },
    /// The SYN was answered for an earlier connection on the same addresses and ports.
    Attempt(Challenged),
    /// One side closed after a silence of payload; nothing prompted it.
    Closed(Close),
}

/// A close that nothing but a silence came before.
#[derive(Clone, Debug)]
pub(in crate::findings) struct Close {
    pub closer: Role,
    pub frame: FrameNumber,
    pub reset: Option<Box<ResetSeen>>,
    /// The client had asked for something that the server had not answered.
    pub request_open: bool,
    /// The client used it once more, and this RST refused that.
    pub refused: Option<FrameNumber>,
    /// Somebody kept it open: heartbeats, or probes that were answered.
    pub kept_open: bool,
}

/// A silence.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(in crate::findings) struct Idle {
    pub length: Span,
    pub start_at: Timestamp,
    /// Last activity before it, first after it.
    pub frames: [FrameNumber; 2],
}

impl Idle {
    fn of(gap: &Gap) -> Idle {
        Idle { length: gap.length, start_at: gap.start_at, frames: [gap.start_frame, gap.end_frame] }
    }

    /// As a silence that one flow survived.
    pub fn outlived(self) -> Outlived {
        let Idle { length, start_at, frames } = self;
        Outlived { length, frames, ended_at: start_at + length, flows: 1 }
    }

    fn of_survived(survived: Survived) -> Idle {
        Idle::of(&survived.gap)
    }
}

impl Incident {
    /// What happened to a flow, if it failed or was closed after a silence.
    pub fn of(facts: &FlowFacts) -> Option<Incident> {
        attempt(facts)
            .or_else(|| stalled(facts))
            .or_else(|| closed(facts).filter(Incident::is_failure))
            .or_else(|| after_silence(facts))
            .or_else(|| in_use(facts))
            .or_else(|| stuck(facts))
            .or_else(|| closed(facts))
    }

    /// Whether somebody lost something by it.
    pub fn is_failure(&self) -> bool {
        match &self.how {
            How::Closed(close) => close.request_open || close.refused.is_some(),
            _ => true,
        }
    }

    /// Whether one side closed it after a silence.
    pub fn is_closed(&self) -> bool {
        matches!(self.how, How::Closed(_))
    }

    /// Whether a finding about this flow alone may come of it.
    pub fn may_be_told(&self) -> bool {
        match &self.how {
            How::Closed(close) => self.is_failure() || (close.reset.is_some() && close.kept_open),
            _ => true,
        }
    }

    /// Whether nothing but keepalive probes went unanswered.
    pub fn rests_on_probes(&self) -> bool {
        matches!(&self.how, How::Unanswered(unanswered) if unanswered.probes > 0 && unanswered.repeats == 0)
    }

    /// Whether the silence that is judged is that of payload: on its clock, and where the clock is not known, of closes and
    /// where packets were exchanged all the time.
    pub fn is_judged_by_payload(&self, clock: Option<IdleClock>) -> bool {
        match clock {
            Some(IdleClock::Payload) => true,
            Some(IdleClock::Any) => false,
            Some(IdleClock::Unknown) | None => {
                self.is_closed() || self.any.is_none_or(|idle| idle.length == Span::ZERO)
            }
        }
    }

    /// The silence on a clock of an idle timer.
    pub fn silence_on(&self, clock: Option<IdleClock>) -> Option<Idle> {
        let silence = if self.is_judged_by_payload(clock) { self.payload } else { self.any };
        silence.filter(|idle| idle.length > Span::ZERO)
    }

    /// The RST that ended it under the mute end's address.
    pub fn reset(&self) -> Option<&ResetSeen> {
        match &self.how {
            How::Refused(reset) | How::ResetIdle(reset) | How::ResetInUse(reset) => Some(reset),
            How::Closed(close) => close.reset.as_deref(),
            How::Unanswered(_) | How::Stuck { .. } | How::Stalled { .. } | How::Attempt(_) => None,
        }
    }

    /// Whether a box sent the RST.
    pub fn is_reset_by_box(&self) -> bool {
        self.reset().is_some_and(|reset| matches!(reset.origin(), ResetOrigin::Box(_)))
    }

    /// Who spoke when it failed.
    pub fn speaker(&self) -> Role {
        self.mute.peer()
    }

    /// The mute end's address.
    pub fn mute_host(&self) -> (IpAddr, Realm) {
        (self.endpoint(self.mute).addr, self.flow.realm)
    }

    pub fn endpoint(&self, role: Role) -> Endpoint {
        match role {
            Role::Initiator => self.flow.initiator,
            Role::Responder => self.flow.responder,
        }
    }

    pub fn service(&self) -> (Endpoint, Realm) {
        (self.flow.responder, self.flow.realm)
    }

    /// The first frame that shows the failure.
    pub fn failed_frame(&self) -> FrameNumber {
        match &self.how {
            How::Stuck { stuck, .. } => stuck.first_frame,
            How::Stalled { reset } => reset.unwrap_or(self.last_frame),
            How::Attempt(challenged) => challenged.frame,
            How::ResetInUse(reset) => reset.frame,
            How::Closed(close) => close.frame,
            How::ResetIdle(reset) => reset.frame,
            How::Unanswered(_) => self.any.map_or(self.tried_from, |idle| idle.frames[1]),
            How::Refused(reset) => self.any.map_or(reset.frame, |idle| idle.frames[1]),
        }
    }
}

/// An incident with what is the same for all kinds.
fn incident(
    facts: &FlowFacts,
    mute: Role,
    how: How,
    (well_until, failed_at, over_at): (Timestamp, Timestamp, Timestamp),
) -> Incident {
    let muted = facts.side(mute);
    let began = facts.opened == Opened::Handshake;
    Incident {
        flow: FlowRef {
            first_frame: facts.first_frame,
            initiator: facts.initiator,
            responder: facts.responder,
            realm: facts.realm,
        },
        last_frame: facts.last_frame,
        how,
        certainty: Certainty::Certain,
        mute,
        class: SilenceClass::Established,
        is_clean: true,
        well_until,
        failed_at,
        over_at,
        tried_from: facts.last_frame,
        any: None,
        payload: None,
        survived: [
            facts.longest_survived(SilenceClass::Established).copied().map(Idle::of_survived),
            facts.payload_survived.as_ref().map(Idle::of),
        ],
        survived_alike: 0,
        survived_nearly: 0,
        age: began.then(|| failed_at.since(facts.first_at)).filter(|_| facts.challenged.is_none()),
        probes_answered: false,
        window_closed: muted.zero_window,
        unreachable: facts.unreachable.filter(|(at, _)| *at >= well_until).map(|(_, frame)| frame),
        goodbye: None,
    }
}

fn attempt(facts: &FlowFacts) -> Option<Incident> {
    let challenged = facts.challenged.filter(|_| facts.phase == Phase::SynSent)?;
    let when = (facts.first_at, facts.side(Role::Responder).last_at, facts.last_at);
    // The capture may end before the SYN that is accepted.
    let certainty = if challenged.times > 1 { Certainty::Certain } else { Certainty::Possible };
    Some(Incident { certainty, ..incident(facts, Role::Responder, How::Attempt(challenged), when) })
}

/// It ended, or nobody answered any more, while one side's window was closed and the other had something to send.
fn stalled(facts: &FlowFacts) -> Option<Incident> {
    let closed = Role::BOTH.into_iter().find(|role| {
        let (receiver, sender) = (facts.side(*role), facts.side(role.peer()));
        receiver.zero_window && sender.payload_bytes > 0 && !receiver.fin
    })?;
    let unanswered = facts.failed.filter(|sequel| sequel.standing.zero_window && sequel.failed());
    let reset =
        Role::BOTH.into_iter().find_map(|role| facts.resets[role.index()]).filter(|reset| reset.exact);
    if unanswered.is_none() && reset.is_none() {
        return None;
    }
    let when = (facts.side(closed).last_at, facts.last_at, facts.last_at);
    let how = How::Stalled { reset: reset.map(|reset| reset.frame) };
    Some(Incident { class: SilenceClass::Busy, ..incident(facts, closed, how, when) })
}

/// It failed at the end of a silence, or while what it had sent was still unanswered.
fn after_silence(facts: &FlowFacts) -> Option<Incident> {
    let sequel = &facts.failed?;
    let (class, gap) = (sequel.class(), &sequel.gap);
    let spoke_at = gap.start_at + gap.length;
    let idled = matches!(class, SilenceClass::Established | SilenceClass::HalfClosed);
    let mut incident = match &sequel.fate {
        Fate::Unanswered(unanswered) => {
            let certainty = if idled {
                sure_after_silence(sequel, unanswered)?
            } else {
                sure_in_use(sequel, unanswered)?
            };
            let mute = sequel.speaker.peer();
            let heard_at = facts.side(mute).last_at;
            let (well_until, failed_at) = if idled {
                (gap.start_at, spoke_at)
            } else {
                let sent_at = facts.side(sequel.speaker).last_payload_at;
                (heard_at.min(gap.start_at), sent_at.max(heard_at).min(gap.start_at))
            };
            let over_at = match unanswered.gave_up {
                // Until then it waited for the answer to the last one.
                Some(GaveUp::Reset(_)) => unanswered.last_at + unanswered.listened,
                Some(GaveUp::Silently) | None => unanswered.last_at,
            };
            let when = (well_until, failed_at, over_at);
            // In use, the silence before it is one of its own retransmissions.
            let side = facts.side(sequel.speaker);
            let tried_from =
                if side.last_payload_at >= heard_at { side.last_payload_frame } else { gap.end_frame };
            let before = if idled { 0 } else { u32::from(sequel.standing.retransmissions) + 1 };
            let unanswered = Unanswered { sends: unanswered.sends.saturating_add(before), ..*unanswered };
            Incident { certainty, tried_from, ..incident(facts, mute, How::Unanswered(unanswered), when) }
        }
        Fate::Refused(reset) => {
            if sequel.refused_after_fin().is_some() || is_normal(facts, reset) {
                return None;
            }
            let certainty = if reset.exact { Certainty::Certain } else { Certainty::Likely };
            let how = if idled { How::Refused(Box::new(*reset)) } else { How::ResetInUse(Box::new(*reset)) };
            let when = (gap.start_at, if idled { spoke_at } else { reset.at }, reset.at);
            if matches!(class, SilenceClass::Transitory) {
                return None;
            }
            Incident { certainty, ..incident(facts, reset.sender, how, when) }
        }
        Fate::ClosedUnprompted { reset: Some(first), .. } => {
            // The first of a pair shows alone; the second knows of both.
            let second = facts.resets[first.sender.peer().index()];
            let of_box = |reset: &ResetSeen| matches!(reset.origin(), ResetOrigin::Box(_));
            let reset = [second, Some(*first)].into_iter().flatten().find(of_box)?;
            let when = (gap.start_at, first.at, first.at);
            incident(facts, first.sender, How::ResetIdle(Box::new(reset)), when)
        }
        Fate::ClosedUnprompted { reset: None, .. } | Fate::Answered(_) | Fate::Undecided(_) => return None,
    };
    incident.class = class;
    incident.is_clean = sequel.is_clean();
    if idled {
        incident.any = Some(Idle::of(gap));
        incident.goodbye = facts.goodbye.filter(|goodbye| goodbye.said_at >= spoke_at);
        incident.payload = facts.payload_before_failure.map(|silence| Idle {
            length: spoke_at.since(silence.start_at),
            start_at: silence.start_at,
            frames: [silence.start_frame, gap.end_frame],
        });
        if let Some(own) = facts.longest_survived(class) {
            incident.survived[0] = Some(Idle::of_survived(*own));
        }
        [incident.survived_alike, incident.survived_nearly] = alike(facts, class, gap);
        incident.probes_answered = facts.probed_within[0];
    }
    Some(incident)
}

/// How sure it is that what came after a silence got no answer.
fn sure_after_silence(sequel: &Sequel, unanswered: &Unanswered) -> Option<Certainty> {
    if unanswered.is_convincing() {
        return Some(Certainty::Certain);
    }
    // Sent once, and the capture runs on: its sender may have been told in a way that the capture does not show.
    let once = unanswered.probes == 0 && unanswered.gave_up == Some(GaveUp::Silently);
    (once && sequel.gap.ended_by == EndedBy::Data).then_some(Certainty::Possible)
}

fn sure_in_use(sequel: &Sequel, unanswered: &Unanswered) -> Option<Certainty> {
    let tries = u32::from(sequel.standing.retransmissions).saturating_add(unanswered.repeats);
    let handshake = matches!(sequel.standing.phase, Phase::SynSent | Phase::SynRecv);
    (tries >= TRIES && !handshake).then_some(Certainty::Certain)
}

/// How many silences as long as `failed` the flow had survived, within a hundredth and within an eighth.
fn alike(facts: &FlowFacts, class: SilenceClass, failed: &Gap) -> [u32; 2] {
    let of_class = match class {
        SilenceClass::Established => &facts.survived[0],
        SilenceClass::HalfClosed => &facts.survived[1],
        SilenceClass::Busy | SilenceClass::Transitory => return [0; 2],
    };
    // A close is acknowledged: the silence that it ended is itself among those that were answered.
    let itself = |kept: &Survived| u32::from(kept.gap.end_frame == failed.end_frame);
    let within = |of: u64, parts: u64| {
        let long =
            of_class.iter().flatten().filter(|kept| kept.gap.length.times(of) >= failed.length.times(parts));
        long.map(|kept| kept.times.saturating_sub(itself(kept))).sum()
    };
    [within(101, 100), within(8, 7)]
}

/// A RST that loses nothing: it acknowledges all, and its receiver closes too (a goodbye whose FIN crosses the RST).
fn is_normal(facts: &FlowFacts, reset: &ResetSeen) -> bool {
    let receiver = reset.sender.peer();
    reset.acknowledges_all && (facts.side(receiver).fin || reset.fins[receiver.index()])
}

/// Reset while it was in use.
fn in_use(facts: &FlowFacts) -> Option<Incident> {
    let reset = Role::BOTH.into_iter().find_map(|role| {
        let reset = facts.resets[role.index()].filter(|reset| reset.exact && reset.fins == [false, false])?;
        let open = reset.phase == Phase::Established;
        let by_box = matches!(reset.origin(), ResetOrigin::Box(_)) && (open || reset.twin.is_some());
        let breaks = role == Role::Responder
            && open
            && reset.in_flight
            && !reset.acknowledges_all
            && reset.is_prompted();
        (by_box || breaks).then_some(reset)
    })?;
    let heard_at = reset.heard_at.unwrap_or(reset.at);
    let when = (heard_at, reset.at, reset.at);
    Some(Incident {
        class: SilenceClass::Busy,
        ..incident(facts, reset.sender, How::ResetInUse(Box::new(reset)), when)
    })
}

/// Data that never arrived although the peer was heard.
fn stuck(facts: &FlowFacts) -> Option<Incident> {
    Role::BOTH.into_iter().find_map(|by| {
        let side = facts.side(by);
        let stuck = side.stuck.filter(|stuck| stuck.repeats >= TRIES && side.unacknowledged)?;
        let when = (stuck.first_at, stuck.first_at, stuck.last_at);
        Some(Incident {
            class: SilenceClass::Busy,
            ..incident(facts, by.peer(), How::Stuck { by, stuck }, when)
        })
    })
}

/// Closed by one side after a silence of payload.
fn closed(facts: &FlowFacts) -> Option<Incident> {
    let sequel = &facts.closed?;
    let gap = &sequel.gap;
    let idle = sequel.class() == SilenceClass::Established && sequel.is_clean() && facts.is_two_way();
    if !idle {
        return None;
    }
    let closer = sequel.speaker;
    let closed_at = gap.start_at + gap.length;
    let asked = facts.side(Role::Initiator);
    let answered = facts.side(Role::Responder);
    let client_spoke_last = asked.last_payload_frame == gap.start_frame && asked.payload_bytes > 0;
    // A request that the service never answers meets a timeout of another kind.
    if client_spoke_last && answered.payload_bytes == 0 {
        return None;
    }
    let request_open = closer == Role::Responder && client_spoke_last;
    let refused = refusal(facts, sequel);
    let last = facts.sides.iter().map(|side| (side.last_payload_at, side.last_payload_frame)).max()?;
    let farewell = last.1 >= gap.end_frame && last.0.since(closed_at) < FAREWELL;
    if last.1 != gap.start_frame && !farewell && refused.is_none() {
        return None;
    }
    let silence = Idle::of(gap);
    let probes_answered = facts.probed_within[1];
    let close = Close {
        closer,
        frame: sequel.closed_in(),
        // Behind a goodbye it breaks nothing off.
        reset: sequel.reset().filter(|_| sequel.goodbye().is_none()).copied().map(Box::new),
        request_open,
        refused,
        kept_open: probes_answered || facts.heartbeats.contains(&true),
    };
    let when = (gap.start_at, closed_at, closed_at);
    let before_it = facts.closed_any.as_ref();
    let [survived_alike, survived_nearly] =
        before_it.map_or([0; 2], |gap| alike(facts, SilenceClass::Established, gap));
    Some(Incident {
        any: Some(facts.closed_any.as_ref().map_or(
            // Shorter than the silences that are kept: how long does not matter.
            Idle { length: Span::ZERO, start_at: closed_at, frames: [gap.end_frame; 2] },
            Idle::of,
        )),
        payload: Some(silence),
        probes_answered,
        survived_alike,
        survived_nearly,
        ..incident(facts, closer, How::Closed(close), when)
    })
}

/// The RST with which the server refused what the client sent after the server's close. Not what followed the close at
/// once, nor of a client that then closed too: that was its farewell.
fn refusal(facts: &FlowFacts, closed: &Sequel) -> Option<FrameNumber> {
    let asked = facts.side(Role::Initiator);
    let by_server = closed.speaker == Role::Responder && closed.ended_by_fin();
    let closed_at = closed.gap.start_at + closed.gap.length;
    let used_again = facts.last_payload_by() == Some(Role::Initiator)
        && asked.last_payload_at.since(closed_at) >= FAREWELL
        && !asked.fin;
    let reset = facts.resets[Role::Responder.index()].as_ref()?;
    (by_server && used_again && reset.frame > asked.last_payload_frame).then_some(reset.frame)
}
