//! One middlebox: timers per TCP state, what refreshes them, what happens at expiry.

use super::Keepalive;
use crate::time::Span;

/// What restarts a hop's idle timer.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Refresh {
    /// Every segment of either side: trackers, NAT, L4 balancers.
    AnyPacket,
    /// New payload of either side; keepalive never reaches this timer: proxies that terminate TCP.
    Payload,
    /// New payload, one timer for each direction: HAProxy client and server timeouts.
    PayloadPerDirection,
    /// Only segments of the initiator.
    Initiator,
    /// Only segments of the responder.
    Responder,
}

impl Refresh {
    /// Whether segments without payload restart the timer: keepalive probes and their replies do then,
    /// whichever side sends them.
    pub const fn counts_packets(self) -> bool {
        matches!(self, Refresh::AnyPacket | Refresh::Initiator | Refresh::Responder)
    }
}

/// What the hop does when its timer runs out. Decides who notices, when, and what a capture shows.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Expiry {
    /// State vanishes; later segments are lost.
    Drop,
    /// State vanishes; the next segment is answered by RST.
    ResetOnNext,
    /// RST to both ends at the moment of expiry.
    ResetBoth,
    /// The proxy closes its sockets (FIN).
    Close,
}

/// What a tracker does with a mid-stream segment of a flow it has forgotten.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Pickup {
    /// Refuses it: the flow is cut.
    Strict,
    /// Adopts it: expiry does no harm (a pure router with `nf_conntrack_tcp_loose=1`).
    Loose,
    /// Depends on what the preset does not know (a router adopts it, a NAT or a drop-new rule does not).
    Unstated,
}

/// A box that probes the ends by itself before it gives a flow up (ipfw, ASA DCD, Junos tickles, ISA).
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct SelfProbe {
    /// Idle time after which the box sends its first probe.
    pub after: Span,
    /// Time between probes.
    pub interval: Span,
    /// Unanswered probes after which it gives up.
    pub probes: u32,
}

/// Idle limits by state of the connection as the hop sees it. `None`: the hop has no timer of its own
/// for that state and `established` serves. Names follow nf_conntrack.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct TimerTable {
    /// Both ways open. [`Span::MAX`]: never.
    pub established: Span,
    /// SYN seen, no answer.
    pub syn_sent: Option<Span>,
    /// SYN-ACK seen, handshake not finished.
    pub syn_recv: Option<Span>,
    /// One FIN seen, not acknowledged.
    pub fin_wait: Option<Span>,
    /// One FIN seen and acknowledged: half-closed.
    pub close_wait: Option<Span>,
    /// Both FINs seen, the last not acknowledged.
    pub last_ack: Option<Span>,
    /// Cap while payload is unacknowledged (nf_conntrack `timeout_unacknowledged`).
    pub unacknowledged: Option<Span>,
    /// Cap after three or more retransmissions (nf_conntrack `timeout_max_retrans`).
    pub retransmitting: Option<Span>,
    /// Cap while the last window was zero (nf_conntrack uses the retransmission timer).
    pub zero_window: Option<Span>,
}

impl TimerTable {
    /// Only an established timer.
    pub const fn established(limit: Span) -> Self {
        TimerTable {
            established: limit,
            syn_sent: None,
            syn_recv: None,
            fin_wait: None,
            close_wait: None,
            last_ack: None,
            unacknowledged: None,
            retransmitting: None,
            zero_window: None,
        }
    }

    /// The timers of single states and conditions, with their names.
    pub const fn by_state(&self) -> [(&'static str, Option<Span>); 8] {
        [
            ("syn-sent", self.syn_sent),
            ("syn-recv", self.syn_recv),
            ("fin-wait", self.fin_wait),
            ("close-wait", self.close_wait),
            ("last-ack", self.last_ack),
            ("unacknowledged", self.unacknowledged),
            ("retransmitting", self.retransmitting),
            ("zero-window", self.zero_window),
        ]
    }

    /// The shortest of all timers: no silence below it matters to this hop.
    pub fn shortest(&self) -> Span {
        self.by_state().into_iter().filter_map(|(_, timer)| timer).fold(self.established, Span::min)
    }
}

/// One middlebox on the path.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Hop {
    /// What the user calls it; unique on its path.
    pub name: String,
    /// Id of the preset it was made from.
    pub preset: Option<&'static str>,
    /// Idle limits.
    pub timers: TimerTable,
    /// What restarts them.
    pub refresh: Refresh,
    /// What happens when they run out.
    pub expiry: Expiry,
    /// What happens to a flow it has forgotten.
    pub pickup: Pickup,
    /// Whether it probes by itself.
    pub self_probe: Option<SelfProbe>,
    /// Keepalive that the box runs on its own sockets, when it terminates TCP.
    pub own_keepalive: Option<Keepalive>,
}

impl Hop {
    /// A tracker of which only the limit is known: any packet refreshes it, expiry drops its state in
    /// silence, and it refuses flows that it has forgotten.
    pub fn tracker(name: impl Into<String>, limit: Span) -> Hop {
        Hop {
            name: name.into(),
            preset: None,
            timers: TimerTable::established(limit),
            refresh: Refresh::AnyPacket,
            expiry: Expiry::Drop,
            pickup: Pickup::Strict,
            self_probe: None,
            own_keepalive: None,
        }
    }
}
