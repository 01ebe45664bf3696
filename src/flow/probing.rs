//! What a segment says about keepalive: probes and replies as they come, and those that only later segments
//! unmask.

use super::advance::pair;
use super::classify::{PROBE_SILENCE, is_bare_ack, is_one_byte, kind_of, print_of, repeats_byte_unheard};
use super::copies::is_replay;
use super::gap::EndedBy;
use super::history::{EVENTS_KEPT, History, Record};
use super::life::{Flow, flow_mark, side_mark};
use crate::frame::FrameNumber;
use crate::segment::{Segment, SegmentTraits, Sender, SeqNumber};
use crate::time::{Span, Timestamp};

/// Kind of `segment`, by all that is known of its flow before it.
#[inline]
pub(super) fn kind_in<A>(flow: &Flow<A>, segment: &Segment) -> EndedBy {
    match kind_of(&flow.life, segment) {
        EndedBy::Probe if is_replay(flow, segment) => {
            if segment.payload_len == 0 {
                EndedBy::Ack
            } else {
                EndedBy::Retransmission
            }
        }
        EndedBy::Retransmission if segment.payload_len == 1 && goes_on_probing(flow, segment) => {
            EndedBy::Probe
        }
        kind => kind,
    }
}

/// Whether a byte that nobody is seen to acknowledge comes right after a probe of its sender: what that carried has
/// been told from data.
fn goes_on_probing<A>(flow: &Flow<A>, segment: &Segment) -> bool {
    let (side, _) = pair(&flow.life, segment.sender);
    flow.record.as_ref().is_some_and(|record| {
        record.history.probes[segment.sender.index()].last_probe_at() == Some(side.last_at)
    }) && repeats_byte_unheard(&flow.life, segment)
        && !is_replay(flow, segment)
}

/// How long the sender had received nothing; `None` when the last it received was a probe, which does
/// not restart a keepalive timer.
pub(super) fn since_received<A>(flow: &Flow<A>, segment: &Segment) -> Option<Span> {
    let (_, peer) = pair(&flow.life, segment.sender);
    let peer_probed = flow.record.as_ref().is_some_and(|record| {
        record.history.probes[segment.sender.peer().index()].last_probe_at() == Some(peer.last_at)
    });
    (!peer_probed && peer.segments > 0).then(|| segment.at.since(peer.last_at))
}

/// Whether `segment` is the reply to the peer's last probe: empty, and acknowledging just what was probed. Once the
/// prober has sent more, an acknowledgment is for that, or may be: it shows life, but the probe may have been lost.
pub(super) fn answers_probe<A>(flow: &Flow<A>, segment: &Segment) -> bool {
    let (_, peer) = pair(&flow.life, segment.sender);
    flow.record.as_ref().is_some_and(|record| {
        record.history.probes[segment.sender.peer().index()].awaited_reply() == Some(segment.ack)
            && is_bare_ack(segment)
            && segment.ack == peer.nxt
    })
}

/// Takes back what the last segment of a side was taken for, where `segment` shows that it was a probe; whether it did.
/// `kind`: that of `segment`.
#[inline]
pub(super) fn unmasks<A: Default>(flow: &mut Flow<A>, segment: &Segment, kind: EndedBy) -> bool {
    let (side, peer) = pair(&flow.life, segment.sender);
    if side.has(side_mark::UNPROVEN)
        && !is_one_byte(side)
        && segment.seq == side.nxt.plus(1)
        && kind != EndedBy::Syn
        && (kind == EndedBy::Rst || segment.at.since(side.last_at) >= PROBE_SILENCE)
    {
        // It goes on one above the number of its empty segment.
        unmask_first_probe(flow, segment.sender, false);
        return true;
    }
    if !peer.has(side_mark::UNPROVEN) || kind == EndedBy::Rst || segment.payload_len > 1 {
        return false;
    }
    // What carries more than the byte of a probe may acknowledge payload that was not captured.
    let answered = if is_one_byte(peer) {
        // A duplicate, by RFC 2883: the byte had come before.
        segment.ack == peer.nxt && is_bare_ack(segment) && segment.traits.contains(SegmentTraits::SACK)
    } else {
        segment.ack == peer.nxt.plus(1)
    };
    if answered {
        unmask_first_probe(flow, segment.sender.peer(), segment.window == 0);
    }
    answered
}

