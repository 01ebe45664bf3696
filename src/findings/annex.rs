//! What is kept of a flow while it lives; only flows with a silence of some length have it.

use super::terms::Terms;
use crate::flow::{Basis, Ending, Phase, Silence, Trust};
use crate::frame::FrameNumber;
use crate::simulate::{HopState, SurveyState};
use crate::time::{Span, Timestamp};
use std::ops::Range;

/// What a case file keeps of one flow.
#[derive(Debug, Default)]
pub struct Annex {
    trial: Trial,
    half_closed: Option<Box<HalfClosed>>,
}

/// How far the flow got past the path, or past the survey's limits.
#[derive(Debug, Default)]
pub(super) enum Trial {
    #[default]
    Untried,
    Hops(Box<[HopState]>),
    Survey(Box<SurveyState>),
}

/// The longest silence while one side had closed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct HalfClosed {
    pub after_frame: FrameNumber,
    pub start_at: Timestamp,
    pub length: Span,
    pub ending: Option<Ending>,
    /// [`Phase::FinWait`]: the FIN was not even acknowledged; else [`Phase::CloseWait`].
    pub phase: Phase,
}

impl Annex {
    /// `on`: the hops on the flow's path, by their place among all.
    pub(super) fn note(&mut self, terms: &Terms, on: Range<usize>, silence: &Silence) {
        self.note_half_closed(silence);
        if matches!(self.trial, Trial::Untried) {
            self.trial = Trial::start(terms);
        }
        match &mut self.trial {
            Trial::Untried => {}
            Trial::Hops(states) => {
                let both = states.get_mut(on.clone()).into_iter().flatten();
                for (state, hop) in both.zip(terms.path.hops.get(on).into_iter().flatten()) {
                    state.note(hop, silence);
                }
            }
            Trial::Survey(state) => state.note(&terms.survey, silence),
        }
    }

    fn note_half_closed(&mut self, silence: &Silence) {
        let phase = silence.standing.phase;
        if silence.basis != Basis::Any
            || silence.trust != Trust::Clean
            || !matches!(phase, Phase::FinWait | Phase::CloseWait)
            || self.half_closed.as_ref().is_some_and(|known| known.length >= silence.length)
        {
            return;
        }
        self.half_closed = Some(Box::new(HalfClosed {
            after_frame: silence.start_frame,
            start_at: silence.start_at,
            length: silence.length,
            ending: silence.ending,
            phase,
        }));
    }

    pub(super) fn trial(&self) -> &Trial {
        &self.trial
    }

    pub(super) fn half_closed(&self) -> Option<HalfClosed> {
        self.half_closed.as_deref().copied()
    }

    /// The states of the path's hops, made when there were none.
    pub(super) fn hop_states(&mut self, terms: &Terms) -> &mut [HopState] {
        if matches!(self.trial, Trial::Untried) {
            self.trial = Trial::start(terms);
        }
        match &mut self.trial {
            Trial::Hops(states) => states,
            Trial::Untried | Trial::Survey(_) => &mut [],
        }
    }
}

impl Trial {
    fn start(terms: &Terms) -> Trial {
        match terms.path.hops.len() {
            0 => Trial::Survey(Box::default()),
            hops => Trial::Hops(vec![HopState::default(); hops].into_boxed_slice()),
        }
    }
}
