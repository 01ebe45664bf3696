//! One line for each service, and who left flows behind at which.

use super::{network, totals};
use crate::findings::{ServiceLine, ServiceProbes, StaleLine};
use crate::flow::Role;
use crate::pipeline::Analysis;
use crate::report::{SecondsRange, Service, ServiceKeepalive, StaleClient};

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
        keepalive: keepalive(&line.probes),
        verdicts: totals::verdicts(hops, &line.hops),
        cuts: totals::cuts(hops, &line.hops),
        findings: totals::findings(&line.findings),
        flows_by_severity: totals::by_severity(&line.flows_by_severity),
        histograms: None,
    }
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
