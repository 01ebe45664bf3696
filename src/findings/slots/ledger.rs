//! What one worker notes of connections that hold a slot at a service, or ask for one in vain.

use crate::findings::flow_record::FlowRef;
use crate::flow::{Basis, ClosedBy, EndedBy, FlowView, Gap, Opened, Phase, Role};
use crate::frame::FrameNumber;
use crate::memory::LongList;
use crate::segment::{Endpoint, Realm};
use crate::time::{Span, Timestamp};
use std::net::{IpAddr, Ipv6Addr};

/// Closed connections that lived for less hold no slot that anybody would miss.
const SHORTEST_HOLD: Span = Span::from_secs(1);

/// A server that accepts and resets within this time, without a byte of its own, has refused.
const AT_ONCE: Span = Span::from_secs(1);

/// Closed connections and refusals noted by one worker: a million take 56 MB. Those that are open are as
/// many as the flow table holds.
const PASSING_KEPT: usize = 1 << 20;

/// How an attempt was refused.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Refusal {
    /// Handshake, and at once RST by the server.
    ResetAtOnce,
    /// RST in answer to the SYN.
    Refused,
    /// No answer to the SYN.
    Unanswered,
}

/// How a slot came free at the server.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Release {
    /// The server's keepalive gave up.
    Keepalive,
    /// FIN of both sides.
    Fin,
    /// RST by the server.
    ServerReset,
    /// RST by the client.
    ClientReset,
    /// The client opened a new connection from the same port.
    Replaced,
}

/// How long a connection held its slot.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) enum Hold {
    /// For as long as the capture knows.
    Open,
    /// The same, and it was silent past the keepalive period.
    Stale,
    /// Until it was released.
    Freed(Release),
}

/// What a connection did to the slots of its client.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) enum Part {
    /// Held one.
    Held(Hold),
    /// Asked for one.
    Refused(Refusal),
}

impl Part {
    fn is_open(self) -> bool {
        matches!(self, Part::Held(Hold::Open | Hold::Stale))
    }
}

/// One connection, small: in the worst case every flow that is open when the capture ends has one.
#[derive(Clone, Copy, Debug)]
pub(super) struct Fact {
    client: [u8; 16],
    pub start: Timestamp,
    /// [`Timestamp::MAX`]: it was not released.
    pub until: Timestamp,
    pub first_frame: FrameNumber,
    /// From the first frame to the last, saturating.
    frames: u32,
    /// From the start to the client's last segment in milliseconds, saturating.
    heard_ms: u32,
    /// `ServiceId` of its worker; once laid together, rank among all services.
    pub service: u32,
    pub client_port: u16,
    pub part: Part,
}

/// A client at a service, by its rank.
pub(super) type Holder = (u32, [u8; 16]);

/// The address that a fact keeps in sixteen bytes.
pub(super) fn client_at(address: [u8; 16]) -> IpAddr {
    IpAddr::V6(Ipv6Addr::from(address)).to_canonical()
}

impl Fact {
    #[inline(always)]
    fn of(flow: &FlowView<'_>, part: Part) -> Self {
        let client = flow.endpoint(Role::Initiator);
        let start = flow.first_at();
        let heard = heard_at(flow, part).since(start).as_nanos() / 1_000_000;
        let frames = flow.last_frame().0.saturating_sub(flow.first_frame().0);
        Fact {
            client: match client.addr {
                IpAddr::V4(addr) => addr.to_ipv6_mapped().octets(),
                IpAddr::V6(addr) => addr.octets(),
            },
            start,
            until: if part.is_open() { Timestamp::MAX } else { flow.last_at() },
            first_frame: flow.first_frame(),
            frames: u32::try_from(frames).unwrap_or(u32::MAX),
            heard_ms: u32::try_from(heard).unwrap_or(u32::MAX),
            service: flow.service().0,
            client_port: client.port,
            part,
        }
    }

    pub fn is_stale(&self) -> bool {
        self.part == Part::Held(Hold::Stale)
    }

    pub fn holder(&self) -> Holder {
        (self.service, self.client)
    }

    pub fn client(&self) -> IpAddr {
        client_at(self.client)
    }

    pub fn last_frame(&self) -> FrameNumber {
        FrameNumber(self.first_frame.0 + u64::from(self.frames))
    }

    /// When the client was last heard of, to the millisecond.
    pub fn heard_at(&self) -> Timestamp {
        self.start + Span::from_millis(u64::from(self.heard_ms))
    }

