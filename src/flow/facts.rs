//! What judgement reads of one flow: facts of fixed size, never lists.
//!
//! Live state, records of a kernel program and thinned captures can carry this one format, so they are judged as full
//! captures are. [`FACTS_VERSION`] grows with every change of its meaning.

use super::gap::{Basis, Gap, Role};
use super::goodbye::Goodbye;
use super::reset::ResetSeen;
use super::sequel::{Sequel, SilenceClass, Survived};
use super::view::{ClosedBy, FlowView, Opened};
use super::watcher::Phase;
use crate::frame::FrameNumber;
use crate::segment::{Endpoint, Realm};
use crate::time::{Span, Timestamp};
use serde::{Deserialize, Serialize};

/// Version of [`FlowFacts`].
pub const FACTS_VERSION: u16 = 1;

/// One flow at its end, or as far as it was followed. Can be written down and read again ([`FACTS_VERSION`] beside it).
#[derive(Clone, Copy, PartialEq, Debug, Serialize, Deserialize)]
pub struct FlowFacts {
    /// Names the flow.
    pub first_frame: FrameNumber,
    /// First segment.
    pub first_at: Timestamp,
    /// Last segment of either side.
    pub last_frame: FrameNumber,
    /// When it came.
    pub last_at: Timestamp,
    /// Who opened it.
    pub initiator: Endpoint,
    /// The service.
    pub responder: Endpoint,
    /// Network the addresses are meant in.
    pub realm: Realm,
    /// How it came into the capture.
    pub opened: Opened,
    /// How it ended.
    pub closed_by: ClosedBy,
    /// State of the connection at the end.
    pub phase: Phase,
    /// By [`Role::index`].
    pub sides: [SideFacts; 2],
    /// The last silence of all packets at whose end the flow failed.
    pub failed: Option<Sequel>,
    /// The silence of payload that the first unprompted close ended.
    pub closed: Option<Sequel>,
    /// The last words before that close, or what may have been a lost request: see [`Goodbye::is_proven`].
    pub goodbye: Option<Goodbye>,
    /// The longest silence of all packets that it survived, by class ([`SilenceClass::Established`],
    /// [`SilenceClass::HalfClosed`]) and by [`Role::index`] of who ended it.
    pub survived: [[Option<Survived>; 2]; 2],
    /// The silence of all packets that was over when `closed` was; `None`: shorter than those that are kept.
    pub closed_any: Option<Gap>,
    /// The longest silence of payload that new payload ended before anything failed or closed.
    pub payload_survived: Option<Gap>,
    /// The silence of payload that was over when the flow failed: its start and, where payload ended it, its end.
    pub payload_before_failure: Option<PayloadSilence>,
    /// Whether a keepalive probe was answered within the silence of payload before the failure, and within that which
    /// `closed` ended.
    pub probed_within: [bool; 2],
    /// The first RST of each side, by [`Role::index`].
    pub resets: [Option<ResetSeen>; 2],
    /// When an ICMP error last said that something cannot be reached, and its frame.
    pub unreachable: Option<(Timestamp, FrameNumber)>,
    /// Whether each side keeps up a heartbeat of the application, by [`Role::index`].
    pub heartbeats: [bool; 2],
    /// The responder answered the SYN with the numbers of another connection on this key.
    pub challenged: Option<Challenged>,
}

/// One side of a flow.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct SideFacts {
    /// Segments sent, copies not counted.
    pub segments: u64,
    /// Payload bytes sent, retransmissions included.
    pub payload_bytes: u64,
    /// TTL or hop limit of its last segment; `None`: it sent none, or copies leave it open.
    pub ttl: Option<u8>,
    /// Its segments came with several TTLs.
    pub several_ttls: bool,
    /// IPv4 identification of its last segment.
    pub ip_id: u16,
    /// Round-trip time to it, from the handshake.
    pub round_trip: Option<Span>,
    /// Its last segment.
    pub last_frame: FrameNumber,
    /// When that came; the flow's beginning when it sent none.
    pub last_at: Timestamp,
    /// Its last new payload; the flow's beginning when it sent none.
    pub last_payload_frame: FrameNumber,
    /// When that came.
    pub last_payload_at: Timestamp,
    /// It has sent its FIN.
    pub fin: bool,
    /// It has sent what its peer, which the capture shows, has not acknowledged.
    pub unacknowledged: bool,
    /// Its last window was zero.
    pub zero_window: bool,
    /// Keepalive probes sent.
    pub probes: u64,
    /// Replies to them.
    pub replies: u64,
    /// Probes of the run that nobody answered, at the end.
    pub unanswered_probes: u32,
    /// Its last probe.
    pub last_probe_at: Option<Timestamp>,
    /// RST with which it gave up probing.
    pub gave_up: Option<FrameNumber>,
    /// Data that was sent again and again and never acknowledged, whatever else the peer said meanwhile.
    pub stuck: Option<Stuck>,
}

