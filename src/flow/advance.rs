//! One segment on one flow: which silences it ends, what it says about keepalive, what it changes.

use super::classify::Meaning;
use super::gap::{Basis, CLOCK_LEAP, EndedBy, Role, Trust};
use super::goodbye::note_last_words;
use super::handshake::{ResetEffect, adopt_syn_ack, is_stray, note_stray};
use super::heartbeat;
use super::history::{Record, Resent};
use super::inquest::Opening;
use super::life::{Flow, Life, Side, flow_mark, saturating_micros, side_mark};
use super::probing::{answers_probe, keepalive, kind_in, unmasks};
use super::settle::Suspicion;
use super::update::{note_reset, update};
use super::view::FlowView;
use super::watcher::{Ending, Phase, Silence, Watcher};
use crate::frame::FrameNumber;
use crate::segment::{Segment, Sender, TcpFlags};
use crate::time::{Span, Timestamp};

/// All bases, as bits of [`Life::missing`] and [`Life::stepped`].
const ALL_BASES: u8 = 0x7f;

/// Silences that one segment ends at the most: those of [`ended_by`], and the one without probes.
const ENDED_AT_ONCE: usize = 6;

/// What a tracker lends to the flow it advances.
pub(super) struct Surroundings<'a, W> {
    pub watcher: &'a mut W,
    pub silence_floor: Span,
    /// From this length on it is asked what came of a silence.
    pub observed_from: Span,
    /// Silences that began before this frame go on across an unsound clock.
    pub clock_step: FrameNumber,
}

