//! A RST as its flow sees it: all that helps to say who sent it.

use super::gap::Role;
use super::watcher::Phase;
use crate::frame::FrameNumber;
use crate::time::{Span, Timestamp};
use serde::{Deserialize, Serialize};

/// A RST with what was known of its claimed sender before it.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct ResetSeen {
    /// Its frame.
    pub frame: FrameNumber,
    /// When it came.
    pub at: Timestamp,
    /// Whose address it bears.
    pub sender: Role,
    /// State of the connection before it.
    pub phase: Phase,
    /// Its TTL or hop limit.
    pub ttl: u8,
    /// That of the sender's segment before it, or where the sender had sent nothing, of its first one after it; `None`:
    /// there is neither.
    pub usual_ttl: Option<u8>,
    /// Whether the sender's segments had come with several of them: another one proves nothing.
    pub several_ttls: bool,
    /// When its claimed sender was heard before; `None`: never.
    pub heard_at: Option<Timestamp>,
    /// IPv6: its flow label beside the sender's usual one. `None`: IPv4, or the sender had sent nothing.
    pub flow_label: Option<FlowLabel>,
    /// IPv4: whether its identification goes on where the sender's last segment left off. `None`: IPv6, the sender
    /// had sent nothing, or one of the two is 0 (Linux: no socket, or a SYN-ACK).
    pub continues_ip_id: Option<bool>,
    /// IPv4: whether it bears the identification of the very segment that it answers: whoever made it copied that header.
    pub copies_ip_id: bool,
    /// Whether it bears an acknowledgment.
    pub with_ack: bool,
    /// Its window.
    pub window: u16,
    /// Whether it bears timestamps (RFC 7323).
    pub timestamps: bool,
    /// Whether the segment that it answers bears timestamps. `None`: it answers none, or that is not known.
    pub timestamps_expected: Option<bool>,
    /// Whether its sequence number is just what its receiver expects (RFC 5961 3.2), as far as that is known;
    /// otherwise the receiver may refuse it.
    pub exact: bool,
    /// Whether its receiver must drop it: it waits for the answer to its SYN, and this does not acknowledge that, as
    /// every host's refusal does (RFC 9293 3.10.7.1, 3.10.7.3).
    pub dropped: bool,
    /// What it answers: the receiver's last segment, when that came after the sender's own last one.
    pub trigger: Option<Trigger>,
    /// Whether what it answers had ended a silence of at least the floor.
    pub after_silence: bool,
    /// Round-trip time between this capture point and the claimed sender, as the handshake showed it. `None`: the
    /// capture has no handshake.
    pub rtt: Option<Span>,
    /// Keepalive probes of the sender without a reply before it.
    pub unanswered_probes: u32,
    /// Whether its receiver had payload in flight.
    pub in_flight: bool,
    /// Whether it acknowledges all that its receiver had sent.
    pub acknowledges_all: bool,
    /// Whether each side had sent its FIN, by [`Role::index`].
    pub fins: [bool; 2],
    /// A RST under the other end's address, this long before it: both ends were told.
    pub twin: Option<Span>,
}

/// A RST that comes this long after the receiver's last segment does not answer it: a host or a box answers at once,
/// and no path is that long.
const PROMPT: Span = Span::from_secs(1);

impl ResetSeen {
    /// Whether something prompted it: a segment of its receiver just before, or probes of its sender that nobody
    /// answered.
    pub fn is_prompted(&self) -> bool {
        self.unanswered_probes > 0 || self.trigger.is_some_and(|trigger| trigger.latency < PROMPT)
    }

    /// Whether it is worth keeping although its flow is not: it looks foreign, or breaks a flow off that nobody had
    /// closed while the service owed an answer. Real traffic is full of other ones.
    pub(super) fn is_remarkable(&self) -> bool {
        let foreign = self.usual_ttl.is_some_and(|usual| usual != self.ttl)
            || matches!(self.flow_label, Some(FlowLabel::Dropped | FlowLabel::Changed));
        let breaks = self.in_flight && self.sender == Role::Responder && self.fins == [false, false];
        foreign || breaks || (self.dropped && self.sender == Role::Responder)
    }
}

/// The segment that a RST answers.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Trigger {
    /// Its frame.
    pub frame: FrameNumber,
    /// From it to the RST.
    pub latency: Span,
}

/// The low half of an IPv6 flow label beside the usual one.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
pub enum FlowLabel {
    /// The flow's own, not 0.
    Kept,
    /// 0, where the flow has one.
    Dropped,
    /// Another one.
    Changed,
    /// 0 as always in this flow.
    Unused,
}
