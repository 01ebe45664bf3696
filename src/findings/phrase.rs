//! Words that several rules share.

use crate::flow::{Basis, EndedBy, Ending, Goodbye};
use crate::policy::{Expiry, Hop};
use crate::simulate::Lapse;
use crate::time::Timestamp;

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
