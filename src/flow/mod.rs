//! Lives of TCP connections: which segment belongs to which, how long each was silent on which basis,
//! which segments were keepalive probes, and what that says about the ends' settings.
//!
//! Silence never ends a flow. A flow ends by FIN or RST, by a SYN with a new ISN on its key, or by a
//! counted eviction at the memory bound. Every flow costs three cache lines; a flow with a long silence,
//! probes, copies or a RST has a history on the heap beside them.
//!
//! A flow has one realm, that of its initiator's direction; where the other direction comes in another VLAN or tunnel, it
//! is joined by its numbers.

#[cfg(test)]
mod clock_tests;
mod facts;
mod gap;
mod goodbye;
#[cfg(test)]
mod goodbye_tests;
mod handshake;
mod heartbeat;
mod history;
mod inquest;
mod keepalive;
mod life;
mod linger;
mod lives;
#[cfg(test)]
mod midway_tests;
#[cfg(test)]
mod probe_tests;
#[cfg(test)]
mod lives_tests;
mod probing;
mod reset;
mod sequel;
#[cfg(test)]
mod sequel_tests;
#[cfg(test)]
mod tests;
#[cfg(test)]
pub(crate) mod timeline;
mod view;
mod watcher;
mod advance;
mod asking;
mod attribution;
mod classify;
mod copies;
mod fit;
mod index;
mod join;
#[cfg(test)]
mod copies_tests;
#[cfg(test)]
mod join_tests;
mod joining;
mod lone;
mod doubt;
mod orderly;
mod pace;
mod service;
mod settle;
#[cfg(test)]
mod sparse_tests;
mod sparse;
mod steady;
mod table;
mod tracker;
mod update;

pub use attribution::{BoxProof, Obscurity, OwnersReason, ResetOrigin};
pub use facts::{Challenged, FACTS_VERSION, FlowFacts, PayloadSilence, SideFacts, Stuck};
pub use gap::{Basis, CLOCK_LEAP, EndedBy, GAPS_KEPT, Gap, LongestGaps, Role, Trust};
pub use goodbye::{GOODBYE_SIZE, Goodbye};
pub use handshake::{Stray, StrayKind};
pub use heartbeat::{BEAT_SIZE, Heartbeat};
pub use history::EVENTS_KEPT;
pub(crate) use join::Joined;
pub use keepalive::{Estimate, PROBE_FRAMES_KEPT, ProbeLog};
pub use reset::{FlowLabel, ResetSeen, Trigger};
pub use sequel::{
    Answer, Fate, GaveUp, Sequel, Sequels, ShownBy, SilenceClass, Survived, Unanswered, WhyUndecided,
};
pub use service::Service;
pub use sparse::{Elided, ElidedSide, Sparse, Thinner};
pub use tracker::{Routed, Tracker, TrackerCounts};
pub use view::{ClosedBy, FlowView, Opened};
pub use watcher::{Ending, Phase, ServiceId, Silence, Standing, Watcher};

/// Thresholds of a tracker.
#[derive(Clone, Copy, Debug)]
pub struct Settings {
    /// Silences at least this long are told to the watcher and get the flow a history. Not above any
    /// hop's shortest timer.
    pub silence_floor: crate::time::Span,
    /// From which length on it is asked what came of a silence.
    pub observation: ObservationFloor,
    /// Flows held at once; above it, flows are evicted and counted.
    pub max_flows: usize,
}

impl Settings {
    /// Silences that this frame ends matter from this length on: to the watcher, or to what came of them.
    #[inline]
    pub(crate) fn floor_at(&self, frame: crate::frame::FrameNumber) -> crate::time::Span {
        self.silence_floor.min(self.observation.at(frame))
    }
}

/// From which length on it is asked what came of a silence: a constant, whatever a user states. It rises once, after
/// [`ObservationFloor::CLOSE_FRAMES`]: captures of support cases are short and deserve a close look, and in long ones most
/// flows pause for a second now and then, which would cost more than half of the time.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ObservationFloor {
    /// For the first frames of a capture.
    pub close: crate::time::Span,
    /// For all later ones.
    pub later: crate::time::Span,
}

impl ObservationFloor {
    /// Frames that are looked at closely.
    pub const CLOSE_FRAMES: u64 = 50_000;

    /// That of every run.
    pub const USUAL: ObservationFloor =
        ObservationFloor { close: crate::time::Span::from_secs(1), later: crate::time::Span::from_secs(10) };

    /// The same length throughout.
    pub const fn always(length: crate::time::Span) -> Self {
        ObservationFloor { close: length, later: length }
    }

    /// Of a silence that this frame ends.
    #[inline]
    pub fn at(&self, frame: crate::frame::FrameNumber) -> crate::time::Span {
        if frame.0 <= Self::CLOSE_FRAMES { self.close } else { self.later }
    }
}
