//! Who sent a RST: the host whose address it bears, or a box between.
//!
//! A box's reject and a host's RST for a connection that it does not have are byte for byte alike (RFC 9293 3.10.7.1
//! prescribes the form): identification 0, window 0, no options and no acknowledgment prove nothing. What can tell
//! them apart is where the RST came from (TTL), how soon (latency), and what only the owner of the socket knows
//! (timestamps). An equal TTL is never proof for the host: boxes one hop away, and copied TTLs, exist.

use super::reset::{FlowLabel, ResetSeen};
use crate::time::Span;

/// Who sent a RST.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ResetOrigin {
    /// Not the host whose address it bears: a box between.
    Box(BoxProof),
    /// A host (or a proxy that ends TCP) that still had the socket.
    Owner(OwnersReason),
    /// Of the form for a connection that does not exist, and nothing says that it is forged: the host has no such
    /// connection (closed, rebooted), or a NAT lost the mapping and let the segment reach it, or a box near it
    /// answered. From one capture point they look alike.
    NoConnection,
    /// The RST shows too little, or its signs disagree.
    Unknown(Obscurity),
}

/// What proves that a RST is not its claimed sender's.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum BoxProof {
    /// It came back in less than half the time that a packet needs to the host and back.
    TooSoon {
        /// From the segment that it answers to the RST.
        latency: Span,
        /// Round-trip time to the host, of the handshake.
        rtt: Span,
    },
    /// It came over another number of hops than the host's own segments.
    OtherDistance {
        /// Its TTL or hop limit.
        ttl: u8,
        /// That of the host's segments.
        usual: u8,
    },
    /// It came while the SYN waited for its answer and does not acknowledge it: no host refuses a SYN so (RFC 9293
    /// 3.10.7.1). A host may speak so of an older connection on the same ports, but then from its own distance, and with an
    /// identification of its own.
    RefusesNoSyn {
        /// Its TTL or hop limit.
        ttl: u8,
        /// That of the host's segments; `None`: the host was not heard.
        usual: Option<u8>,
        /// It bears the IPv4 identification of the SYN itself.
        copied_ip_id: bool,
    },
    /// Both ends were told at once, and neither had sent anything.
    BothEnds {
        /// Between the two.
        apart: Span,
    },
}

/// Why the owner of a socket sent a RST.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum OwnersReason {
    /// Its keepalive probes, so many, had gone unanswered.
    KeepaliveFailed(u32),
    /// Nothing prompted it: the application, an idle limit of a proxy, an administrator.
    Unprompted,
    /// It answers a segment: the socket was closed with data unread, or before that came.
    InAnswer,
}

/// Why a RST cannot be attributed.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Obscurity {
    /// The capture shows no segment of the claimed sender to compare with.
    NothingToCompare,
    /// It came over another number of hops, but bears timestamps, which only the owner knows: the route may have
    /// changed.
    RouteOrBox,
    /// Its TTL counts from another initial value over the same distance: hosts do that too.
    OtherInitialTtl,
    /// Neither the form of an owner's RST nor that of a host without the connection, or with nothing to prompt it:
    /// an owner whose stack sends plain RSTs, or a forgery with a copied TTL.
    OddForm,
}

/// Latency and round-trip time must differ by this much for [`BoxProof::TooSoon`]: within one machine room hosts
/// answer as fast as boxes.
const CLEARLY: Span = Span::from_millis(1);

/// Two RSTs closer than this in time are one event.
const AT_ONCE: Span = Span::from_millis(10);

impl ResetSeen {
    /// Who sent it, by the first rule that applies.
    pub fn origin(&self) -> ResetOrigin {
        if let Some(proof) = self.box_proof() {
            return ResetOrigin::Box(proof);
        }
        if self.is_the_owners() {
            return match self.usual_ttl {
                Some(usual) if usual != self.ttl => ResetOrigin::Unknown(Obscurity::RouteOrBox),
                _ => ResetOrigin::Owner(self.owners_reason()),
            };
        }
        match self.usual_ttl {
            None => ResetOrigin::Unknown(Obscurity::NothingToCompare),
            // The host's own counter goes on, or it came over several routes: over another one now, or a box copies well.
            Some(usual) if usual != self.ttl && (self.continues_ip_id == Some(true) || self.several_ttls) => {
                ResetOrigin::Unknown(Obscurity::RouteOrBox)
            }
            Some(usual) if usual != self.ttl => ResetOrigin::Unknown(Obscurity::OtherInitialTtl),
            Some(_) if self.window == 0 && self.trigger.is_some() => ResetOrigin::NoConnection,
            Some(_) => ResetOrigin::Unknown(Obscurity::OddForm),
        }
    }

