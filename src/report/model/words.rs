//! The closed vocabularies of the machine output, and how the rooms to the left map to them.

use crate::flow::{Basis, EndedBy, Role, Trust};
use crate::policy::{Expiry, Refresh};
use schemars::JsonSchema;
use serde::Serialize;

/// Declares an enum whose JSON form and printed form are the same word, and its conversion from the
/// vocabulary of another room.
macro_rules! words {
    (
        $(#[$doc:meta])*
        $name:ident $(from $source:ident)? {
            $( $(#[$variant_doc:meta])* $variant:ident = $word:literal $(from $origin:ident)? ),+ $(,)?
        }
    ) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, JsonSchema)]
        pub enum $name {
            $( $(#[$variant_doc])* #[serde(rename = $word)] $variant ),+
        }

        impl $name {
            /// The word, as machine output and text have it.
            pub const fn word(self) -> &'static str {
                match self { $( $name::$variant => $word ),+ }
            }
        }

        words!(@from $name $($source)? { $( $variant $($origin)? ),+ });
    };
    (@from $name:ident $source:ident { $( $variant:ident $origin:ident ),+ }) => {
        impl From<$source> for $name {
            fn from(value: $source) -> Self {
                match value { $( $source::$origin => $name::$variant ),+ }
            }
        }
    };
    (@from $name:ident { $( $variant:ident ),+ }) => {};
}

words! {
    /// Which activities a silence is measured between.
    BasisWord from Basis {
        /// Any packet.
        Any = "any" from Any,
        /// New payload of either side.
        Payload = "payload" from Payload,
        /// Packets of the initiator.
        Initiator = "initiator" from Initiator,
        /// Packets of the responder.
        Responder = "responder" from Responder,
        /// New payload of the initiator.
        PayloadInitiator = "payload-initiator" from PayloadInitiator,
        /// New payload of the responder.
        PayloadResponder = "payload-responder" from PayloadResponder,
        /// Any packet but keepalive probes and their replies.
        Unaided = "unaided" from Unaided,
    }
}

words! {
    /// What ended a silence.
    EndedByWord from EndedBy {
        /// New payload.
        Data = "data" from Data,
        /// TCP keepalive probe.
        Probe = "probe" from Probe,
        /// A segment without payload.
        Ack = "ack" from Ack,
        /// FIN.
        Fin = "fin" from Fin,
        /// RST.
        Rst = "rst" from Rst,
        /// SYN or SYN-ACK, sent again.
        Syn = "syn" from Syn,
        /// Payload sent before.
        Retransmission = "retransmission" from Retransmission,
        /// Probe of a closed receive window.
        ZeroWindowProbe = "zero-window-probe" from ZeroWindowProbe,
    }
}

words! {
    /// What restarts a hop's timer.
    RefreshWord from Refresh {
        /// Any packet of either side.
        Any = "any" from AnyPacket,
        /// New payload of either side; keepalive does not reach it.
        Payload = "payload" from Payload,
        /// New payload, each direction by itself.
        PayloadPerDirection = "payload-per-direction" from PayloadPerDirection,
        /// Packets of the initiator.
        Initiator = "initiator" from Initiator,
        /// Packets of the responder.
        Responder = "responder" from Responder,
    }
}

words! {
    /// What a hop does when its timer runs out.
    ExpiryWord from Expiry {
        /// State vanishes silently.
        Drop = "drop" from Drop,
        /// The next packet is answered by RST.
        ResetOnNext = "reset-on-next" from ResetOnNext,
        /// RST to both ends.
        ResetBoth = "reset-both" from ResetBoth,
        /// The proxy closes by FIN.
        Close = "close" from Close,
    }
}

words! {
    /// One end of a flow.
    RoleWord from Role {
        /// Opened the flow.
        Initiator = "initiator" from Initiator,
        /// The service.
        Responder = "responder" from Responder,
    }
}

words! {
    /// What a hop would have done to a flow.
    Outcome {
        /// Its timer never ran out.
        Survives = "survives",
        /// Its timer ran out.
        Cut = "cut",
        /// It would have run out without the probes seen.
        SavedByKeepalive = "saved-by-keepalive",
        /// The capture does not show enough.
        Unknown = "unknown",
    }
}

words! {
    /// Whether the capture shows the whole silence.
    TrustWord {
        /// Sequence numbers continue across it.
        Clean = "clean",
        /// Something may lie inside that the capture does not show.
        Suspect = "suspect",
    }
}

impl From<Trust> for TrustWord {
    fn from(trust: Trust) -> Self {
        match trust.why() {
            None => TrustWord::Clean,
            Some(_) => TrustWord::Suspect,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_those_of_the_rooms_they_come_from() {
        for role in Role::BOTH {
            assert_eq!(RoleWord::from(role).word(), role.name());
        }
        for ended_by in EndedBy::ALL {
            assert_eq!(EndedByWord::from(ended_by).word(), ended_by.name());
        }
        for basis in [
            Basis::Any,
            Basis::Payload,
            Basis::Initiator,
            Basis::Responder,
            Basis::PayloadInitiator,
            Basis::PayloadResponder,
            Basis::Unaided,
        ] {
            assert_eq!(BasisWord::from(basis).word(), basis.name());
        }
    }

    #[test]
    fn machine_output_has_the_same_words() {
        assert_eq!(serde_json::to_value(Outcome::SavedByKeepalive).unwrap(), "saved-by-keepalive");
        assert_eq!(serde_json::to_value(RefreshWord::PayloadPerDirection).unwrap(), "payload-per-direction");
    }
}
