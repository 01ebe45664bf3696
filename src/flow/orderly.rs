//! The short way for how nearly every connection opens and closes: SYN-ACK, the acknowledgments of a handshake, FINs
//! and what acknowledges them, in order. Half of the segments of short connections are these.
//!
//! As [`super::steady`] it gives up, having changed nothing, on everything that the long way must look at, and a
//! property test holds them together.

use super::advance::{count_gaps, count_payload_gap, pair};
use super::classify::{end_of, print_of};
use super::gap::EndedBy;
use super::life::{Flow, Life, flow_mark, side_mark};
use super::linger::is_over;
use super::update::note_handshake;
use super::watcher::{Phase, Watcher};
use crate::segment::{Segment, SegmentTraits, TcpFlags};
use crate::time::Span;

/// What became of a segment.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Taken {
    /// Nothing: it is for the long way.
    No,
    /// It was taken, and the flow goes on as it was.
    Yes,
    /// It was taken, and both sides have closed now.
    AndClosed,
}

/// Marks that leave no doubt about a flow.
const FLOW_MARKS: u8 = flow_mark::HANDSHAKE | flow_mark::INITIATOR_IS_HIGH | flow_mark::ESTABLISHED;

/// The same for a side.
const SIDE_MARKS: u8 = side_mark::SEEN | side_mark::ACKED | side_mark::SYN | side_mark::FIN;

/// Takes `segment` if it is such a one.
pub(super) fn take<W: Watcher>(
    watcher: &mut W,
    flow: &mut Flow<W::Annex>,
    segment: &Segment,
    silence_floor: Span,
) -> Taken {
    let life = &mut flow.life;
    let (side, peer) = pair(life, segment.sender);
    let odd = (life.marks & !FLOW_MARKS)
        | ((side.marks | peer.marks) & !SIDE_MARKS)
        | (segment.traits.0 & SegmentTraits::FRAGMENT.0)
        | (segment.flags.0 & TcpFlags::RST.0)
        | life.missing
        | life.stepped;
    let print = print_of(segment);
    let fin = segment.flags.contains(TcpFlags::FIN);
    let data = segment.payload_len > 0;
    if odd != 0
        || flow.record.is_some()
        || !segment.flags.contains(TcpFlags::ACK)
        || !peer.has(side_mark::SEEN)
        || segment.ack.is_after(peer.nxt)
        || segment.window == 0
        || segment.at < life.last_at()
        || segment.payload_len > i32::MAX as u32
        || !(if segment.flags.contains(TcpFlags::SYN) {
            answers_syn(life, segment)
        } else {
            side.has(side_mark::SEEN)
                && segment.seq == side.nxt
                && print != side.print
                && !(side.has(side_mark::FIN) && (fin || data))
        })
        || (life.is_closed() && (life.phase() != Phase::LastAck || is_over(life.last_at(), segment.at)))
    {
        return Taken::No;
    }
    let kind = if segment.flags.contains(TcpFlags::SYN) {
        EndedBy::Syn
    } else if fin {
        EndedBy::Fin
    } else if data {
        EndedBy::Data
    } else {
        EndedBy::Ack
    };
    // Before it there is none of this side: then these are the flow's beginning.
    let earliest = match kind {
        EndedBy::Data => side.last_at.min(side.last_payload_at),
        EndedBy::Fin => side.last_at.min(side.last_payload_at).min(peer.last_payload_at),
        _ => side.last_at,
    };
    if segment.at.since(earliest) >= silence_floor {
        return Taken::No;
    }
    let was_closed = life.is_closed();
    let role = life.role_of(segment.sender);
    count_gaps(watcher, life, segment, role, kind);
    if data {
        count_payload_gap(watcher, life, segment);
    }
    let side = &mut life.sides[segment.sender.index()];
    side.nxt = end_of(segment);
    side.note_sent(segment, print);
    if data {
        side.note_new_payload();
    }
    let acknowledges = !side.has(side_mark::ACKED) || segment.ack.is_after(side.acked);
    if acknowledges {
        side.acked = segment.ack;
    }
    side.marks |= side_mark::SEEN
        | side_mark::ACKED
        | if fin { side_mark::FIN } else { 0 }
        | if kind == EndedBy::Syn { side_mark::SYN } else { 0 };
    if data || acknowledges {
        life.retransmissions = 0;
    }
    if kind == EndedBy::Syn {
        life.note_first_ip_id(segment);
        note_handshake(life, segment);
    } else if !life.is(flow_mark::ESTABLISHED) {
        life.marks |= flow_mark::ESTABLISHED;
        note_handshake(life, segment);
    }
    if !was_closed && life.is_closed() { Taken::AndClosed } else { Taken::Yes }
}

/// Whether a SYN-ACK is the first segment of its side and acknowledges all of the one that the peer has opened with: then
/// it begins no other life, and is no stray.
fn answers_syn(life: &Life, segment: &Segment) -> bool {
    let (side, peer) = pair(life, segment.sender);
    side.marks == 0
        && side.segments == 0
        && peer.marks & (side_mark::SYN | side_mark::FIN) == side_mark::SYN
        && segment.ack == peer.nxt
        && segment.payload_len == 0
        && !life.is(flow_mark::ESTABLISHED)
        && !segment.flags.contains(TcpFlags::FIN)
}
