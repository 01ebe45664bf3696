//! Keepalive settings of an endpoint.

use crate::time::Span;
use serde::{Deserialize, Serialize};
use std::fmt;

/// TCP keepalive as an endpoint is set: first probe after `time` of silence, then every `interval`,
/// given up after `probes` without an answer (RFC 1122 4.2.3.6, RFC 9293 3.8.4).
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
pub struct Keepalive {
    /// Silence before the first probe.
    pub time: Span,
    /// Time between unanswered probes.
    pub interval: Span,
    /// Unanswered probes after which the connection is dropped.
    pub probes: u32,
}

impl Keepalive {
    /// Linux with `SO_KEEPALIVE` and nothing else set: 7200 s, 75 s, 9 (`include/net/tcp.h`).
    pub const LINUX_DEFAULT: Keepalive =
        Keepalive { time: Span::from_secs(7200), interval: Span::from_secs(75), probes: 9 };

    /// Sockets that never probe, because the user said so (not saying anything is another matter).
    pub const OFF: Keepalive = Keepalive { time: Span::MAX, interval: Span::MAX, probes: 0 };

    /// Whether no probe is ever sent.
    pub const fn is_off(&self) -> bool {
        self.time.as_nanos() == Span::MAX.as_nanos()
    }

    /// Silence after which a dead peer has been given up: time + interval × probes.
    pub fn period(&self) -> Span {
        self.time + self.interval.times(u64::from(self.probes))
    }
}

/// What the sockets of both ends are set to.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct EndKeepalives {
    /// Of who opened the connection.
    pub initiator: Keepalive,
    /// Of who accepted it.
    pub responder: Keepalive,
}

impl EndKeepalives {
    /// The one that probes first; one probing end keeps every box alive that counts packets.
    pub fn first(&self) -> Keepalive {
        if self.responder.time < self.initiator.time { self.responder } else { self.initiator }
    }
}

/// Keepalive as it is stated.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum KeepaliveSetting {
    /// For both ends alike, or without saying which.
    Same(Keepalive),
    /// For each end.
    ByEnd(EndKeepalives),
}

impl KeepaliveSetting {
    /// The one that probes first.
    pub fn first(&self) -> Keepalive {
        match self {
            KeepaliveSetting::Same(keepalive) => *keepalive,
            KeepaliveSetting::ByEnd(ends) => ends.first(),
        }
    }
}

impl fmt::Display for KeepaliveSetting {
    /// As it is stated: `30m/75s/9`, `initiator=off,responder=30m/75s/9`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            KeepaliveSetting::Same(keepalive) => keepalive.fmt(f),
            KeepaliveSetting::ByEnd(EndKeepalives { initiator, responder }) => {
                write!(f, "initiator={initiator},responder={responder}")
            }
        }
    }
}
