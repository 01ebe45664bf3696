//! One segment on one flow: which silences it ends, what it says about keepalive, what it changes.

use super::classify::{end_of, is_bare_ack, kind_of, print_of};
use super::gap::{Basis, EndedBy, Role, Trust};
use super::history::{EVENTS_KEPT, Record, Undecided};
use super::life::{Flow, Life, PackedFrame, Side, flow_mark, saturating_micros, side_mark};
use super::view::FlowView;
use super::watcher::{Ending, Phase, Silence, Watcher};
use crate::frame::FrameNumber;
use crate::segment::{Segment, SegmentTraits, Sender, TcpFlags};
use crate::time::{Span, Timestamp};

/// Gaps from here on are counted per service.
pub(super) const SERVICE_GAP: Span = Span::from_secs(1);

/// All bases, as bits of [`Life::missing`] and [`Life::stepped`].
const ALL_BASES: u8 = 0x7f;

/// What a tracker lends to the flow it advances.
pub(super) struct Surroundings<'a, W> {
    pub watcher: &'a mut W,
    pub silence_floor: Span,
    /// The capture's clock last stepped back at this frame.
    pub clock_step: FrameNumber,
}

impl<W: Watcher> Surroundings<'_, W> {
    /// Advances `flow` by a segment that belongs to its present life and is no copy.
    #[inline]
    pub fn advance(&mut self, flow: &mut Flow<W::Annex>, segment: &Segment) {
        if flow.record.as_ref().is_some_and(|record| record.history.undecided.is_some()) {
            self.decide(flow, segment);
        }
        let kind = kind_of(&flow.life, segment);
        watch_continuity(flow, segment, kind);
        if !flow.life.is_closed() || flow.life.phase() == Phase::LastAck {
            self.measure(flow, segment, kind);
        }
        if flow.record.is_some() || kind == EndedBy::Probe || kind == EndedBy::ZeroWindowProbe {
            keepalive(flow, segment, kind);
        }
        if kind == EndedBy::Probe {
            flow.life.marks |= flow_mark::PROBED;
        }
        update(&mut flow.life, segment, kind);
    }

    /// Measures the silences that `segment` ends.
    #[inline]
    fn measure(&mut self, flow: &mut Flow<W::Annex>, segment: &Segment, kind: EndedBy) {
        let life = &mut flow.life;
        let role = life.role_of(segment.sender);
        let any = segment.at.since(life.last_at());
        let side = &life.sides[segment.sender.index()];
        let own = segment.at.since(side.last_at);
        let own_payload = segment.at.since(side.last_payload_at);
        self.watcher.gap(Basis::Any, any, kind);
        self.watcher.gap(Basis::packets_of(role), own, kind);
        if any.as_nanos() / 1000 > u64::from(life.longest_us) {
            life.longest_us = saturating_micros(any);
        }
        let mut widest = own;
        if kind == EndedBy::Data {
            let payload = segment.at.since(life.last_payload().0);
            self.watcher.gap(Basis::Payload, payload, kind);
            if payload.as_nanos() / 1000 > u64::from(life.longest_payload_us) {
                life.longest_payload_us = saturating_micros(payload);
            }
            widest = widest.max(own_payload);
        } else if closes(life, kind) {
            let peer = &life.sides[segment.sender.peer().index()];
            widest = widest.max(own_payload).max(segment.at.since(peer.last_payload_at));
        }
        let unaided = flow.record.as_ref().is_some_and(|r| r.history.unaided_since.is_some());
        if widest >= SERVICE_GAP {
            self.count_for_service(life, segment, kind, role);
        }
        if widest >= self.silence_floor || unaided {
            self.tell(flow, segment, kind, role, unaided);
        }
        let life = &mut flow.life;
        let mut heard = 1 << Basis::Any.index() | 1 << Basis::packets_of(role).index();
        if kind == EndedBy::Data {
            heard |= 1 << Basis::Payload.index() | 1 << Basis::payload_of(role).index();
        }
        life.missing &= !heard;
        life.stepped &= !heard;
    }

    /// Counts the gaps of at least [`SERVICE_GAP`] for the flow's service.
    #[inline]
    fn count_for_service(&mut self, life: &Life, segment: &Segment, kind: EndedBy, role: Role) {
        for (basis, start_at, _) in ended_by(life, segment, kind, role).into_iter().flatten() {
            let length = segment.at.since(start_at);
            // What a close ends is no gap between payload and payload.
            let between = basis != Basis::Payload || kind == EndedBy::Data;
            if length >= SERVICE_GAP && between && Basis::REPORTED.contains(&basis) {
                self.watcher.service_gap(life.service, basis, length);
            }
        }
    }

    /// Tells of the silences that are long enough to matter, or holds them back while it is in doubt
    /// what ended them.
    #[cold]
    fn tell(
        &mut self,
        flow: &mut Flow<W::Annex>,
        segment: &Segment,
        kind: EndedBy,
        role: Role,
        unaided: bool,
    ) {
        let life = &flow.life;
        let standing = life.standing();
        let ending = Ending { frame: segment.frame, at: segment.at, by: kind, sender: role };
        let mut ended = Vec::new();
        for (basis, start_at, start_frame) in ended_by(life, segment, kind, role).into_iter().flatten() {
            let length = segment.at.since(start_at);
            if length >= self.silence_floor {
                let trust = self.trust_of(life, basis, start_frame);
                let ending = Some(ending);
                ended.push(Silence { basis, start_frame, start_at, length, standing, ending, trust });
            }
        }
        let reply = kind == EndedBy::Ack && answers_probe(flow, segment);
        if unaided && kind != EndedBy::Probe && !reply {
            ended.extend(self.unaided_silence(flow, segment, ending));
        }
        if ended.is_empty() {
            return;
        }
        let before = (flow.life.last_at(), flow.life.last_frame());
        let since_received = since_received(flow, segment);
        let record = flow.record.get_or_insert_with(Record::new);
        if may_be_probe(&flow.life, segment, kind) {
            record.history.undecided = Some(Box::new(Undecided {
                sender: segment.sender,
                at: segment.at,
                frame: segment.frame,
                seq: segment.seq,
                ack: segment.ack,
                echo: segment.ts_ecr,
                since_received,
                before,
                silences: ended,
            }));
            return;
        }
        self.deliver(flow, &ended);
    }

    fn unaided_silence(
        &self,
        flow: &mut Flow<W::Annex>,
        segment: &Segment,
        ending: Ending,
    ) -> Option<Silence> {
        let (start_at, start_frame) = flow.record.as_mut()?.history.unaided_since.take()?;
        let length = segment.at.since(start_at);
        (length >= self.silence_floor).then(|| Silence {
            basis: Basis::Unaided,
            start_frame,
            start_at,
            length,
            standing: flow.life.standing(),
            ending: Some(ending),
            trust: self.trust_of(&flow.life, Basis::Unaided, start_frame),
        })
    }

    fn deliver(&mut self, flow: &mut Flow<W::Annex>, silences: &[Silence]) {
        let Some(record) = flow.record.as_mut() else { return };
        for silence in silences {
            if let (Some(list), Some(gap)) =
                (record.history.gaps.get_mut(silence.basis.index()), silence.as_gap())
                && (silence.basis != Basis::Payload || gap.ended_by == EndedBy::Data)
            {
                list.note(gap);
            }
            let view = FlowView { life: &flow.life, history: Some(&record.history) };
            self.watcher.silence(&view, &mut record.annex, silence);
        }
    }

    /// Decides whether the segment held in doubt was a probe, now that `next` has come, and delivers the
    /// silences that it ended.
    #[cold]
    fn decide(&mut self, flow: &mut Flow<W::Annex>, next: &Segment) {
        let Some(doubt) = flow.record.as_mut().and_then(|record| record.history.undecided.take()) else {
            return;
        };
        let below_next = doubt.seq.plus(1);
        let was_probe = if next.sender == doubt.sender {
            let continues =
                (next.payload_len > 0 || next.flags.contains(TcpFlags::RST)) && next.seq == below_next;
            let repeats = is_bare_ack(next)
                && next.seq == doubt.seq
                && next.ack == doubt.ack
                && next.at.since(doubt.at) >= super::classify::PROBE_SILENCE;
            continues || repeats
        } else {
            next.flags.contains(TcpFlags::ACK) && next.ack == below_next
        };
        self.settle(flow, *doubt, was_probe);
    }

    /// Delivers what was held back. Also called when the flow ends with the question open.
    pub fn settle(&mut self, flow: &mut Flow<W::Annex>, doubt: Undecided, was_probe: bool) {
        let mut silences = doubt.silences;
        if was_probe {
            let life = &mut flow.life;
            life.sides[doubt.sender.index()].nxt = doubt.seq.plus(1);
            if let Some(record) = flow.record.as_mut() {
                let probe = ProbeSeen {
                    prober: doubt.sender,
                    at: doubt.at,
                    frame: doubt.frame,
                    echo: doubt.echo,
                    since_received: doubt.since_received,
                };
                note_probe(record, probe, doubt.before);
            }
            for silence in &mut silences {
                if let Some(ending) = &mut silence.ending {
                    ending.by = EndedBy::Probe;
                }
            }
        }
        self.deliver(flow, &silences);
    }

    /// Silences that go on at `now`: one per basis, those below the floor left out.
    pub fn open_silences(&self, flow: &Flow<W::Annex>, now: Timestamp, into: &mut Vec<Silence>) {
        let life = &flow.life;
        let standing = life.standing();
        let mut push = |basis: Basis, start_at: Timestamp, start_frame: FrameNumber| {
            let length = now.since(start_at);
            if length >= self.silence_floor {
                let trust = self.trust_of(life, basis, start_frame);
                into.push(Silence { basis, start_frame, start_at, length, standing, ending: None, trust });
            }
        };
        push(Basis::Any, life.last_at(), life.last_frame());
        let (payload_at, payload_frame) = life.last_payload();
        push(Basis::Payload, payload_at, payload_frame);
        for role in Role::BOTH {
            let side = life.side(role);
            push(Basis::packets_of(role), side.last_at, side.last_frame.get());
            push(Basis::payload_of(role), side.last_payload_at, side.last_payload_frame.get());
        }
        if let Some((start_at, start_frame)) = flow.record.as_ref().and_then(|r| r.history.unaided_since) {
            push(Basis::Unaided, start_at, start_frame);
        }
    }

    fn trust_of(&self, life: &Life, basis: Basis, start_frame: FrameNumber) -> Trust {
        let bit = 1 << basis.index();
        if life.stepped & bit != 0 || self.clock_step > start_frame {
            Trust::ClockStepped
        } else if life.missing & bit != 0 {
            Trust::SegmentsMissing
        } else {
            Trust::Clean
        }
    }
}

