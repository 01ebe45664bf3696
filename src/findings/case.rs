//! What the rules look at: one flow at its end, with its verdicts.

use super::annex::HalfClosed;
use super::finding::Certainty;
use super::routes::RouteId;
use super::terms::Terms;
use crate::flow::{Basis, ClosedBy, Estimate, FlowView, Phase, ProbeLog, ResetSeen, Role, Silence, Trust};
use crate::frame::FrameNumber;
use crate::policy::{Hop, Keepalive};
use crate::simulate::{Doubt, Lapse, Outcome, Verdict, first_cut};
use crate::time::{Span, Timestamp};

/// Keepalive of one side.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Prober<'a> {
    pub probes: u64,
    pub probe_or_reply: u64,
    pub unanswered: u32,
    pub gave_up: Option<FrameNumber>,
    pub time: Option<Estimate>,
    pub frames: &'a [FrameNumber],
    pub last_at: Option<Timestamp>,
}

impl<'a> Prober<'a> {
    fn of(log: &'a ProbeLog) -> Self {
        Prober {
            probes: log.probes(),
            probe_or_reply: log.probe_or_reply(),
            unanswered: log.unanswered_now(),
            gave_up: log.gave_up(),
            time: log.time(),
            frames: log.frames(),
            last_at: log.last_probe_at(),
        }
    }
}

/// One flow at its end.
#[derive(Clone, Copy, Debug)]
pub(super) struct Case<'a> {
    pub terms: &'a Terms,
    /// Its path.
    pub route: RouteId,
    /// By hop, in path order.
    pub verdicts: &'a [Verdict],
    pub closed_by: ClosedBy,
    pub phase: Phase,
    pub two_way: bool,
    /// Whether each side has sent its FIN, by [`Role::index`].
    pub fins: [bool; 2],
    /// By [`Role::index`].
    pub probers: [Prober<'a>; 2],
    /// The silence of all packets that lasted until the capture ended.
    pub open: Option<Silence>,
    pub half_closed: Option<HalfClosed>,
    /// The RST that refuses no SYN.
    pub dropped_reset: Option<&'a ResetSeen>,
}

impl<'a> Case<'a> {
    pub fn of(
        terms: &'a Terms,
        flow: &FlowView<'a>,
        verdicts: &'a [Verdict],
        open: &[Silence],
        half_closed: Option<HalfClosed>,
    ) -> Self {
        Case {
            route: terms.routes.route(flow.endpoint(Role::Responder), flow.realm()),
            terms,
            verdicts,
            closed_by: flow.closed_by(),
            phase: flow.phase(),
            two_way: flow.is_two_way(),
            fins: Role::BOTH.map(|role| flow.has_fin(role)),
            probers: Role::BOTH.map(|role| Prober::of(flow.probes(role))),
            open: open.iter().find(|silence| silence.basis == Basis::Any).copied(),
            half_closed,
            dropped_reset: flow.dropped_reset(),
        }
    }

    /// The hops on the flow's path, by their place among all.
    pub fn hops(&self) -> impl Iterator<Item = (usize, &'a Hop)> {
        let on = self.terms.routes.hops_on(self.route);
        on.clone().zip(self.terms.path.hops.get(on).into_iter().flatten())
    }

    /// Keepalive that its path states and that ever probes.
    pub fn configured_keepalive(&self) -> Option<Keepalive> {
        self.terms.routes.keepalive_of(self.route)
    }

    /// Silence after which an end with keepalive would have found out that its peer is gone.
    pub fn keepalive_period(&self) -> Span {
        self.configured_keepalive().unwrap_or(Keepalive::LINUX_DEFAULT).period()
    }

    /// Expiries that did harm, or may have, as (hop, lapse, certainty). Not those in silences that the
    /// capture does not show whole.
    pub fn expiries(&self) -> impl Iterator<Item = (usize, Lapse, Certainty)> + '_ {
        self.verdicts.iter().enumerate().filter_map(|(hop, verdict)| match verdict.outcome {
            Outcome::Cut { lapse, caveat: None } => Some((hop, lapse, Certainty::Certain)),
            Outcome::Cut { lapse, caveat: Some(_) } => Some((hop, lapse, Certainty::Likely)),
            Outcome::Unknown { lapse, doubt: Doubt::PickupUnstated | Doubt::EndsMayAnswer } => {
                Some((hop, lapse, Certainty::Possible))
            }
            _ => None,
        })
    }

    /// The expiry to tell: that of the hop that cuts first, else the first that may have done harm.
    pub fn leading_expiry(&self) -> Option<(usize, Lapse, Certainty)> {
        match first_cut(self.verdicts) {
            Some(first) => self.expiries().find(|(hop, ..)| *hop == first),
            None => self.expiries().min_by_key(|(hop, lapse, _)| (lapse.at(), *hop)),
        }
    }

    /// The first expiry of a timer that keepalive would have refreshed, in a state in which the ends
    /// probe: after the handshake, and not while payload is in flight or the window closed (RFC 9293 3.8.4).
    pub fn expiry_that_probes_prevent(&self) -> Option<(usize, Lapse, Certainty)> {
        self.expiries()
            .filter(|(hop, lapse, _)| {
                let standing = lapse.standing;
                !self.counts_payload(*hop)
                    && matches!(standing.phase, Phase::Established | Phase::FinWait | Phase::CloseWait)
                    && !standing.unacknowledged
                    && !standing.zero_window
            })
            .min_by_key(|(hop, lapse, _)| (lapse.at(), *hop))
    }

    /// Whether keepalive never reaches this hop's timer.
    pub fn counts_payload(&self, hop: usize) -> bool {
        self.terms.path.hops.get(hop).is_some_and(|hop| !hop.refresh.counts_packets())
    }

    /// Probes of both sides, and what may be probes: replies to some that the capture does not show, if not.
    pub fn probes(&self) -> u64 {
        self.probers.iter().map(|prober| prober.probes + prober.probe_or_reply).sum()
    }

    /// Neither FIN nor RST.
    pub fn is_open(&self) -> bool {
        self.closed_by == ClosedBy::Nothing && self.fins == [false, false]
    }

    /// The silence at the end, when the capture shows it whole.
    pub fn trusted_open(&self) -> Option<Silence> {
        self.open.filter(|silence| silence.trust == Trust::Clean)
    }
}
