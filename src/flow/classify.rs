//! What one segment is to its flow, before it changes it.

use super::gap::{Basis, EndedBy};
use super::handshake::ResetEffect;
use super::life::{Life, Side, flow_mark, side_mark};
use crate::segment::{Segment, SegmentTraits, SeqNumber, TcpFlags};
use crate::time::Span;

/// Silence that must precede the first probe of a run. No stack probes faster, and acknowledgments of a
/// live exchange come sooner.
pub(super) const PROBE_SILENCE: Span = Span::from_secs(1);

/// No acknowledgment is this much late: an empty segment that comes so long after the payload below whose end it lies is
/// none. (Some stacks probe before they go to sleep.)
const NO_LONGER_LATE: Span = Span::from_millis(500);

/// The first repetition of a lost byte comes within this time: first timeouts are up to 3 s (RFC 6298 2.1, and older
/// ones), longer only on paths with a long round trip.
const FIRST_TIMEOUT: Span = Span::from_secs(10);

/// Flags of what opens or closes.
pub(super) const HANDSHAKE_OR_END: TcpFlags = TcpFlags(TcpFlags::SYN.0 | TcpFlags::FIN.0 | TcpFlags::RST.0);

/// Sequence number behind all that the segment occupies.
#[inline]
pub(super) fn end_of(segment: &Segment) -> SeqNumber {
    let flags = segment.flags;
    let phantom = u32::from(flags.contains(TcpFlags::SYN)) + u32::from(flags.contains(TcpFlags::FIN));
    segment.seq.plus(segment.payload_len.wrapping_add(phantom))
}

/// Empty, and neither SYN, FIN nor RST.
#[inline]
pub(super) fn is_bare_ack(segment: &Segment) -> bool {
    segment.payload_len == 0
        && !segment.flags.intersects(HANDSHAKE_OR_END)
        && segment.flags.contains(TcpFlags::ACK)
}

/// Kind of `segment`, by the numbers of its flow before it; [`super::probing::kind_in`] knows more.
///
/// A keepalive probe (RFC 1122 4.2.3.6) has no or one byte, lies one below the next sequence number,
/// with nothing in flight and the peer's window open. In flight it is a retransmission, before a closed
/// window a zero-window probe (Linux sends both in the same shape), and right after the sender's own FIN
/// a late acknowledgment.
#[inline]
pub(super) fn kind_of(life: &Life, segment: &Segment) -> EndedBy {
    let flags = segment.flags;
    if flags.intersects(HANDSHAKE_OR_END) {
        return if flags.contains(TcpFlags::SYN) {
            EndedBy::Syn
        } else if flags.contains(TcpFlags::RST) {
            EndedBy::Rst
        } else {
            EndedBy::Fin
        };
    }
    let side = &life.sides[segment.sender.index()];
    let peer = &life.sides[segment.sender.peer().index()];
    if segment.payload_len <= 1
        && let Some(kind) = probe_kind(life, segment, side, peer)
    {
        return kind;
    }
    if segment.payload_len == 0 {
        EndedBy::Ack
    } else if !side.has(side_mark::SEEN) || end_of(segment).is_after(side.nxt) {
        EndedBy::Data
    } else {
        EndedBy::Retransmission
    }
}

/// What one segment is to its flow, and what that means for the clocks of payload.
#[derive(Clone, Copy, Debug)]
pub(super) struct Meaning {
    pub kind: EndedBy,
    /// It brings payload that its side had not sent before: on a FIN as well.
    pub fresh: bool,
    /// It ends every silence of payload, because nothing more will come: the first FIN of its side, or a RST that counts.
    pub closes: bool,
}

impl Meaning {
    /// Of a segment before it changes its flow. `reset`: what it does as a RST.
    #[inline]
    pub fn of(life: &Life, segment: &Segment, kind: EndedBy, reset: Option<ResetEffect>) -> Meaning {
        let side = &life.sides[segment.sender.index()];
        match kind {
            EndedBy::Data => Meaning { kind, fresh: true, closes: false },
            EndedBy::Fin => {
                let end = segment.seq.plus(segment.payload_len);
                let fresh = segment.payload_len > 0 && (!side.has(side_mark::SEEN) || end.is_after(side.nxt));
                Meaning { kind, fresh, closes: !side.has(side_mark::FIN) }
            }
            EndedBy::Rst => Meaning { kind, fresh: false, closes: reset == Some(ResetEffect::Ends) },
            _ => Meaning { kind, fresh: false, closes: false },
        }
    }
}