/// Notes what the sequence numbers say about segments that were not captured, and unmasks a probe that
/// was taken for the first segment of its side.
#[inline]
fn watch_continuity<A: Default>(flow: &mut Flow<A>, segment: &Segment, kind: EndedBy) {
    if segment.at < flow.life.last_at() {
        flow.life.stepped = ALL_BASES;
    }
    let (side, peer) = pair(&flow.life, segment.sender);
    if kind == EndedBy::Rst {
        return;
    }
    if kind == EndedBy::Probe && segment.seq == side.nxt {
        return unmask_first_probe(flow, segment.sender);
    }
    let unseen =
        segment.flags.contains(TcpFlags::ACK) && peer.has(side_mark::SEEN) && segment.ack.is_after(peer.nxt);
    if unseen && peer.has(side_mark::UNPROVEN) && segment.ack == peer.nxt.plus(1) {
        return unmask_first_probe(flow, segment.sender.peer());
    }
    let hole =
        side.has(side_mark::SEEN) && !side.has(side_mark::LENGTH_HIDDEN) && segment.seq.is_after(side.nxt);
    if hole || (unseen && !peer.has(side_mark::LENGTH_HIDDEN)) {
        flow.life.missing = ALL_BASES;
    }
}

/// Whether a segment of this kind ends every silence of payload: the first FIN, or a RST.
#[inline]
fn closes(life: &Life, kind: EndedBy) -> bool {
    match kind {
        EndedBy::Rst => true,
        EndedBy::Fin => !life.sides.iter().any(|side| side.has(side_mark::FIN)),
        _ => false,
    }
}

