//! Flows by the service they go to.

use crate::flow::{FlowView, Role};
use crate::segment::{Endpoint, Realm};
use crate::time::Span;
use std::net::IpAddr;

/// Services listed, worst first.
pub const SERVICES_LISTED: usize = 200;

/// All flows to one service.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ServiceLine {
    /// Address and port that the flows go to.
    pub responder: Endpoint,
    /// Network the address is meant in.
    pub realm: Realm,
    /// Flows.
    pub flows: u64,
    /// Longest ended silence of any of them.
    pub longest_gap: Span,
    /// Keepalive probes of both sides.
    pub probes: u64,
    /// Flows cut, by hop in path order.
    pub cut: Vec<u64>,
    /// Flows cut by at least one hop.
    pub cut_by_any: u64,
    /// Flows that live only because of keepalive.
    pub saved_by_keepalive: u64,
    /// Stale flows.
    pub stale: u64,
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
    responder: Endpoint,
    realm: Realm,
    flows: u64,
    longest_gap: Span,
    probes: u64,
    trouble: Option<Box<ServiceTrouble>>,
}

#[derive(Clone, Debug, Default)]
pub(super) struct ServiceTrouble {
    pub cut: Vec<u64>,
    pub cut_by_any: u64,
    pub saved_by_keepalive: u64,
    pub stale: u64,
}

impl ServiceTally {
    pub fn of(flow: &FlowView<'_>) -> Self {
        ServiceTally {
            responder: flow.endpoint(Role::Responder),
            realm: flow.realm(),
            flows: 0,
            longest_gap: Span::ZERO,
            probes: 0,
            trouble: None,
        }
    }

    pub fn note(&mut self, flow: &FlowView<'_>) {
        self.flows += 1;
        self.longest_gap = self.longest_gap.max(flow.longest_gap());
        self.probes += Role::BOTH.iter().map(|role| flow.probes(*role).probes()).sum::<u64>();
    }

    pub fn trouble(&mut self, hops: usize) -> &mut ServiceTrouble {
        self.trouble
            .get_or_insert_with(|| Box::new(ServiceTrouble { cut: vec![0; hops], ..Default::default() }))
    }

    pub fn key(&self) -> (Endpoint, Realm) {
        (self.responder, self.realm)
    }

    pub fn line(self, hops: usize) -> ServiceLine {
        let trouble = self
            .trouble
            .map_or_else(|| ServiceTrouble { cut: vec![0; hops], ..Default::default() }, |trouble| *trouble);
        ServiceLine {
            responder: self.responder,
            realm: self.realm,
            flows: self.flows,
            longest_gap: self.longest_gap,
            probes: self.probes,
            cut: trouble.cut,
            cut_by_any: trouble.cut_by_any,
            saved_by_keepalive: trouble.saved_by_keepalive,
            stale: trouble.stale,
        }
    }
}

impl ServiceLine {
    pub(super) fn add(&mut self, other: &ServiceLine) {
        self.flows += other.flows;
        self.longest_gap = self.longest_gap.max(other.longest_gap);
        self.probes += other.probes;
        for (mine, theirs) in self.cut.iter_mut().zip(&other.cut) {
            *mine += theirs;
        }
        self.cut_by_any += other.cut_by_any;
        self.saved_by_keepalive += other.saved_by_keepalive;
        self.stale += other.stale;
    }

    /// Worst first, a total order: most cut, most stale, longest silence, then by address.
    pub(super) fn worse_first(a: &ServiceLine, b: &ServiceLine) -> std::cmp::Ordering {
        b.cut_by_any
            .cmp(&a.cut_by_any)
            .then(b.stale.cmp(&a.stale))
            .then(b.longest_gap.cmp(&a.longest_gap))
            .then_with(|| (a.responder, a.realm).cmp(&(b.responder, b.realm)))
    }
}