    pub fn reference(&self, responder: Endpoint, realm: Realm) -> FlowRef {
        let initiator = Endpoint { addr: self.client(), port: self.client_port };
        FlowRef { first_frame: self.first_frame, initiator, responder, realm }
    }
}

/// When the client last used the connection. A RST after a silence is no use.
#[inline(always)]
fn heard_at(flow: &FlowView<'_>, part: Part) -> Timestamp {
    let last = flow.last_at_of(Role::Initiator);
    if part != Part::Held(Hold::Freed(Release::ClientReset)) {
        return last;
    }
    let ended_by_it = |gap: &&Gap| gap.ended_by == EndedBy::Rst && gap.start_at + gap.length == last;
    flow.gaps(Basis::Any).kept().iter().find(ended_by_it).map_or(last, |gap| gap.start_at)
}

/// What a flow did to its client's slots, `open` if it holds one still; `None`: nothing, or the capture does not
/// show enough of it.
#[inline(always)]
fn part_of(flow: &FlowView<'_>, open: Hold) -> Option<Part> {
    let asked = flow.opened() == Opened::Handshake && flow.has_syn(Role::Initiator);
    if flow.segments(Role::Responder) == 0 {
        return (asked && flow.phase() == Phase::SynSent).then_some(Part::Refused(Refusal::Unanswered));
    }
    if !flow.is_two_way() || matches!(flow.phase(), Phase::SynSent | Phase::SynRecv) {
        return None;
    }
    let gave_up = |role| flow.probes(role).gave_up().is_some();
    let release = match flow.closed_by() {
        ClosedBy::Nothing => return Some(Part::Held(open)),
        ClosedBy::Fin => Release::Fin,
        ClosedBy::Rst => {
            let by_server = flow.last_at_of(Role::Responder) >= flow.last_at_of(Role::Initiator);
            if asked && by_server && flow.payload_bytes(Role::Responder) == 0 {
                if !flow.has_syn(Role::Responder) {
                    return Some(Part::Refused(Refusal::Refused));
                }
                if flow.last_at().since(flow.first_at()) < AT_ONCE {
                    return Some(Part::Refused(Refusal::ResetAtOnce));
                }
            }
            if gave_up(Role::Responder) {
                Release::Keepalive
            } else if gave_up(Role::Initiator) {
                // What did not let the probes through does not let the RST through: the server keeps it.
                return Some(Part::Held(open));
            } else if by_server {
                Release::ServerReset
            } else {
                Release::ClientReset
            }
        }
    };
    (flow.last_at().since(flow.first_at()) >= SHORTEST_HOLD).then_some(Part::Held(Hold::Freed(release)))
}

/// The notes of one worker.
#[derive(Debug, Default)]
pub(in crate::findings) struct Ledger {
    pub(super) facts: LongList<Fact>,
    passing: usize,
    /// Closed connections and refusals beyond the bound.
    pub(super) left_out: u64,
}

impl Ledger {
    /// A flow has ended, or the capture has; `stale`: silent past the keepalive period, and open.
    #[inline(always)]
    pub fn note(&mut self, flow: &FlowView<'_>, stale: bool) {
        let open = if stale { Hold::Stale } else { Hold::Open };
        let Some(part) = part_of(flow, open) else { return };
        if !part.is_open() {
            if self.passing >= PASSING_KEPT {
                self.left_out += 1;
                return;
            }
            self.passing += 1;
        }
        self.facts.push(Fact::of(flow, part));
    }
}

#[cfg(test)]
impl Fact {
    /// A connection of `client` from `port`, in seconds; its frames count seconds from 1.
    pub fn made(client: [u8; 4], port: u16, start: u64, until: Option<u64>, heard: u64, part: Part) -> Self {
        let at = |second: u64| Timestamp::from_nanos(second as i64 * 1_000_000_000);
        Fact {
            client: std::net::Ipv4Addr::from(client).to_ipv6_mapped().octets(),
            start: at(start),
            until: until.map_or(Timestamp::MAX, at),
            first_frame: FrameNumber(start * 100 + u64::from(port % 100)),
            frames: 0,
            heard_ms: u32::try_from((heard - start) * 1000).expect("a short story"),
            service: 0,
            client_port: port,
            part,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fact_stays_small() {
        assert_eq!(std::mem::size_of::<Fact>(), 56);
    }
}
