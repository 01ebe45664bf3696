//! Which life of a connection a segment belongs to, and how a life begins.

use super::classify::{end_of, is_bare_ack, kind_of};
use super::gap::Role;
use super::life::{Life, PackedBytes, PackedFrame, Side, flow_mark, side_mark};
use super::linger::is_over;
use super::update::update;
use super::watcher::{Phase, ServiceId};
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
        first_ip_ids: [0; 2],
    };
    let kind = kind_of(&life, segment);
    update(&mut life, segment, kind);
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

/// Whether a segment on the key of `life` begins another one.
pub(super) fn begins_new_life(life: &Life, segment: &Segment) -> bool {
    if !segment.flags.contains(TcpFlags::SYN) {
        return life.is_closed() && is_over(life.last_at(), segment.at);
    }
    let side = &life.sides[segment.sender.index()];
    let peer = &life.sides[segment.sender.peer().index()];
    if life.is_closed() {
        return !is_late_syn(side, segment) || is_over(life.last_at(), segment.at);
    }
    if side.has(side_mark::SYN) {
        return !is_late_syn(side, segment);
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

/// Whether a SYN repeats the one its side has sent: it ends where the side's numbers began.
fn is_late_syn(side: &Side, segment: &Segment) -> bool {
    // A new ISN falls into these 64 KiB once in 65 536 reuses; a repeated SYN always does, even when it
    // had carried data (RFC 7413).
    let behind = side.nxt.ahead_of(end_of(segment));
    side.has(side_mark::SYN) && (0..=0xffff).contains(&behind)
}

/// Whether a segment on a key that a new life has taken over still belongs to the old one: the challenge
/// ACK of the old life's peer (RFC 5961 4), and the RST that answers it.
pub(super) fn belongs_to_displaced(life: &Life, segment: &Segment) -> bool {
    if life.phase() != Phase::SynSent {
        return false;
    }
    let initiator = life.side(Role::Initiator);
    match life.role_of(segment.sender) {
        Role::Responder => is_bare_ack(segment) && segment.ack != initiator.nxt,
        Role::Initiator => segment.flags.contains(TcpFlags::RST) && segment.seq != initiator.nxt,
    }
}
