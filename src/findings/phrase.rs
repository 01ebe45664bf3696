//! Words that several rules share.

use crate::flow::{
    Basis, BoxProof, EndedBy, Ending, Goodbye, Obscurity, OwnersReason, ResetOrigin, ResetSeen,
};
use crate::policy::{Expiry, Hop};
use crate::simulate::Lapse;
use crate::time::{Span, Timestamp};

/// An instant to the second, in UTC.
pub(super) fn clock(at: Timestamp) -> String {
    let text = at.to_rfc3339();
    match text.split_once('.') {
        Some((seconds, fraction)) if fraction.ends_with('Z') => format!("{seconds}Z"),
        _ => text,
    }
}

/// What was missing during a silence.
pub(super) fn missing(basis: Basis) -> &'static str {
    match basis {
        Basis::Any => "any packet",
        Basis::Payload => "payload",
        Basis::Initiator => "packets of the initiator",
        Basis::Responder => "packets of the responder",
        Basis::PayloadInitiator => "payload of the initiator",
        Basis::PayloadResponder => "payload of the responder",
        Basis::Unaided => "any packet but keepalive",
    }
}

/// A kind of segment.
pub(super) fn kind(by: EndedBy) -> &'static str {
    match by {
        EndedBy::Data => "data",
        EndedBy::Probe => "keepalive probe",
        EndedBy::Ack => "acknowledgment",
        EndedBy::Fin => "FIN",
        EndedBy::Rst => "RST",
        EndedBy::Syn => "SYN",
        EndedBy::Retransmission => "retransmission",
        EndedBy::ZeroWindowProbe => "zero-window probe",
    }
}

/// What a goodbye after an expiry was.
pub(super) fn goodbye(goodbye: &Goodbye) -> String {
    let Goodbye { bytes, closed_by, closed_in, .. } = goodbye;
    let what = match goodbye.is_proven() {
        true => "that was a goodbye, and all that is lost",
        false => "that was a goodbye, or a request that was lost",
    };
    format!("{what} ({bytes} bytes of payload, and {} at once in frame {closed_in})", kind(*closed_by))
}

/// What came after a silence.
pub(super) fn arrival(ending: &Ending) -> String {
    format!("the {}'s {} came", ending.sender.name(), kind(ending.by))
}

/// `idle 2h 3m between frames 812 and 901 (any packet)`.
pub(super) fn idle(lapse: &Lapse) -> String {
    let (length, after, basis) = (lapse.length, lapse.after_frame, missing(lapse.basis));
    match lapse.before_frame() {
        Some(before) => format!("idle {length} between frames {after} and {before} ({basis})"),
        None => format!("idle {length} after frame {after} until the capture ends ({basis})"),
    }
}

/// What a hop does when its timer runs out, as a verb phrase.
pub(super) fn deed(expiry: Expiry) -> &'static str {
    match expiry {
        Expiry::Drop => "forgets it",
        Expiry::ResetOnNext => "forgets it (and answers the next segment with RST)",
        Expiry::ResetBoth => "resets both ends",
        Expiry::Close => "closes it",
    }
}

/// `firewall (1h)`: a hop and what it allowed.
pub(super) fn hop_with_limit(hop: &Hop, lapse: &Lapse) -> String {
    format!("{} ({})", hop.name, lapse.limit)
}