/// The silences that `segment` ends: basis, begin, and the frame of the last activity. A close ends those
/// of payload too: how long a proxy had waited for some shows there.
#[inline]
fn ended_by(
    life: &Life,
    segment: &Segment,
    kind: EndedBy,
    role: Role,
) -> [Option<(Basis, Timestamp, FrameNumber)>; 5] {
    let (side, peer) = pair(life, segment.sender);
    let closes = closes(life, kind);
    let payload = kind == EndedBy::Data || closes;
    let (payload_at, payload_frame) = life.last_payload();
    [
        Some((Basis::Any, life.last_at(), life.last_frame())),
        Some((Basis::packets_of(role), side.last_at, side.last_frame.get())),
        payload.then_some((Basis::Payload, payload_at, payload_frame)),
        payload.then_some((Basis::payload_of(role), side.last_payload_at, side.last_payload_frame.get())),
        closes.then_some((
            Basis::payload_of(role.peer()),
            peer.last_payload_at,
            peer.last_payload_frame.get(),
        )),
    ]
}

#[inline]
fn pair(life: &Life, sender: Sender) -> (&Side, &Side) {
    (&life.sides[sender.index()], &life.sides[sender.peer().index()])
}

/// How long the sender had received nothing; `None` when the last it received was a probe, which does
/// not restart a keepalive timer.
fn since_received<A>(flow: &Flow<A>, segment: &Segment) -> Option<Span> {
    let (_, peer) = pair(&flow.life, segment.sender);
    let peer_probed = flow.record.as_ref().is_some_and(|record| {
        record.history.probes[segment.sender.peer().index()].last_probe_at() == Some(peer.last_at)
    });
    (!peer_probed && peer.segments > 0).then(|| segment.at.since(peer.last_at))
}

