//! The longest silences that flows of a service survived with nothing under way.

use super::InferredClock;
use crate::findings::others::Outlived;
use crate::flow::{Role, SilenceClass, Survived};
use crate::time::Span;
use std::net::IpAddr;

/// By whether one side had closed, and by who ended the silence.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(in crate::findings) struct Survivors {
    pub established: [Outlived; 2],
    pub half_closed: [Outlived; 2],
    /// Of payload, whoever ended it.
    pub payload: Outlived,
    /// Flows that survived any, of both clocks: one may have survived one of each side.
    pub(in crate::findings) flows: [u64; 2],
}

/// What the flows of single clients survived, of one service. Clients may take different ways: only what the same client
/// survived says that no timer is at work. Bounded: of many clients those with the least addresses, whoever found them.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(in crate::findings) struct ByClient(Vec<(IpAddr, Survivors)>);

/// Clients kept of one service.
const CLIENTS_KEPT: usize = 24;

impl ByClient {
    /// What a flow of this client survived.
    pub fn add(&mut self, client: IpAddr, survived: &Survivors) {
        match self.0.binary_search_by_key(&client, |(known, _)| *known) {
            Ok(place) => self.0[place].1.add(survived),
            Err(place) if place < CLIENTS_KEPT => {
                self.0.insert(place, (client, *survived));
                self.0.truncate(CLIENTS_KEPT);
            }
            Err(_) => {}
        }
    }

    pub fn join(&mut self, other: &ByClient) {
        for (client, survived) in &other.0 {
            self.add(*client, survived);
        }
    }

    /// What flows of this client survived, as far as it is known.
    pub fn of(&self, client: IpAddr) -> Survivors {
        let place = self.0.binary_search_by_key(&client, |(known, _)| *known);
        place.map(|place| self.0[place].1).unwrap_or_default()
    }
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

    /// The same, where others survived longer silences that are shorter than `bound` with those.
    pub fn widened_by(mut self, others: &Survivors, bound: Span) -> Survivors {
        let fits = |theirs: &&Outlived| theirs.length < bound;
        let mine = self.established.iter_mut().chain(&mut self.half_closed).chain([&mut self.payload]);
        let theirs = others.established.iter().chain(&others.half_closed).chain([&others.payload]);
        for (mine, theirs) in mine.zip(theirs) {
            if let Some(theirs) = Some(theirs).filter(fits).filter(|theirs| theirs.length >= mine.length) {
                *mine = *theirs;
            }
        }
        for (mine, theirs) in self.flows.iter_mut().zip(others.flows) {
            *mine = (*mine).max(theirs);
        }
        self
    }

    /// Those of other flows of the same service.
    pub fn add(&mut self, other: &Survivors) {
        let mine = self.established.iter_mut().chain(&mut self.half_closed);
        for (mine, theirs) in mine.zip(other.established.iter().chain(&other.half_closed)) {
            mine.add(theirs);
        }
        self.payload.add(&other.payload);
        for (mine, theirs) in self.flows.iter_mut().zip(other.flows) {
            *mine += theirs;
        }
    }
}
