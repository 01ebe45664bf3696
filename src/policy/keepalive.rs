//! Keepalive settings of an endpoint.

use crate::time::Span;
use serde::{Deserialize, Serialize};

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
