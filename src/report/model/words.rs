//! The closed vocabularies of the machine output, and how the rooms to the left map to them.

use crate::findings::{Certainty, Listing};
use crate::flow::{Basis, EndedBy, Role, Trust};
use crate::policy::{Expiry, Pickup, Refresh};
use crate::simulate::OutcomeKind;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

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
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize, JsonSchema)]
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
    /// What a hop does with a segment of a flow that it has forgotten.
    PickupWord from Pickup {
        /// Refuses it: the flow is cut.
        Strict = "strict" from Strict,
        /// Adopts it: expiry does no harm.
        Loose = "loose" from Loose,
        /// Not known.
        Unstated = "unstated" from Unstated,
    }
}

words! {
    /// How far the capture proves a claim.
    CertaintyWord from Certainty {
        /// Depends on what the capture cannot show.
        Possible = "possible" from Possible,
        /// Holds unless something unlikely was not captured.
        Likely = "likely" from Likely,
        /// Follows from the frames and the path as given.
        Certain = "certain" from Certain,
    }
}

words! {
    /// Which flows are listed.
    ListingWord from Listing {
        /// Those with findings.
        Findings = "findings" from Findings,
        /// All, those with findings first.
        All = "all" from All,
        /// None.
        None = "none" from None,
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
    Outcome from OutcomeKind {
        /// Its timer never ran out, or that did no harm.
        Survives = "survives" from Survives,
        /// Its timer ran out.
        Cut = "cut" from Cut,
        /// It would have run out without the probes seen.
        SavedByKeepalive = "saved-by-keepalive" from SavedByKeepalive,
        /// Its timer may have run out: the capture does not show enough.
        Unknown = "unknown" from Unknown,
        /// The flow takes another path.
        OffPath = "off-path" from OffPath,
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
    fn outcomes_and_certainties_have_the_words_of_the_rooms_they_come_from() {
        for kind in OutcomeKind::ALL {
            assert_eq!(Outcome::from(kind).word(), kind.name());
        }
        for certainty in [Certainty::Possible, Certainty::Likely, Certainty::Certain] {
            assert_eq!(CertaintyWord::from(certainty).word(), certainty.name());
        }
    }

    #[test]
    fn machine_output_has_the_same_words() {
        assert_eq!(serde_json::to_value(Outcome::SavedByKeepalive).unwrap(), "saved-by-keepalive");
        assert_eq!(serde_json::to_value(RefreshWord::PayloadPerDirection).unwrap(), "payload-per-direction");
    }
}
