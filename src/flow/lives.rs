//! Which life of a connection a segment belongs to, and how a life begins.

use super::classify::{Meaning, kind_of};
use super::gap::EndedBy;
use super::handshake::{ResetEffect, answers_the_syn, is_late_syn};
use super::life::{Life, PackedBytes, PackedFrame, Side, flow_mark, side_mark};
use super::linger::is_over;
use super::update::{note_reset, update};
use super::watcher::ServiceId;
use crate::segment::{Segment, Sender, SeqNumber, TcpFlags};

/// The life that begins with `segment`.
pub(super) fn first_life(segment: &Segment, service: ServiceId) -> Life {
    let mut marks = 0;
    if initiator_of(segment) == Sender::High {
        marks |= flow_mark::INITIATOR_IS_HIGH;
    }
    if segment.flags.contains(TcpFlags::SYN) {
        marks |= flow_mark::HANDSHAKE;
    } else {
        marks |= flow_mark::ESTABLISHED;
    }
    let start = PackedFrame::new(segment.frame);
    let side = Side {
        last_at: segment.at,
        last_payload_at: segment.at,
        nxt: SeqNumber(0),
        acked: SeqNumber(0),
        segments: 0,
        print: 0,
        payload: PackedBytes::default(),
        last_frame: start,
        last_payload_frame: start,
        ip_id: 0,
        rtt: 0,
        ttl: 0,
        marks: 0,
    };
    let mut life = Life {
        key: segment.key,
        service,
        first_at: segment.at,
        sides: [side; 2],
        longest_us: 0,
        longest_payload_us: 0,
        first_frame: start,
        marks,
        missing: 0,
        stepped: 0,
        retransmissions: 0,
        first_ip_ids: 0,
        isn_high: initiator_isn_high(segment),
    };
    let kind = kind_of(&life, segment);
    // Nothing is known that a RST would have to fit.
    let reset = (kind == EndedBy::Rst).then_some(ResetEffect::Ends);
    let meaning = Meaning::of(&life, segment, kind, reset);
    if let Some(effect) = reset {
        note_reset(&mut life, effect);
    }
    update(&mut life, segment, meaning);
    life
}

/// Who opened the flow that begins with `segment`. Without a handshake: the side with the registered
/// port (below 1024) responds; else the side with the lower port; with equal ports the first to speak
/// initiated.
pub(super) fn initiator_of(segment: &Segment) -> Sender {
    let sender = segment.sender;
    if segment.flags.contains(TcpFlags::SYN) {
        return if segment.flags.contains(TcpFlags::ACK) { sender.peer() } else { sender };
    }
    let (own, other) = (segment.key.port(sender), segment.key.port(sender.peer()));
    if own < other { sender.peer() } else { sender }
}

/// Upper half of the number with which the initiator began, where `segment` is a SYN or a SYN-ACK.
fn initiator_isn_high(segment: &Segment) -> u8 {
    let acknowledges = segment.flags.contains(TcpFlags::ACK);
    let isn = if acknowledges { segment.ack.0.wrapping_sub(1) } else { segment.seq.0 };
    (isn >> 24) as u8
}

/// Whether a segment on the key of `life` begins another one.
pub(super) fn begins_new_life(life: &Life, segment: &Segment) -> bool {
    let over = life.is_closed() && is_over(life.last_at(), segment.at);
    if over || !segment.flags.contains(TcpFlags::SYN) {
        return over;
    }
    if answers_the_syn(life, segment) {
        return false;
    }
    let side = &life.sides[segment.sender.index()];
    let peer = &life.sides[segment.sender.peer().index()];
    if life.is_closed() || side.has(side_mark::SYN) {
        return !is_late_syn(life, segment);
    }
    if side.has(side_mark::SEEN) {
        return true;
    }
    // This side has not spoken: its SYN belongs here when the peer's SYN is there too (simultaneous open,
    // or an answer), or when the peer has already acknowledged it (frames out of order).
    let answers = peer.has(side_mark::SYN);
    let acknowledged = peer.has(side_mark::ACKED) && peer.acked == segment.seq.plus(1);
    !(answers || acknowledged)
}
