//! Asks what comes of each long silence, and tells the watcher once it is known.

use super::advance::Surroundings;
use super::gap::{Basis, EndedBy, Role};
use super::handshake::{ResetEffect, reset_effect};
use super::history::Record;
use super::inquest::{Opening, Question, reset_seen};
use super::life::{Flow, side_mark};
use super::sequel::{Fate, Sequel};
use super::view::FlowView;
use super::watcher::{Silence, Watcher};
use crate::segment::{Segment, Sender};
use crate::time::{Span, Timestamp};

impl<W: Watcher> Surroundings<'_, W> {
    /// A silence was told of: what comes of it is asked, or known at once where it ended in a close.
    pub fn ask(&mut self, flow: &mut Flow<W::Annex>, silence: &Silence, speaker: Sender, opening: Opening) {
        let Some(ending) = silence.ending.filter(|_| silence.length >= self.observed_from) else { return };
        let Some(record) = flow.record.as_mut() else { return };
        let inquest = record.history.inquest.get_or_insert_with(Default::default);
        let reset = inquest.resets[speaker.index()].filter(|reset| reset.frame == ending.frame);
        match (silence.basis, ending.by) {
            (Basis::Payload, EndedBy::Fin | EndedBy::Rst) if !opening.void => {
                // The second FIN answers the first, a RST may follow its sender's own FIN, or answer what has just come.
                let closing = flow.life.sides.iter().any(|side| side.has(side_mark::FIN));
                let waiting =
                    inquest.question.as_ref().is_some_and(|question| !question.began_with(ending.frame));
                let prompted = closing || waiting || reset.is_some_and(|reset| reset.is_prompted());
                if !prompted && let Some(gap) = silence.as_gap() {
                    let fate = Fate::ClosedUnprompted { reset, goodbye: None };
                    self.conclude(
                        flow,
                        Sequel { gap, standing: silence.standing, speaker: ending.sender, fate },
                    );
                }
            }
            (_, EndedBy::Rst) if opening.void => {}
            (Basis::Any, EndedBy::Rst) => {
                if let Some(gap) = silence.as_gap()
                    && inquest.question.is_none()
                    && reset.is_none_or(|reset| !reset.is_prompted())
                {
                    let fate = Fate::ClosedUnprompted { reset, goodbye: None };
                    self.conclude(
                        flow,
                        Sequel { gap, standing: silence.standing, speaker: ending.sender, fate },
                    );
                }
            }
            (Basis::Any, _) => match inquest.question.take() {
                Some(known) if known.waits() => inquest.question = Some(known),
                known => {
                    inquest.question = Question::new(silence, speaker, opening).map(Box::new);
                    if let Some(known) = known {
                        let two_way = flow.life.sides.iter().all(|side| side.segments > 0);
                        self.conclude(flow, known.end(silence.start_at, None, two_way));
                    }
                }
            },
            _ => {}
        }
    }

    /// Takes a segment while it is open what came of a silence.
    #[cold]
    pub fn follow(&mut self, flow: &mut Flow<W::Annex>, segment: &Segment, kind: EndedBy) {
        if kind == EndedBy::Rst {
            return;
        }
        let Some(inquest) = flow.record.as_mut().and_then(|record| record.history.inquest.as_mut()) else {
            return;
        };
        let known = inquest.question.as_mut().and_then(|question| question.follow(segment, kind));
        if let Some(sequel) = known {
            inquest.question = None;
            self.conclude(flow, sequel);
        }
    }

    /// Takes a RST, before it changes the flow, and tells what it does to that. Of flows without a history only what is remarkable about it is kept.
    #[cold]
    pub fn reset(&mut self, flow: &mut Flow<W::Annex>, segment: &Segment) -> ResetEffect {
        let effect = reset_effect(flow, segment);
        let closed = flow.life.is_closed();
        let seen =
            reset_seen(&flow.life, flow.record.as_ref().map(|record| &record.history), segment, effect);
        let silent = segment.at.since(flow.life.last_payload().0) >= self.observed_from;
        if flow.record.is_none() && !silent && !seen.is_remarkable() {
            return effect;
        }
        let two_way = flow.life.sides.iter().all(|side| side.segments > 0);
        let record = flow.record.get_or_insert_with(Record::new);
        let inquest = record.history.inquest.get_or_insert_with(Default::default);
        if seen.dropped {
            if seen.sender == Role::Responder && !closed {
                inquest.dropped.get_or_insert_with(|| Box::new(seen));
            }
            return effect;
        }
        let known = &mut inquest.resets[segment.sender.index()];
        // One that counts says more than one that may not.
        let replaces = known.is_none_or(|known| !known.exact && seen.exact);
        if replaces {
            *known = Some(seen);
        }
        if closed {
            return effect;
        }
        if replaces {
            record.history.reset_frame = Some(segment.frame);
        }
        if !seen.exact {
            return effect;
        }
        if let Some(question) = inquest.question.take() {
            let sequel = question.end_by(&seen, two_way);
            self.conclude(flow, sequel);
        }
        effect
    }

    /// Takes a segment of a life that a new one has taken over: the challenge ACK of the peer that still knows the old one
    /// (RFC 5961 4), or the RST that answers that. What had gone unanswered by then stays so: neither is its answer.
    #[cold]
    pub fn advance_displaced(&mut self, flow: &mut Flow<W::Annex>, segment: &Segment) {
        let history = flow.record.as_ref().map(|record| &record.history);
        let question = history.and_then(|history| history.inquest.as_ref()?.question.as_ref());
        if question.is_some_and(|question| question.waits() && !question.is_answered_by(segment)) {
            self.close_question(flow, segment.at);
        }
        // The initiator has let go of this life: what ends its silence now is no use of it.
        self.observed_from = Span::MAX;
        self.advance(flow, segment);
    }

    /// The flow is over, and what came of its last silence is as known as it will be. `end`: until when it was
    /// followed.
    pub fn close_question(&mut self, flow: &mut Flow<W::Annex>, end: Timestamp) {
        let Some(inquest) = flow.record.as_mut().and_then(|record| record.history.inquest.as_mut()) else {
            return;
        };
        let Some(question) = inquest.question.take() else { return };
        let doubtful = inquest.resets.iter().flatten().find(|reset| reset.sender != question.role()).copied();
        let two_way = flow.life.sides.iter().all(|side| side.segments > 0);
        let sequel = question.end(end, doubtful.as_ref(), two_way);
        self.conclude(flow, sequel);
    }

    pub fn conclude(&mut self, flow: &mut Flow<W::Annex>, sequel: Sequel) {
        let Some(record) = flow.record.as_mut() else { return };
        let view = FlowView { life: &flow.life, history: Some(&record.history) };
        self.watcher.sequel(&view, &mut record.annex, &sequel);
        record.history.inquest.get_or_insert_with(Default::default).sequels.note(&sequel);
    }
}
