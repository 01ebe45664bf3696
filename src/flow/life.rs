//! The part of a flow that every flow has: three cache lines, nothing on the heap until something
//! worth telling happens.

use super::gap::Role;
use super::history::Record;
use super::joining::Joining;
use super::watcher::{Phase, ServiceId, Standing};
use crate::frame::FrameNumber;
use crate::segment::{FlowKey, Segment, Sender, SeqNumber};
use crate::time::{Span, Timestamp};

/// A number below 2⁴⁸ in six bytes.
#[derive(Clone, Copy, Debug, Default)]
#[repr(C, packed(2))]
struct Packed48 {
    low: u32,
    high: u16,
}

impl Packed48 {
    #[inline]
    fn new(number: u64) -> Self {
        Packed48 { low: number as u32, high: (number >> 32) as u16 }
    }

    #[inline]
    fn get(self) -> u64 {
        u64::from(self.low) | u64::from(self.high) << 32
    }
}

/// A frame number in six bytes: 2⁴⁸ frames are ten years at a million a second.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct PackedFrame(Packed48);

impl PackedFrame {
    #[inline]
    pub fn new(frame: FrameNumber) -> Self {
        PackedFrame(Packed48::new(frame.0))
    }

    #[inline]
    pub fn get(self) -> FrameNumber {
        FrameNumber(self.0.get())
    }
}

/// A byte count in six bytes, saturating at 256 TiB.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct PackedBytes(Packed48);

impl PackedBytes {
    #[inline]
    pub fn add(&mut self, bytes: u64) {
        let sum = self.get().saturating_add(bytes).min((1 << 48) - 1);
        self.0 = Packed48::new(sum);
    }

    #[inline]
    pub fn get(self) -> u64 {
        self.0.get()
    }
}

/// Bits of [`Side::marks`].
pub(super) mod side_mark {
    /// This side has sent something, so its `nxt` and `window` are known.
    pub const SEEN: u8 = 1;
    /// This side has sent an acknowledgment, so its `acked` is known.
    pub const ACKED: u8 = 2;
    /// This side has sent a SYN; `nxt` counts from its ISN.
    pub const SYN: u8 = 4;
    /// This side has sent its FIN; `nxt` is behind it.
    pub const FIN: u8 = 8;
    /// This side's last window was zero.
    pub const ZERO_WINDOW: u8 = 16;
    /// The last first fragment hid how far this side's payload reaches.
    pub const LENGTH_HIDDEN: u8 = 32;
    /// The last segment of this side may be a probe: an empty one, one below the true number, which nothing has told
    /// yet; or one byte, which is all that was seen of it.
    pub const UNPROVEN: u8 = 64;
    /// Its segments came with several TTLs or hop limits.
    pub const SEVERAL_TTLS: u8 = 128;
}

/// One side of a flow.
#[derive(Clone, Copy, Debug)]
pub(super) struct Side {
    /// Last segment sent; before the first one, the flow's beginning.
    pub last_at: Timestamp,
    /// Last new payload sent; before the first, the flow's beginning.
    pub last_payload_at: Timestamp,
    /// Next sequence number to send: behind all that was sent.
    pub nxt: SeqNumber,
    /// Highest acknowledgment sent.
    pub acked: SeqNumber,
    /// Segments sent.
    pub segments: u32,
    /// Fingerprint of the last segment, to know a copy of it.
    pub print: u32,
    /// Payload bytes sent, retransmissions included.
    pub payload: PackedBytes,
    pub last_frame: PackedFrame,
    pub last_payload_frame: PackedFrame,
    /// IPv4 identification, or low half of the IPv6 flow label, of the last segment.
    pub ip_id: u16,
    /// Round-trip time between the capture point and this side, from the handshake: [`Side::round_trip`].
    pub rtt: u16,
    /// TTL or hop limit of the last segment.
    pub ttl: u8,
    pub marks: u8,
}

impl Side {
    #[inline]
    pub fn has(&self, mark: u8) -> bool {
        self.marks & mark != 0
    }

    /// Notes the last segment that this side sent, and its fingerprint; not what it says about numbers and payload.
    #[inline(always)]
    pub fn note_sent(&mut self, segment: &Segment, print: u32) {
        self.marks |= u8::from(self.ttl != segment.ttl && self.segments > 0) << 7;
        self.segments = self.segments.saturating_add(1);
        self.payload.add(u64::from(segment.payload_len));
        self.last_at = segment.at;
        self.last_frame = PackedFrame::new(segment.frame);
        self.ip_id = segment.ip_id;
        self.ttl = segment.ttl;
        self.print = print;
    }

