//! Idle timers: a silence longer than any that was survived, and signs of the timer itself.

use super::super::cause::{Cause, IdleClock};
use super::super::far::FarSight;
use super::super::incident::{How, Idle};
use super::{Bearing, Case, Row, Seen, may_have_restarted};
use crate::findings::phrase;
use crate::flow::{BoxProof, ResetOrigin, Role};
use crate::time::Span;

/// Silences below this are use: no box has so short a timer, and every program pauses so long.
const SHORTEST: Span = Span::from_secs(1);

const fn timer(
    bearing: Bearing,
    seen: fn(&Case<'_>) -> Option<Seen>,
    says: fn(&Seen) -> String,
    source: &'static str,
) -> Row {
    Row { cause: Cause::IdleTimer, bearing, seen, says, source }
}

/// Of a close at a limit that any packet restarts: the longer silence of payload that other flows survived.
fn outlived_payload(case: &Case<'_>) -> Option<(Idle, Idle)> {
    let (idle, survived) = (case.idle.filter(|_| case.clock == IdleClock::Any)?, case.survived_payload?);
    let longer = survived.length.times(100) > idle.length.times(101);
    (longer && case.around.limit.is_some()).then_some((survived, idle))
}

pub(super) const ROWS: &[Row] = &[
    timer(
        Bearing::Refutes,
        |case| {
            let waiting = matches!(case.incident.how, How::Stalled { .. } | How::Stuck { .. });
            waiting.then(|| Seen::at_frames([case.incident.failed_frame()]))
        },
        |seen| {
            format!(
                "data waited to be received (frame {}): TCP's own timers paced the silence, nobody idled",
                seen.frames[0]
            )
        },
        "RFC 6298: retransmission timer; RFC 9293 3.8.6.1: zero-window probes",
    ),
    timer(
        Bearing::Refutes,
        |case| {
            let waiting = matches!(case.incident.how, How::Stalled { .. } | How::Stuck { .. });
            let in_use = !waiting && case.idle.is_none_or(|idle| idle.length < SHORTEST);
            let mut seen = Seen::at_frames([case.incident.failed_frame()]);
            seen.words = match case.clock {
                IdleClock::Payload => "payload was exchanged".to_owned(),
                _ => "packets were exchanged".to_owned(),
            };
            in_use.then_some(seen)
        },
        |seen| {
            format!("{} within the second before frame {}: the flow was in use", seen.words, seen.frames[0])
        },
        "no known box has an idle timer below one second (catalogue of presets)",
    ),
    timer(
        Bearing::Refutes,
        |case| {
            let (idle, survived) = (case.idle?, case.survived?);
            // Timers and clocks differ by some milliseconds: near the limit some flows live.
            let longer = survived.length.times(100) > idle.length.times(101);
            longer.then(|| Seen { spans: [survived.length, idle.length], ..Seen::at_frames(survived.frames) })
        },
        |seen| {
            format!(
                "a silence of {} was survived (frames {} and {}), longer than the {} before this",
                seen.spans[0], seen.frames[0], seen.frames[1], seen.spans[1]
            )
        },
        "a timer spares no comparable flow that is silent for longer",
    ),
    timer(
        Bearing::Refutes,
        |case| {
            let idle = case.idle?;
            // Those of payload are not counted; where both silences are one, they are the same.
            let one = case.incident.any.is_some_and(|any| idle.length.times(7) <= any.length.times(8));
            // Beside a limit that flows share, those that live win a race with it.
            let race =
                case.around.limit.is_some_and(|limit| idle.length.times(101) >= limit.lengths.0.times(100));
            let alone = case.around.kin.flows < 2 && case.around.far.is_empty();
            let times = if alone { case.incident.survived_nearly } else { case.incident.survived_alike };
            let alike = one && times >= 2 && !race;
            alike.then(|| Seen { spans: [idle.length; 2], ..Seen::at_frames(idle.frames) })
        },
        |seen| {
            format!(
                "this flow had survived silences about as long as its last one ({}) again and again",
                seen.spans[0]
            )
        },
        "a rhythm that lived on for long is not what ends a flow; timers are late by 12.5 % at most (Linux timer wheel)",
    ),
    timer(
        Bearing::Limits,
        |case| {
            let idle = case.idle?;
            let alone =
                case.around.kin.flows < 2 && case.around.limit.is_none() && case.around.far.is_empty();
            // Those of payload are not counted; where both silences are one, they are the same.
            let one = case.incident.any.is_some_and(|any| idle.length.times(7) <= any.length.times(8));
            let alike = alone && one && case.incident.survived_nearly > 0;
            alike.then(|| Seen { spans: [idle.length; 2], ..Seen::at_frames(idle.frames) })
        },
        |seen| {
            format!(
                "this flow had survived a silence about as long as its last one ({}), and no other broke alike",
                seen.spans[0]
            )
        },
        "timers are late by 12.5 % at most (Linux timer wheel): one that ran out once would mostly have done so before",
    ),
    timer(
        Bearing::Refutes,
        |case| case.around.together.in_use.map(|frame| Seen::at_frames([frame])),
        |seen| {
            format!(
                "another flow of the same host broke in the same moment while it was in use (frame {})",
                seen.frames[0]
            )
        },
        "conntrack -F and a restart end busy and idle flows at once (lab)",
    ),
    timer(
        Bearing::Refutes,
        |case| {
            let How::Refused(reset) = &case.incident.how else { return None };
            reset.is_the_owners().then(|| Seen::at_frames([reset.frame]))
        },
        |seen| {
            format!(
                "the RST in frame {} bears what only the owner of the socket knows: the path had let it through",
                seen.frames[0]
            )
        },
        "RFC 7323 timestamps and the next IP identification; a box has neither",
    ),
    timer(
        Bearing::Limits,
        |case| case.around.together.outlived.map(|frame| Seen::at_frames([frame])),
        |seen| {
            format!(
                "a flow broke in the same moment after a silence that others survived (frame {}): one event may have ended both",
                seen.frames[0]
            )
        },
        "an event that ends one flow for another reason may have ended all",
    ),
    timer(
        Bearing::Limits,
        |case| (!case.incident.is_clean).then(|| Seen::at_frames(case.idle?.frames).into()).flatten(),
        |seen| {
            format!(
                "the capture does not show all of the silence between frames {} and {}",
                seen.frames[0], seen.frames[1]
            )
        },
        "lost packets and clock steps make silences",
    ),
    timer(
        Bearing::Limits,
        |case| {
            let unanswered = matches!(case.incident.how, How::Unanswered(_));
            (unanswered && !case.is_alive()).then(Seen::default)
        },
        |_| "nothing shows that the silent host still lived".to_owned(),
        "a host that has gone looks the same from one capture point",
    ),
    timer(
        Bearing::Limits,
        |case| {
            let of_client = case.incident.mute == Role::Initiator && case.incident.rests_on_probes();
            (of_client && case.around.together.flows >= 2)
                .then(|| Seen { count: case.around.together.flows, ..Seen::default() })
        },
        |seen| {
            format!(
                "{} flows of this client may have fallen silent at the same moment: its host may have gone, and others share its address",
                seen.count
            )
        },
        "a client's address is often that of many hosts behind a NAT",
    ),
    timer(
        Bearing::Limits,
        |case| {
            let alone = case.clock == IdleClock::Payload && case.around.payload_kin < 2;
            let broken =
                matches!(case.incident.how, How::Unanswered(_) | How::Refused(_) | How::ResetIdle(_));
            (alone && broken).then(Seen::default)
        },
        |_| "no other flow broke after as long without payload".to_owned(),
        "probes that stop being answered once may have many reasons; a timer repeats itself",
    ),
    timer(
        Bearing::Limits,
        |case| {
            let one_moment = case.around.together.flows >= case.around.kin.flows.max(2);
            let between = case.around.far.iter().any(|fact| fact.what.accuses_between());
            // Another service of the host, or another host behind its address, may well live through it.
            let restart = may_have_restarted(case) && one_moment && !between;
            restart.then(|| Seen { count: case.around.together.flows, ..Seen::default() })
        },
        |seen| format!("{} flows of this service may have been lost at the same moment", seen.count),
        "a restart refuses all connections that were open before, whatever their silence",
    ),
    timer(
        Bearing::Limits,
        |case| case.incident.unreachable.map(|frame| Seen::at_frames([frame])),
        |seen| format!("a router says that the host cannot be reached (ICMP in frame {})", seen.frames[0]),
        "RFC 792, RFC 4443: destination unreachable",
    ),
    timer(
        Bearing::Notes,
        |case| {
            case.far_fact(|fact| matches!(fact.what, FarSight::ArrivedUnanswered | FarSight::ResetCrossed))
        },
        |seen| format!("{}: the timer is not between these captures, but may be beyond", seen.words),
        "what crosses a box was not dropped by it",
    ),
    timer(
        Bearing::Notes,
        |case| {
            let unanswered = matches!(case.incident.how, How::Unanswered(_)) && !case.around.lived_through;
            let flows = case.around.together.flows;
            (unanswered && flows >= case.around.kin.flows.max(2))
                .then(|| Seen { count: flows, ..Seen::default() })
        },
        |seen| {
            format!(
                "{} flows may have broken at the same moment, and none was seen to live through it: a loss of state looks the same",
                seen.count
            )
        },
        "conntrack -F ends all flows at once (lab); flows that fell idle together count as one observation",
    ),
    timer(
        Bearing::Limits,
        |case| {
            let How::Closed(_) = &case.incident.how else { return None };
            let kept_open =
                case.around.limit.is_some_and(|limit| limit.kept_open) || outlived_payload(case).is_some();
            (!kept_open).then(Seen::default)
        },
        |_| "nobody kept it open: many services close idle connections by design".to_owned(),
        "nginx keepalive_timeout 75 s, Apache KeepAliveTimeout 5 s: orderly closes of idle connections",
    ),
    timer(
        Bearing::Supports,
        |case| {
            let heard = case.around.heard_soon.filter(|_| matches!(case.incident.how, How::Unanswered(_)))?;
            Some(Seen { at: Some(heard.at), count: u64::from(heard.in_older_connection), ..Seen::default() })
        },
        |seen| {
            let connection =
                if seen.count == 1 { "a connection that was open before" } else { "another connection" };
            format!(
                "the silent host was heard meanwhile in {connection} (last at {})",
                seen.at.map(phrase::clock).unwrap_or_default()
            )
        },
        "the host lives, so the path forgot this flow",
    ),
    timer(
        Bearing::Supports,
        |case| {
            let frame = case.around.opened.filter(|_| matches!(case.incident.how, How::Unanswered(_)))?;
            Some(Seen::at_frames([frame]))
        },
        |seen| {
            format!("a new connection between the same two was opened meanwhile (frame {})", seen.frames[0])
        },
        "the address lives",
    ),
    timer(
        Bearing::Supports,
        |case| {
            let several = case.around.kin.flows >= 2 && case.around.kin.moments >= 2;
            (several && case.survived.is_some())
                .then(|| Seen { count: case.around.kin.flows, ..Seen::default() })
        },
        |seen| {
            format!(
                "{} flows of the service broke like this, all after longer silences than any survived",
                seen.count
            )
        },
        "a timer parts silences by their length",
    ),
    timer(
        Bearing::Proves,
        |case| {
            let several = case.around.kin.flows >= 3 && case.around.kin.moments >= 3;
            (several && case.survived.is_some())
                .then(|| Seen { count: case.around.kin.moments, ..Seen::default() })
        },
        |seen| format!("they had fallen idle at {} different moments", seen.count),
        "no single event parts flows by how long they were idle",
    ),
    timer(
        Bearing::Proves,
        |case| {
            let reset = case.incident.reset()?;
            let ResetOrigin::Box(proof) = reset.origin() else { return None };
            let after_silence = matches!(case.incident.how, How::Refused(_) | How::ResetIdle(_));
            // A route may change between two segments; a host's own RST would bear timestamps or keep the flow label.
            let sure = match proof {
                BoxProof::OtherDistance { .. } => {
                    reset.timestamps_expected == Some(true) || reset.lacks_flow_label()
                }
                BoxProof::TooSoon { .. } | BoxProof::BothEnds { .. } => true,
                BoxProof::RefusesNoSyn { .. } => false,
            };
            (after_silence && sure)
                .then(|| Seen { words: phrase::reset_origin(reset), ..Seen::at_frames([reset.frame]) })
        },
        |seen| seen.words.clone(),
        "a box resets what it has forgotten when a packet of it comes, or both ends when its timer runs out",
    ),
    timer(
        Bearing::Supports,
        |case| {
            let reset = case.incident.reset().filter(|_| case.incident.is_reset_by_box())?;
            let after_silence = matches!(case.incident.how, How::Refused(_) | How::ResetIdle(_));
            after_silence
                .then(|| Seen { words: phrase::reset_origin(reset), ..Seen::at_frames([reset.frame]) })
        },
        |seen| seen.words.clone(),
        "RST over another number of hops than the host's own segments",
    ),
    timer(
        Bearing::Proves,
        |case| case.far_fact(|fact| fact.what.accuses_between()),
        |seen| seen.words.clone(),
        "captures on both sides of a box",
    ),
    timer(
        Bearing::Supports,
        |case| {
            let limit = case.around.limit?;
            Some(Seen::of_limit(limit))
        },
        Seen::closed_alike,
        "timers fire at one length, exact to milliseconds",
    ),
    timer(
        Bearing::Proves,
        |case| {
            let limit = case
                .around
                .limit
                .filter(|limit| limit.members.len() >= 3 && limit.moments >= 3 && limit.kept_open)?;
            Some(Seen { count: limit.moments, ..Seen::default() })
        },
        |seen| {
            format!(
                "these flows fell idle at {} different moments, and were kept open or waited for",
                seen.count
            )
        },
        "no single event closes flows at one length of silence",
    ),
    timer(
        Bearing::Supports,
        |case| {
            let (survived, idle) = outlived_payload(case)?;
            Some(Seen { spans: [survived.length, idle.length], ..Seen::at_frames(survived.frames) })
        },
        |seen| {
            format!(
                "a flow lived {} without payload (frames {} and {}), kept by packets that carry none, where these were closed after {}",
                seen.spans[0], seen.frames[0], seen.frames[1], seen.spans[1]
            )
        },
        "only a timer that any packet restarts spares flows that are probed",
    ),
    timer(
        Bearing::Supports,
        |case| {
            let probed = case.incident.probes_answered && case.clock == IdleClock::Payload;
            probed
                .then(|| Seen { spans: [case.idle?.length, Span::ZERO], ..Seen::default() }.into())
                .flatten()
        },
        |seen| format!("keepalive probes were answered within the {} without payload", seen.spans[0]),
        "a timer that probes do not restart counts payload",
    ),
];