/// Whether a bare acknowledgment behind lost segments, or the first of its side, could be a probe.
fn may_be_probe(life: &Life, segment: &Segment, kind: EndedBy) -> bool {
    let (side, _) = pair(life, segment.sender);
    kind == EndedBy::Ack
        && is_bare_ack(segment)
        && (!side.has(side_mark::SEEN) || segment.seq.is_after(side.nxt))
}

/// Whether `segment` is the reply to the peer's last probe: empty, and acknowledging just what was probed.
fn answers_probe<A>(flow: &Flow<A>, segment: &Segment) -> bool {
    let (_, peer) = pair(&flow.life, segment.sender);
    flow.record.as_ref().is_some_and(|record| {
        record.history.probes[segment.sender.peer().index()].awaits_reply()
            && is_bare_ack(segment)
            && segment.ack == peer.nxt
    })
}

/// The first segment seen of `prober` was a probe: its peer has acknowledged one byte more than it showed.
#[cold]
fn unmask_first_probe<A: Default>(flow: &mut Flow<A>, prober: Sender) {
    let side = &mut flow.life.sides[prober.index()];
    side.nxt = side.nxt.plus(1);
    side.marks &= !side_mark::UNPROVEN;
    let (at, frame) = (side.last_at, side.last_frame.get());
    let record = flow.record.get_or_insert_with(Record::new);
    // Its timestamp echo is not kept for every flow.
    note_probe(record, ProbeSeen { prober, at, frame, echo: 0, since_received: None }, (at, frame));
}

