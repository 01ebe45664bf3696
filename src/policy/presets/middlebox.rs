//! One row of table A: a middlebox as it leaves the factory.

use super::{Grounds, Origin, Source, Verified};
use crate::policy::{Expiry, Hop, Keepalive, Pickup, Refresh, SelfProbe, TimerTable};
use crate::time::Span;

/// A middlebox as it leaves the factory. Bare numbers in the `…_words` fields are seconds.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Middlebox {
    /// What the user writes: lower case, digits and hyphens, begins with a letter.
    pub id: &'static str,
    /// Other words for it.
    pub aliases: &'static [&'static str],
    /// Product, in words.
    pub product: &'static str,
    /// Server ports that it is tied to; empty for most.
    pub ports: &'static [u16],
    /// Idle limits by state. `established` is [`Span::MAX`] when there is none or it is not published:
    /// `limit` says which.
    pub timers: TimerTable,
    /// How `timers.established` stands to what the source says.
    pub limit: Limit,
    /// The established limit as the catalogue prints it.
    pub limit_words: &'static str,
    /// Timers of other states as the catalogue prints them, those that `timers` cannot hold included.
    /// Empty: none known.
    pub state_words: &'static str,
    /// What restarts the timer.
    pub refresh: Refresh,
    /// The same in words, with conditions.
    pub refresh_words: &'static str,
    /// Whether `refresh` was read or inferred.
    pub refresh_grounds: Grounds,
    /// What happens at expiry.
    pub expiry: Expiry,
    /// The same in words, with conditions.
    pub expiry_words: &'static str,
    /// Whether `expiry` was read or inferred.
    pub expiry_grounds: Grounds,
    /// What happens to a segment of a flow that it has forgotten. Follows from the other cells: a NAT has
    /// lost its mapping (domain rule 6), a proxy its socket, and a box that answers by RST refuses it too;
    /// of any other box it is unstated unless its row says it.
    pub pickup: Pickup,
    /// How it probes the ends by itself.
    pub probe_schedule: Option<ProbeSchedule>,
    /// TCP keepalive on its own sockets.
    pub own_keepalive: Option<OwnKeepalive>,
    /// Whether and how far the established limit can be set.
    pub adjustable: Adjustable,
    /// Where it is set. Empty: not stated by itself, though `range_words` may name it.
    pub setting: &'static str,
    /// Both in words. Empty: not stated.
    pub range_words: &'static str,
    /// Documents and files that the values come from.
    pub source: &'static str,
    /// The same, each with its address and the day on which it was read, as far as known.
    pub sources: &'static [Source],
    /// Whether the timer values were seen there.
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

/// How a preset's established limit stands to what the source says.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Limit {
    /// It is the default.
    Exact,
    /// Client and server side have timers of their own; the shorter is in `established`.
    PerSide {
        /// Timer of the initiator's side.
        client: Span,
        /// Timer of the responder's side.
        server: Span,
    },
    /// It varies; the shortest is in `established`, this is the longest.
    UpTo(Span),
    /// A standard's floor: devices may keep state longer.
    AtLeast,
    /// No idle timer unless configured.
    Never,
    /// There is one, but its value is set by an operator and not published.
    Unpublished,
}

/// How far the established limit can be set.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Adjustable {
    /// Not at all by its user.
    Fixed,
    /// Between two values, both allowed.
    Within {
        /// Shortest.
        min: Span,
        /// Longest.
        max: Span,
    },
    /// Yes; no bounds are documented.
    Freely,
    /// Nothing is known about it.
    Unstated,
}

impl Adjustable {
    /// Whether the limit can be set to `to`.
    pub fn allows(self, to: Span) -> bool {
        match self {
            Adjustable::Fixed => false,
            Adjustable::Within { min, max } => min <= to && to <= max,
            Adjustable::Freely | Adjustable::Unstated => true,
        }
    }
}