    /// The last segment that this side sent brought new payload.
    #[inline(always)]
    pub fn note_new_payload(&mut self) {
        self.last_payload_at = self.last_at;
        self.last_payload_frame = self.last_frame;
    }

    /// Notes how long this side took to answer within the handshake, rounded down to tenths of a millisecond; up to
    /// 6.5 s.
    pub fn note_round_trip(&mut self, span: Span) {
        self.rtt = u16::try_from(span.as_nanos() / RTT_TICK.as_nanos()).unwrap_or(u16::MAX).max(1);
    }

    /// Round-trip time between the capture point and this side; `None`: the capture has no handshake.
    pub fn round_trip(&self) -> Option<Span> {
        (self.rtt > 0).then(|| RTT_TICK.times(u64::from(self.rtt)))
    }
}

/// Unit of [`Side::rtt`]: finer than what it is compared by.
const RTT_TICK: Span = Span::from_nanos(100_000);

/// Bits of [`Life::marks`].
pub(super) mod flow_mark {
    /// The initiator is the endpoint that sorts last.
    pub const INITIATOR_IS_HIGH: u8 = 1;
    /// A SYN or SYN-ACK began it.
    pub const HANDSHAKE: u8 = 2;
    /// The handshake was finished, or the flow was joined midway.
    pub const ESTABLISHED: u8 = 4;
    /// An accepted RST ended it.
    pub const RESET: u8 = 8;
    /// A RST with an inexact sequence number came; whether it ended the flow shows in what follows.
    pub const DOUBTFUL_RESET: u8 = 16;
    /// The slot holds no flow.
    pub const VACANT: u8 = 32;
    /// Copies of its segments were seen.
    pub const COPIES: u8 = 64;
    /// Keepalive probes were seen.
    pub const PROBED: u8 = 128;
}

/// One flow in its slot: its life, and what it keeps when there is something to keep.
#[derive(Debug)]
#[repr(align(64))]
pub(super) struct Flow<A> {
    pub life: Life,
    pub record: Option<Box<Record<A>>>,
}

impl<A> Flow<A> {
    /// Whether this is, still, the flow with this key.
    #[inline]
    pub fn holds(&self, key: &FlowKey) -> bool {
        self.life.key == *key && !self.life.is(flow_mark::VACANT)
    }

    /// A direction in another realm that may belong to it.
    pub fn joining(&self) -> Option<&Joining> {
        self.record.as_ref()?.joining.as_deref()
    }

    /// Whether there is one.
    pub fn is_joining(&self) -> bool {
        self.joining().is_some()
    }
}

/// One life of a TCP connection.
#[derive(Clone, Copy, Debug)]
pub(super) struct Life {
    pub key: FlowKey,
    pub service: ServiceId,
    pub first_at: Timestamp,
    /// By [`Sender::index`].
    pub sides: [Side; 2],
    /// Longest gap so far on basis any, in microseconds, saturating (71 minutes); exact ones are in the history.
    pub longest_us: u32,
    /// The same for new payload.
    pub longest_payload_us: u32,
    pub first_frame: PackedFrame,
    pub marks: u8,
    /// Bit by basis: since its last activity the capture missed segments.
    pub missing: u8,
    /// Bit by basis: since its last activity the capture's clock was not sound.
    pub stepped: u8,
    /// Retransmissions in a row without progress, saturating.
    pub retransmissions: u8,
    /// By [`Sender::index`], in a half each: IP identification of the first segment, folded. See [`Life::counts_ip_ids`].
    pub first_ip_ids: u8,
    /// Upper eight bits of the number with which the initiator began; known when [`flow_mark::HANDSHAKE`] is set.
    pub isn_high: u8,
}

impl Life {
    #[inline]
    pub fn is(&self, mark: u8) -> bool {
        self.marks & mark != 0
    }

    /// Notes the IP identification of a side's first segment.
    #[inline]
    pub fn note_first_ip_id(&mut self, segment: &Segment) {
        let shift = 4 * segment.sender.index();
        self.first_ip_ids = self.first_ip_ids & !(0xf << shift) | folded(segment.ip_id) << shift;
    }

    /// Whether the sender of `segment` gives its packets other IP identifications than this one. Of 16 that do one is
    /// not recognised.
    pub fn counts_ip_ids(&self, segment: &Segment) -> bool {
        let index = segment.sender.index();
        self.sides[index].segments > 0 && self.first_ip_ids >> (4 * index) & 0xf != folded(segment.ip_id)
    }

