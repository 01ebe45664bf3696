//! What a segment changes in the life of its flow.

use super::classify::{Meaning, end_of, is_bare_ack, is_one_byte, leaves_unproven, print_of};
use super::gap::EndedBy;
use super::handshake::ResetEffect;
use super::life::{Life, Side, flow_mark, side_mark};
use super::watcher::Phase;
use crate::segment::{Segment, SegmentTraits, TcpFlags};

/// Brings the life up to date with a segment.
#[inline]
pub(super) fn update(life: &mut Life, segment: &Segment, meaning: Meaning) {
    let kind = meaning.kind;
    let end = end_of(segment);
    let flags = segment.flags;
    let (from, to) = (segment.sender.index(), segment.sender.peer().index());
    if kind == EndedBy::Data || kind == EndedBy::Fin {
        life.marks &= !flow_mark::DOUBTFUL_RESET;
    }
    let mut note_syn_ack = false;
    let unproven = kind == EndedBy::Ack && leaves_unproven(life, segment);
    if life.sides[from].segments == 0 {
        life.note_first_ip_id(segment);
    }
    let side = &mut life.sides[from];
    let first = !side.has(side_mark::SEEN);
    let advances = first || end.is_after(side.nxt);
    if kind != EndedBy::Rst && kind != EndedBy::ZeroWindowProbe {
        if advances {
            // A probe, the first of its side, lies one below.
            side.nxt = if kind == EndedBy::Probe { segment.seq.plus(1) } else { end };
        }
        let mut marks = side.marks | side_mark::SEEN;
        marks &= !(side_mark::ZERO_WINDOW | side_mark::LENGTH_HIDDEN);
        if unproven || (first && segment.payload_len == 1 && kind == EndedBy::Data) {
            marks |= side_mark::UNPROVEN;
        } else if is_proven_by(side, segment) {
            marks &= !side_mark::UNPROVEN;
        }
        if segment.window == 0 {
            marks |= side_mark::ZERO_WINDOW;
        }
        if segment.traits.contains(SegmentTraits::FRAGMENT) {
            marks |= side_mark::LENGTH_HIDDEN;
        }
        if flags.contains(TcpFlags::SYN) {
            marks |= side_mark::SYN;
            note_syn_ack = flags.contains(TcpFlags::ACK);
            if note_syn_ack && first && life.marks & flow_mark::RESET != 0 {
                // The SYN had been refused, and is answered all the same: whether the initiator takes it must show.
                life.marks ^= flow_mark::RESET | flow_mark::DOUBTFUL_RESET;
            }
        }
        if flags.contains(TcpFlags::FIN) {
            marks |= side_mark::FIN;
        }
        side.marks = marks;
    }
    side.note_sent(segment, print_of(segment));
    if meaning.fresh {
        side.note_new_payload();
    }
    let mut progress = meaning.fresh;
    if flags.contains(TcpFlags::ACK) && kind != EndedBy::Rst {
        if !side.has(side_mark::ACKED) || segment.ack.is_after(side.acked) {
            side.acked = segment.ack;
            side.marks |= side_mark::ACKED;
            progress = true;
        }
        let peer = &mut life.sides[to];
        if peer.has(side_mark::SEEN) && segment.ack.is_after(peer.nxt) {
            // Acknowledged, so it was sent: the capture missed it.
            peer.nxt = segment.ack;
        }
        if segment.ack == peer.nxt {
            peer.marks &= !side_mark::UNPROVEN;
        }
        if !flags.contains(TcpFlags::SYN) && !life.is(flow_mark::ESTABLISHED) {
            life.marks |= flow_mark::ESTABLISHED;
            note_handshake(life, segment);
        }
        if note_syn_ack {
            note_handshake(life, segment);
        }
    }
    if progress {
        life.retransmissions = 0;
    } else if kind == EndedBy::Retransmission {
        life.retransmissions = life.retransmissions.saturating_add(1);
    }
}

/// Whether a segment shows that the last number of its side, if that was unproven, was the next one: it carries
/// something, or acknowledges more under the same number, as no probe does.
#[inline]
fn is_proven_by(side: &Side, segment: &Segment) -> bool {
    segment.payload_len > 0
        || segment.flags.intersects(TcpFlags(TcpFlags::SYN.0 | TcpFlags::FIN.0))
        || is_one_byte(side)
        || (is_bare_ack(segment) && segment.seq == side.nxt && segment.ack.is_after(side.acked))
}

/// A step of the handshake answers the peer's SYN: how far its sender is away. Of a repeated SYN the last is
/// taken, so the value may be too short, never too long for that reason.
#[inline]
pub(super) fn note_handshake(life: &mut Life, segment: &Segment) {
    let (from, to) = (segment.sender.index(), segment.sender.peer().index());
    let peer = &life.sides[to];
    if peer.has(side_mark::SYN) && life.sides[from].rtt == 0 {
        let asked_at = peer.last_at;
        life.sides[from].note_round_trip(segment.at.since(asked_at));
    }
}

/// A RST comes: what it does to its flow. After a complete close it ends nothing any more.
#[cold]
pub(super) fn note_reset(life: &mut Life, effect: ResetEffect) {
    if life.phase() != Phase::Closed {
        life.marks |= match effect {
            ResetEffect::Ends => flow_mark::RESET,
            ResetEffect::Doubtful => flow_mark::DOUBTFUL_RESET,
            ResetEffect::Dropped => 0,
        };
    }
}
