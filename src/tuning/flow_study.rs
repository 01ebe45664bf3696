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

/// Place among [`REFRESHES`] of the one whose timers see the silences of a basis.
pub(super) const fn refresh_of(basis: Basis) -> Option<usize> {
    match basis {
        Basis::Any => Some(0),
        Basis::Payload => Some(1),
        Basis::PayloadInitiator | Basis::PayloadResponder => Some(2),
        Basis::Initiator => Some(3),
        Basis::Responder => Some(4),
        Basis::Unaided => None,
    }
}

/// Whether losing the state is no loss unless the connection comes to be used after all.
pub(super) const fn is_transitory(phase: Phase) -> bool {
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
    /// By basis: limits exceeded by any of its reaches.
    furthest: [u8; 7],
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
        if self.furthest[place] < limits {
            self.furthest[place] = limits;
            if self.reaches.capacity() == 0 {
                // One silence is told on most bases.
                self.reaches.reserve(self.furthest.len() + 1);
            }
            self.reaches.push(Reach {
                start_at: silence.start_at,
                basis: silence.basis,
                limits,
                phase: silence.standing.phase,
            });
        }
    }

    /// Makes it as new, and keeps its memory.
    pub(super) fn clear(&mut self) {
        let mut reaches = std::mem::take(&mut self.reaches);
        reaches.clear();
        *self = FlowStudy { reaches, ..FlowStudy::default() };
    }

    /// How many limits any silence exceeded that such a timer may see.
    pub(super) fn touched(&self, refresh: Refresh) -> usize {
        let of = |basis: &Basis| self.furthest[basis.index()].max(self.doubtful[basis.index()]);
        let own = bases_of(refresh).iter().map(of).max().unwrap_or(0);
        let unaided = if refresh.counts_packets() { self.furthest[Basis::Unaided.index()] } else { 0 };
        usize::from(own.max(unaided))
    }

    /// What boxes do whose limit is the one with this number, and for how many of the limits after it that
    /// is the same.
    pub(super) fn alike_from(
        &self,
        plan: &Plan,
        refresh: Refresh,
        limit: usize,
        last_use: Timestamp,
    ) -> Alike {
        let own = bases_of(refresh);
        let unaided: &[Basis] = if refresh.counts_packets() { &[Basis::Unaided] } else { &[] };
        let mut run = Run { plan, limit, until: plan.limits().len(), last_use };
        let cuts = self.ran_out(own, &mut run);
        let alone = self.ran_out(unaided, &mut run);
        let exceeds = |bases: &[Basis], of: &[u8; 7], run: &mut Run<'_>| {
            let furthest = bases.iter().map(|basis| usize::from(of[basis.index()]));
            let mut any = false;
            for furthest in furthest.filter(|furthest| *furthest > limit) {
                any = true;
                run.until = run.until.min(furthest);
            }
            any
        };
        let fate = if let Some(out) = cuts {
            let used_again = run.is_used_again(&out);
            let harmless = is_transitory(out.phase) && !used_again;
            if harmless { Fate::Untouched } else { Fate::Cut { used_again } }
        } else if exceeds(own, &self.doubtful, &mut run) {
            Fate::Unknown
        } else if alone.is_some() {
            Fate::SavedByKeepalive
        } else {
            Fate::Untouched
        };
        let first = cuts.into_iter().chain(alone).min_by_key(|out| out.at);
        let unaided_fate = first.and_then(|out| {
            let used_again = run.is_used_again(&out);
            if is_transitory(out.phase) && !used_again {
                return None;
            }
            let unprobed =
                exceeds(own, &self.unprobed, &mut run) | exceeds(unaided, &self.unprobed, &mut run);
            Some(Unaided { used_again, saveable: refresh.counts_packets() && !unprobed })
        });
        Alike { fate, unaided: unaided_fate, until: run.until }
    }

    /// The first silence of these bases to let the limit run out.
    fn ran_out(&self, bases: &[Basis], run: &mut Run<'_>) -> Option<RanOut> {
        let mut first: Option<RanOut> = None;
        for basis in bases.iter().filter(|basis| usize::from(self.furthest[basis.index()]) > run.limit) {
            let further = |reach: &&Reach| reach.basis == *basis && usize::from(reach.limits) > run.limit;
            let Some(reach) = self.reaches.iter().find(further) else { continue };
            let timer = run.plan.state_timer(reach.phase);
            // Beside a timer of a state's own, which of two runs out first may change with every limit.
            run.until = run.until.min(timer.map_or(usize::from(reach.limits), |_| run.limit + 1));
            let own = run.plan.limits()[run.limit];
            let at = reach.start_at + timer.unwrap_or(own);
            if first.is_none_or(|known| at < known.at) {
                first = Some(RanOut { start_at: reach.start_at, at, phase: reach.phase });
            }
        }
        first
    }
}

/// Limits from one on to which the same happens, as far as is known so far.
struct Run<'p> {
    plan: &'p Plan,
    limit: usize,
    until: usize,
    last_use: Timestamp,
}

impl Run<'_> {
    /// Longer limits run out later, so that a use may come too early to lie after the cut.
    fn is_used_again(&mut self, out: &RanOut) -> bool {
        if self.last_use <= out.at {
            return false;
        }
        let longer = &self.plan.limits()[self.limit + 1..self.until];
        let before = longer.partition_point(|limit| out.start_at + *limit < self.last_use);
        self.until = self.limit + 1 + before;
        true
    }
}

/// A timer ran out in a silence.
#[derive(Clone, Copy)]
struct RanOut {
    start_at: Timestamp,
    at: Timestamp,
    phase: Phase,
}

/// What happens to a flow behind boxes with neighbouring limits.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Alike {
    pub fate: Fate,
    /// Had nobody sent a probe.
    pub unaided: Option<Unaided>,
    /// Number of the first limit that this may not hold for.
    pub until: usize,
}

/// What a limit does to a flow that nobody probes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Unaided {
    pub used_again: bool,
    pub saveable: bool,
}