    #[inline]
    pub fn role_of(&self, sender: Sender) -> Role {
        if (sender == Sender::High) == self.is(flow_mark::INITIATOR_IS_HIGH) {
            Role::Initiator
        } else {
            Role::Responder
        }
    }

    #[inline]
    pub fn sender_of(&self, role: Role) -> Sender {
        if (role == Role::Initiator) == self.is(flow_mark::INITIATOR_IS_HIGH) {
            Sender::High
        } else {
            Sender::Low
        }
    }

    #[inline]
    pub fn side(&self, role: Role) -> &Side {
        &self.sides[self.sender_of(role).index()]
    }

    /// Last segment of either side.
    #[inline]
    pub fn last_at(&self) -> Timestamp {
        self.sides[0].last_at.max(self.sides[1].last_at)
    }

    /// Its frame. Later in time, not in the file: files of several interfaces step back in time.
    #[inline]
    pub fn last_frame(&self) -> FrameNumber {
        let [a, b] = self.sides.each_ref().map(|side| (side.last_at, side.last_frame.get()));
        a.max(b).1
    }

    /// The later new payload of both sides, and its frame.
    #[inline]
    pub fn last_payload(&self) -> (Timestamp, FrameNumber) {
        let [a, b] = self.sides.each_ref().map(|side| (side.last_payload_at, side.last_payload_frame.get()));
        a.max(b)
    }

    /// The later new payload of both sides.
    #[inline]
    pub fn last_payload_at(&self) -> Timestamp {
        self.sides[0].last_payload_at.max(self.sides[1].last_payload_at)
    }

    /// Whether `which` has payload that its peer has not acknowledged. Unknown counts as no: a one-way
    /// capture shows no acknowledgments.
    #[inline]
    pub fn in_flight(&self, which: Sender) -> bool {
        let (side, peer) = (&self.sides[which.index()], &self.sides[which.peer().index()]);
        side.has(side_mark::SEEN) && peer.has(side_mark::ACKED) && side.nxt.is_after(peer.acked)
    }

    pub fn phase(&self) -> Phase {
        if self.is(flow_mark::RESET) {
            return Phase::Closed;
        }
        let [a, b] = &self.sides;
        match (a.has(side_mark::FIN), b.has(side_mark::FIN)) {
            (true, true) if self.in_flight(Sender::Low) || self.in_flight(Sender::High) => Phase::LastAck,
            (true, true) => Phase::Closed,
            (true, false) if self.in_flight(Sender::Low) => Phase::FinWait,
            (false, true) if self.in_flight(Sender::High) => Phase::FinWait,
            (true, false) | (false, true) => Phase::CloseWait,
            (false, false) if self.is(flow_mark::ESTABLISHED) => Phase::Established,
            (false, false) if a.has(side_mark::SYN) && b.has(side_mark::SYN) => Phase::SynRecv,
            (false, false) if self.side(Role::Responder).has(side_mark::SYN) => Phase::SynRecv,
            (false, false) => Phase::SynSent,
        }
    }

    /// Closed for good: both FINs or an accepted RST.
    #[inline]
    pub fn is_closed(&self) -> bool {
        self.is(flow_mark::RESET) || (self.sides[0].has(side_mark::FIN) && self.sides[1].has(side_mark::FIN))
    }

    pub fn standing(&self) -> Standing {
        let later =
            if self.sides[1].last_at > self.sides[0].last_at { &self.sides[1] } else { &self.sides[0] };
        Standing {
            phase: self.phase(),
            unacknowledged: self.in_flight(Sender::Low) || self.in_flight(Sender::High),
            retransmissions: self.retransmissions,
            zero_window: later.has(side_mark::ZERO_WINDOW),
        }
    }
}

fn folded(ip_id: u16) -> u8 {
    let byte = (ip_id ^ ip_id >> 8) as u8;
    (byte ^ byte >> 4) & 0xf
}

/// A gap in whole microseconds, as the hot part keeps it.
#[inline]
pub(super) fn saturating_micros(span: Span) -> u32 {
    u32::try_from(span.as_nanos() / 1000).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flow_is_three_cache_lines() {
        assert_eq!(std::mem::size_of::<Flow<()>>(), 192);
    }

    #[test]
    fn packed_numbers_hold_forty_eight_bits() {
        let frame = FrameNumber(0xabcd_ef01_2345);
        assert_eq!(PackedFrame::new(frame).get(), frame);
        let mut bytes = PackedBytes::default();
        bytes.add(u64::MAX);
        bytes.add(5);
        assert_eq!(bytes.get(), (1 << 48) - 1);
    }
}