/// Bare acknowledgments that answered a SYN without acknowledging it: the host still knows an earlier connection on this
/// key (RFC 5961 4).
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Challenged {
    /// The first of them.
    pub frame: FrameNumber,
    /// How many there were, of those that are kept.
    pub times: u32,
}

/// Data that never arrived, as far as the capture shows.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Stuck {
    /// Payload bytes of the segment.
    pub length: u32,
    /// How often it was sent again.
    pub repeats: u32,
    /// The first repetition.
    pub first_frame: FrameNumber,
    /// When that came.
    pub first_at: Timestamp,
    /// The last repetition.
    pub last_frame: FrameNumber,
    /// When that came.
    pub last_at: Timestamp,
}

/// A silence of payload.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct PayloadSilence {
    /// Last new payload before it.
    pub start_frame: FrameNumber,
    /// When that came.
    pub start_at: Timestamp,
}

impl FlowFacts {
    /// The facts of a flow that is over, or that the capture follows no further.
    pub fn of(flow: &FlowView<'_>) -> FlowFacts {
        let sequels = flow.sequels();
        let failed = sequels.failed().copied();
        let closed = sequels.closed().copied();
        let survived = [SilenceClass::Established, SilenceClass::HalfClosed].map(|class| {
            Role::BOTH.map(|speaker| {
                let of = |kept: &&Survived| kept.class == class && kept.speaker == speaker;
                sequels.survived().iter().find(of).copied()
            })
        });
        // From here on nothing proves that silences were survived.
        let over = failed.map(|sequel| sequel.gap.end_frame);
        let over = match (over, closed.map(|sequel| sequel.gap.end_frame)) {
            (Some(a), Some(b)) => Some(a.min(b)),
            (a, b) => a.or(b),
        };
        let payload_gaps = flow.gaps(Basis::Payload).kept();
        let before = |gap: &&Gap| over.is_none_or(|over| gap.end_frame < over);
        let payload_before_failure = failed.and_then(|sequel| payload_before(flow, &sequel));
        let before_failure = payload_before_failure
            .zip(failed)
            .map(|(silence, failed)| (silence.start_at, failed.gap.start_at + failed.gap.length));
        let before_close =
            closed.map(|closed| (closed.gap.start_at, closed.gap.start_at + closed.gap.length));
        FlowFacts {
            first_frame: flow.first_frame(),
            first_at: flow.first_at(),
            last_frame: flow.last_frame(),
            last_at: flow.last_at(),
            initiator: flow.endpoint(Role::Initiator),
            responder: flow.endpoint(Role::Responder),
            realm: flow.realm(),
            opened: flow.opened(),
            closed_by: flow.closed_by(),
            phase: flow.phase(),
            sides: Role::BOTH.map(|role| flow.side_facts(role)),
            failed,
            closed,
            goodbye: flow.sequels().goodbye().map(|(_, goodbye)| *goodbye),
            survived,
            closed_any: closed.and_then(|closed| {
                let any = flow.gaps(Basis::Any).kept().iter();
                any.copied().find(|gap| gap.end_frame == closed.gap.end_frame)
            }),
            payload_survived: payload_gaps.iter().find(before).copied(),
            payload_before_failure,
            probed_within: [before_failure, before_close]
                .map(|silence| silence.is_some_and(|silence| is_probed_within(flow, silence))),
            resets: Role::BOTH.map(|role| flow.reset(role).copied()),
            unreachable: flow.icmp().iter().map(|quote| (quote.at, quote.frame)).max(),
            heartbeats: Role::BOTH.map(|role| flow.heartbeat(role).is_some()),
            challenged: flow.challenged(),
        }
    }

    /// One side.
    pub fn side(&self, role: Role) -> &SideFacts {
        &self.sides[role.index()]
    }