impl<W: Watcher> Surroundings<'_, W> {
    /// Advances `flow` by a segment that belongs to its present life and is no copy.
    #[inline]
    pub fn advance(&mut self, flow: &mut Flow<W::Annex>, segment: &Segment) {
        if flow.record.as_ref().is_some_and(|record| record.history.undecided.is_some()) {
            self.decide(flow, segment);
        }
        let mut kind = kind_in(flow, segment);
        let established = flow.life.is(flow_mark::ESTABLISHED);
        let mut stray = false;
        if kind == EndedBy::Syn || !established {
            stray = is_stray(&flow.life, segment);
            if !stray {
                adopt_syn_ack(flow, segment);
            } else if kind != EndedBy::Syn {
                kind = EndedBy::Ack;
            }
        }
        // Before the handshake is done nobody probes.
        let mut suspicion = Suspicion::None;
        if !stray {
            if established {
                suspicion = Suspicion::of(flow, segment, kind);
            }
            watch_continuity(flow, segment, kind);
        }
        let reset = (kind == EndedBy::Rst).then(|| self.reset(flow, segment));
        let meaning = Meaning::of(&flow.life, segment, kind, reset);
        if (!flow.life.is_closed() || flow.life.phase() == Phase::LastAck)
            && self.measure(flow, segment, meaning, suspicion)
        {
            update(&mut flow.life, segment, meaning);
            return self.release(flow);
        }
        if flow.record.is_some() || kind == EndedBy::Probe || kind == EndedBy::ZeroWindowProbe {
            keepalive(flow, segment, kind);
        }
        if stray {
            note_stray(flow, segment);
        } else {
            change(flow, segment, meaning, reset);
        }
        if let Some(record) = &flow.record
            && let Some(inquest) = &record.history.inquest
        {
            let farewell = (meaning.closes || inquest.farewell.is_some()) && !stray;
            if inquest.question.is_some() {
                self.follow(flow, segment, kind);
            }
            if farewell {
                self.watch_farewell(flow, segment, meaning);
            }
        }
    }

    /// Measures the silences that `segment` ends; whether all that it says is held back, because it is in doubt what
    /// ended them.
    #[inline]
    fn measure(
        &mut self,
        flow: &mut Flow<W::Annex>,
        segment: &Segment,
        meaning: Meaning,
        suspicion: Suspicion,
    ) -> bool {
        let life = &mut flow.life;
        let role = life.role_of(segment.sender);
        let side = &life.sides[segment.sender.index()];
        let own = segment.at.since(side.last_at);
        let own_payload = segment.at.since(side.last_payload_at);
        count_gaps(self.watcher, life, segment, role, meaning.kind);
        let mut widest = own;
        if meaning.fresh {
            count_payload_gap(self.watcher, life, segment);
            widest = widest.max(own_payload);
        }
        if meaning.closes {
            let peer = &life.sides[segment.sender.peer().index()];
            widest = widest.max(own_payload).max(segment.at.since(peer.last_payload_at));
        }
        let unaided = flow.record.as_ref().is_some_and(|r| r.history.unaided_since.is_some());
        let held = suspicion != Suspicion::None && self.hold(flow, segment, meaning, suspicion);
        if !held && (widest >= self.silence_floor || unaided) {
            self.tell(flow, segment, meaning);
        }
        let life = &mut flow.life;
        let mut heard = 1 << Basis::Any.index() | 1 << Basis::packets_of(role).index();
        if meaning.fresh {
            heard |= 1 << Basis::Payload.index() | 1 << Basis::payload_of(role).index();
        }
        life.missing &= !heard;
        life.stepped &= !heard;
        held
    }

    /// Tells of the silences that are long enough to matter.
    #[cold]
    fn tell(&mut self, flow: &mut Flow<W::Annex>, segment: &Segment, meaning: Meaning) {
        let (ended, number) = self.ended(flow, segment, meaning, true);
        let ended = &ended[..number];
        if ended.is_empty() {
            return;
        }
        let record = flow.record.get_or_insert_with(Record::new);
        let beats = &mut record.history.beats[segment.sender.index()];
        heartbeat::note(beats, &flow.life, segment, meaning.kind, ended);
        self.deliver(flow, ended, segment.sender, Opening::of(segment, meaning));
        if meaning.fresh {
            note_last_words(flow, segment, ended);
        }
    }

    /// The silences that `segment` ends and that are long enough to matter, so many of them. `unaided`: the one without
    /// probes too.
    #[inline(always)]
    pub fn ended(
        &self,
        flow: &Flow<W::Annex>,
        segment: &Segment,
        meaning: Meaning,
        unaided: bool,
    ) -> ([Silence; ENDED_AT_ONCE], usize) {
        let life = &flow.life;
        let kind = meaning.kind;
        let standing = life.standing();
        let role = life.role_of(segment.sender);
        let ending = Ending { frame: segment.frame, at: segment.at, by: kind, sender: role };
        // Data on a FIN is data to the clocks of payload.
        let data_on_fin = meaning.fresh && kind == EndedBy::Fin;
        let silence = |basis, start_at, start_frame, length, trust| {
            let of_data = data_on_fin && (basis == Basis::Payload || basis == Basis::payload_of(role));
            let ending = Some(if of_data { Ending { by: EndedBy::Data, ..ending } } else { ending });
            Silence { basis, start_frame, start_at, length, standing, ending, trust }
        };
        let none = silence(Basis::Any, segment.at, segment.frame, Span::ZERO, Trust::Clean);
        let (mut ended, mut number) = ([none; ENDED_AT_ONCE], 0);
        let goes_on = kind == EndedBy::Probe || (kind == EndedBy::Ack && answers_probe(flow, segment));
        let unaided_since = flow.record.as_ref().and_then(|record| record.history.unaided_since);
        let unaided = unaided_since.filter(|_| unaided && !goes_on);
        let unaided = unaided.map(|(start_at, start_frame)| (Basis::Unaided, start_at, start_frame));
        let all = ended_by(life, segment, meaning, role).into_iter().chain([unaided]);
        for (basis, start_at, start_frame) in all.flatten() {
            let length = segment.at.since(start_at);
            if length >= self.silence_floor {
                let trust = self.trust_of(life, basis, start_frame);
                ended[number] = silence(basis, start_at, start_frame, length, trust);
                number += 1;
            }
        }
        (ended, number)
    }

    /// Tells the watcher of silences, and asks what comes of them.
    pub fn deliver(
        &mut self,
        flow: &mut Flow<W::Annex>,
        silences: &[Silence],
        speaker: Sender,
        opening: Opening,
    ) {
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
        for silence in silences {
            self.ask(flow, silence, speaker, opening);
        }
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

/// Brings a flow up to date with a segment that is part of it.
#[inline(always)]
fn change<A: Default>(flow: &mut Flow<A>, segment: &Segment, meaning: Meaning, reset: Option<ResetEffect>) {
    let unheard = !flow.life.sides[segment.sender.index()].has(side_mark::SEEN);
    if meaning.kind == EndedBy::Probe {
        flow.life.marks |= flow_mark::PROBED;
    } else if meaning.kind == EndedBy::Retransmission {
        note_repetition(flow, segment);
    }
    if let Some(effect) = reset {
        note_reset(&mut flow.life, effect);
    }
    update(&mut flow.life, segment, meaning);
    if unheard || flow.life.is(flow_mark::DOUBTFUL_RESET) {
        compare_resets(flow, segment, meaning.kind);
    }
}

/// What a segment says of RSTs before it under its sender's address.
#[cold]
fn compare_resets<A>(flow: &mut Flow<A>, segment: &Segment, kind: EndedBy) {
    let life = &mut flow.life;
    let side = &life.sides[segment.sender.index()];
    let Some(inquest) = flow.record.as_mut().and_then(|record| record.history.inquest.as_mut()) else {
        return;
    };
    if kind == EndedBy::Rst || !side.has(side_mark::SEEN) {
        return;
    }
    let known = &mut inquest.resets[segment.sender.index()];
    if known.is_some_and(|reset| !reset.exact && reset.at < segment.at) {
        // Who is said to have reset the connection goes on with it.
        life.marks &= !flow_mark::DOUBTFUL_RESET;
    }
    let ttl = (!life.is(flow_mark::COPIES)).then_some(segment.ttl);
    for reset in
        known.iter_mut().chain(inquest.dropped.as_deref_mut()).filter(|reset| reset.heard_at.is_none())
    {
        reset.usual_ttl = reset.usual_ttl.or(ttl);
        reset.rtt = reset.rtt.or(side.round_trip());
    }
}

/// Notes what its sender repeats, from the second repetition in a row on: one is ordinary loss.
#[cold]
fn note_repetition<A: Default>(flow: &mut Flow<A>, segment: &Segment) {
    if flow.record.is_some() || flow.life.retransmissions > 0 {
        let record = flow.record.get_or_insert_with(Record::new);
        Resent::note(&mut record.history.resent[segment.sender.index()], segment);
    }
}

/// Counts the gaps between packets that `segment` ends.
#[inline(always)]
pub(super) fn count_gaps<W: Watcher>(
    watcher: &mut W,
    life: &mut Life,
    segment: &Segment,
    role: Role,
    kind: EndedBy,
) {
    let any = segment.at.since(life.last_at());
    watcher.gap(life.service, Basis::Any, any, kind);
    let own = segment.at.since(life.sides[segment.sender.index()].last_at);
    watcher.gap(life.service, Basis::packets_of(role), own, kind);
    if any.as_nanos() / 1000 > u64::from(life.longest_us) && any <= CLOCK_LEAP {
        life.longest_us = saturating_micros(any);
    }
}

/// Counts the gap between payload and payload that `segment` ends.
#[inline(always)]
pub(super) fn count_payload_gap<W: Watcher>(watcher: &mut W, life: &mut Life, segment: &Segment) {
    let payload = segment.at.since(life.last_payload_at());
    watcher.gap(life.service, Basis::Payload, payload, EndedBy::Data);
    if payload.as_nanos() / 1000 > u64::from(life.longest_payload_us) && payload <= CLOCK_LEAP {
        life.longest_payload_us = saturating_micros(payload);
    }
}

/// Notes what the sequence numbers say about segments that were not captured, and unmasks a probe that
/// was taken for the first segment of its side.
#[inline]
fn watch_continuity<A: Default>(flow: &mut Flow<A>, segment: &Segment, kind: EndedBy) {
    if segment.at < flow.life.last_at() {
        flow.life.stepped = ALL_BASES;
    }
    if (flow.life.sides[0].marks | flow.life.sides[1].marks) & side_mark::UNPROVEN != 0
        && unmasks(flow, segment, kind)
    {
        return;
    }
    if kind == EndedBy::Rst {
        return;
    }
    let (side, peer) = pair(&flow.life, segment.sender);
    let unseen =
        segment.flags.contains(TcpFlags::ACK) && peer.has(side_mark::SEEN) && segment.ack.is_after(peer.nxt);
    let hole =
        side.has(side_mark::SEEN) && !side.has(side_mark::LENGTH_HIDDEN) && segment.seq.is_after(side.nxt);
    if hole || (unseen && !peer.has(side_mark::LENGTH_HIDDEN)) {
        flow.life.missing = ALL_BASES;
    }
}

/// The silences that `segment` ends: basis, begin, and the frame of the last activity. A close ends those
/// of payload too: how long a proxy had waited for some shows there.
#[inline]
fn ended_by(
    life: &Life,
    segment: &Segment,
    meaning: Meaning,
    role: Role,
) -> [Option<(Basis, Timestamp, FrameNumber)>; 5] {
    let (side, peer) = pair(life, segment.sender);
    let payload = meaning.fresh || meaning.closes;
    let (payload_at, payload_frame) = life.last_payload();
    [
        Some((Basis::Any, life.last_at(), life.last_frame())),
        Some((Basis::packets_of(role), side.last_at, side.last_frame.get())),
        payload.then_some((Basis::Payload, payload_at, payload_frame)),
        payload.then_some((Basis::payload_of(role), side.last_payload_at, side.last_payload_frame.get())),
        meaning.closes.then_some((
            Basis::payload_of(role.peer()),
            peer.last_payload_at,
            peer.last_payload_frame.get(),
        )),
    ]
}
#[inline]
pub(super) fn pair(life: &Life, sender: Sender) -> (&Side, &Side) {
    (&life.sides[sender.index()], &life.sides[sender.peer().index()])
}
