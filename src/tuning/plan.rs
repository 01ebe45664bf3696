//! What is asked of the traffic: which timeouts, which keepalive times, which goal.

use crate::flow::Phase;
use crate::policy::presets::survey_limits;
use crate::policy::{Keepalive, Path, SlotLimit, keepalive_below};
use crate::time::Span;

/// Timeouts tried at once, at the most: each costs a curve over time for every refresh.
pub const MOST_CANDIDATES: usize = 100;

/// Silence from which on a flow counts as idle, unless a shorter timeout is asked about. Shorter pauses are part of a
/// conversation.
pub const IDLE_FROM: Span = Span::from_secs(10);

/// Share of the reused flows that a timeout is to keep, unless the user says otherwise.
pub const USUAL_KEEP: f64 = 0.999;

/// Keepalive times tried unless the user says otherwise: those that people set, up to the default of most
/// stacks (7200 s, RFC 1122 4.2.3.6).
const USUAL_KEEPALIVES: [u64; 12] = [30, 45, 60, 120, 240, 300, 600, 900, 1200, 1800, 3600, 7200];

/// What services are laid together by.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum GroupBy {
    /// Not at all: address and port of the responder.
    #[default]
    Service,
    /// Port of the responder.
    Port,
    /// Network of the responder: /24 of IPv4, /64 of IPv6.
    Subnet,
    /// VLAN or tunnel.
    Vlan,
}

impl GroupBy {
    /// The word of the report.
    pub const fn name(self) -> &'static str {
        match self {
            GroupBy::Service => "service",
            GroupBy::Port => "port",
            GroupBy::Subnet => "subnet",
            GroupBy::Vlan => "vlan",
        }
    }
}

/// What is asked.
#[derive(Clone, PartialEq, Debug)]
pub struct Plan {
    limits: Vec<Span>,
    asked: Vec<Span>,
    /// Keepalive settings to try, ascending by time.
    pub keepalives: Vec<Keepalive>,
    /// Timer of connections whose handshake is not finished. `None`: the candidate serves them.
    pub half_open: Option<Span>,
    /// Timer of connections with one FIN. `None`: the candidate serves them.
    pub half_closed: Option<Span>,
    /// Sockets that services allow one client. `None`: nobody asks.
    pub slots: Option<Vec<SlotLimit>>,
    /// Share of the reused flows that a timeout is to keep, 0 to 1.
    pub keep: f64,
    /// What services are laid together by.
    pub group_by: GroupBy,
}

impl Plan {
    /// Asks for `candidates` (the distinct limits of the catalogue when empty), those of the path's hops and
    /// the keepalive times that suit them.
    pub fn new(path: &Path, candidates: &[Span], keepalive_times: &[Span]) -> Plan {
        let hops = path.hops.iter().map(|hop| hop.timers.established).filter(|limit| *limit != Span::MAX);
        let mut asked: Vec<Span> = match candidates {
            [] => {
                survey_limits().iter().map(|known| known.limit).filter(|limit| *limit >= IDLE_FROM).collect()
            }
            given => given.to_vec(),
        };
        asked.extend(hops);
        let mut keepalives = keepalives_of(path, keepalive_times);
        keepalives.sort_by_key(|keepalive| keepalive.time);
        keepalives.dedup_by_key(|keepalive| keepalive.time);
        Plan { keepalives, ..Plan::of(asked) }
    }

    fn of(mut asked: Vec<Span>) -> Plan {
        asked.sort_unstable();
        asked.dedup();
        let mut limits = asked.clone();
        limits.push(idle_from(&asked));
        limits.sort_unstable();
        limits.dedup();
        Plan {
            limits,
            asked,
            keepalives: Vec::new(),
            half_open: None,
            half_closed: None,
            slots: None,
            keep: USUAL_KEEP,
            group_by: GroupBy::default(),
        }
    }

    /// What a log says was asked: the same timeouts and keepalive times.
    pub(super) fn of_log(asked: Vec<Span>, keepalives: Vec<Keepalive>) -> Plan {
        Plan { keepalives, ..Plan::of(asked) }
    }

    /// Silence from which on a flow counts as idle: no timeout that is asked about is shorter.
    pub fn idle_from(&self) -> Span {
        idle_from(&self.asked)
    }

    /// All limits that are followed, ascending: those asked for, and [`Plan::idle_from`].
    pub fn limits(&self) -> &[Span] {
        &self.limits
    }

    /// The limits asked for, ascending.
    pub fn asked(&self) -> &[Span] {
        &self.asked
    }

    /// Whether a limit was asked for.
    pub fn is_asked(&self, limit: Span) -> bool {
        self.asked.binary_search(&limit).is_ok()
    }

    /// Silences shorter than this matter to no answer.
    pub fn silence_floor(&self) -> Span {
        let times = self.keepalives.iter().map(|keepalive| keepalive.time);
        let states = [self.half_open, self.half_closed].into_iter().flatten();
        self.limits.iter().copied().chain(times).chain(states).fold(IDLE_FROM, Span::min)
    }

    /// Timer of a state that has its own.
    pub(super) fn state_timer(&self, phase: Phase) -> Option<Span> {
        match phase {
            Phase::SynSent | Phase::SynRecv => self.half_open,
            Phase::FinWait | Phase::CloseWait => self.half_closed,
            Phase::Established | Phase::LastAck | Phase::Closed => None,
        }
    }
}

/// `asked`: ascending.
fn idle_from(asked: &[Span]) -> Span {
    asked.first().copied().unwrap_or(IDLE_FROM).min(IDLE_FROM)
}

fn keepalives_of(path: &Path, times: &[Span]) -> Vec<Keepalive> {
    let stated = path.keepalive.filter(|keepalive| !keepalive.is_off());
    let usual = stated.unwrap_or(Keepalive::LINUX_DEFAULT);
    if !times.is_empty() {
        return times.iter().map(|time| Keepalive { time: *time, ..usual }).collect();
    }
    let limits =
        path.hops.iter().filter(|hop| hop.refresh.counts_packets()).map(|hop| hop.timers.established);
    let fitting =
        limits.filter(|limit| *limit != Span::MAX).min().map(|limit| keepalive_below(limit, stated));
    // Of two with one time the first is kept: what fits the path goes before what is usual.
    let usual = USUAL_KEEPALIVES.iter().map(|time| Keepalive { time: Span::from_secs(*time), ..usual });
    fitting.into_iter().chain(stated).chain(usual).collect()
}
