//! Whether a segment answers what the other side of a flow has said: by its numbers alone.

use super::life::{Life, side_mark};
use crate::segment::{IcmpQuote, Segment, SeqNumber, TcpFlags};

/// How far numbers of one connection lie apart at the most: what is in flight, and what a capture missed. Networks of
/// today have up to some ten megabytes in flight.
const REACH: i32 = 1 << 25;

/// A handshake's answer comes before more than this was said: data on a SYN (RFC 7413), or frames out of order.
const SAID_BEFORE_ANSWER: i32 = 0xffff;

pub(super) fn is_near(number: SeqNumber, to: SeqNumber) -> bool {
    number.ahead_of(to).unsigned_abs() <= REACH.unsigned_abs()
}

/// Whether this one segment, the first of its sender, proves that it belongs to `life`: it acknowledges the peer's initial
/// number, was acknowledged itself, or is the RST that answers what the peer last said. Each is a number out of 2³².
pub(super) fn proves(life: &Life, segment: &Segment) -> bool {
    let peer = &life.sides[segment.sender.peer().index()];
    let flags = segment.flags;
    let (opens, acknowledges) = (flags.contains(TcpFlags::SYN), flags.contains(TcpFlags::ACK));
    let resets = flags.contains(TcpFlags::RST) && !opens;
    let peer_acked = peer.has(side_mark::ACKED);
    if resets && peer_acked && segment.seq == peer.acked {
        // RFC 9293 3.5.2: without ACK its number is taken from the segment that it answers.
        return !acknowledges || is_near(segment.ack, peer.nxt);
    }
    if opens && !acknowledges {
        // Frames out of order: its answer came first.
        return peer.has(side_mark::SYN) && peer_acked && peer.acked == segment.seq.plus(1);
    }
    if !acknowledges || !peer.has(side_mark::SYN) {
        return false;
    }
    let said = peer.nxt.ahead_of(segment.ack);
    if opens {
        let answered = !peer_acked || {
            let taken = peer.acked.ahead_of(segment.seq.plus(1));
            (0..=SAID_BEFORE_ANSWER).contains(&taken)
        };
        let payload = i32::try_from(peer.payload.get()).unwrap_or(i32::MAX);
        return answered && (0..=payload.min(SAID_BEFORE_ANSWER)).contains(&said);
    }
    // The answer itself is missing, or it was a RST.
    said == 0 && peer.payload.get() == 0 && (!peer_acked || segment.seq == peer.acked)
}

/// Whether the numbers of a segment, the first of its sender, may be those of `life`.
pub(super) fn may_belong(life: &Life, segment: &Segment) -> bool {
    let peer = &life.sides[segment.sender.peer().index()];
    segment.flags.contains(TcpFlags::ACK)
        && !segment.flags.intersects(TcpFlags::SYN.with(TcpFlags::RST))
        && peer.has(side_mark::SEEN)
        && peer.has(side_mark::ACKED)
        && is_near(segment.ack, peer.nxt)
        && is_near(segment.seq, peer.acked)
}

/// Whether both numbers of a segment, the first of its sender, are those that `life` named last.
pub(super) fn answers_exactly(life: &Life, segment: &Segment) -> bool {
    let peer = &life.sides[segment.sender.peer().index()];
    may_belong(life, segment) && segment.ack == peer.nxt && segment.seq == peer.acked
}

/// Whether a segment of a side that was heard goes on where that side was.
pub(super) fn goes_on(life: &Life, segment: &Segment) -> bool {
    let side = &life.sides[segment.sender.index()];
    may_belong(life, segment) && side.has(side_mark::SEEN) && is_near(segment.seq, side.nxt)
}

/// Whether what an ICMP error quotes is what the quoted side has said last.
pub(super) fn has_said(life: &Life, quote: &IcmpQuote) -> bool {
    let side = &life.sides[quote.sender.index()];
    side.has(side_mark::SEEN) && (0..=SAID_BEFORE_ANSWER).contains(&side.nxt.ahead_of(quote.seq))
}
