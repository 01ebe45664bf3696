//! Gaps: silence between two consecutive activities of a flow, and the bounded list that keeps the
//! longest.

use crate::frame::FrameNumber;
use crate::time::{Span, Timestamp};
use serde::{Deserialize, Serialize};

/// Who of a flow: the one that opened it, or the other.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[repr(u8)]
pub enum Role {
    /// Sent the SYN, or is taken for it by the stated rule.
    Initiator = 0,
    /// The other end: the service.
    Responder = 1,
}

impl Role {
    /// Both, in order of their index.
    pub const BOTH: [Role; 2] = [Role::Initiator, Role::Responder];

    /// 0 or 1, to index pairs.
    #[inline]
    pub const fn index(self) -> usize {
        self as usize
    }

    /// The other end.
    #[inline]
    pub const fn peer(self) -> Role {
        match self {
            Role::Initiator => Role::Responder,
            Role::Responder => Role::Initiator,
        }
    }

    /// The word of the report.
    pub const fn name(self) -> &'static str {
        match self {
            Role::Initiator => "initiator",
            Role::Responder => "responder",
        }
    }
}

/// Which activities count when a silence is measured.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[repr(u8)]
pub enum Basis {
    /// Every segment of either side.
    Any = 0,
    /// New payload of either side.
    Payload = 1,
    /// Every segment of the initiator.
    Initiator = 2,
    /// Every segment of the responder.
    Responder = 3,
    /// New payload of the initiator.
    PayloadInitiator = 4,
    /// New payload of the responder.
    PayloadResponder = 5,
    /// Every segment but keepalive probes and their replies: what `Any` would be without keepalive.
    Unaided = 6,
}

impl Basis {
    /// The bases that reports and histograms show.
    pub const REPORTED: [Basis; 4] = [Basis::Any, Basis::Payload, Basis::Initiator, Basis::Responder];

    /// Packets of one side.
    #[inline]
    pub const fn packets_of(role: Role) -> Basis {
        match role {
            Role::Initiator => Basis::Initiator,
            Role::Responder => Basis::Responder,
        }
    }

    /// New payload of one side.
    #[inline]
    pub const fn payload_of(role: Role) -> Basis {
        match role {
            Role::Initiator => Basis::PayloadInitiator,
            Role::Responder => Basis::PayloadResponder,
        }
    }

    /// 0 to 6, to index tables.
    #[inline]
    pub const fn index(self) -> usize {
        self as usize
    }

    /// The word of the report.
    pub const fn name(self) -> &'static str {
        match self {
            Basis::Any => "any",
            Basis::Payload => "payload",
            Basis::Initiator => "initiator",
            Basis::Responder => "responder",
            Basis::PayloadInitiator => "payload-initiator",
            Basis::PayloadResponder => "payload-responder",
            Basis::Unaided => "unaided",
        }
    }
}

/// What kind of segment ended a silence.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[repr(u8)]
pub enum EndedBy {
    /// New payload.
    Data = 0,
    /// TCP keepalive probe.
    Probe = 1,
    /// A segment without payload: acknowledgment, keepalive reply, window update.
    Ack = 2,
    /// FIN.
    Fin = 3,
    /// RST.
    Rst = 4,
    /// SYN or SYN-ACK, sent again.
    Syn = 5,
    /// Payload that had been sent before.
    Retransmission = 6,
    /// Probe of a closed receive window (RFC 9293 3.8.6.1): refreshes trackers, is no keepalive.
    ZeroWindowProbe = 7,
}

impl EndedBy {
    /// All kinds, in order of their index.
    pub const ALL: [EndedBy; 8] = [
        EndedBy::Data,
        EndedBy::Probe,
        EndedBy::Ack,
        EndedBy::Fin,
        EndedBy::Rst,
        EndedBy::Syn,
        EndedBy::Retransmission,
        EndedBy::ZeroWindowProbe,
    ];

    /// The word of the report.
    pub const fn name(self) -> &'static str {
        match self {
            EndedBy::Data => "data",
            EndedBy::Probe => "probe",
            EndedBy::Ack => "ack",
            EndedBy::Fin => "fin",
            EndedBy::Rst => "rst",
            EndedBy::Syn => "syn",
            EndedBy::Retransmission => "retransmission",
            EndedBy::ZeroWindowProbe => "zero-window-probe",
        }
    }
}

/// Whether the capture shows the whole silence.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
pub enum Trust {
    /// Sequence numbers continue across it.
    Clean,
    /// Sequence numbers show segments that were not captured: they may lie inside.
    SegmentsMissing,
    /// The capture's clock stepped inside it, or a frame there has no sound time.
    ClockStepped,
}