/// When a box that probes the ends by itself does so, relative to its idle limit: a changed limit moves
/// the probes with it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ProbeSchedule {
    /// In the last part of the timer (ipfw `dyn_keepalive`: every 5 s in the last 20 s).
    BeforeExpiry {
        /// How long before the limit it begins.
        lead: Span,
        /// Time between probes.
        interval: Span,
        /// Unanswered probes after which it gives up.
        probes: u32,
    },
    /// Once the timer has run out (Cisco ASA dead connection detection).
    AtExpiry {
        /// Time between probes.
        interval: Span,
        /// Unanswered probes after which it gives up.
        probes: u32,
    },
    /// One probe each time the timer runs out (Junos TCP tickles).
    EachTimeout {
        /// Unanswered probes in a row after which it gives up.
        probes: u32,
    },
    /// From half of the limit on, evenly until it ends (ISA Server: T, then T/5; dropped at 2 T).
    Halfway {
        /// Unanswered probes after which it gives up, and the parts that the second half is divided in.
        probes: u32,
    },
}

impl ProbeSchedule {
    /// The probes of a box whose established limit is `limit`.
    pub const fn at(self, limit: Span) -> SelfProbe {
        match self {
            ProbeSchedule::BeforeExpiry { lead, interval, probes } => {
                SelfProbe { after: limit.saturating_sub(lead), interval, probes }
            }
            ProbeSchedule::AtExpiry { interval, probes } => SelfProbe { after: limit, interval, probes },
            ProbeSchedule::EachTimeout { probes } => SelfProbe { after: limit, interval: limit, probes },
            ProbeSchedule::Halfway { probes } => {
                let half = limit.divided_by(2);
                SelfProbe { after: half, interval: half.divided_by(probes as u64), probes }
            }
        }
    }
}

/// Keepalive of a proxy on its own sockets, as far as its source states it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct OwnKeepalive {
    /// Silence before the first probe.
    pub time: Span,
    /// Time between unanswered probes. `None`: not stated.
    pub interval: Option<Span>,
    /// Unanswered probes after which it gives up. `None`: not stated.
    pub probes: Option<u32>,
}

impl OwnKeepalive {
    /// As a keepalive setting; what is not stated follows the Linux default.
    pub const fn keepalive(self) -> Keepalive {
        let Keepalive { interval, probes, .. } = Keepalive::LINUX_DEFAULT;
        Keepalive {
            time: self.time,
            interval: match self.interval {
                Some(stated) => stated,
                None => interval,
            },
            probes: match self.probes {
                Some(stated) => stated,
                None => probes,
            },
        }
    }
}

impl Middlebox {
    /// The established limit, or `None` when it is not published. [`Span::MAX`]: no idle timer.
    pub fn established(&self) -> Option<Span> {
        (self.limit != Limit::Unpublished).then_some(self.timers.established)
    }

    /// Whether its expiry alone ends no flow, because it adopts the next segment.
    pub fn is_harmless(&self) -> bool {
        self.pickup == Pickup::Loose
    }

    /// This box as a hop called `name`, with its own limit.
    ///
    /// # Errors
    /// [`UnpublishedLimit`] when the catalogue has none; use [`Middlebox::hop_with_idle`].
    pub fn hop(&self, name: impl Into<String>) -> Result<Hop, UnpublishedLimit> {
        let limit = self.established().ok_or(UnpublishedLimit { preset: self.id })?;
        Ok(self.hop_with_idle(name, limit))
    }

    /// This box as a hop called `name`, with `idle` as its established limit. Its own probes move with the
    /// limit; timers of other states stay.
    pub fn hop_with_idle(&self, name: impl Into<String>, idle: Span) -> Hop {
        Hop {
            name: name.into(),
            preset: Some(self.id),
            timers: TimerTable { established: idle, ..self.timers },
            refresh: self.refresh,
            expiry: self.expiry,
            pickup: self.pickup,
            self_probe: self.probe_schedule.map(|schedule| schedule.at(idle)),
            own_keepalive: self.own_keepalive.map(OwnKeepalive::keepalive),
        }
    }
}

/// A preset whose established limit nobody publishes was used without one.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error(
    "preset '{preset}' publishes no idle limit; give the one in use (idle=5m, in a path file idle = \"5m\")"
)]
pub struct UnpublishedLimit {
    /// Id of the preset.
    pub preset: &'static str,
}
