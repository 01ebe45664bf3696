//! Flows by the service they go to.

use super::diagnosis::{CauseStanding, Idle, KnownService};
use super::heartbeats::ServiceHeartbeats;
use super::inferred::{ByClient, Survivors};
use super::others::{Distance, KnownHost, Outlived};
use super::rule::{Rule, Severity};
use super::totals::HopTotals;
use crate::flow::{Basis, ClosedBy, FlowView, Gap, Heartbeat, Role, Service};
use crate::policy::Hop;
use crate::segment::{Endpoint, Realm};
use crate::simulate::{OutcomeKind, Verdict};
use crate::time::{Span, Timestamp};
use std::net::IpAddr;
use std::ops::Range;

/// Services listed, worst first.
pub const SERVICES_LISTED: usize = 200;

/// Keepalive that the flows of a service show on one side.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct ServiceProbes {
    /// Flows in which this side probed.
    pub flows: u64,
    /// Probes in all of them.
    pub probes: u64,
    /// Shortest and longest keepalive time measured, best estimates.
    pub time: Option<(Span, Span)>,
}

/// All flows to one service.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ServiceLine {
    /// Address and port that the flows go to.
    pub service: Service,
    /// Flows.
    pub flows: u64,
    /// Of them, flows without a close.
    pub open_at_end: u64,
    /// Longest ended silence of any of them.
    pub longest_gap: Span,
    /// Longest ended silence of payload.
    pub longest_payload_gap: Span,
    /// By [`Role::index`].
    pub probes: [ServiceProbes; 2],
    /// By [`Role::index`] of who sends it.
    pub heartbeats: [Option<Box<ServiceHeartbeats>>; 2],
    /// By hop, in path order.
    pub hops: Vec<HopTotals>,
    /// Flows cut by at least one hop.
    pub cut: u64,
    /// Flows that live only because of keepalive: saved from some hop and cut by none.
    pub saved_by_keepalive: u64,
    /// Findings by [`Rule::index`].
    pub findings: [u64; Rule::COUNT],
    /// Flows by their worst finding, mildest severity first.
    pub flows_by_severity: [u64; 4],
    /// Failed flows of which an idle timer is possible, likely, shown.
    pub broken: [u64; 3],
    /// The longest silences that any flow survived with nothing under way.
    pub(super) survived: Survivors,
    /// The same by client, and of payload.
    pub(super) by_client: ByClient,
    /// The longest silence of payload that any flow came through before it failed or anybody closed it.
    pub(super) outlived_payload: Option<Idle>,
    /// Age of its oldest flow.
    pub(super) oldest: Span,
    /// When it last sent payload in a flow that neither side had closed after a silence.
    pub(super) alive_at: Timestamp,
    /// How far away it answers from.
    pub(super) distance: Distance,
}

/// Stale flows of one client to one service: each holds one of the connections that the server allows.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct StaleLine {
    /// Address of the client.
    pub client: IpAddr,
    /// The service.
    pub service: Endpoint,
    /// Network the addresses are meant in.
    pub realm: Realm,
    /// Stale flows.
    pub stale: u64,
}

/// What a worker counts for one service. Small: a port scan makes as many services as flows.
#[derive(Clone, Debug)]
pub(super) struct ServiceTally {
    service: Service,
    flows: u64,
    open_at_end: u64,
    longest_gap: Span,
    longest_payload_gap: Span,
    oldest: Span,
    alive_at: Timestamp,
    distance: Distance,
    /// Whose service it is.
    pub host: KnownHost,
    trouble: Option<Box<ServiceTrouble>>,
}

/// What only services with probes, findings or expiries count.
#[derive(Clone, Debug, Default)]
pub(super) struct ServiceTrouble {
    /// Flows counted here; all others survive every hop.
    flows: u64,
    probes: [ServiceProbes; 2],
    heartbeats: [Option<Box<ServiceHeartbeats>>; 2],
    hops: Vec<HopTotals>,
    cut: u64,
    saved_by_keepalive: u64,
    findings: [u64; Rule::COUNT],
    flows_by_severity: [u64; 4],
    survived: Survivors,
    by_client: ByClient,
    outlived_payload: Option<Idle>,
}

impl ServiceTally {
    pub fn of(flow: &FlowView<'_>) -> Self {
        let service = Service { endpoint: flow.endpoint(Role::Responder), realm: flow.realm() };
        ServiceTally {
            service,
            host: KnownHost::of(service.endpoint.addr, service.realm),
            flows: 0,
            open_at_end: 0,
            longest_gap: Span::ZERO,
            longest_payload_gap: Span::ZERO,
            oldest: Span::ZERO,
            alive_at: Timestamp::default(),
            distance: Distance::Unknown,
            trouble: None,
        }
    }

