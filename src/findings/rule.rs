//! The rules by name. Ids are stable: scripts match on them.

use std::fmt;

/// How much a finding matters.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Severity {
    /// Good to know.
    Info,
    /// Worth a look.
    Notice,
    /// Something will hurt.
    Warning,
    /// Something hurts.
    Error,
}

impl Severity {
    /// All, mildest first.
    pub const ALL: [Severity; 4] = [Severity::Info, Severity::Notice, Severity::Warning, Severity::Error];

    /// The word of the report.
    pub const fn name(self) -> &'static str {
        match self {
            Severity::Info => "info",
            Severity::Notice => "notice",
            Severity::Warning => "warning",
            Severity::Error => "error",
        }
    }

    /// One degree milder.
    pub(super) const fn milder(self) -> Severity {
        match self {
            Severity::Info | Severity::Notice => Severity::Info,
            Severity::Warning => Severity::Notice,
            Severity::Error => Severity::Warning,
        }
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

macro_rules! rules {
    ($( $(#[$doc:meta])* $variant:ident = $id:literal, $severity:ident, $origin:ident; )*) => {
        /// What a finding is about.
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
        #[repr(u8)]
        pub enum Rule {
            $( $(#[$doc])* $variant, )*
        }

        impl Rule {
            /// All rules, in order of their index.
            pub const ALL: &'static [Rule] = &[ $( Rule::$variant, )* ];

            /// The stable id.
            pub const fn id(self) -> &'static str {
                match self { $( Rule::$variant => $id, )* }
            }

            /// Severity of a certain finding of this rule.
            pub const fn severity(self) -> Severity {
                match self { $( Rule::$variant => Severity::$severity, )* }
            }

            const fn origin(self) -> Origin {
                match self { $( Rule::$variant => Origin::$origin, )* }
            }
        }
    };
}

/// Who raises a rule.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Origin {
    /// `rules`, over one flow and its verdicts.
    Judged,
    /// A room beside it, over what boxes were seen to do.
    Observed,
    /// The lint of the path itself.
    Path,
}

rules! {
    /// A hop's timer runs out in a gap after which the flow was used again.
    PredictedCut = "predicted-cut", Error, Judged;
    /// A hop's timer runs out and the flow was not used again in this capture: a socket left behind.
    PredictedExpiry = "predicted-expiry", Warning, Judged;
    /// Probes exist or are configured, but the first comes after a hop's limit.
    KeepaliveTooSlow = "keepalive-too-slow", Error, Judged;
    /// Probes flow, but the hop counts payload only.
    KeepaliveNotCounted = "keepalive-not-counted", Error, Judged;
    /// A gap beyond a hop's limit, and no probe from either side.
    NoKeepalive = "no-keepalive", Error, Judged;
    /// The longest refreshed gap is within 20 % of a hop's limit.
    NearMiss = "near-miss", Notice, Judged;
    /// Would be cut without the probes seen.
    SavedByKeepalive = "saved-by-keepalive", Info, Judged;
    /// Silent past the keepalive period without a close.
    Stale = "stale", Warning, Judged;
    /// Probes unanswered, or given up with RST.
    DeadPeer = "dead-peer", Error, Observed;
    /// One side closed, the other idle past the half-closed timer.
    HalfClosedIdle = "half-closed-idle", Warning, Judged;
    /// After a gap, data retransmitted without answer.
    ObservedSilentDrop = "observed-silent-drop", Error, Observed;
    /// After a gap, the first packet is answered by RST.
    ObservedReset = "observed-reset", Error, Observed;
    /// Closed by FIN or RST after the same idle time again and again.
    ObservedCloseAtLimit = "observed-close-at-limit", Error, Observed;
    /// A RST that its claimed sender did not send.
    MiddleboxReset = "middlebox-reset", Error, Observed;
    /// The server closed an idle flow while the client's next request was under way.
    ReuseRace = "reuse-race", Warning, Observed;
    /// An application's heartbeat comes after the hop that cuts the flow.
    HeartbeatTooSlow = "heartbeat-too-slow", Warning, Observed;
    /// The peer closed the flow after the pings that a gRPC server forgives.
    HeartbeatTooFast = "heartbeat-too-fast", Warning, Observed;
    /// The client opens a new flow to the same service right after.
    ReconnectAfterCut = "reconnect-after-cut", Notice, Observed;
    /// Stale flows of one client reach the limit.
    SlotExhaustion = "slot-exhaustion", Error, Observed;
    /// The flow failed, and no idle timer explains it.
    FailedInUse = "failed-in-use", Error, Observed;
    /// The flow failed, and idling is refuted as its cause.
    NotIdle = "not-idle", Info, Observed;
    /// Timeouts do not grow from the server outward.
    HopOrder = "hop-order", Warning, Path;
    /// The keepalive time is not below every hop's timeout.
    KeepaliveAboveHop = "keepalive-above-hop", Warning, Path;
    /// A NAT or firewall allows less than RFC 5382 asks for.
    BelowRfc5382 = "below-rfc5382", Warning, Path;
}

impl Rule {
    /// How many rules there are.
    pub const COUNT: usize = Rule::ALL.len();

    /// 0 and up, to index tables.
    #[inline]
    pub const fn index(self) -> usize {
        self as usize
    }

    /// The rule with this id.
    pub fn from_id(id: &str) -> Option<Rule> {
        Rule::ALL.iter().copied().find(|rule| rule.id() == id)
    }

    /// Rules that this version raises over single flows.
    pub fn judged() -> impl Iterator<Item = Rule> {
        Rule::ALL.iter().copied().filter(|rule| rule.origin() == Origin::Judged)
    }

    /// Whether it tells what was seen to happen, whatever the path is said to be.
    pub const fn is_observed(self) -> bool {
        matches!(self.origin(), Origin::Observed)
    }

    /// Whether it is about the path, not about a flow.
    pub const fn is_about_the_path(self) -> bool {
        matches!(self.origin(), Origin::Path)
    }
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.id())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_unique_and_lead_back_to_their_rule() {
        for (index, rule) in Rule::ALL.iter().enumerate() {
            assert_eq!(rule.index(), index);
            assert_eq!(Rule::from_id(rule.id()), Some(*rule));
        }
    }
}
