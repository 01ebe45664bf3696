//! One row of table B: keepalive of an endpoint as its maker ships it.

use super::{Origin, Source, Verified};
use crate::policy::Keepalive;
use crate::time::Span;

/// An operating system, runtime or program, and the keepalive that it comes with.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Endpoint {
    /// What the user writes: lower case, digits and hyphens, begins with a letter.
    pub id: &'static str,
    /// Other words for it.
    pub aliases: &'static [&'static str],
    /// Product, in words.
    pub product: &'static str,
    /// What kind of sign of life the row is about.
    pub mechanism: Mechanism,
    /// Whether it runs without being asked for.
    pub on_by_default: OnByDefault,
    /// Silence before the first probe.
    pub time: Setting<Span>,
    /// Time between unanswered probes.
    pub interval: Setting<Span>,
    /// Unanswered probes after which the connection is given up.
    pub probes: Setting<u32>,
    /// Silence after which a dead peer has been given up, as the catalogue states it (an upper bound where
    /// it states a range). `None`: follows the operating system, or not stated.
    pub dead_peer_after: Option<Span>,
    /// The cells as the catalogue prints them; bare numbers are seconds.
    pub printed: Printed,
    /// Other idle timers and settings, in words. Empty: none known.
    pub other_idle: &'static str,
    /// Where its keepalive is set. Empty: not stated.
    pub setting: &'static str,
    /// Documents and files that the values come from.
    pub source: &'static str,
    /// The same, each with its address and the day on which it was read, as far as known.
    pub sources: &'static [Source],
    /// Whether the values were seen there.
    pub verified: Verified,
    /// Parts of the row that stand otherwise than `verified`: (the part, how it stands).
    pub exceptions: &'static [(&'static str, Verified)],
    /// Numbers of the [domain rules](super::DOMAIN_RULES) that a reader of this row should know.
    pub rules: &'static [u8],
    /// Contradictions between sources, and choices made in this row.
    pub notes: &'static [&'static str],
    /// Where the row is from.
    pub origin: Origin,
}

/// What an endpoint uses to find out whether its peer lives.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Mechanism {
    /// TCP keepalive probes: no new payload, so timers that count payload never see them.
    TcpKeepalive,
    /// Payload of the application's own protocol: refreshes every kind of timer.
    Heartbeat,
    /// None: the row only has idle timers that close the connection.
    IdleTimerOnly,
}

/// Whether an endpoint's keepalive runs without being asked for.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum OnByDefault {
    /// Yes.
    Yes,
    /// Only when the application or the user turns it on.
    No,
    /// There is nothing to turn on.
    NotApplicable,
    /// The source does not say.
    Unstated,
}

/// One value of an endpoint.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Setting<T> {
    /// This value.
    Is(T),
    /// It depends; both ends are possible.
    Between(T, T),
    /// Whatever the operating system is set to.
    System,
    /// Not stated, or there is no such thing.
    Absent,
}

/// The cells of a row as the catalogue prints them; bare numbers are seconds, `OS` follows the system, `-` is
/// nothing.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Printed {
    /// Whether it is on by default.
    pub on_by_default: &'static str,
    /// Silence before the first probe.
    pub time: &'static str,
    /// Time between probes.
    pub interval: &'static str,
    /// Number of probes.
    pub probes: &'static str,
    /// Silence after which a dead peer has been given up.
    pub dead_peer_after: &'static str,
}

impl<T: Copy + PartialOrd> Setting<T> {
    /// Whether some value between `low` and `high` (both included) is possible for a setting that has
    /// values of its own.
    fn meets(self, low: T, high: T) -> Option<bool> {
        match self {
            Setting::Is(value) => Some(low <= value && value <= high),
            Setting::Between(from, to) => Some(from <= high && low <= to),
            Setting::System | Setting::Absent => None,
        }
    }

    /// The value, the lower end of a range, or `default` when the row has none.
    fn or(self, default: T) -> T {
        match self {
            Setting::Is(value) | Setting::Between(value, _) => value,
            Setting::System | Setting::Absent => default,
        }
    }
}

impl Endpoint {
    /// As a keepalive setting, when this is TCP keepalive with a time of its own. Interval and probes that
    /// the row leaves to the system are those of Linux.
    pub fn keepalive(&self) -> Option<Keepalive> {
        if self.mechanism != Mechanism::TcpKeepalive {
            return None;
        }
        let time = match self.time {
            Setting::Is(time) | Setting::Between(time, _) => time,
            Setting::System | Setting::Absent => return None,
        };
        let Keepalive { interval, probes, .. } = Keepalive::LINUX_DEFAULT;
        Some(Keepalive { time, interval: self.interval.or(interval), probes: self.probes.or(probes) })
    }

    /// Whether a stack with this row's TCP keepalive could send its first probe after a silence within
    /// `time`, and further ones at an interval within `interval` when that was measured.
    pub(super) fn fits(&self, time: (Span, Span), interval: Option<(Span, Span)>) -> bool {
        self.mechanism == Mechanism::TcpKeepalive
            && self.time.meets(time.0, time.1) == Some(true)
            && interval.is_none_or(|(low, high)| self.interval.meets(low, high) != Some(false))
    }
}
