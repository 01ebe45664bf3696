//! What is wrong with a path as it is configured, before any packet is seen.

use std::fmt;

use super::propose::{bounds, pause_of};
use super::{Adjustable, Hop, Keepalive, Path, Pickup, Refresh};
use crate::time::Span;

/// RFC 5382 REQ-5: a NAT keeps an idle established connection for 2 h 4 min (the default keepalive time and
/// 240 s on top).
pub(super) const ESTABLISHED_FLOOR: Span = Span::from_secs(7440);
/// RFC 5382 REQ-5: a NAT keeps a connection that opens or closes for 4 min of silence.
pub(super) const TRANSITORY_FLOOR: Span = Span::from_secs(240);

/// One fault of a path. Its message says what follows from it and what to do.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum PathFault {
    /// A hop does not outlast the next one towards the responder, so a device rather than the server ends
    /// idle sessions, and those behind it keep dead state (Exchange guidance, domain rule 25).
    HopOrder {
        /// The hop nearer the initiator.
        outer: String,
        /// Its established limit.
        outer_limit: Span,
        /// The next hop towards the responder.
        inner: String,
        /// Its established limit, not shorter.
        inner_limit: Span,
    },
    /// The first probe comes when the hop has given the flow up, or at that very moment.
    KeepaliveAboveHop {
        /// The hop.
        hop: String,
        /// Its established limit.
        limit: Span,
        /// The endpoints' keepalive.
        keepalive: Keepalive,
    },
    /// The end whose probes a proxy lets through to the hop has keepalive off.
    KeepaliveDoesNotReach {
        /// The hop.
        hop: String,
        /// Its established limit.
        limit: Span,
        /// The proxy that ends TCP.
        proxy: String,
    },
    /// A note: the hop restarts its timer for payload only, so keepalive does not protect flows from it.
    KeepaliveNotCounted {
        /// The hop.
        hop: String,
        /// Its established limit.
        limit: Span,
        /// What it counts.
        refresh: Refresh,
    },
    /// A NAT has a timer below the floor of RFC 5382 REQ-5.
    BelowRfc5382 {
        /// The hop.
        hop: String,
        /// Which timer.
        timer: Rfc5382Timer,
        /// What it is set to.
        limit: Span,
        /// Whether its user can raise it.
        can_be_raised: bool,
    },
}

/// The timers for which RFC 5382 REQ-5 sets a floor.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Rfc5382Timer {
    /// Both ways open; a keepalive below the limit makes up for a short one.
    Established,
    /// Transitory: the handshake is not finished.
    HalfOpen,
    /// Transitory: a FIN has been seen.
    Closing,
}

impl Rfc5382Timer {
    /// The least that REQ-5 allows.
    pub const fn floor(self) -> Span {
        match self {
            Rfc5382Timer::Established => ESTABLISHED_FLOOR,
            Rfc5382Timer::HalfOpen | Rfc5382Timer::Closing => TRANSITORY_FLOOR,
        }
    }
}

impl PathFault {
    /// Stable id of the rule.
    pub const fn rule(&self) -> &'static str {
        match self {
            PathFault::HopOrder { .. } => "hop-order",
            PathFault::KeepaliveAboveHop { .. } | PathFault::KeepaliveDoesNotReach { .. } => {
                "keepalive-above-hop"
            }
            PathFault::KeepaliveNotCounted { .. } => "keepalive-not-counted",
            PathFault::BelowRfc5382 { .. } => "below-rfc5382",
        }
    }

    /// Whether it only tells what keepalive cannot do, rather than that something is set wrong.
    pub const fn is_note(&self) -> bool {
        matches!(self, PathFault::KeepaliveNotCounted { .. })
    }

    /// The hop at fault; of two in the wrong order, the one nearer the initiator.
    pub fn hop(&self) -> &str {
        match self {
            PathFault::HopOrder { outer: hop, .. }
            | PathFault::KeepaliveAboveHop { hop, .. }
            | PathFault::KeepaliveDoesNotReach { hop, .. }
            | PathFault::KeepaliveNotCounted { hop, .. }
            | PathFault::BelowRfc5382 { hop, .. } => hop,
        }
    }
}

/// Every fault of a path: first the order of its hops, then hop by hop from the initiator. Hops whose
/// expiry ends no flow ([`Pickup::Loose`]) are passed over.
pub fn lint(path: &Path) -> Vec<PathFault> {
    let judged: Vec<(usize, &Hop)> = path.hops.iter().enumerate().filter(|(_, hop)| is_judged(hop)).collect();
    let order = judged.windows(2).filter_map(|pair| match pair {
        [(_, outer), (_, inner)] if !outlasts(outer.timers.established, inner.timers.established) => {
            Some(PathFault::HopOrder {
                outer: outer.name.clone(),
                outer_limit: outer.timers.established,
                inner: inner.name.clone(),
                inner_limit: inner.timers.established,
            })
        }
        _ => None,
    });
    let mut faults: Vec<PathFault> = order.collect();
    let is_on = |keepalive: &Keepalive| !keepalive.is_off();
    let anybody_probes = path.keepalive.filter(is_on).is_some();
    for (index, hop) in judged {
        let (keepalive, proxy) = path.keepalive_at(index);
        let keepalive = keepalive.filter(is_on);
        match (keepalive, proxy) {
            (None, Some(proxy)) if anybody_probes && hop.refresh.counts_packets() && runs_out(hop) => {
                faults.push(PathFault::KeepaliveDoesNotReach {
                    hop: hop.name.clone(),
                    limit: hop.timers.established,
                    proxy: proxy.name.clone(),
                });
            }
            _ => faults.extend(keepalive.and_then(|keepalive| keepalive_fault(hop, keepalive))),
        }
        faults.extend(below_floor(hop, keepalive));
    }
    faults
}

