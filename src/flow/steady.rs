//! The short way for what nearly every segment is: new data or an acknowledgment, in order, on a flow that both
//! sides have spoken in and that has nothing to remember.
//!
//! It gives up, having changed nothing, on everything else and on anything odd; [`super::advance`] knows all cases.
//! What this takes, that would take with the same result: a property test holds them together.

use super::advance::{count_gaps, count_payload_gap};
use super::classify::{end_of, print_of};
use super::gap::EndedBy;
use super::life::{Flow, flow_mark, side_mark};
use super::watcher::Watcher;
use crate::segment::{Segment, SegmentTraits, TcpFlags};
use crate::time::Span;

/// Flags that open or close, and the one that must be there.
const TOLD_APART: u8 = TcpFlags::SYN.0 | TcpFlags::FIN.0 | TcpFlags::RST.0 | TcpFlags::ACK.0;

/// All marks but those of how the flow began.
const FLOW_MARKS: u8 = !(flow_mark::HANDSHAKE | flow_mark::INITIATOR_IS_HIGH);

/// What both sides' marks are, but for their SYN.
const SIDE_MARKS: u8 = side_mark::SEEN | side_mark::ACKED;

/// Takes `segment` if it is such a one; whether it was.
#[inline(always)]
pub(super) fn take<W: Watcher>(
    watcher: &mut W,
    flow: &mut Flow<W::Annex>,
    segment: &Segment,
    silence_floor: Span,
) -> bool {
    let life = &mut flow.life;
    let side = &life.sides[segment.sender.index()];
    let peer = &life.sides[segment.sender.peer().index()];
    let print = print_of(segment);
    let end = end_of(segment);
    let data = segment.payload_len > 0;
    // Nothing is in doubt: no close, no copies, no probes, no zero window, nothing missed.
    let odd = (segment.flags.0 & TOLD_APART) ^ TcpFlags::ACK.0
        | (life.marks & FLOW_MARKS) ^ flow_mark::ESTABLISHED
        | (side.marks & !side_mark::SYN) ^ SIDE_MARKS
        | (peer.marks & !side_mark::SYN) ^ SIDE_MARKS
        | segment.traits.0 & SegmentTraits::FRAGMENT.0
        | life.missing
        | life.stepped;
    if odd != 0
        || flow.record.is_some()
        || segment.seq != side.nxt
        || segment.ack.is_after(peer.nxt)
        || segment.window == 0
        || print == side.print
        || segment.at < life.last_at()
        || segment.payload_len > i32::MAX as u32
        || segment.at.since(if data { side.last_payload_at } else { side.last_at }) >= silence_floor
    {
        return false;
    }
    let role = life.role_of(segment.sender);
    count_gaps(watcher, life, segment, role, if data { EndedBy::Data } else { EndedBy::Ack });
    if data {
        count_payload_gap(watcher, life, segment);
    }
    let side = &mut life.sides[segment.sender.index()];
    side.nxt = end;
    side.note_sent(segment, print);
    if data {
        side.note_new_payload();
    }
    let acknowledges = segment.ack.is_after(side.acked);
    if acknowledges {
        side.acked = segment.ack;
    }
    if data || acknowledges {
        life.retransmissions = 0;
    }
    true
}
