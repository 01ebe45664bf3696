//! The words for what refreshes a hop, what it does at expiry, and what it does with forgotten flows.

use std::fmt;
use std::str::FromStr;

use super::SpecError;
use crate::policy::presets::nearest;
use crate::policy::{Expiry, Pickup, Refresh};

/// Gives an enum its words: a constant table, `Display` that writes them and `FromStr` that reads them.
macro_rules! words {
    ($kind:ident, $key:literal, $($variant:ident => $word:literal),+ $(,)?) => {
        impl $kind {
            /// Each value with its word in the grammar, in the order in which help lists them.
            pub const WORDS: &'static [($kind, &'static str)] = &[$(($kind::$variant, $word)),+];

            /// The word of the grammar and of machine output.
            pub const fn word(self) -> &'static str {
                match self {
                    $($kind::$variant => $word),+
                }
            }
        }

        impl fmt::Display for $kind {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(self.word())
            }
        }

        impl FromStr for $kind {
            type Err = SpecError;

            fn from_str(word: &str) -> Result<Self, SpecError> {
                let known = || Self::WORDS.iter().map(|(_, known)| *known);
                Self::WORDS.iter().find(|(_, known)| *known == word).map(|(value, _)| *value).ok_or_else(|| {
                    SpecError::UnknownWord {
                        key: $key,
                        word: word.to_owned(),
                        nearest: nearest(word, known()),
                        known: known().collect(),
                    }
                })
            }
        }
    };
}

words!(Refresh, "refresh",
    AnyPacket => "any",
    Payload => "payload",
    PayloadPerDirection => "payload-per-direction",
    Initiator => "initiator",
    Responder => "responder",
);

words!(Expiry, "expiry",
    Drop => "drop",
    ResetOnNext => "reset-on-next",
    ResetBoth => "reset-both",
    Close => "close",
);

words!(Pickup, "pickup",
    Strict => "strict",
    Loose => "loose",
    Unstated => "unstated",
);