fn runs_out(hop: &Hop) -> bool {
    hop.timers.established != Span::MAX
}

/// Whether an expiry of the hop ends flows, so that its limit matters.
pub(super) fn is_judged(hop: &Hop) -> bool {
    hop.pickup != Pickup::Loose
}

/// Whether the outer limit is longer, or neither runs out.
pub(super) fn outlasts(outer: Span, inner: Span) -> bool {
    outer > inner || outer == Span::MAX
}

fn keepalive_fault(hop: &Hop, keepalive: Keepalive) -> Option<PathFault> {
    let (name, limit) = (hop.name.clone(), hop.timers.established);
    if limit == Span::MAX {
        None
    } else if !hop.refresh.counts_packets() {
        Some(PathFault::KeepaliveNotCounted { hop: name, limit, refresh: hop.refresh })
    } else if keepalive.time >= limit {
        Some(PathFault::KeepaliveAboveHop { hop: name, limit, keepalive })
    } else {
        None
    }
}

/// Whether the hop translates addresses, as far as its preset or its name says: RFC 5382 speaks of NATs only.
fn is_nat(hop: &Hop) -> bool {
    const NATS: [&str; 6] = ["nat", "conntrack", "cgn", "docker-bridge", "home-gateway", "cellular"];
    let named = hop.preset.unwrap_or(&hop.name).to_ascii_lowercase();
    NATS.iter().any(|word| named.contains(word))
}

fn below_floor(hop: &Hop, keepalive: Option<Keepalive>) -> Vec<PathFault> {
    if !hop.refresh.counts_packets() || !is_nat(hop) {
        return Vec::new();
    }
    let can_be_raised = bounds(hop) != Adjustable::Fixed;
    let timers = &hop.timers;
    let probed = keepalive.is_some_and(|keepalive| keepalive.time < timers.established);
    let shortest = |timers: &[Option<Span>]| timers.iter().flatten().min().copied();
    [
        (Rfc5382Timer::Established, Some(timers.established).filter(|_| !probed)),
        (Rfc5382Timer::HalfOpen, shortest(&[timers.syn_sent, timers.syn_recv])),
        (Rfc5382Timer::Closing, shortest(&[timers.fin_wait, timers.close_wait, timers.last_ack])),
    ]
    .into_iter()
    .filter_map(|(timer, limit)| Some((timer, limit.filter(|limit| *limit < timer.floor())?)))
    .map(|(timer, limit)| PathFault::BelowRfc5382 { hop: hop.name.clone(), timer, limit, can_be_raised })
    .collect()
}

impl fmt::Display for PathFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            PathFault::HopOrder { outer, outer_limit, inner, inner_limit } if outer_limit == inner_limit => {
                write!(
                    f,
                    "hops '{outer}' and '{inner}' both give up after {outer_limit}: which one ends an idle \
                     session is chance; timeouts must grow from the server outward, so '{outer}' needs the \
                     longer one"
                )
            }
            PathFault::HopOrder { outer, outer_limit, inner, inner_limit } => {
                write!(f, "hop '{outer}' gives up after {outer_limit}, before hop '{inner}' behind it ")?;
                match *inner_limit {
                    Span::MAX => write!(f, "(never)")?,
                    limit => write!(f, "({limit})")?,
                }
                write!(
                    f,
                    ": '{inner}' keeps sessions that are already cut; timeouts must grow from the server \
                     outward"
                )
            }
            PathFault::KeepaliveAboveHop { hop, limit, keepalive } if keepalive.time == *limit => write!(
                f,
                "keepalive sends its first probe after {limit}, at the very moment when hop '{hop}' gives \
                 up; set the keepalive time to at most {}",
                pause_of(limit.divided_by(2))
            ),
            PathFault::KeepaliveAboveHop { hop, limit, keepalive } => write!(
                f,
                "keepalive sends its first probe after {}, but hop '{hop}' gives up after {limit}; set the \
                 keepalive time to at most {}",
                keepalive.time,
                pause_of(limit.divided_by(2))
            ),
            PathFault::KeepaliveDoesNotReach { hop, limit, proxy } => write!(
                f,
                "no keepalive probe reaches hop '{hop}', which gives up after {limit}: the proxy '{proxy}' ends TCP, and the end \
                 on this side of it has keepalive off; turn it on there, with a time of at most {}",
                pause_of(limit.divided_by(2))
            ),
            PathFault::KeepaliveNotCounted { hop, limit, refresh } => write!(
                f,
                "hop '{hop}' counts {} only, so TCP keepalive does not stop its {limit} timer; send data \
                 (an application heartbeat) or raise the timer",
                match refresh {
                    Refresh::PayloadPerDirection => "payload of each direction",
                    _ => "payload",
                }
            ),
            PathFault::BelowRfc5382 { hop, timer: Rfc5382Timer::Established, limit, can_be_raised } => {
                write!(
                    f,
                    "hop '{hop}' gives up after {limit} and no keepalive is stated that comes before; RFC 5382 REQ-5 asks NATs \
                 for {ESTABLISHED_FLOOR}: {}set the keepalive time to at most {}",
                    if *can_be_raised { "raise it, or " } else { "" },
                    pause_of(limit.divided_by(2))
                )
            }
            PathFault::BelowRfc5382 { hop, timer, limit, .. } => write!(
                f,
                "hop '{hop}' drops {} connections after {limit}; RFC 5382 REQ-5 asks NATs for {}",
                match timer {
                    Rfc5382Timer::Closing => "closing",
                    _ => "half-open",
                },
                TRANSITORY_FLOOR
            ),
        }
    }
}

#[cfg(test)]
mod tests;