    fn box_proof(&self) -> Option<BoxProof> {
        if self.dropped {
            let elsewhere = self.usual_ttl.is_some_and(|usual| hops(usual) != hops(self.ttl));
            let forged = self.copies_ip_id || (elsewhere && !self.is_the_owners());
            return forged.then_some(BoxProof::RefusesNoSyn {
                ttl: self.ttl,
                usual: self.usual_ttl,
                copied_ip_id: self.copies_ip_id,
            });
        }
        // A RST that its owner sends by itself may cross what comes from the other end. One without an acknowledgment can
        // only be an answer (RFC 9293 3.10.7.1); after a long silence a crossing would be a strange chance.
        let answers = !self.is_the_owners() && (!self.with_ack || self.after_silence);
        if let (Some(trigger), Some(rtt)) = (self.trigger, self.rtt)
            && answers
            && trigger.latency < rtt.divided_by(2)
            && trigger.latency + CLEARLY <= rtt
        {
            return Some(BoxProof::TooSoon { latency: trigger.latency, rtt });
        }
        if let Some(usual) = self.usual_ttl
            && hops(usual) != hops(self.ttl)
            && !self.is_the_owners()
            && self.continues_ip_id != Some(true)
            && !self.several_ttls
        {
            return Some(BoxProof::OtherDistance { ttl: self.ttl, usual });
        }
        let apart = self.twin?;
        (apart <= AT_ONCE && self.trigger.is_none()).then_some(BoxProof::BothEnds { apart })
    }

    /// Whether it bears what only the owner of the socket knows: the connection's timestamps; without them, its next
    /// IP identification with a real window.
    pub fn is_the_owners(&self) -> bool {
        let goes_on = self.continues_ip_id == Some(true) && self.with_ack && self.window > 0;
        self.timestamps || (goes_on && self.timestamps_expected != Some(true))
    }

    fn owners_reason(&self) -> OwnersReason {
        match self.unanswered_probes {
            0 if self.is_prompted() => OwnersReason::InAnswer,
            0 => OwnersReason::Unprompted,
            probes => OwnersReason::KeepaliveFailed(probes),
        }
    }

    /// Whether it lacks the flow label that its flow bears: hosts keep it, rejects of a box do not (Linux, 2026-11).
    /// Supports a proof, is none.
    pub fn lacks_flow_label(&self) -> bool {
        self.flow_label == Some(FlowLabel::Dropped)
    }
}

/// Hops behind a packet: what its TTL lacks to the next initial value in use (64, 128, 255).
pub(super) fn hops(ttl: u8) -> u8 {
    let initial = match ttl {
        0..=64 => 64,
        65..=128 => 128,
        129.. => 255,
    };
    initial - ttl
}

#[cfg(test)]
mod tests {
    use super::super::reset::Trigger;
    use super::super::{Phase, Role};
    use super::*;
    use crate::frame::FrameNumber;
    use crate::time::Timestamp;

    /// What a host without the connection sends, 80 ms away and one router behind.
    fn stateless() -> ResetSeen {
        ResetSeen {
            frame: FrameNumber(9),
            at: Timestamp::from_nanos(0),
            sender: Role::Responder,
            phase: Phase::Established,
            ttl: 63,
            usual_ttl: Some(63),
            several_ttls: false,
            heard_at: Some(Timestamp::from_nanos(0)),
            flow_label: None,
            continues_ip_id: None,
            copies_ip_id: false,
            with_ack: false,
            window: 0,
            timestamps: false,
            timestamps_expected: Some(true),
            exact: true,
            dropped: false,
            trigger: Some(Trigger { frame: FrameNumber(8), latency: Span::from_millis(80) }),
            after_silence: false,
            rtt: Some(Span::from_millis(80)),
            unanswered_probes: 0,
            in_flight: true,
            acknowledges_all: false,
            fins: [false, false],
            twin: None,
        }
    }

    /// What the owner of the socket sends.
    fn stateful() -> ResetSeen {
        ResetSeen { with_ack: true, window: 502, timestamps: true, trigger: None, ..stateless() }
    }

    fn after(latency: Span) -> Option<Trigger> {
        Some(Trigger { frame: FrameNumber(8), latency })
    }

    #[test]
    fn a_plain_rst_with_the_peer_s_ttl_after_a_round_trip_stays_undecided() {
        assert_eq!(stateless().origin(), ResetOrigin::NoConnection);
    }