/// The kinds that only an empty or one-byte segment can be.
#[inline]
fn probe_kind(life: &Life, segment: &Segment, side: &Side, peer: &Side) -> Option<EndedBy> {
    let garbage_byte = segment.payload_len == 1;
    let peer_closed_window = peer.has(side_mark::ZERO_WINDOW);
    let seen = side.has(side_mark::SEEN);
    if garbage_byte && peer_closed_window && seen && segment.seq == side.nxt {
        return Some(EndedBy::ZeroWindowProbe);
    }
    let next = match (seen, peer.has(side_mark::ACKED)) {
        (true, _) => side.nxt,
        // What the peer has acknowledged was sent before the capture began.
        (false, true) => peer.acked,
        (false, false) => return None,
    };
    if segment.seq.plus(1) != next || !segment.flags.contains(TcpFlags::ACK) {
        return None;
    }
    if peer.has(side_mark::ACKED) {
        if peer.acked != next {
            return None;
        }
    } else if garbage_byte && !is_late_for_a_retransmission(life, segment, side) {
        // One-way capture: an empty segment below what was sent can be nothing else, a byte can be data.
        return None;
    }
    if peer_closed_window {
        return Some(EndedBy::ZeroWindowProbe);
    }
    let due = match (seen, garbage_byte) {
        (false, byte) => !(byte && segment.flags.contains(TcpFlags::PSH)),
        (true, true) => is_byte_probe_due(life, segment, side, peer),
        (true, false) => is_empty_probe_due(life, segment, side),
    };
    (due && life.is(flow_mark::ESTABLISHED)).then_some(EndedBy::Probe)
}

/// Whether its side has sent nothing that an acknowledgment below its next number could belong to: no payload, and
/// a side that has sent its SYN only acknowledges nothing with that number.
#[inline]
fn is_unspoken(life: &Life, side: &Side) -> bool {
    side.payload.get() == 0 && (side.has(side_mark::SYN) || life.missing == 0)
}

/// Whether an empty segment below the next number can be a probe by its time. The clock of a prober runs from what it
/// receives, so a probe may follow its sender's own reply at once, but not its payload. A late acknowledgment of
/// before its own FIN has the same shape.
#[inline]
fn is_empty_probe_due(life: &Life, segment: &Segment, side: &Side) -> bool {
    if segment.at.since(side.last_at) >= PROBE_SILENCE {
        return true;
    }
    let rested = segment.at.since(side.last_payload_at) >= NO_LONGER_LATE;
    !side.has(side_mark::FIN) && (rested || is_unspoken(life, side))
}

/// The same for one byte that has been acknowledged, or should have been long ago.
#[inline]
fn is_byte_probe_due(life: &Life, segment: &Segment, side: &Side, peer: &Side) -> bool {
    let rested = segment.at.since(side.last_payload_at) >= PROBE_SILENCE;
    let in_run = life.is(flow_mark::PROBED) && rested && !side.has(side_mark::FIN);
    (segment.at.since(side.last_at) >= PROBE_SILENCE || in_run || is_unspoken(life, side))
        && !is_spurious_retransmission(life, segment, side, peer)
}

/// Whether a byte that has been acknowledged is sent again because its sender has not received that.
fn is_spurious_retransmission(life: &Life, segment: &Segment, side: &Side, peer: &Side) -> bool {
    let spacing = segment.at.since(side.last_at).as_nanos();
    let since_payload = segment.at.since(side.last_payload_at);
    // Timeouts double (RFC 6298 5.5): the last one is half or two thirds of all of them together.
    let fivefold = since_payload.as_nanos().saturating_mul(5);
    let backs_off = life.retransmissions > 0
        && fivefold >= spacing.saturating_mul(7)
        && fivefold <= spacing.saturating_mul(11);
    // Data is pushed where a write ends; what a probe carries is none.
    let typed = segment.flags.contains(TcpFlags::PSH) && side.payload.get() > 0;
    let overtaken = life.missing & 1 << Basis::packets_of(life.role_of(segment.sender)).index() != 0;
    backs_off
        || (typed && since_payload < FIRST_TIMEOUT)
        || (overtaken && segment.at.since(peer.last_at) < PROBE_SILENCE)
}

/// Whether a byte comes again so long after it was sent that no retransmission timer explains it, although nobody is
/// seen to acknowledge it. Of a flow joined midway the first byte seen may itself be a repetition.
fn is_late_for_a_retransmission(life: &Life, segment: &Segment, side: &Side) -> bool {
    let sending_seen = side.payload.get() > 1 || side.has(side_mark::SYN);
    sending_seen && life.retransmissions == 0 && segment.at.since(side.last_payload_at) >= FIRST_TIMEOUT
}

