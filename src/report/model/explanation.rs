//! Why flows failed, or were closed after a silence.

use super::Moment;
use crate::findings;
use schemars::JsonSchema;
use serde::Serialize;

/// One cause of what happened to a flow, and how far it is established.
#[derive(Clone, PartialEq, Debug, Serialize, JsonSchema)]
pub struct Explanation {
    /// Stable id of the cause: `idle-timer`, `host-gone`, `service-restart`, `state-flush`, `path-outage`,
    /// `reset-in-use`, `age-limit`, `port-reuse`, `window-stall`, `mtu`, `normal-close`, `application-close`,
    /// `capture-artefact`, `unknown`.
    pub cause: String,
    /// How far it is established.
    pub standing: StandingWord,
    /// Of an idle timer: what restarts it.
    pub clock: Option<ClockWord>,
    /// Of an idle timer: where it runs.
    #[serde(rename = "where")]
    pub place: Option<PlaceWord>,
    /// What speaks for and against it.
    pub evidence: Vec<EvidenceTold>,
}

/// One observation.
#[derive(Clone, PartialEq, Debug, Serialize, JsonSchema)]
pub struct EvidenceTold {
    /// As a clause.
    pub says: String,
    /// Frames that show it; empty: it is seen elsewhere, or rests on what other flows do not show.
    pub frames: Vec<u64>,
    /// When it was seen, where no frame shows it.
    pub at: Option<Moment>,
    /// Whether it speaks for the cause; else against it.
    pub supports: bool,
}

macro_rules! words {
    ($(#[$doc:meta])* $name:ident from $from:path { $( $(#[$variant_doc:meta])* $variant:ident = $word:literal, )* }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, JsonSchema)]
        #[serde(rename_all = "kebab-case")]
        pub enum $name {
            $( $(#[$variant_doc])* $variant, )*
        }

        impl $name {
            /// The word of machine output.
            pub const fn word(self) -> &'static str {
                match self { $( $name::$variant => $word, )* }
            }
        }

        impl From<$from> for $name {
            fn from(word: $from) -> Self {
                type From = $from;
                match word { $( From::$variant => $name::$variant, )* }
            }
        }
    };
}

words! {
    /// How far a cause is established.
    StandingWord from findings::CauseStanding {
        /// Something that was seen contradicts it.
        Refuted = "refuted",
        /// Nothing contradicts it.
        Possible = "possible",
        /// Something speaks for it.
        Likely = "likely",
        /// Something was seen that only this cause predicts, and every rival is refuted.
        Shown = "shown",
    }
}

words! {
    /// What restarts an idle timer.
    ClockWord from findings::IdleClock {
        /// Any packet.
        Any = "any",
        /// New payload.
        Payload = "payload",
        /// The capture does not show which.
        Unknown = "unknown",
    }
}

words! {
    /// Where an idle timer runs.
    PlaceWord from findings::TimerPlace {
        /// In a box between the ends.
        Box = "box",
        /// At the end that closed, or in a proxy in its place.
        EndpointOrProxy = "endpoint-or-proxy",
        /// The capture does not show where.
        Unknown = "unknown",
    }
}

impl From<&findings::Explanation> for Explanation {
    fn from(explanation: &findings::Explanation) -> Self {
        Explanation {
            cause: explanation.cause.id().to_owned(),
            standing: explanation.standing.into(),
            clock: explanation.clock.map(ClockWord::from),
            place: explanation.place.map(PlaceWord::from),
            evidence: explanation.evidence().into_iter().map(EvidenceTold::from).collect(),
        }
    }
}

impl From<findings::Evidence> for EvidenceTold {
    fn from(evidence: findings::Evidence) -> Self {
        EvidenceTold {
            says: evidence.says,
            frames: evidence.frames.into_iter().map(|frame| frame.0).collect(),
            at: evidence.at.map(Moment::from),
            supports: evidence.supports,
        }
    }
}
