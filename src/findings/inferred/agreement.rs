//! Limits of several services that agree: one box before all of them would explain each, and lies where all overlap.

use super::{InferredClock, InferredLimit, InferredScope};
use crate::flow::Role;
use crate::segment::Realm;
use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

/// The services of each address, then those of several addresses; only what is narrower than its parts.
pub(super) fn of(limits: &[InferredLimit]) -> Vec<InferredLimit> {
    let mut clocks: BTreeMap<(InferredClock, Option<Role>), Vec<&InferredLimit>> = BTreeMap::new();
    for limit in limits.iter().filter(|limit| is_sound(limit)) {
        clocks.entry((limit.clock, limit.speaker)).or_default().push(limit);
    }
    let mut wider = Vec::new();
    for limits in clocks.into_values() {
        let mut servers: BTreeMap<(IpAddr, Realm), Vec<&InferredLimit>> = BTreeMap::new();
        for limit in &limits {
            servers.extend(address(limit).map(|address| (address, Vec::new())));
        }
        for (address, of_address) in &mut servers {
            of_address.extend(limits.iter().filter(|limit| self::address(limit) == Some(*address)));
        }
        let of_servers: Vec<InferredLimit> = servers
            .iter()
            .filter_map(|((addr, realm), limits)| overlap(InferredScope::Server(*addr, *realm), limits))
            .collect();
        let of_all = overlap(InferredScope::Services, &limits)
            .filter(|all| of_servers.iter().all(|server| !says_as_much(server, all)));
        wider.extend(of_servers);
        wider.extend(of_all);
    }
    wider
}

/// Bounded on both sides, and by nothing contradicted.
fn is_sound(limit: &InferredLimit) -> bool {
    let bounded = limit.survived.flows > 0 && limit.survived.length < limit.cut;
    limit.has_number() && limit.contradictions == 0 && bounded
}

fn address(limit: &InferredLimit) -> Option<(IpAddr, Realm)> {
    match limit.scope {
        InferredScope::Service(service) => Some((service.endpoint.addr, service.realm)),
        InferredScope::Server(..) | InferredScope::Services => None,
    }
}

fn says_as_much(one: &InferredLimit, other: &InferredLimit) -> bool {
    (one.survived.length, one.cut) == (other.survived.length, other.cut)
}

/// Where most of them overlap, if that is narrower than each.
fn overlap(scope: InferredScope, limits: &[&InferredLimit]) -> Option<InferredLimit> {
    // Of intervals that share a point, one ends at the first end.
    let at_end = |end: &&InferredLimit| -> Vec<&InferredLimit> {
        let holds = |limit: &&&InferredLimit| limit.survived.length < end.cut && end.cut <= limit.cut;
        limits.iter().filter(holds).copied().collect()
    };
    let (lowest, agreeing) = limits
        .iter()
        .map(|end| (*end, at_end(end)))
        .max_by_key(|(end, agreeing)| (agreeing.len(), std::cmp::Reverse((end.cut, end.cut_frames))))?;
    let highest = agreeing
        .iter()
        .max_by_key(|limit| (limit.survived.length, std::cmp::Reverse(limit.survived.frames)))?;
    let addresses: BTreeSet<_> = agreeing.iter().filter_map(|limit| address(limit)).collect();
    let spans = scope != InferredScope::Services || addresses.len() > 1;
    let services: BTreeSet<_> = agreeing.iter().map(|limit| limit.scope).collect();
    let mut survived = highest.survived;
    survived.flows = agreeing.iter().map(|limit| limit.survived.flows).sum();
    let all = InferredLimit {
        scope,
        services: services.len() as u64,
        survived,
        other_side: None,
        stand: super::InferredStand::Bracket,
        cuts: agreeing.iter().map(|limit| limit.cuts).sum(),
        members: agreeing.iter().flat_map(|limit| limit.members.clone()).take(super::MEMBERS_KEPT).collect(),
        boxes: Vec::new(),
        ..(*lowest).clone()
    };
    let narrower = services.len() > 1 && agreeing.iter().all(|limit| !says_as_much(limit, &all));
    (spans && narrower).then_some(all)
}