/// The last segment seen of `prober` was a probe, of its peer's closed window or of the peer.
#[cold]
fn unmask_first_probe<A: Default>(flow: &mut Flow<A>, prober: Sender, window_closed: bool) {
    let life = &mut flow.life;
    let (first_at, first_frame) = (life.first_at, life.first_frame);
    let side = &mut life.sides[prober.index()];
    if is_one_byte(side) {
        // It was none.
        (side.last_payload_at, side.last_payload_frame) = (first_at, first_frame);
    } else {
        side.nxt = side.nxt.plus(1);
    }
    side.marks &= !side_mark::UNPROVEN;
    let (at, frame, covered_by) = (side.last_at, side.last_frame.get(), side.nxt);
    let record = flow.record.get_or_insert_with(Record::new);
    if window_closed {
        note_zero_window_probe(&mut record.history, frame);
        return;
    }
    // Its timestamp echo is not kept for every flow.
    let print = side.print;
    let probe = ProbeSeen { prober, at, frame, covered_by, echo: 0, print, since_received: None };
    flow.life.marks |= flow_mark::PROBED;
    note_probe(&mut record.history, &probe, (at, frame));
}

/// A probe as the log of its side takes it.
#[derive(Clone, Copy, Debug)]
pub(super) struct ProbeSeen {
    pub prober: Sender,
    pub at: Timestamp,
    pub frame: FrameNumber,
    /// The acknowledgment that replies to it.
    pub covered_by: SeqNumber,
    pub echo: u32,
    pub print: u32,
    pub since_received: Option<Span>,
}

impl ProbeSeen {
    pub fn of(segment: &Segment, since_received: Option<Span>) -> ProbeSeen {
        ProbeSeen {
            prober: segment.sender,
            at: segment.at,
            frame: segment.frame,
            covered_by: segment.seq.plus(1),
            echo: segment.ts_ecr,
            print: print_of(segment),
            since_received,
        }
    }
}

pub(super) fn note_probe(history: &mut History, probe: &ProbeSeen, before: (Timestamp, FrameNumber)) {
    history.probes[probe.prober.index()].probe(probe);
    history.unaided_since.get_or_insert(before);
}

pub(super) fn note_zero_window_probe(history: &mut History, frame: FrameNumber) {
    history.zero_window_probe_total += 1;
    if history.zero_window_probes.len() < EVENTS_KEPT {
        history.zero_window_probes.push(frame);
    }
}

/// Neither probe nor reply: what the logs of both sides say next is nothing of their timers.
pub(super) fn disturb(history: &mut History, sender: Sender, shows_life: bool) {
    let peers = &mut history.probes[sender.peer().index()];
    if shows_life && peers.awaits_reply() {
        peers.alive();
    }
    history.probes.iter_mut().for_each(super::keepalive::ProbeLog::disturb);
    history.unaided_since = None;
}

/// Keeps the logs of probes and replies.
pub(super) fn keepalive<A: Default>(flow: &mut Flow<A>, segment: &Segment, kind: EndedBy) {
    let reply = kind == EndedBy::Ack && answers_probe(flow, segment);
    let since_received = since_received(flow, segment);
    let before = (flow.life.last_at(), flow.life.last_frame());
    let record = flow.record.get_or_insert_with(Record::new);
    let history = &mut record.history;
    match kind {
        EndedBy::Probe => note_probe(history, &ProbeSeen::of(segment, since_received), before),
        EndedBy::Ack if reply => history.probes[segment.sender.peer().index()].reply(),
        EndedBy::Rst => {
            let own = &mut history.probes[segment.sender.index()];
            if own.awaits_reply() && segment.seq == flow.life.sides[segment.sender.index()].nxt {
                own.give_up(segment.frame);
            }
            history.reset_frame.get_or_insert(segment.frame);
            disturb(history, segment.sender, false);
        }
        _ => {
            if kind == EndedBy::ZeroWindowProbe {
                note_zero_window_probe(history, segment.frame);
            }
            // A SYN-ACK is repeated by its timer, and the prober does not take it for life.
            disturb(history, segment.sender, kind != EndedBy::Syn);
        }
    }
}
