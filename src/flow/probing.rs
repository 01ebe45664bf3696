//! What a segment says about keepalive: probes and replies as they come, and those that only later segments
//! unmask.

use super::advance::pair;
use super::classify::is_bare_ack;
use super::gap::EndedBy;
use super::history::{EVENTS_KEPT, Record};
use super::life::{Flow, Life, side_mark};
use crate::frame::FrameNumber;
use crate::segment::{Segment, Sender, SeqNumber};
use crate::time::{Span, Timestamp};

/// How long the sender had received nothing; `None` when the last it received was a probe, which does
/// not restart a keepalive timer.
pub(super) fn since_received<A>(flow: &Flow<A>, segment: &Segment) -> Option<Span> {
    let (_, peer) = pair(&flow.life, segment.sender);
    let peer_probed = flow.record.as_ref().is_some_and(|record| {
        record.history.probes[segment.sender.peer().index()].last_probe_at() == Some(peer.last_at)
    });
    (!peer_probed && peer.segments > 0).then(|| segment.at.since(peer.last_at))
}

/// Whether a bare acknowledgment behind lost segments, or the first of its side, could be a probe.
pub(super) fn may_be_probe(life: &Life, segment: &Segment, kind: EndedBy) -> bool {
    let (side, _) = pair(life, segment.sender);
    kind == EndedBy::Ack
        && is_bare_ack(segment)
        && (!side.has(side_mark::SEEN) || segment.seq.is_after(side.nxt))
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

/// The first segment seen of `prober` was a probe: its peer has acknowledged one byte more than it showed.
#[cold]
pub(super) fn unmask_first_probe<A: Default>(flow: &mut Flow<A>, prober: Sender) {
    let side = &mut flow.life.sides[prober.index()];
    side.nxt = side.nxt.plus(1);
    side.marks &= !side_mark::UNPROVEN;
    let (at, frame, covered_by) = (side.last_at, side.last_frame.get(), side.nxt);
    let record = flow.record.get_or_insert_with(Record::new);
    // Its timestamp echo is not kept for every flow.
    note_probe(
        record,
        ProbeSeen { prober, at, frame, covered_by, echo: 0, since_received: None },
        (at, frame),
    );
}

/// A probe as the log of its side takes it.
pub(super) struct ProbeSeen {
    pub prober: Sender,
    pub at: Timestamp,
    pub frame: FrameNumber,
    /// The acknowledgment that replies to it.
    pub covered_by: SeqNumber,
    pub echo: u32,
    pub since_received: Option<Span>,
}

pub(super) fn note_probe<A>(record: &mut Record<A>, probe: ProbeSeen, before: (Timestamp, FrameNumber)) {
    let history = &mut record.history;
    let log = &mut history.probes[probe.prober.index()];
    log.probe(probe.at, probe.frame, probe.covered_by, probe.since_received, probe.echo);
    history.unaided_since.get_or_insert(before);
}

/// Keeps the logs of probes and replies.
pub(super) fn keepalive<A: Default>(flow: &mut Flow<A>, segment: &Segment, kind: EndedBy) {
    let reply = kind == EndedBy::Ack && answers_probe(flow, segment);
    let since_received = since_received(flow, segment);
    let before = (flow.life.last_at(), flow.life.last_frame());
    let record = flow.record.get_or_insert_with(Record::new);
    let sender = segment.sender.index();
    let peer = segment.sender.peer().index();
    match kind {
        EndedBy::Probe => {
            let probe = ProbeSeen {
                prober: segment.sender,
                at: segment.at,
                frame: segment.frame,
                covered_by: segment.seq.plus(1),
                echo: segment.ts_ecr,
                since_received,
            };
            note_probe(record, probe, before);
        }
        EndedBy::Ack if reply => record.history.probes[peer].reply(),
        _ => {
            let history = &mut record.history;
            if kind == EndedBy::ZeroWindowProbe {
                history.zero_window_probe_total += 1;
                if history.zero_window_probes.len() < EVENTS_KEPT {
                    history.zero_window_probes.push(segment.frame);
                }
            }
            if kind == EndedBy::Rst {
                if history.probes[sender].awaits_reply() && segment.seq == flow.life.sides[sender].nxt {
                    history.probes[sender].give_up(segment.frame);
                }
            } else if kind != EndedBy::Syn && history.probes[peer].awaits_reply() {
                // A SYN-ACK is repeated by its timer, and the prober does not take it for life.
                history.probes[peer].alive();
            }
            history.probes[sender].disturb();
            history.probes[peer].disturb();
            history.unaided_since = None;
        }
    }
}