    #[inline(always)]
    pub fn note(&mut self, flow: &FlowView<'_>) {
        self.flows += 1;
        self.open_at_end += u64::from(flow.closed_by() == ClosedBy::Nothing);
        self.longest_gap = self.longest_gap.max(flow.longest_gap());
        self.longest_payload_gap = self.longest_payload_gap.max(flow.longest_payload_gap());
        self.oldest = self.oldest.max(flow.last_at().since(flow.first_at()));
        // A RST may be a box's, from elsewhere.
        if flow.closed_by() != ClosedBy::Rst
            && let Some(ttl) = flow.ttl(Role::Responder)
        {
            self.distance.note(ttl);
        }
    }

    /// Notes what silences the flow survived, and that its service lives.
    #[inline(always)]
    pub fn note_life(&mut self, flow: &FlowView<'_>, hops: usize) {
        if flow.last_payload_by() == Some(Role::Responder) && flow.sequels().closed().is_none() {
            self.alive_at = self.alive_at.max(flow.last_payload().0);
        }
        let outlived = outlived_payload(flow);
        if outlived.is_none() && flow.sequels().survived().is_empty() {
            return;
        }
        let survived = Survivors::of_flow(flow.sequels().survived());
        if outlived.is_none() && survived == Survivors::default() {
            return;
        }
        let trouble = self.trouble(hops);
        trouble.survived.add(&survived);
        trouble.outlived_payload = longer(trouble.outlived_payload, outlived);
        let payload = outlived.map_or_else(Outlived::default, Idle::outlived);
        let client = flow.endpoint(Role::Initiator).addr;
        trouble.by_client.add(client, &Survivors { payload, ..survived });
    }

    pub fn trouble(&mut self, hops: usize) -> &mut ServiceTrouble {
        self.trouble.get_or_insert_with(|| {
            Box::new(ServiceTrouble { hops: vec![HopTotals::default(); hops], ..Default::default() })
        })
    }

    pub fn service(&self) -> Service {
        self.service
    }

    /// `on`: the hops on its flows' path, by their place among all.
    pub fn line(self, hops: usize, on: &Range<usize>) -> ServiceLine {
        let mut trouble = self.trouble.map_or_else(
            || ServiceTrouble { hops: vec![HopTotals::default(); hops], ..Default::default() },
            |trouble| *trouble,
        );
        for hop in trouble.hops.get_mut(on.clone()).into_iter().flatten() {
            hop.outcomes[OutcomeKind::Survives.index()] += self.flows.saturating_sub(trouble.flows);
        }
        ServiceLine {
            service: self.service,
            flows: self.flows,
            open_at_end: self.open_at_end,
            longest_gap: self.longest_gap,
            longest_payload_gap: self.longest_payload_gap,
            probes: trouble.probes,
            heartbeats: trouble.heartbeats,
            hops: trouble.hops,
            cut: trouble.cut,
            saved_by_keepalive: trouble.saved_by_keepalive,
            findings: trouble.findings,
            flows_by_severity: trouble.flows_by_severity,
            broken: [0; 3],
            survived: trouble.survived,
            by_client: trouble.by_client,
            outlived_payload: trouble.outlived_payload,
            oldest: self.oldest,
            alive_at: self.alive_at,
            distance: self.distance,
        }
    }
}

/// The longest silence of payload before the flow failed, or before the close that ended one.
#[inline(always)]
fn outlived_payload(flow: &FlowView<'_>) -> Option<Idle> {
    let sequels = flow.sequels();
    let over =
        [sequels.failed(), sequels.closed()].into_iter().flatten().map(|sequel| sequel.gap.end_frame).min();
    let before = |gap: &&Gap| over.is_none_or(|over| gap.end_frame < over);
    let gap = flow.gaps(Basis::Payload).kept().iter().find(before)?;
    Some(Idle { length: gap.length, start_at: gap.start_at, frames: [gap.start_frame, gap.end_frame] })
}

/// The longer of two silences; of equal ones the earlier.
fn longer(a: Option<Idle>, b: Option<Idle>) -> Option<Idle> {
    [a, b].into_iter().flatten().max_by_key(|idle| (idle.length, std::cmp::Reverse(idle.frames)))
}

