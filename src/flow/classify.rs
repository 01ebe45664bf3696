//! What one segment is to its flow, before it changes it.

use super::gap::EndedBy;
use super::handshake::ResetEffect;
use super::life::{Life, Side, flow_mark, side_mark};
use crate::segment::{Segment, SegmentTraits, TcpFlags};
use crate::time::Span;

/// Silence that must precede the first probe of a run. No stack probes faster, and acknowledgments of a
/// live exchange come sooner.
pub(super) const PROBE_SILENCE: Span = Span::from_secs(1);

const HANDSHAKE_OR_END: TcpFlags = TcpFlags(TcpFlags::SYN.0 | TcpFlags::FIN.0 | TcpFlags::RST.0);

/// Sequence number behind all that the segment occupies.
#[inline]
pub(super) fn end_of(segment: &Segment) -> crate::segment::SeqNumber {
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

/// Kind of `segment`, by the state of its flow before it.
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
        && side.has(side_mark::SEEN)
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
    if garbage_byte && peer_closed_window && segment.seq == side.nxt {
        return Some(EndedBy::ZeroWindowProbe);
    }
    if side.has(side_mark::UNPROVEN) && repeats_unproven(segment, side, peer) {
        return Some(EndedBy::Probe);
    }
    if segment.seq.plus(1) != side.nxt || !segment.flags.contains(TcpFlags::ACK) {
        return None;
    }
    let all_acknowledged = if peer.has(side_mark::ACKED) {
        peer.acked == side.nxt
    } else {
        // One-way capture: an empty segment below what was sent can be nothing else, a byte can be data.
        !garbage_byte
    };
    if !all_acknowledged {
        return None;
    }
    if peer_closed_window {
        return Some(EndedBy::ZeroWindowProbe);
    }
    // With both ends probing, a side's probe can follow its own reply at once, and a side that has sent its SYN
    // only acknowledges nothing with that number; the sender's FIN, whose late acknowledgment has the shape of a
    // probe, keeps the rule.
    let unspoken = side.has(side_mark::SYN) && side.payload.get() == 0;
    let in_run = (life.is(flow_mark::PROBED) || unspoken) && !side.has(side_mark::FIN);
    let silent = in_run || segment.at.since(side.last_at) >= PROBE_SILENCE;
    let established = life.is(flow_mark::ESTABLISHED);
    (silent && established).then_some(EndedBy::Probe)
}

/// Whether an empty segment repeats the only numbers its side has shown, a second or more later with
/// nothing from the peer between: a probe that nobody answers, in a flow joined midway.
fn repeats_unproven(segment: &Segment, side: &Side, peer: &Side) -> bool {
    is_bare_ack(segment)
        && segment.seq == side.nxt
        && segment.ack == side.acked
        && segment.at.since(side.last_at) >= PROBE_SILENCE
        && peer.last_at <= side.last_at
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

/// Whether equal fingerprints alone prove a copy. A bare acknowledgment or a SYN-ACK without its own IP
/// identification may really be sent twice at once: a duplicate ACK, or a SYN-ACK repeated by its timer
/// just as it answers a repeated SYN.
#[inline]
pub(super) fn print_is_proof(segment: &Segment) -> bool {
    let identified = segment.ip_id != 0 && !segment.traits.contains(SegmentTraits::IPV6);
    let syn_ack = segment.flags.contains(TcpFlags::SYN) && segment.flags.contains(TcpFlags::ACK);
    identified || !(is_bare_ack(segment) || syn_ack)
}
