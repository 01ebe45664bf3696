//! Copies of segments: SPAN sessions, the `any` interface and captures on both sides of a router show a
//! packet more than once.

use super::classify::{is_identified, print_is_proof, print_of};
use super::history::Record;
use super::life::{Flow, flow_mark};
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