    #[test]
    fn an_answer_sooner_than_half_a_round_trip_is_a_box_s_whatever_its_ttl() {
        let reset = ResetSeen { trigger: after(Span::from_nanos(30_000)), ..stateless() };
        assert!(matches!(reset.origin(), ResetOrigin::Box(BoxProof::TooSoon { .. })));
        let near = ResetSeen { rtt: Some(Span::from_nanos(300_000)), ..reset };
        assert_eq!(near.origin(), ResetOrigin::NoConnection, "too near to tell by time");
    }

    #[test]
    fn a_close_that_crosses_a_request_is_not_a_box_s() {
        let crossing = ResetSeen { with_ack: true, trigger: after(Span::from_millis(2)), ..stateless() };
        assert_eq!(crossing.origin(), ResetOrigin::NoConnection);
        let owners = ResetSeen { trigger: after(Span::from_millis(2)), ..stateful() };
        assert_eq!(owners.origin(), ResetOrigin::Owner(OwnersReason::InAnswer));
        let after_silence = ResetSeen { after_silence: true, ..crossing };
        assert!(matches!(after_silence.origin(), ResetOrigin::Box(BoxProof::TooSoon { .. })));
    }

    #[test]
    fn another_distance_is_a_box_s_unless_the_rst_bears_what_only_the_owner_knows() {
        let reset = ResetSeen { ttl: 64, ..stateless() };
        assert_eq!(reset.origin(), ResetOrigin::Box(BoxProof::OtherDistance { ttl: 64, usual: 63 }));
        let owners = ResetSeen { timestamps: true, ..reset };
        assert_eq!(owners.origin(), ResetOrigin::Unknown(Obscurity::RouteOrBox));
    }

    #[test]
    fn another_distance_proves_nothing_while_the_host_s_own_counter_goes_on() {
        let reset = ResetSeen { ttl: 64, continues_ip_id: Some(true), with_ack: true, ..stateless() };
        assert_eq!(reset.origin(), ResetOrigin::Unknown(Obscurity::RouteOrBox));
    }

    #[test]
    fn another_initial_ttl_over_the_same_distance_convicts_nobody() {
        let reset = ResetSeen { ttl: 63, usual_ttl: Some(254), ..stateless() };
        assert_eq!(reset.origin(), ResetOrigin::Unknown(Obscurity::OtherInitialTtl));
    }

    #[test]
    fn both_ends_told_at_once_without_a_trigger_is_a_box_s_timer() {
        let reset = ResetSeen { trigger: None, twin: Some(Span::from_nanos(100_000)), ..stateless() };
        assert!(matches!(reset.origin(), ResetOrigin::Box(BoxProof::BothEnds { .. })));
        let apart = ResetSeen { twin: Some(Span::from_secs(1)), ..reset };
        assert_eq!(apart.origin(), ResetOrigin::Unknown(Obscurity::OddForm));
    }

    #[test]
    fn the_owner_s_rst_tells_why() {
        assert_eq!(stateful().origin(), ResetOrigin::Owner(OwnersReason::Unprompted));
        let failed = ResetSeen { unanswered_probes: 3, ..stateful() };
        assert_eq!(failed.origin(), ResetOrigin::Owner(OwnersReason::KeepaliveFailed(3)));
        let answer = ResetSeen { trigger: after(Span::from_millis(80)), ..stateful() };
        assert_eq!(answer.origin(), ResetOrigin::Owner(OwnersReason::InAnswer));
    }

    #[test]
    fn an_injector_with_a_copied_ttl_is_not_taken_for_the_owner() {
        let forged = ResetSeen {
            with_ack: true,
            window: 8192,
            continues_ip_id: Some(false),
            trigger: None,
            ..stateless()
        };
        assert_eq!(forged.origin(), ResetOrigin::Unknown(Obscurity::OddForm));
    }

    #[test]
    fn without_timestamps_the_next_identification_shows_the_owner() {
        let reset = ResetSeen {
            timestamps_expected: Some(false),
            continues_ip_id: Some(true),
            with_ack: true,
            window: 502,
            ..stateless()
        };
        assert_eq!(reset.origin(), ResetOrigin::Owner(OwnersReason::InAnswer));
    }

    #[test]
    fn a_sender_never_seen_before_cannot_be_compared() {
        let reset = ResetSeen { usual_ttl: None, ..stateless() };
        assert_eq!(reset.origin(), ResetOrigin::Unknown(Obscurity::NothingToCompare));
    }

    #[test]
    fn hops_count_from_the_next_initial_value() {
        assert_eq!([64, 63, 128, 120, 255, 243].map(hops), [0, 1, 0, 8, 0, 12]);
    }
}
