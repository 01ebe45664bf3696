//! What is kept of a segment to find it again on the other side.

use crate::frame::FrameNumber;
use crate::segment::{FlowKey, Segment, SegmentTraits, Sender, TcpFlags};
use crate::time::{Span, Timestamp};
use std::collections::VecDeque;

/// Segments kept of each flow that is compared: its last ones. A failure with all retransmissions and probes has less.
const MARKS_KEPT: usize = 96;
/// A second copy of a frame comes at most this late.
const COPY_WITHIN: Span = Span::from_millis(10);

/// One segment.
#[derive(Clone, Copy, Debug)]
pub(super) struct Mark {
    pub frame: FrameNumber,
    pub at: Timestamp,
    /// Id of its flow.
    pub flow: u64,
    pub sender: Sender,
    pub base: Base,
    pub ttl: u8,
    pub flags: TcpFlags,
    ip_id: Option<u16>,
    timestamps: Option<(u32, u32)>,
}

/// What every box that does not end TCP leaves alone.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(super) struct Base {
    seq: u32,
    ack: u32,
    len: u32,
    flags: u8,
}

impl Base {
    pub fn of(segment: &Segment) -> Base {
        let ack = if segment.flags.contains(TcpFlags::ACK) { segment.ack.0 } else { 0 };
        Base { seq: segment.seq.0, ack, len: segment.payload_len, flags: segment.flags.0 & 0x17 }
    }
}

/// How far the box moves sequence numbers from the first side to the second: those of the end that opened the
/// connection, and those of the other. Firewalls that draw initial sequence numbers anew do.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(super) struct Shift(pub [u32; 2]);

impl Shift {
    /// Whether it leaves them alone.
    pub fn is_none(self) -> bool {
        self == Shift::default()
    }
}

/// How much of a packet the box leaves alone.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Care {
    /// All.
    IpIdAndTimestamps,
    /// IP identification is made anew.
    Timestamps,
    /// Timestamps too.
    Numbers,
}

impl Care {
    pub const ALL: [Care; 3] = [Care::IpIdAndTimestamps, Care::Timestamps, Care::Numbers];
}

impl Mark {
    fn of(segment: &Segment, flow: u64) -> Mark {
        let has = |traits| segment.traits.contains(traits);
        // 0 is what stacks write that do not number.
        let numbered = !has(SegmentTraits::IPV6) && segment.ip_id != 0;
        Mark {
            frame: segment.frame,
            at: segment.at,
            flow,
            sender: segment.sender,
            base: Base::of(segment),
            ttl: segment.ttl,
            flags: segment.flags,
            ip_id: numbered.then_some(segment.ip_id),
            timestamps: has(SegmentTraits::TIMESTAMPS).then_some((segment.ts_val, segment.ts_ecr)),
        }
    }

    /// The packet of the second side in the numbers of the first; `opener` opened its connection.
    pub fn unshifted(mut self, Shift(by): Shift, opener: Sender) -> Mark {
        let [own, other] = if self.sender == opener { by } else { [by[1], by[0]] };
        self.base.seq = self.base.seq.wrapping_sub(own);
        if self.flags.contains(TcpFlags::ACK) {
            self.base.ack = self.base.ack.wrapping_sub(other);
        }
        self
    }

    /// Whether `later` carries the same again: a retransmission, or another probe.
    pub fn is_sent_again_as(&self, later: &Mark) -> bool {
        (self.base.seq, self.base.len) == (later.base.seq, later.base.len)
    }

    pub fn is_reset(&self) -> bool {
        self.flags.contains(TcpFlags::RST)
    }

    /// Whether both may be the same packet; what one side does not have does not count.
    pub fn may_be(&self, other: &Mark, care: Care) -> bool {
        let agree = |same: Option<bool>| same.unwrap_or(true);
        let ip_id = self.ip_id.zip(other.ip_id).map(|(a, b)| a == b);
        let timestamps = self.timestamps.zip(other.timestamps).map(|(a, b)| a == b);
        self.base == other.base
            && (care == Care::Numbers || agree(timestamps))
            && (care != Care::IpIdAndTimestamps || agree(ip_id))
    }
}

/// The last segments of one flow.
#[derive(Clone, Debug, Default)]
pub(super) struct Tail {
    pub marks: VecDeque<Mark>,
    /// Its ends.
    pub key: Option<FlowKey>,
    /// Segments before them that were not kept.
    pub elided: u64,
}

impl Tail {
    pub fn push(&mut self, segment: &Segment, flow: u64) {
        let mark = Mark::of(segment, flow);
        self.key = Some(segment.key);
        let is_copy = |known: &&Mark| {
            known.may_be(&mark, Care::IpIdAndTimestamps)
                && known.sender == mark.sender
                && mark.at.since(known.at) <= COPY_WITHIN
        };
        if self.marks.iter().rev().take(8).any(|known| is_copy(&known)) {
            return;
        }
        if self.marks.len() == MARKS_KEPT {
            self.marks.pop_front();
            self.elided += 1;
        }
        self.marks.push_back(mark);
    }
}
