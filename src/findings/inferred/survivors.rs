//! The longest silences that flows of a service survived with nothing under way.

use super::InferredClock;
use crate::findings::others::Outlived;
use crate::flow::{Role, SilenceClass, Survived};

/// By whether one side had closed, and by who ended the silence.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(in crate::findings) struct Survivors {
    pub established: [Outlived; 2],
    pub half_closed: [Outlived; 2],
    /// Of payload, whoever ended it.
    pub payload: Outlived,
    /// Flows that survived any, of both clocks: one may have survived one of each side.
    pub(super) flows: [u64; 2],
}

impl Survivors {
    /// What one flow survived.
    pub fn of_flow(survived: &[Survived]) -> Survivors {
        let mut all = Survivors::default();
        for survived in survived {
            let (sides, flows) = match survived.class {
                SilenceClass::Established => (&mut all.established, &mut all.flows[0]),
                SilenceClass::HalfClosed => (&mut all.half_closed, &mut all.flows[1]),
                SilenceClass::Busy | SilenceClass::Transitory => continue,
            };
            let gap = &survived.gap;
            sides[survived.speaker.index()] = Outlived {
                length: gap.length,
                frames: [gap.start_frame, gap.end_frame],
                ended_at: gap.start_at + gap.length,
                flows: 1,
            };
            *flows = 1;
        }
        all
    }

    /// Of one clock; `speaker` `None`: whoever ended it.
    pub fn of(&self, clock: InferredClock, speaker: Option<Role>) -> Outlived {
        let ([mut all, other], flows) = match clock {
            InferredClock::Established => (self.established, self.flows[0]),
            InferredClock::HalfClosed => (self.half_closed, self.flows[1]),
            InferredClock::Payload => return self.payload,
        };
        match speaker {
            Some(Role::Initiator) => all,
            Some(Role::Responder) => other,
            None => {
                all.add(&other);
                Outlived { flows, ..all }
            }
        }
    }

    /// Those of other flows of the same service.
    pub fn add(&mut self, other: &Survivors) {
        let mine = self.established.iter_mut().chain(&mut self.half_closed);
        for (mine, theirs) in mine.zip(other.established.iter().chain(&other.half_closed)) {
            mine.add(theirs);
        }
        for (mine, theirs) in self.flows.iter_mut().zip(other.flows) {
            *mine += theirs;
        }
    }
}