/// A probe as the log of its side takes it.
struct ProbeSeen {
    prober: Sender,
    at: Timestamp,
    frame: FrameNumber,
    echo: u32,
    since_received: Option<Span>,
}

fn note_probe<A>(record: &mut Record<A>, probe: ProbeSeen, before: (Timestamp, FrameNumber)) {
    let history = &mut record.history;
    let log = &mut history.probes[probe.prober.index()];
    log.probe(probe.at, probe.frame, probe.since_received, probe.echo);
    history.unaided_since.get_or_insert(before);
}

/// Keeps the logs of probes and replies.
fn keepalive<A: Default>(flow: &mut Flow<A>, segment: &Segment, kind: EndedBy) {
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
                history.reset_frame.get_or_insert(segment.frame);
            } else if history.probes[peer].awaits_reply() {
                history.probes[peer].alive();
            }
            history.probes[sender].disturb();
            history.probes[peer].disturb();
            history.unaided_since = None;
        }
    }
}

/// Brings the life up to date with a segment.
#[inline]
pub(super) fn update(life: &mut Life, segment: &Segment, kind: EndedBy) {
    let end = end_of(segment);
    let flags = segment.flags;
    let (from, to) = (segment.sender.index(), segment.sender.peer().index());
    if kind == EndedBy::Rst {
        note_reset(life, segment);
    } else if kind == EndedBy::Data || kind == EndedBy::Fin {
        life.marks &= !flow_mark::DOUBTFUL_RESET;
    }
    let side = &mut life.sides[from];
    let first = !side.has(side_mark::SEEN);
    let advances = first || end.is_after(side.nxt);
    if kind != EndedBy::Rst && kind != EndedBy::ZeroWindowProbe {
        if advances {
            side.nxt = end;
        }
        let empty_start = first && is_bare_ack(segment);
        let mut marks = side.marks | side_mark::SEEN;
        marks &= !(side_mark::ZERO_WINDOW | side_mark::LENGTH_HIDDEN);
        if empty_start {
            marks |= side_mark::UNPROVEN;
        } else if segment.payload_len > 0 || flags.intersects(TcpFlags(TcpFlags::SYN.0 | TcpFlags::FIN.0)) {
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
        }
        if flags.contains(TcpFlags::FIN) {
            marks |= side_mark::FIN;
        }
        side.marks = marks;
    }
    side.segments = side.segments.saturating_add(1);
    side.payload.add(u64::from(segment.payload_len));
    side.last_at = segment.at;
    side.last_frame = PackedFrame::new(segment.frame);
    side.ttl = segment.ttl;
    side.print = print_of(segment);
    if kind == EndedBy::Data || (kind == EndedBy::Fin && segment.payload_len > 0 && advances) {
        side.last_payload_at = segment.at;
        side.last_payload_frame = side.last_frame;
    }
    let mut progress = kind == EndedBy::Data;
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
        if !flags.contains(TcpFlags::SYN) {
            life.marks |= flow_mark::ESTABLISHED;
        }
    }
    if progress {
        life.retransmissions = 0;
    } else if kind == EndedBy::Retransmission {
        life.retransmissions = life.retransmissions.saturating_add(1);
    }
}

/// A RST ends the flow when its sequence number is the one its receiver expects (RFC 5961 3.2);
/// otherwise what follows must show.
#[cold]
fn note_reset(life: &mut Life, segment: &Segment) {
    let (side, peer) = pair(life, segment.sender);
    let expected = peer.has(side_mark::ACKED) && segment.seq == peer.acked;
    let own = side.has(side_mark::SEEN) && segment.seq == side.nxt;
    let unknown = !side.has(side_mark::SEEN) || !peer.has(side_mark::ACKED);
    life.marks |= if expected || own || unknown { flow_mark::RESET } else { flow_mark::DOUBTFUL_RESET };
}