/// A step of the capture's clock from one frame to the next that no quiet capture explains: recordings were joined, a
/// frame has a stray time, or the clock was set. Weeks without a frame do happen.
pub const CLOCK_LEAP: Span = Span::from_secs(365 * 86_400);

impl Trust {
    /// Why it is suspect, as a clause; `None` when it is not.
    pub const fn why(self) -> Option<&'static str> {
        match self {
            Trust::Clean => None,
            Trust::SegmentsMissing => Some("segments are missing from the capture inside this gap"),
            Trust::ClockStepped => Some("the capture's clock is not sound inside this gap"),
        }
    }
}

/// One ended silence.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Gap {
    /// What was measured.
    pub basis: Basis,
    /// Last activity before it.
    pub start_frame: FrameNumber,
    /// First activity after it.
    pub end_frame: FrameNumber,
    /// When it began.
    pub start_at: Timestamp,
    /// How long it was.
    pub length: Span,
    /// What ended it.
    pub ended_by: EndedBy,
    /// Whether the capture shows all of it.
    pub trust: Trust,
}

/// Gaps kept per flow and basis. A month of heartbeats must cost no more memory than a minute, and a
/// reader follows no more than a handful.
pub const GAPS_KEPT: usize = 6;

/// The longest gaps of one basis, with the exact number of all.
#[derive(Clone, Debug, Default)]
pub struct LongestGaps {
    kept: Kept,
    total: u64,
}

/// Most lists hold one gap, which then needs no allocation.
#[derive(Clone, Debug, Default)]
enum Kept {
    #[default]
    Nothing,
    One(Gap),
    Several(Vec<Gap>),
}

impl LongestGaps {
    pub(super) const fn new() -> Self {
        LongestGaps { kept: Kept::Nothing, total: 0 }
    }

    /// Counts `gap`, and keeps it when it is among the longest. Of equal ones the earlier stays.
    pub fn note(&mut self, gap: Gap) {
        self.total += 1;
        match &mut self.kept {
            Kept::Nothing => self.kept = Kept::One(gap),
            Kept::One(first) => {
                let both = if first.length >= gap.length { [*first, gap] } else { [gap, *first] };
                self.kept = Kept::Several(both.to_vec());
            }
            Kept::Several(kept) => {
                let at = kept.partition_point(|kept| kept.length >= gap.length);
                if at < GAPS_KEPT {
                    if kept.len() == GAPS_KEPT {
                        kept.pop();
                    }
                    // Few flows fill it, and a vector doubles by itself.
                    kept.reserve_exact(1);
                    kept.insert(at, gap);
                }
            }
        }
    }

    /// What ended those that ended from one frame to another was `by`.
    pub(super) fn correct(&mut self, frames: [FrameNumber; 2], by: EndedBy) {
        let kept = match &mut self.kept {
            Kept::Nothing => &mut [],
            Kept::One(gap) => std::slice::from_mut(gap),
            Kept::Several(gaps) => gaps.as_mut_slice(),
        };
        let concerned =
            kept.iter_mut().filter(|gap| frames[0] <= gap.end_frame && gap.end_frame <= frames[1]);
        concerned.for_each(|gap| gap.ended_by = by);
    }

    /// The longest, longest first.
    pub fn kept(&self) -> &[Gap] {
        match &self.kept {
            Kept::Nothing => &[],
            Kept::One(gap) => std::slice::from_ref(gap),
            Kept::Several(gaps) => gaps,
        }
    }

    /// How many there were.
    pub fn total(&self) -> u64 {
        self.total
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn gap(seconds: u64, frame: u64) -> Gap {
        Gap {
            basis: Basis::Any,
            start_frame: FrameNumber(frame),
            end_frame: FrameNumber(frame + 1),
            start_at: Timestamp::from_nanos(0),
            length: Span::from_secs(seconds),
            ended_by: EndedBy::Data,
            trust: Trust::Clean,
        }
    }

    #[test]
    fn the_longest_are_kept_and_all_are_counted() {
        let mut gaps = LongestGaps::default();
        for i in 0..100 {
            gaps.note(gap(i % 50, i));
        }
        assert_eq!(gaps.total(), 100);
        let lengths: Vec<u64> = gaps.kept().iter().map(|g| g.length.as_secs()).collect();
        assert_eq!(lengths, [49, 49, 48, 48, 47, 47]);
        assert_eq!(gaps.kept()[0].start_frame, FrameNumber(49), "of equal gaps the earlier comes first");
    }
}
