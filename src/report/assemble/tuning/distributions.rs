//! Distributions of the whole capture and of groups of services.

use crate::flow::{Basis, EndedBy, Service};
use crate::pipeline::Analysis;
use crate::report::{Distributions, GapHistogram, GapHistograms, Told, TuningGroup};
use crate::segment::Endpoint;
use crate::stats::{PackedHistogram, ServiceGaps, ServiceTimes, SparseGaps};
use crate::time::Span;
use crate::tuning::interval_log::{IntervalLog, tag_name};
use crate::tuning::{GroupBy, Measured, Outcome};
use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// What all services of a group come to.
#[derive(Default)]
pub(super) struct Gathered {
    gaps: ServiceGaps,
    times: ServiceTimes,
}

impl Gathered {
    /// Adds group and histograms to a log.
    pub fn put_into(&self, log: &mut IntervalLog, name: &str) {
        log.groups.insert(name.to_owned(), self.times.flows());
        let prefix = prefix_of(name);
        let mut put = |part: &str, gaps: &SparseGaps| {
            log.put(&format!("{prefix}/{part}"), gaps.packed());
        };
        for basis in Basis::REPORTED {
            if let Some(gaps) = self.gaps.of(basis) {
                put(&format!("gaps.{}", basis.name()), gaps);
            }
        }
        for kind in EndedBy::ALL {
            if let Some(gaps) = self.gaps.ended_by(kind) {
                put(&ended_part(kind), gaps);
            }
        }
        put("lifetimes", self.times.lifetimes());
        put("first-probe-delays", self.times.probe_delays());
    }
}

/// What the tags of a group begin with.
fn prefix_of(name: &str) -> String {
    format!("group/{}", tag_name(name))
}

/// The last part of the tag of a group's gaps between any packets that segments of one kind ended.
fn ended_part(kind: EndedBy) -> String {
    format!("gaps.{}.{}", Basis::Any.name(), kind.name())
}

/// Lays services together by the name of their group.
pub(super) fn gather(
    analysis: &Analysis,
    outcome: &Outcome,
    name: impl Fn(&Service) -> String,
) -> BTreeMap<String, Gathered> {
    let mut groups: BTreeMap<String, Gathered> = BTreeMap::new();
    for (service, times) in &outcome.services {
        groups.entry(name(service)).or_default().times.add(times);
    }
    for (service, gaps) in &analysis.gaps.services {
        groups.entry(name(service)).or_default().gaps.add(gaps);
    }
    groups
}

/// What the group of a service is called; `network` is the name of its VLAN or tunnel.
pub(super) fn group_name(service: &Service, group_by: GroupBy, network: Option<String>) -> String {
    let Endpoint { addr, port } = service.endpoint;
    let within = |name: String| match &network {
        Some(network) => format!("{name} ({network})"),
        None => name,
    };
    match group_by {
        GroupBy::Service => within(service.endpoint.to_string()),
        GroupBy::Port => port.to_string(),
        GroupBy::Subnet => within(match addr {
            IpAddr::V4(addr) => {
                let [a, b, c, _] = addr.octets();
                format!("{}/24", Ipv4Addr::new(a, b, c, 0))
            }
            IpAddr::V6(addr) => {
                let [a, b, c, d, ..] = addr.segments();
                format!("{}/64", Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0))
            }
        }),
        GroupBy::Vlan => network.unwrap_or_else(|| "none".to_owned()),
    }
}

/// Distributions of the whole.
pub(super) fn of(measured: &Measured, limits: &[Span]) -> Distributions {
    let page = |histogram: &PackedHistogram| GapHistogram::of(histogram, Told::All, None, limits);
    let ended = EndedBy::ALL.into_iter();
    Distributions {
        gaps: by_basis(|basis| page(&measured.of(basis))),
        gaps_by_end: ended
            .filter_map(|kind| Some((kind.name().to_owned(), page(measured.ended_by(Basis::Any, kind)?))))
            .collect(),
        open_gaps: measured.open.first().map(page).unwrap_or_default(),
        first_probe_delays: page(&measured.probe_delays),
        lifetimes: page(&measured.lifetimes),
    }
}

/// The groups of a log with most gaps first, as many as are listed: those without gaps last, of equal ones by
/// name.
pub(super) fn listed(log: &IntervalLog, most: usize) -> Vec<TuningGroup> {
    let mut ranked: Vec<_> = log
        .groups
        .iter()
        .map(|(name, flows)| {
            let prefix = prefix_of(name);
            let number = |basis: Basis| {
                let gaps = log.histograms.get(&format!("{prefix}/gaps.{}", basis.name()));
                gaps.map_or(0, |gaps| gaps.count().saturating_add(gaps.outside().1))
            };
            let any = number(Basis::Any);
            let is_empty = any == 0 && Basis::REPORTED.into_iter().all(|basis| number(basis) == 0);
            (is_empty, Reverse(any), Reverse(*flows), name)
        })
        .collect();
    ranked.sort_unstable();
    ranked.truncate(most);
    let group = |(_, _, Reverse(flows), name): (bool, Reverse<u64>, Reverse<u64>, &String)| TuningGroup {
        name: name.clone(),
        flows,
        distributions: of_group(log, &prefix_of(name)),
    };
    ranked.into_iter().map(group).collect()
}

fn of_group(log: &IntervalLog, prefix: &str) -> Distributions {
    let found = |part: &str| {
        let gaps = log.histograms.get(&format!("{prefix}/{part}"))?;
        Some(GapHistogram::of(gaps, Told::FromOneSecond, None, &[]))
    };
    let page = |part: &str| found(part).unwrap_or_default();
    let ended = EndedBy::ALL.into_iter();
    Distributions {
        gaps: by_basis(|basis| page(&format!("gaps.{}", basis.name()))),
        gaps_by_end: ended
            .filter_map(|kind| Some((kind.name().to_owned(), found(&ended_part(kind))?)))
            .collect(),
        first_probe_delays: page("first-probe-delays"),
        lifetimes: page("lifetimes"),
        ..Distributions::default()
    }
}

fn by_basis(page: impl Fn(Basis) -> GapHistogram) -> GapHistograms {
    GapHistograms {
        any: page(Basis::Any),
        payload: page(Basis::Payload),
        initiator: page(Basis::Initiator),
        responder: page(Basis::Responder),
    }
}