/// Whether an empty segment leaves the next number of its side unproven: it may be a probe, one below it. It is the
/// first of its side, or comes after a silence, behind segments that were not captured; and the peer has not
/// acknowledged just its number.
#[inline]
pub(super) fn leaves_unproven(life: &Life, segment: &Segment) -> bool {
    let side = &life.sides[segment.sender.index()];
    let peer = &life.sides[segment.sender.peer().index()];
    let unheard = !side.has(side_mark::SEEN)
        || (segment.seq.is_after(side.nxt) && segment.at.since(side.last_at) >= PROBE_SILENCE);
    unheard && is_bare_ack(segment) && !(peer.has(side_mark::ACKED) && peer.acked == segment.seq)
}

/// Whether all that was seen of a side is one byte: payload, or the byte of a probe.
#[inline]
pub(super) fn is_one_byte(side: &Side) -> bool {
    side.has(side_mark::UNPROVEN) && side.segments == 1 && side.payload.get() == 1
}

/// Whether an empty segment repeats the only numbers its side has shown, a second or more later with
/// nothing from the peer between: it may be a probe, in a flow joined midway.
pub(super) fn repeats_unproven(life: &Life, segment: &Segment) -> bool {
    let side = &life.sides[segment.sender.index()];
    let peer = &life.sides[segment.sender.peer().index()];
    side.has(side_mark::UNPROVEN)
        && !is_one_byte(side)
        && is_bare_ack(segment)
        && segment.seq == side.nxt
        && segment.ack == side.acked
        && segment.at.since(side.last_at) >= PROBE_SILENCE
        && peer.last_at <= side.last_at
}

/// Whether a byte repeats the last one that its side has sent, a second or more later, while nobody is seen to
/// acknowledge it: a retransmission, or a probe.
pub(super) fn repeats_byte_unheard(life: &Life, segment: &Segment) -> bool {
    let side = &life.sides[segment.sender.index()];
    let peer = &life.sides[segment.sender.peer().index()];
    segment.payload_len == 1
        && segment.flags.contains(TcpFlags::ACK)
        && side.has(side_mark::SEEN)
        && segment.seq.plus(1) == side.nxt
        && !peer.has(side_mark::ACKED)
        && life.is(flow_mark::ESTABLISHED)
        && segment.at.since(side.last_at) >= PROBE_SILENCE
}

/// Fingerprint of a segment: equal for copies of one packet, different for a retransmission, which has
/// a new IP identification or a later timestamp. TTL is left out: a copy taken behind a router differs in it.
#[inline]
pub(super) fn print_of(segment: &Segment) -> u32 {
    let a = u64::from(segment.seq.0) | u64::from(segment.ack.0) << 32;
    let b = u64::from(segment.ts_val) | u64::from(segment.ts_ecr) << 32;
    let c = u64::from(segment.payload_len)
        | u64::from(segment.ip_id) << 32
        | u64::from(segment.flags.0) << 48
        | u64::from(segment.traits.0) << 56;
    // Odd constants of splitmix64; collisions only matter between segments of one flow within 10 ms.
    let mixed = a.wrapping_mul(0x9e37_79b9_7f4a_7c15)
        ^ b.wrapping_mul(0xbf58_476d_1ce4_e5b9).rotate_left(21)
        ^ (c ^ u64::from(segment.window)).wrapping_mul(0x94d0_49bb_1331_11eb).rotate_left(42);
    (mixed >> 32) as u32 ^ mixed as u32
}

/// Whether a segment bears an IP identification that tells packets apart.
#[inline]
pub(super) fn is_identified(segment: &Segment) -> bool {
    segment.ip_id != 0 && !segment.traits.contains(SegmentTraits::IPV6)
}

/// Whether equal fingerprints alone prove a copy. A bare acknowledgment or a SYN-ACK without its own IP
/// identification may really be sent twice at once: a duplicate ACK, or a SYN-ACK repeated by its timer
/// just as it answers a repeated SYN.
#[inline]
pub(super) fn print_is_proof(segment: &Segment) -> bool {
    let syn_ack = segment.flags.contains(TcpFlags::SYN) && segment.flags.contains(TcpFlags::ACK);
    is_identified(segment) || !(is_bare_ack(segment) || syn_ack)
}