impl ServiceTrouble {
    /// A flow with its verdicts; `first` is the hop that cuts first.
    pub fn note_flow(
        &mut self,
        flow: &FlowView<'_>,
        verdicts: &[Verdict],
        first: Option<usize>,
        saved: bool,
    ) {
        self.flows += 1;
        for (hop, verdict) in self.hops.iter_mut().zip(verdicts) {
            hop.note(verdict);
        }
        if let Some(hop) = first.and_then(|first| self.hops.get_mut(first)) {
            self.cut += 1;
            hop.cuts_first += 1;
        }
        self.saved_by_keepalive += u64::from(saved);
        for role in Role::BOTH {
            let log = flow.probes(role);
            if log.probes() > 0 {
                let time = log.time().map(|estimate| (estimate.best, estimate.best));
                self.probes[role.index()].add(&ServiceProbes { flows: 1, probes: log.probes(), time });
            }
        }
    }

    pub fn note_heartbeat(&mut self, heartbeat: &Heartbeat, hops: &[Hop], on: &Range<usize>) {
        let of_one = ServiceHeartbeats::of(heartbeat, hops, on);
        ServiceHeartbeats::join(&mut self.heartbeats[heartbeat.sender.index()], Some(&of_one));
    }

    pub fn note_finding(&mut self, rule: Rule) {
        self.findings[rule.index()] += 1;
    }

    pub fn note_worst(&mut self, severity: Severity) {
        self.flows_by_severity[severity as usize] += 1;
    }
}

impl ServiceProbes {
    fn add(&mut self, other: &ServiceProbes) {
        self.flows += other.flows;
        self.probes += other.probes;
        self.time = match (self.time, other.time) {
            (Some((low, high)), Some((other_low, other_high))) => {
                Some((low.min(other_low), high.max(other_high)))
            }
            (known, None) | (None, known) => known,
        };
    }
}

impl ServiceLine {
    /// Findings of `rule`.
    pub fn of(&self, rule: Rule) -> u64 {
        self.findings[rule.index()]
    }

    /// Counts what was found of one flow.
    pub(super) fn note_flow(&mut self, rules: impl Iterator<Item = Rule>, worst: Option<Severity>) {
        for rule in rules {
            self.findings[rule.index()] += 1;
        }
        if let Some(severity) = worst {
            self.flows_by_severity[severity as usize] += 1;
        }
    }

    /// Counts a flow that failed; `idle`: how far an idle timer is established.
    pub(super) fn note_broken(&mut self, idle: CauseStanding) {
        if let Some(place) = idle.index().checked_sub(1) {
            self.broken[place] += 1;
        }
    }

    /// What its flows show to one that failed.
    pub(super) fn known(&self) -> KnownService {
        KnownService {
            survived: self.survived,
            payload: self.outlived_payload,
            oldest: self.oldest,
            alive_at: self.alive_at,
        }
    }

    pub(super) fn add(&mut self, other: &ServiceLine) {
        self.alive_at = self.alive_at.max(other.alive_at);
        self.distance.add(other.distance);
        self.outlived_payload = longer(self.outlived_payload, other.outlived_payload);
        self.oldest = self.oldest.max(other.oldest);
        self.survived.add(&other.survived);
        self.by_client.join(&other.by_client);
        self.flows += other.flows;
        self.open_at_end += other.open_at_end;
        self.longest_gap = self.longest_gap.max(other.longest_gap);
        self.longest_payload_gap = self.longest_payload_gap.max(other.longest_payload_gap);
        for (mine, theirs) in self.probes.iter_mut().zip(&other.probes) {
            mine.add(theirs);
        }
        for (mine, theirs) in self.heartbeats.iter_mut().zip(&other.heartbeats) {
            ServiceHeartbeats::join(mine, theirs.as_deref());
        }
        for (mine, theirs) in self.hops.iter_mut().zip(&other.hops) {
            mine.add(theirs);
        }
        self.cut += other.cut;
        self.saved_by_keepalive += other.saved_by_keepalive;
        for (mine, theirs) in self.findings.iter_mut().zip(other.findings) {
            *mine += theirs;
        }
        for (mine, theirs) in self.flows_by_severity.iter_mut().zip(other.flows_by_severity) {
            *mine += theirs;
        }
    }

    /// Worst first, a total order: most flows with errors, then warnings, most cut, longest silence, then
    /// by address.
    pub(super) fn worse_first(a: &ServiceLine, b: &ServiceLine) -> std::cmp::Ordering {
        let graver = |line: &ServiceLine| {
            let [_, _, warnings, errors] = line.flows_by_severity;
            (errors, warnings, line.cut, line.longest_gap)
        };
        graver(b).cmp(&graver(a)).then_with(|| a.service.cmp(&b.service))
    }
}
