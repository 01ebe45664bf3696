//! What to do about a finding: which settings cure it, and what else to do.

use crate::policy::{Hop, Refresh};

/// A setting. How far it should go is recommended once for each service, in [`crate::recommend`].
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Knob {
    /// TCP keepalive of an end's sockets.
    Keepalive,
    /// Payload that the application sends while it has nothing to say.
    Heartbeat,
    /// The idle timeout of a hop.
    HopTimeout,
    /// Closing connections that nobody uses, before somebody else does.
    CloseEarlier,
    /// No setting yet: something to find out first.
    Investigate,
}

/// What cures a finding.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Remedy {
    /// Settings that do, as far as they are recommended.
    pub knobs: Vec<Knob>,
    /// What to do or to look for besides, in whole sentences. No value of a setting, but of one that a
    /// vendor names for a box of its own. Empty: nothing.
    pub step: String,
}

impl Remedy {
    /// Settings alone.
    pub fn set(knobs: impl Into<Vec<Knob>>) -> Self {
        Remedy { knobs: knobs.into(), step: String::new() }
    }

    /// A step alone.
    pub fn step(step: impl Into<String>) -> Self {
        Remedy { knobs: Vec::new(), step: step.into() }
    }

    /// What keeps flows alive past a hop.
    pub fn past(hop: &Hop) -> Self {
        Remedy::set(match hop.refresh {
            Refresh::AnyPacket | Refresh::Initiator | Refresh::Responder => [Knob::Keepalive],
            Refresh::Payload | Refresh::PayloadPerDirection => [Knob::Heartbeat],
        })
    }

    /// With a step besides.
    pub fn and(self, step: impl Into<String>) -> Self {
        Remedy { step: step.into(), ..self }
    }
}
