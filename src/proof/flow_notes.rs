//! What happens to one flow, frame by frame, as far as it has to do with silence.

use crate::findings::{FlowRecord, KeepaliveRecord};
use crate::flow::{Basis, Gap, ResetSeen, Role};
use crate::frame::FrameNumber;
use crate::policy::Hop;
use crate::segment::IcmpQuote;

/// Tells each note of `flow` with the frame that it belongs to.
pub(super) fn each(flow: &FlowRecord, hops: &[Hop], tell: &mut dyn FnMut(FrameNumber, String)) {
    tell(flow.first_frame, format!("{} → {}", flow.initiator, flow.responder));
    for gap in &flow.gaps {
        silence(gap, &flow.gaps, tell);
    }
    if let Some(open) = flow.open_gap {
        tell(flow.last_frame, format!("silent for {open} from here until the capture ends"));
    }
    timers(flow, hops, tell);
    for role in Role::BOTH {
        probes(&flow.keepalive[role.index()], role, tell);
    }
    for frame in &flow.zero_window_probes {
        tell(*frame, "zero-window probe, no keepalive: the peer's receive window is closed".to_owned());
    }
    for quote in &flow.icmp {
        tell(quote.frame, icmp(quote));
    }
    for reset in flow.resets.iter().flatten() {
        tell(reset.frame, sender_of(reset, flow));
    }
    let gave_up = flow.keepalive.iter().any(|side| side.gave_up == flow.reset_frame);
    if let Some(frame) = flow.reset_frame.filter(|_| !gave_up) {
        tell(frame, "this RST ends the flow".to_owned());
    }
}

/// Begin and end of a silence. That of payload is told where there is none of all packets between the same frames.
fn silence(gap: &Gap, all: &[Gap], tell: &mut dyn FnMut(FrameNumber, String)) {
    let Gap { start_frame, end_frame, length, .. } = *gap;
    let what = match gap.basis {
        Basis::Any => "silence",
        Basis::Payload => "silence of payload",
        _ => return,
    };
    let told = |other: &Gap| (other.start_frame, other.end_frame) == (start_frame, end_frame);
    if gap.basis != Basis::Any && all.iter().any(|other| other.basis == Basis::Any && told(other)) {
        return;
    }
    let doubt = gap.trust.why().map(|why| format!(" ({why})")).unwrap_or_default();
    tell(start_frame, format!("{what} of {length} begins, until frame {end_frame}{doubt}"));
    tell(end_frame, format!("{what} of {length} since frame {start_frame} ends: {}", gap.ended_by.name()));
}

/// Where the hops' timers run out.
fn timers(flow: &FlowRecord, hops: &[Hop], tell: &mut dyn FnMut(FrameNumber, String)) {
    for (verdict, hop) in flow.verdicts.iter().zip(hops) {
        let Some(lapse) = verdict.cut() else { continue };
        let (name, limit, at) = (&hop.name, lapse.limit, lapse.at().to_rfc3339());
        match (lapse.before_frame(), lapse.late_by()) {
            (Some(before), Some(late)) => {
                tell(
                    lapse.after_frame,
                    format!("timer of {name} ({limit}) runs out at {at}, before frame {before}"),
                );
                tell(before, format!("timer of {name} ({limit}) ran out {late} before"));
            }
            _ => tell(
                lapse.after_frame,
                format!("timer of {name} ({limit}) runs out at {at}, and nothing comes after it"),
            ),
        }
    }
}

/// Probes of one side, and which of them nobody answered. The first ones are known by frame; of a longer log it is
/// not known which were answered.
fn probes(log: &KeepaliveRecord, role: Role, tell: &mut dyn FnMut(FrameNumber, String)) {
    let known = log.frames.len();
    let all_known = known as u64 == log.probes;
    let first_unanswered = known.saturating_sub(log.unanswered as usize);
    for (index, frame) in log.frames.iter().enumerate() {
        let mut text = format!("keepalive probe of the {}", role.name());
        if log.replies == 0 || all_known && index >= first_unanswered {
            text.push_str(", not answered");
        }
        if index + 1 == known && !all_known {
            text.push_str(&format!(" (of {} probes the first {known} are marked)", log.probes));
        }
        tell(*frame, text);
    }
    if let Some(frame) = log.gave_up {
        let (role, peer) = (role.name(), role.peer().name());
        tell(
            frame,
            format!("RST: the {role} gives up, because the {peer} did not answer its keepalive probes"),
        );
    }
}

/// What speaks for and against the claimed sender of a RST; who sent it, a finding says.
fn sender_of(reset: &ResetSeen, flow: &FlowRecord) -> String {
    let mut text =
        format!("RST under the address of the {} {}", reset.sender.name(), flow.endpoint(reset.sender));
    match reset.usual_ttl {
        Some(usual) if usual == reset.ttl => text.push_str(&format!("; TTL {usual}, as always")),
        Some(usual) => text.push_str(&format!("; TTL {}, not {usual} as before", reset.ttl)),
        None => {}
    }
    if let Some(trigger) = reset.trigger {
        text.push_str(&format!("; {} after frame {}", trigger.latency, trigger.frame));
        if let Some(rtt) = reset.rtt {
            text.push_str(&format!(" (round trip {rtt})"));
        }
    }
    text
}

fn icmp(quote: &IcmpQuote) -> String {
    let IcmpQuote { reporter, icmp_type, icmp_code, .. } = quote;
    format!("ICMP error of {reporter} about this flow (type {icmp_type}, code {icmp_code}); no segment of it")
}
