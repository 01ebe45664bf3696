//! Segments in doubt: what they say is held back, and told once it is known what they were.

use super::advance::Surroundings;
use super::classify::{Meaning, leaves_unproven, repeats_byte_unheard, repeats_unproven};
use super::copies::is_replay;
use super::doubt::{Doubt, Held, Verdict};
use super::gap::{Basis, EndedBy};
use super::heartbeat;
use super::history::{History, Record};
use super::inquest::Opening;
use super::life::{Flow, flow_mark, side_mark};
use super::probing::{ProbeSeen, answers_probe, disturb, note_zero_window_probe, since_received};
use super::watcher::Watcher;
use crate::segment::{Segment, Sender};

/// Why a segment is in doubt.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Suspicion {
    /// It is not.
    None,
    /// Its number, or its byte, is the first that shows where its side stands.
    Begins,
    /// It repeats the only number that its side has shown.
    Repeats,
    /// It is one more of those that are in doubt.
    GoesOn,
}

impl Suspicion {
    /// Of `segment`, before it changes its flow.
    #[inline]
    pub fn of<A>(flow: &Flow<A>, segment: &Segment, kind: EndedBy) -> Suspicion {
        if segment.payload_len > 1 || !matches!(kind, EndedBy::Ack | EndedBy::Data | EndedBy::Retransmission)
        {
            return Suspicion::None;
        }
        let life = &flow.life;
        let side = &life.sides[segment.sender.index()];
        let open = || flow.record.as_ref().is_some_and(|record| record.history.undecided.is_some());
        match kind {
            // What came between has decided over all others.
            _ if open() => Suspicion::GoesOn,
            EndedBy::Data if !side.has(side_mark::SEEN) => Suspicion::Begins,
            EndedBy::Retransmission if repeats_byte_unheard(life, segment) && !is_replay(flow, segment) => {
                Suspicion::Begins
            }
            EndedBy::Ack if leaves_unproven(life, segment) && !answers_probe(flow, segment) => {
                Suspicion::Begins
            }
            EndedBy::Ack if repeats_unproven(life, segment) => Suspicion::Repeats,
            _ => Suspicion::None,
        }
    }
}

