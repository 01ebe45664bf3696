//! Copies of segments: SPAN sessions, the `any` interface and captures on both sides of a router show a
//! packet more than once, and one of them perhaps with a VLAN tag or in a tunnel.

use super::classify::{is_identified, print_is_proof, print_of};
use super::history::Record;
use super::life::{Flow, Life, flow_mark};
use crate::segment::Segment;
use crate::time::Span;

/// Copies come within this time; a retransmission takes longer (Linux RTO is at least 200 ms).
const COPY_WINDOW: Span = Span::from_millis(10);

/// Whether `segment` is a copy of one that the flow has just had. Takes note of it: after the first copy,
/// the flow remembers more than its last segments, because a burst may come before its copies.
#[inline(always)]
pub(super) fn is_copy<A: Default>(flow: &mut Flow<A>, segment: &Segment) -> bool {
    let side = &flow.life.sides[segment.sender.index()];
    let print = print_of(segment);
    if flow.life.is(flow_mark::COPIES) {
        return is_remembered(flow, segment, print);
    }
    if side.segments == 0
        || print != side.print
        || segment.at.since(side.last_at) > COPY_WINDOW
        || !print_is_proof(segment)
    {
        return false;
    }
    flow.life.marks |= flow_mark::COPIES;
    let history = &mut flow.record.get_or_insert_with(Record::new).history;
    history.copies += 1;
    history.recent.note(segment.at, print);
    true
}

fn is_remembered<A: Default>(flow: &mut Flow<A>, segment: &Segment, print: u32) -> bool {
    let history = &mut flow.record.get_or_insert_with(Record::new).history;
    let copy = history.recent.holds(print, segment.at - COPY_WINDOW);
    if copy {
        history.copies += 1;
    } else {
        history.recent.note(segment.at, print);
    }
    copy
}

/// Whether `segment`, the first one with its key, is a copy of what a flow in another realm has just had. Nobody sends
/// the same segment twice at once and each time through another network, so that it needs no IP identification.
pub(super) fn has_just_had(life: &Life, segment: &Segment) -> bool {
    let side = &life.sides[segment.sender.index()];
    side.segments > 0 && side.print == print_of(segment) && segment.at.since(side.last_at) <= COPY_WINDOW
}

/// Has a flow of which copies are to come remember what it has just had.
pub(super) fn expect_copies<A: Default>(flow: &mut Flow<A>) {
    if flow.life.is(flow_mark::COPIES) {
        return;
    }
    flow.life.marks |= flow_mark::COPIES;
    let history = &mut flow.record.get_or_insert_with(Record::new).history;
    for side in flow.life.sides.iter().filter(|side| side.segments > 0) {
        history.recent.note(side.last_at, side.print);
    }
}

/// Whether `segment` is the last one of its sender, or its last probe, once more: the same in all but its TTL, with the
/// IP identification that a packet of its own would not have. A device sends frames again (keepalive offload of a
/// network card, a box that replays); the sender probes nobody.
pub(super) fn is_replay<A>(flow: &Flow<A>, segment: &Segment) -> bool {
    if !is_identified(segment) || !flow.life.counts_ip_ids(segment) {
        return false;
    }
    let index = segment.sender.index();
    let print = print_of(segment);
    let last_probe = flow.record.as_ref().and_then(|record| record.history.probes[index].last_print());
    flow.life.sides[index].print == print || last_probe == Some(print)
}
