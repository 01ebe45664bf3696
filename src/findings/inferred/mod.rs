//! Idle limits that the capture itself shows: between the longest silence that flows of a service survived and the
//! shortest at whose end one broke.
//!
//! Kept apart by what would mix timers: the service, whether one side had closed, and whether packets or payload
//! restart the timer. Who ended the silence is told apart only where one limit cannot explain both sides (a box that
//! picks flows up midway forgives one side). What several services show alike is also told of all of them, where that
//! is narrower.

mod agreement;
mod bracket;
mod survivors;
#[cfg(test)]
mod tests;
mod witnesses;
mod words;

use super::others::Outlived;
use crate::flow::{Role, Service, SilenceClass};
use crate::frame::FrameNumber;
use crate::policy::presets::{self, Preset};
use crate::segment::Realm;
use crate::time::{Span, Timestamp};
use std::cmp::Reverse;
use std::net::IpAddr;

pub(super) use survivors::{ByClient, Survivors};
#[cfg(test)]
pub(super) use witnesses::Weight;
pub(super) use witnesses::{Break, Closes, infer};

/// What restarts the timer, and in which state it runs.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum InferredClock {
    /// Any packet, both ways open.
    Established,
    /// Any packet, one side closed.
    HalfClosed,
    /// Payload.
    Payload,
}

/// Of which flows a limit is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum InferredScope {
    /// One service.
    Service(Service),
    /// Services of one address.
    Server(IpAddr, Realm),
    /// Services of several addresses.
    Services,
}

/// Whether there is a number.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum InferredStand {
    /// Between the longest survived and the shortest that broke a flow.
    Bracket,
    /// The timer's own event shows it.
    Exact,
    /// Silences broke flows without an answer up to one length, and by RST from a longer one on.
    TwoBoxes {
        /// The shortest that a RST ended.
        reset_from: Span,
        /// Last activity before it, first after it.
        frames: [FrameNumber; 2],
    },
    /// Some silence that broke a flow was not longer than one survived.
    Conflict(Option<LimitChange>),
}

/// Why two silences may contradict: one came after the other.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum LimitChange {
    /// All that contradict the longest survived silence began after its end.
    Lowered {
        /// Its end.
        after: Timestamp,
    },
    /// All of them ended before it began.
    Raised {
        /// When the last of them had ended.
        after: Timestamp,
    },
}

/// An idle limit, bracketed.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct InferredLimit {
    /// Of which flows.
    pub scope: InferredScope,
    /// How many services show it.
    pub services: u64,
    /// Who ends the silences that it is about, `None`: whoever; of [`InferredClock::Payload`], who closed.
    pub speaker: Option<Role>,
    /// What restarts the timer.
    pub clock: InferredClock,
    /// Whether there is a number.
    pub stand: InferredStand,
    /// The longest silence survived, its frames, and how many flows survived one.
    pub survived: Outlived,
    /// What was survived when the side spoke first that is not `speaker`.
    pub other_side: Option<Outlived>,
    /// The shortest silence at whose end a flow broke, and its frames.
    pub cut: Span,
    /// Last activity before that silence, first after it.
    pub cut_frames: [FrameNumber; 2],
    /// Flows that broke, at least likely for being idle.
    pub cuts: u64,
    /// Flows that broke after a silence that others survived: no one timer explains both.
    pub contradictions: u64,
    /// First frames of the flows that show it, the first ones.
    pub members: Vec<FrameNumber>,
    /// Whether the capture shows what restarts the timer.
    pub is_clock_shown: bool,
    /// Whether somebody lost something by it, or kept the connections open. Else a program may close them by design.
    pub is_unwanted: bool,
    /// Ids of the boxes whose limit lies between; empty where there are contradictions, or nothing was survived.
    pub boxes: Vec<&'static str>,
}

/// Flows named for one limit.
pub(super) const MEMBERS_KEPT: usize = 32;

/// The most cuts first; what is wider comes before its parts.
fn sort(limits: &mut [InferredLimit]) {
    limits.sort_by_key(|limit| {
        (Reverse(limit.cuts), Reverse(limit.services), limit.scope, limit.clock, limit.speaker)
    });
}

impl InferredClock {
    pub(super) fn of(class: SilenceClass) -> Self {
        match class {
            SilenceClass::HalfClosed => InferredClock::HalfClosed,
            _ => InferredClock::Established,
        }
    }
}

impl InferredLimit {
    /// What restarts the timer, where the capture shows it.
    pub fn shown_clock(&self) -> Option<InferredClock> {
        self.is_clock_shown.then_some(self.clock)
    }

    /// Whether it bounds a timer.
    pub fn has_number(&self) -> bool {
        !matches!(self.stand, InferredStand::Conflict(_))
    }

    fn name_boxes(&mut self) {
        // A close is its timer's, exact but for the delay of a busy host; a silence only bounds one.
        let is_close = self.stand == InferredStand::Exact;
        let low = if is_close { self.cut.times(99).divided_by(100) } else { self.survived.length };
        if !self.has_number() || self.contradictions > 0 || low == Span::ZERO || low > self.cut {
            return;
        }
        let wanted = (!is_close || self.is_clock_shown).then_some(self.clock != InferredClock::Payload);
        let counts = |id: &&'static str| match presets::find(id) {
            Ok(Preset::Middlebox(middlebox)) => {
                wanted.is_none_or(|wanted| middlebox.refresh.counts_packets() == wanted)
            }
            Ok(Preset::Endpoint(_) | Preset::Service(_)) | Err(_) => false,
        };
        // Half-closed timers are not in the catalogue's brackets.
        if self.clock != InferredClock::HalfClosed {
            let port = match self.scope {
                InferredScope::Service(service) => Some(service.endpoint.port),
                InferredScope::Server(..) | InferredScope::Services => None,
            };
            let before = |id: &&'static str| port.is_none_or(|port| presets::may_stand_before(id, port));
            // A program that is known to close so is likelier than a box that may.
            let by_server = is_close && self.speaker == Some(Role::Responder);
            let services =
                port.filter(|_| by_server).map(|port| presets::services_closing(port, low..=self.cut));
            let boxes = presets::presets_within(low..=self.cut).into_iter().filter(counts).filter(before);
            self.boxes = services.into_iter().flatten().chain(boxes).collect();
        }
    }
}