impl<W: Watcher> Surroundings<'_, W> {
    /// Holds back what a segment in doubt says; whether it does.
    #[cold]
    pub fn hold(
        &mut self,
        flow: &mut Flow<W::Annex>,
        segment: &Segment,
        meaning: Meaning,
        suspicion: Suspicion,
    ) -> bool {
        let kind = meaning.kind;
        let probe = ProbeSeen::of(segment, since_received(flow, segment));
        let undecided = flow.record.as_mut().and_then(|record| record.history.undecided.as_mut());
        if let Some(doubt) = undecided.filter(|doubt| doubt.released) {
            doubt.note(segment, probe, Vec::new());
            return false;
        }
        let (ended, number) = self.ended(flow, segment, meaning, suspicion != Suspicion::GoesOn);
        let silences = ended[..number].to_vec();
        if suspicion == Suspicion::Begins && silences.is_empty() && kind != EndedBy::Retransmission {
            // A mark of its side is enough.
            return false;
        }
        let life = &flow.life;
        let history = &mut flow.record.get_or_insert_with(Record::new).history;
        let log = &history.probes[segment.sender.index()];
        match (suspicion, history.undecided.as_mut()) {
            (Suspicion::GoesOn, Some(doubt)) => doubt.note(segment, probe, silences),
            (Suspicion::Repeats, _) => {
                let side = &life.sides[segment.sender.index()];
                let (at, frame) = (side.last_at, side.last_frame.get());
                let first = Segment { at, frame, ts_ecr: 0, ip_id: side.ip_id, ..*segment };
                let known = ProbeSeen { print: side.print, ..ProbeSeen::of(&first, None) };
                let held = Held { segment: first, told: true, silences: Vec::new() };
                let mut doubt = Doubt::new(life, held, known, kind, log);
                doubt.note(segment, probe, silences);
                history.undecided = Some(Box::new(doubt));
            }
            _ => {
                let held = Held { segment: *segment, told: false, silences };
                let doubt = Doubt::new(life, held, probe, kind, log);
                history.undecided = Some(Box::new(doubt));
            }
        }
        true
    }

    /// Lets go of what is held back where that has become much. Called when the last one has changed the flow.
    pub fn release(&mut self, flow: &mut Flow<W::Annex>) {
        let doubt = flow.record.as_mut().and_then(|record| record.history.undecided.as_mut());
        let Some(doubt) = doubt.filter(|doubt| doubt.is_full(&flow.life)) else { return };
        doubt.released = true;
        let (held, otherwise, sender) = (std::mem::take(&mut doubt.held), doubt.otherwise, doubt.sender());
        self.tell_held(flow, held, otherwise, sender);
    }

    /// Decides what the segments in doubt were, where `next` says it.
    #[cold]
    pub fn decide(&mut self, flow: &mut Flow<W::Annex>, next: &Segment) {
        let Some(history) = flow.record.as_mut().map(|record| &mut record.history) else { return };
        let Some(verdict) = history.undecided.as_ref().and_then(|doubt| doubt.verdict_by(next, &flow.life))
        else {
            return;
        };
        if let Some(doubt) = history.undecided.take() {
            self.settle(flow, *doubt, verdict, Some(next));
        }
    }

    /// Decides it when the flow is over.
    #[inline]
    pub fn settle_at_end(&mut self, flow: &mut Flow<W::Annex>) {
        if let Some(doubt) = flow.record.as_mut().and_then(|record| record.history.undecided.take()) {
            self.settle_by_pace(flow, doubt);
        }
    }

    #[cold]
    fn settle_by_pace(&mut self, flow: &mut Flow<W::Annex>, doubt: Box<Doubt>) {
        let verdict = doubt.verdict_by_pace(&flow.life, None);
        self.settle(flow, *doubt, verdict, None);
    }

    fn settle(
        &mut self,
        flow: &mut Flow<W::Annex>,
        mut doubt: Doubt,
        verdict: Verdict,
        next: Option<&Segment>,
    ) {
        let Some(history) = flow.record.as_mut().map(|record| &mut record.history) else { return };
        let sender = doubt.sender();
        let held = std::mem::take(&mut doubt.held);
        let by = match verdict {
            Verdict::Probes => EndedBy::Probe,
            Verdict::ZeroWindowProbes => EndedBy::ZeroWindowProbe,
            Verdict::Otherwise { .. } | Verdict::Either { .. } => doubt.otherwise,
        };
        let side = &mut flow.life.sides[sender.index()];
        if by != doubt.otherwise || verdict == (Verdict::Otherwise { proven: true }) {
            side.marks &= !side_mark::UNPROVEN;
        }
        if by != doubt.otherwise {
            if doubt.otherwise == EndedBy::Ack {
                side.nxt = side.nxt.plus(1);
            }
            (side.last_payload_at, side.last_payload_frame) = doubt.payload_before;
            flow.life.retransmissions = doubt.retransmissions;
            if doubt.released {
                for basis in [Basis::Any, Basis::packets_of(flow.life.role_of(sender))] {
                    if let Some(gaps) = history.gaps.get_mut(basis.index()) {
                        gaps.correct(doubt.frames, by);
                    }
                }
            }
        }
        match verdict {
            Verdict::Probes => {
                flow.life.marks |= flow_mark::PROBED;
                history.unaided_since.get_or_insert(doubt.before);
                let before = &history.probes[sender.index()];
                history.probes[sender.index()] = doubt.into_log(&flow.life, next, before);
            }
            Verdict::ZeroWindowProbes => note_zero_window_probes(history, &held, doubt.total),
            Verdict::Either { count, one_ip_id } => {
                history.probes[sender.index()].probes_or_replies(count, one_ip_id);
            }
            Verdict::Otherwise { .. } => {}
        }
        self.tell_held(flow, held, by, sender);
    }

    /// Tells what segments say that were held back, now that they are of the kind `by`.
    fn tell_held(&mut self, flow: &mut Flow<W::Annex>, held: Vec<Held>, by: EndedBy, sender: Sender) {
        for Held { segment, told, mut silences, .. } in held {
            if by == EndedBy::Probe {
                // It is no payload, and what is without aid goes on.
                let packets = [Basis::Any, Basis::packets_of(flow.life.role_of(sender))];
                silences.retain(|silence| packets.contains(&silence.basis));
            }
            for ending in silences.iter_mut().filter_map(|silence| silence.ending.as_mut()) {
                ending.by = by;
            }
            if by == EndedBy::Data
                && let Some(record) = flow.record.as_mut()
            {
                heartbeat::note(
                    &mut record.history.beats[sender.index()],
                    &flow.life,
                    &segment,
                    by,
                    &silences,
                );
            }
            let meaning = Meaning { kind: by, fresh: by == EndedBy::Data, closes: false };
            self.deliver(flow, &silences, sender, Opening::of(&segment, meaning));
            let Some(record) = flow.record.as_mut() else { return };
            if by != EndedBy::Probe {
                disturb(&mut record.history, sender, true);
            }
            if record.history.asks() && !(told && by == EndedBy::Ack) {
                self.follow(flow, &segment, by);
            }
        }
    }
}

fn note_zero_window_probes(history: &mut History, held: &[Held], total: u64) {
    let frames = held.iter().map(|held| held.segment.frame);
    history.zero_window_probe_total += total.saturating_sub(held.len() as u64);
    frames.for_each(|frame| note_zero_window_probe(history, frame));
}