    /// Address and port of one end.
    pub fn endpoint(&self, role: Role) -> Endpoint {
        match role {
            Role::Initiator => self.initiator,
            Role::Responder => self.responder,
        }
    }

    /// Whether the capture shows both directions.
    pub fn is_two_way(&self) -> bool {
        self.sides.iter().all(|side| side.segments > 0)
    }

    /// Which side sent the last new payload; `None`: there was none.
    pub fn last_payload_by(&self) -> Option<Role> {
        let sent = Role::BOTH.into_iter().filter(|role| self.side(*role).payload_bytes > 0);
        sent.max_by_key(|role| (self.side(*role).last_payload_at, self.side(*role).last_payload_frame))
    }

    /// The longest silence of a class that it survived, whoever ended it.
    pub fn longest_survived(&self, class: SilenceClass) -> Option<&Survived> {
        let of_class = match class {
            SilenceClass::Established => &self.survived[0],
            SilenceClass::HalfClosed => &self.survived[1],
            SilenceClass::Busy | SilenceClass::Transitory => return None,
        };
        of_class
            .iter()
            .flatten()
            .max_by_key(|kept| (kept.gap.length, std::cmp::Reverse(kept.gap.start_frame)))
    }
}

/// The silence of payload in which a flow failed: one that ended not before what failed, else the one that goes on.
fn payload_before(flow: &FlowView<'_>, failed: &Sequel) -> Option<PayloadSilence> {
    let around = flow.gaps(Basis::Payload).kept().iter().filter(|gap| gap.end_frame >= failed.gap.end_frame);
    let first = around.min_by_key(|gap| gap.end_frame);
    match first {
        Some(gap) => Some(PayloadSilence { start_frame: gap.start_frame, start_at: gap.start_at }),
        None => {
            let (start_at, start_frame) = flow.last_payload();
            Some(if start_frame < failed.gap.end_frame {
                PayloadSilence { start_frame, start_at }
            } else {
                // Shorter than those that are kept: it is at least as long as that of all packets.
                PayloadSilence { start_frame: failed.gap.start_frame, start_at: failed.gap.start_at }
            })
        }
    }
}

/// Whether a side probed within a time and was answered. Probes of a socket that stays half-closed come later.
fn is_probed_within(flow: &FlowView<'_>, (from, until): (Timestamp, Timestamp)) -> bool {
    Role::BOTH.into_iter().any(|role| {
        let probes = flow.probes(role);
        let mut times = probes.times().iter().copied().chain(probes.last_probe_at());
        let answered = probes.replies() > 0 && probes.probes() > u64::from(probes.unanswered_now());
        answered && times.any(|at| from < at && at < until)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::flow::timeline::play;

    const STORIES: [&str; 3] = [
        // Unanswered after a silence, given up.
        "0 > S seq=100\n 0.01 < SA seq=500 ack=101\n 0.02 > PA seq=101 ack=501 len=20\n 0.03 < A seq=501 ack=121
         30 > PA seq=121 ack=501 len=5\n 31 > PA seq=121 ack=501 len=5\n 33 > PA seq=121 ack=501 len=5
         37 > RA seq=126 ack=501",
        // Probed, then refused by another host's RST.
        "0 > S seq=100\n 0.01 < SA seq=500 ack=101 ttl=60\n 0.02 > PA seq=101 ack=501 len=20
         0.03 < A seq=501 ack=121 ttl=60\n 10 > A seq=120 ack=501\n 10.01 < A seq=501 ack=121 ttl=60
         40 > PA seq=121 ack=501 len=5\n 40.001 < R seq=501 ttl=63",
        // Joined midway, half-closed.
        "0 > PA seq=101 ack=501 len=20\n 0.03 < A seq=501 ack=121\n 9 < FA seq=501 ack=121\n 9.01 > A seq=121 ack=502
         20 > PA seq=121 ack=502 len=5",
    ];

    #[test]
    fn facts_are_of_one_size_and_the_same_after_they_were_written_down() {
        assert!(size_of::<FlowFacts>() <= 2048, "{}", size_of::<FlowFacts>());
        for story in STORIES {
            for told in play(story).flows {
                let written = serde_json::to_string(&told.facts).unwrap();
                let read: FlowFacts = serde_json::from_str(&written).unwrap();
                assert_eq!(read, told.facts, "{written}");
            }
        }
    }
}
