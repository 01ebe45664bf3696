//! One line for each service, and who left flows behind at which.

use super::inferred::clock_of;
use super::{network, totals};
use crate::findings::{
    InferredLimit, InferredScope, ServiceHeartbeats, ServiceLine, ServiceProbes, StaleLine,
};
use crate::flow::Role;
use crate::pipeline::Analysis;
use crate::report::{
    HeartbeatReach, LimitMissed, SecondsRange, Service, ServiceBroken, ServiceHeartbeat, ServiceKeepalive,
    ServiceLimit, StaleClient,
};
use crate::time::Span;

/// Worst first.
pub(super) fn lines(analysis: &Analysis) -> Vec<Service> {
    analysis.judgement.services.iter().map(|line| service(analysis, line)).collect()
}

fn service(analysis: &Analysis, line: &ServiceLine) -> Service {
    let hops = &analysis.judgement.terms.path.hops;
    Service {
        responder: line.service.endpoint.to_string(),
        network: network(analysis, line.service.realm),
        flows: line.flows,
        open_at_end: line.open_at_end,
        longest_gap_s: line.longest_gap.into(),
        longest_payload_gap_s: line.longest_payload_gap.into(),
        cut: line.cut,
        saved_by_keepalive: line.saved_by_keepalive,
        broken: broken(line.broken),
        limit: limit(analysis, line),
        keepalive: keepalive(&line.probes),
        heartbeats: heartbeats(analysis, line),
        verdicts: totals::verdicts(hops, &line.hops),
        cuts: totals::cuts(hops, &line.hops),
        findings: totals::findings(&line.findings),
        flows_by_severity: totals::by_severity(&line.flows_by_severity),
        histograms: None,
    }
}

fn broken([possible, likely, certain]: [u64; 3]) -> ServiceBroken {
    ServiceBroken { certain, likely, possible }
}

fn limit(analysis: &Analysis, line: &ServiceLine) -> Option<ServiceLimit> {
    let of_it =
        |limit: &&InferredLimit| limit.scope == InferredScope::Service(line.service) && limit.has_number();
    let limits = analysis.judgement.inferred.iter().filter(of_it);
    // A close that nobody minds is not what broke connections, and of several the longest is what they ran into.
    let limit = limits.max_by_key(|limit| (limit.is_unwanted, limit.cuts, limit.cut))?;
    let survived = limit.survived.length;
    Some(ServiceLimit {
        longest_survived_s: (survived > Span::ZERO).then(|| survived.into()),
        shortest_cut_s: Some(limit.cut.into()),
        clock: Some(clock_of(limit)),
    })
}

fn keepalive(probes: &[ServiceProbes; 2]) -> ServiceKeepalive {
    let of = |role: Role| &probes[role.index()];
    let time = |role: Role| {
        let (low, high) = of(role).time?;
        Some(SecondsRange { low: low.into(), high: high.into() })
    };
    ServiceKeepalive {
        initiator_flows: of(Role::Initiator).flows,
        responder_flows: of(Role::Responder).flows,
        initiator_time_s: time(Role::Initiator),
        responder_time_s: time(Role::Responder),
    }
}

fn heartbeats(analysis: &Analysis, line: &ServiceLine) -> Vec<ServiceHeartbeat> {
    let of = |role: Role| Some(heartbeat(analysis, role, line.heartbeats[role.index()].as_deref()?));
    Role::BOTH.into_iter().filter_map(of).collect()
}

fn heartbeat(analysis: &Analysis, sender: Role, seen: &ServiceHeartbeats) -> ServiceHeartbeat {
    let judgement = &analysis.judgement;
    let (shortest, longest) = seen.intervals;
    let mut too_slow_for: Vec<LimitMissed> = judgement
        .survey
        .iter()
        .filter(|line| line.limit.limit < longest)
        .map(|line| LimitMissed {
            limit_s: line.limit.limit.into(),
            refresh: line.refresh.into(),
            presets: line.limit.names.clone(),
        })
        .collect();
    too_slow_for.sort_by_key(|missed| missed.limit_s);
    ServiceHeartbeat {
        sender: sender.into(),
        flows: seen.flows,
        answered_flows: seen.answered,
        beats: seen.beats,
        period_s: seen.period().into(),
        jitter_s: seen.jitter.into(),
        intervals_s: SecondsRange { low: shortest.into(), high: longest.into() },
        size_bytes: seen.size.into(),
        hops: judgement
            .terms
            .path
            .hops
            .iter()
            .zip(&seen.hops)
            .map(|(hop, counts)| (hop.name.clone(), HeartbeatReach::from(*counts)))
            .collect(),
        too_slow_for,
    }
}

/// Most flows first.
pub(super) fn stale_clients(analysis: &Analysis) -> Vec<StaleClient> {
    let page = |line: &StaleLine| StaleClient {
        client: line.client.to_string(),
        responder: line.service.to_string(),
        network: network(analysis, line.realm),
        flows: line.stale,
    };
    analysis.judgement.stale.iter().map(page).collect()
}
