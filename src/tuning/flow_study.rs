//! What is kept of one flow while it lives: how far its silences reached among the limits.
//!
//! Limits are ascending, so a silence exceeds the first few of them, and of each basis only those silences
//! matter that exceed more than any before. A flow keeps one short entry for each of these.

use super::plan::Plan;
use crate::flow::{Basis, Phase, Silence, Trust};
use crate::policy::Refresh;
use crate::time::{Span, Timestamp};

/// All ways in which a timer can be restarted, in the order of tables.
pub const REFRESHES: [Refresh; 5] = [
    Refresh::AnyPacket,
    Refresh::Payload,
    Refresh::PayloadPerDirection,
    Refresh::Initiator,
    Refresh::Responder,
];

/// Bases whose silences a timer with this refresh sees.
pub(super) const fn bases_of(refresh: Refresh) -> &'static [Basis] {
    match refresh {
        Refresh::AnyPacket => &[Basis::Any],
        Refresh::Payload => &[Basis::Payload],
        Refresh::PayloadPerDirection => &[Basis::PayloadInitiator, Basis::PayloadResponder],
        Refresh::Initiator => &[Basis::Initiator],
        Refresh::Responder => &[Basis::Responder],
    }
}

/// Whether losing the state is no loss unless the connection comes to be used after all.
const fn is_transitory(phase: Phase) -> bool {
    matches!(phase, Phase::SynSent | Phase::SynRecv | Phase::LastAck | Phase::Closed)
}

/// A silence that went further than those of its basis before.
#[derive(Clone, Copy, Debug)]
struct Reach {
    start_at: Timestamp,
    basis: Basis,
    /// How many limits it exceeded.
    limits: u8,
    /// State of the connection meanwhile.
    phase: Phase,
}

/// What is kept of a flow.
#[derive(Clone, Debug, Default)]
pub struct FlowStudy {
    reaches: Vec<Reach>,
    /// By basis: limits exceeded by silences that the capture does not show whole.
    doubtful: [u8; 7],
    /// By basis: limits exceeded by silences in which no keepalive probe would have been sent.
    unprobed: [u8; 7],
    /// Until when silences of payload have been taken from the entries: each side's FIN ends the same one.
    pub(super) payload_taken_to: Option<Timestamp>,
    /// The last silence of all packets, until it is known whether probes lie before it.
    pub(super) pending: Option<Pending>,
}

/// A silence between any packets, not yet counted as an idle time.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pending {
    pub length: Span,
    pub end: Option<Timestamp>,
    pub probeable: bool,
}

/// What one limit would have done to a flow.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Fate {
    Untouched,
    Cut { used_again: bool },
    SavedByKeepalive,
    Unknown,
}

/// How many limits of `plan` the silence exceeds.
pub(super) fn exceeded(plan: &Plan, silence: &Silence) -> usize {
    match plan.state_timer(silence.standing.phase) {
        Some(timer) if silence.length > timer => plan.limits().len(),
        Some(_) => 0,
        None => plan.limits().partition_point(|limit| *limit < silence.length),
    }
}

/// Whether an end that probes would have probed: not during a handshake, and not while data is in flight,
/// which is retransmitted instead (Linux `tcp_keepalive_timer`).
pub(super) fn is_probeable(silence: &Silence) -> bool {
    let opening = matches!(silence.standing.phase, Phase::SynSent | Phase::SynRecv | Phase::Closed);
    !opening && !silence.standing.unacknowledged
}

impl FlowStudy {
    /// Takes in a silence that exceeds so many limits. Those of one basis must come in order.
    pub(super) fn note(&mut self, silence: &Silence, limits: usize) {
        let limits = u8::try_from(limits).unwrap_or(u8::MAX);
        let place = silence.basis.index();
        if silence.trust != Trust::Clean {
            self.doubtful[place] = self.doubtful[place].max(limits);
            return;
        }
        if !is_probeable(silence) {
            self.unprobed[place] = self.unprobed[place].max(limits);
        }
        if self.furthest(silence.basis) < limits {
            self.reaches.push(Reach {
                start_at: silence.start_at,
                basis: silence.basis,
                limits,
                phase: silence.standing.phase,
            });
        }
    }

    fn furthest(&self, basis: Basis) -> u8 {
        self.reaches.iter().rev().find(|reach| reach.basis == basis).map_or(0, |reach| reach.limits)
    }

    /// How many limits any silence exceeded that such a timer may see.
    pub(super) fn touched(&self, refresh: Refresh) -> usize {
        let of = |basis: &Basis| self.furthest(*basis).max(self.doubtful[basis.index()]);
        let own = bases_of(refresh).iter().map(of).max().unwrap_or(0);
        let unaided = if refresh.counts_packets() { self.furthest(Basis::Unaided) } else { 0 };
        usize::from(own.max(unaided))
    }

    /// When the first silence of these bases let the limit run out, and in which state.
    fn ran_out(&self, plan: &Plan, bases: &[Basis], limit: usize) -> Option<(Timestamp, Phase)> {
        let own = *plan.limits().get(limit)?;
        let first = |basis: &Basis| {
            let reach = self
                .reaches
                .iter()
                .find(|reach| reach.basis == *basis && usize::from(reach.limits) > limit)?;
            Some((reach.start_at + plan.state_timer(reach.phase).unwrap_or(own), reach.phase))
        };
        bases.iter().filter_map(first).min_by_key(|(at, _)| *at)
    }

    /// What a box with this limit would have done, as a strict tracker does it.
    pub(super) fn fate(&self, plan: &Plan, refresh: Refresh, limit: usize, last_payload: Timestamp) -> Fate {
        let bases = bases_of(refresh);
        if let Some((at, phase)) = self.ran_out(plan, bases, limit) {
            let used_again = last_payload > at;
            let harmless = is_transitory(phase) && !used_again;
            return if harmless { Fate::Untouched } else { Fate::Cut { used_again } };
        }
        if bases.iter().any(|basis| usize::from(self.doubtful[basis.index()]) > limit) {
            return Fate::Unknown;
        }
        if refresh.counts_packets() && usize::from(self.furthest(Basis::Unaided)) > limit {
            return Fate::SavedByKeepalive;
        }
        Fate::Untouched
    }

    /// What the limit would have done had nobody sent a probe: whether it cuts the flow, whether the flow was
    /// used again, and whether a probe in time would have saved it.
    pub(super) fn unaided(
        &self,
        plan: &Plan,
        refresh: Refresh,
        limit: usize,
        last_payload: Timestamp,
    ) -> Option<Unaided> {
        let own = bases_of(refresh);
        let unaided: &[Basis] = if refresh.counts_packets() { &[Basis::Unaided] } else { &[] };
        let first = self.ran_out(plan, own, limit).into_iter().chain(self.ran_out(plan, unaided, limit));
        let (at, phase) = first.min_by_key(|(at, _)| *at)?;
        let used_again = last_payload > at;
        if is_transitory(phase) && !used_again {
            return None;
        }
        let unprobed =
            own.iter().chain(unaided).any(|basis| usize::from(self.unprobed[basis.index()]) > limit);
        Some(Unaided { used_again, saveable: refresh.counts_packets() && !unprobed })
    }
}

/// What a limit does to a flow that nobody probes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Unaided {
    pub used_again: bool,
    pub saveable: bool,
}