/// `a`, `a and b`, `a, b and c`.
pub(super) fn listed(names: &[String]) -> String {
    match names {
        [] => String::new(),
        [one] => one.clone(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

/// `a`, `a or b`, `a, b or c`.
pub(super) fn alternatives(names: &[String]) -> String {
    match names {
        [] => String::new(),
        [one] => one.clone(),
        [first @ .., last] => format!("{} or {last}", first.join(", ")),
    }
}

/// `5s`, or `5s to 6s` where the two differ.
pub(super) fn between([shortest, longest]: [Span; 2]) -> String {
    let (shortest, longest) = (shortest.to_string(), longest.to_string());
    if shortest == longest { shortest } else { format!("{shortest} to {longest}") }
}

/// Who sent a RST, as a clause: which sign tells, and what cannot be decided.
pub(super) fn reset_origin(reset: &ResetSeen) -> String {
    let sender = reset.sender.name();
    let mut text = match reset.origin() {
        ResetOrigin::Box(BoxProof::TooSoon { latency, rtt }) => format!(
            "a box before the {sender} sent the RST: it came in {latency}, and a packet needs {rtt} to the {sender} and \
             back"
        ),
        ResetOrigin::Box(BoxProof::OtherDistance { ttl, usual }) => format!(
            "a box sent the RST, not the {sender}: its TTL is {ttl}, that of the {sender}'s own segments {usual}"
        ),
        ResetOrigin::Box(BoxProof::RefusesNoSyn { ttl, usual, copied_ip_id }) => {
            let mut signs = Vec::new();
            if copied_ip_id {
                signs.push("its IP identification is that of the SYN itself".to_owned());
            }
            if let Some(usual) = usual.filter(|usual| *usual != ttl) {
                signs.push(format!("its TTL is {ttl}, that of the {sender}'s own segments {usual}"));
            }
            format!(
                "a box sent the RST, not the {sender}: it does not acknowledge the SYN, as every refusal does, and {}",
                listed(&signs)
            )
        }
        ResetOrigin::Box(BoxProof::BothEnds { apart }) => {
            format!(
                "a box's timer sent the RSTs: both ends were told within {apart} and neither had sent anything"
            )
        }
        ResetOrigin::Owner(OwnersReason::KeepaliveFailed(probes)) => {
            format!("the {sender} itself sent the RST, after {probes} of its keepalive probes had no reply")
        }
        ResetOrigin::Owner(OwnersReason::Unprompted) => format!(
            "the {sender} itself (or a proxy in its place) sent the RST, prompted by nothing: its application, an idle \
             limit, or an administrator"
        ),
        ResetOrigin::Owner(OwnersReason::InAnswer) => {
            format!(
                "the {sender} itself sent the RST: it still had the socket, and its application had closed it"
            )
        }
        ResetOrigin::NoConnection => format!(
            "the RST has the form and the TTL of a {sender} that has no such connection: it was closed or its host \
             restarted, or a NAT lost the mapping; a capture at the {sender} would tell"
        ),
        ResetOrigin::Unknown(Obscurity::NothingToCompare) => {
            format!(
                "who sent the RST is not decided: the capture shows no other segment of the {sender} to compare with"
            )
        }
        ResetOrigin::Unknown(Obscurity::RouteOrBox) => format!(
            "who sent the RST is not decided: its TTL ({}) is not that of the {sender}'s segments, but it bears what only \
             the owner of the socket knows; the route may have changed",
            reset.ttl
        ),
        ResetOrigin::Unknown(Obscurity::OtherInitialTtl) => format!(
            "who sent the RST is not decided: its TTL ({}) counts from another start than the {sender}'s segments, over as \
             many hops",
            reset.ttl
        ),
        ResetOrigin::Unknown(Obscurity::OddForm) => format!(
            "who sent the RST is not decided: it has the {sender}'s TTL, but neither the form of a socket's owner nor that \
             of a host without the connection"
        ),
    };
    if reset.lacks_flow_label() {
        text.push_str("; it lacks the flow's IPv6 label, which the host would keep");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instants_are_told_to_the_second() {
        assert_eq!(clock(Timestamp::from_nanos(1_700_000_000_900_000_000)), "2023-11-14T22:13:20Z");
    }

    #[test]
    fn names_are_listed_as_a_person_would() {
        let names = ["a", "b", "c"].map(str::to_owned);
        assert_eq!(listed(&names), "a, b and c");
        assert_eq!(listed(&names[..2]), "a and b");
        assert_eq!(listed(&names[..1]), "a");
    }
}
