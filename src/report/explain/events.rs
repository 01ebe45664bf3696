//! What happened to a flow, as clauses with their time and frame.

use crate::report::model::{
    BasisWord, FailureWord, Flow, FlowClose, FlowGap, FlowOpening, ProbesSeen, ResetOriginWord, RoleWord,
};
use crate::report::wording::counted;
use crate::time::Timestamp;

/// When, the frame that shows it, and what it was.
type Told = (Timestamp, Option<u64>, String);

/// Probes told one by one.
const PROBES: usize = 12;

/// What happened, in no order yet.
pub(super) fn of(flow: &Flow) -> Vec<Told> {
    let opened = match flow.opened {
        FlowOpening::Handshake => "opened by a handshake",
        FlowOpening::Midstream => "first seen; it is older than the capture",
    };
    let mut events = vec![(flow.first_at.0, Some(flow.first_frame), opened.to_owned())];
    // A silence of all packets is one of payload too; it is told once.
    let of_all = |end_frame: u64| {
        flow.gaps.iter().any(|gap| gap.basis == BasisWord::Any && gap.end_frame == end_frame)
    };
    let is_told = |gap: &&FlowGap| match gap.basis {
        BasisWord::Any => true,
        BasisWord::Payload => !of_all(gap.end_frame),
        _ => false,
    };
    for gap in flow.gaps.iter().filter(is_told) {
        let kind = if gap.basis == BasisWord::Any { "silent" } else { "no payload" };
        let end =
            format!("{} until frame {}, ended by {}", gap.length_s.0, gap.end_frame, gap.ended_by.word());
        events.push((gap.start_at.0, Some(gap.start_frame), format!("{kind} from here for {end}")));
    }
    for (probes, who) in [(&flow.keepalive.initiator, "client"), (&flow.keepalive.responder, "server")] {
        events.extend(probes_of(probes, who));
    }
    for broke in [&flow.observed.failed, &flow.observed.closed].into_iter().flatten() {
        let who = role(broke.speaker);
        let what = match broke.how {
            FailureWord::Unanswered => {
                let sends = broke
                    .sends
                    .map_or(String::new(), |sends| format!(", {}", counted(u64::from(sends), "time")));
                format!("the {who} sends and gets no answer{sends}")
            }
            FailureWord::Refused => format!("the {who} sends and is answered by RST"),
            FailureWord::Closed => format!("the {who} closes, which nothing had prompted"),
        };
        let at = broke.start_at.0 + broke.length_s.0;
        events.push((
            at,
            Some(broke.end_frame),
            format!("BREAK after {} of silence: {what}", broke.length_s.0),
        ));
    }
    for reset in &flow.observed.resets {
        // Of the resets the report has the time of the one that ended the flow only.
        let at = if flow.reset_frame == Some(reset.frame) { flow.last_at.0 } else { continue };
        let ttl =
            reset.usual_ttl.map_or(String::new(), |usual| format!(", TTL {} (usually {usual})", reset.ttl));
        let origin = match reset.origin {
            ResetOriginWord::Box => "sent by a box between",
            ResetOriginWord::Owner => "sent by the owner of the socket, or a proxy in its place",
            ResetOriginWord::NoConnection => {
                "sent by a host without the connection, or a box that looks like it"
            }
            ResetOriginWord::Unknown => "whose sender does not show",
        };
        events.push((
            at,
            Some(reset.frame),
            format!("RST in the name of the {}, {origin}{ttl}", role(reset.sender)),
        ));
    }
    let last = match flow.closed_by {
        FlowClose::Fin => "closed by FIN".to_owned(),
        FlowClose::Rst => "ended by RST".to_owned(),
        FlowClose::None => match flow.open_gap_s {
            Some(open) => format!("last frame; then silent for {} to the end of the capture", open.0),
            None => "last frame; open at the end of the capture".to_owned(),
        },
    };
    events.push((flow.last_at.0, Some(flow.last_frame), last));
    events
}

const fn role(role: RoleWord) -> &'static str {
    match role {
        RoleWord::Initiator => "client",
        RoleWord::Responder => "server",
    }
}

fn probes_of(probes: &ProbesSeen, who: &str) -> Vec<Told> {
    let told = probes.frames.iter().zip(&probes.times).take(PROBES);
    let mut events: Vec<Told> =
        told.map(|(frame, at)| (at.0, Some(*frame), format!("keepalive probe of the {who}"))).collect();
    let more = probes.probes.saturating_sub(events.len() as u64);
    if let (Some((at, ..)), true) = (events.last(), more > 0) {
        events.push((*at, None, format!("and {} of the {who} later", counted(more, "keepalive probe"))));
    }
    events
}
