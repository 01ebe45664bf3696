//! Incidents that one event may have caused: flows of one host that broke in one moment.

use super::incident::{How, Incident};
use crate::findings::others::HeardAt;
use crate::frame::FrameNumber;
use crate::segment::Realm;
use crate::time::{Span, Timestamp};
use hashbrown::{HashMap, HashSet};
use std::net::IpAddr;

/// Incidents looked at for one question.
const LOOKED_AT: usize = 512;

/// What broke in the same moment as one incident, as far as one moment can have broken both.
#[derive(Clone, Debug, Default)]
pub(in crate::findings) struct Together {
    /// Incidents of the same mute host, this one among them.
    pub flows: u64,
    /// One of them that was in use: what broke it is not a timer of idle flows.
    pub in_use: Option<FrameNumber>,
    /// One of them that broke after a silence that others survived.
    pub outlived: Option<FrameNumber>,
    /// The host was heard while one of the others failed.
    pub heard: Option<HeardAt>,
    /// Mute hosts, this one among them, that fell silent to the same peer.
    pub hosts: u64,
    /// Flows of the service that broke at one age, opened at different moments; this one among them.
    pub of_one_age: u64,
}

/// A mute host's incidents, by when they failed.
#[derive(Default)]
struct OfHost {
    /// By `failed_at`.
    order: Vec<usize>,
    wells: Vec<Timestamp>,
    fails: Vec<Timestamp>,
}

/// For each incident what broke together with it. `outlived` says whether others survived as long a silence, `heard` whether
/// the mute host was heard while it failed.
pub(in crate::findings) fn together(
    incidents: &[Incident],
    outlived: impl Fn(usize) -> bool,
    heard: impl Fn(usize) -> Option<HeardAt>,
) -> Vec<Together> {
    let counts = |incident: &Incident| incident.is_failure() && !matches!(incident.how, How::Attempt(_));
    let mut hosts: HashMap<(IpAddr, Realm), OfHost> = HashMap::new();
    let mut peers: HashMap<(IpAddr, Realm), Vec<usize>> = HashMap::new();
    for (index, incident) in incidents.iter().enumerate().filter(|(_, incident)| counts(incident)) {
        hosts.entry(incident.mute_host()).or_default().order.push(index);
        let peer = (incident.endpoint(incident.speaker()).addr, incident.flow.realm);
        peers.entry(peer).or_default().push(index);
    }
    for of_host in hosts.values_mut() {
        of_host.order.sort_by_key(|index| (incidents[*index].failed_at, *index));
        of_host.fails = of_host.order.iter().map(|index| incidents[*index].failed_at).collect();
        of_host.wells = of_host.order.iter().map(|index| incidents[*index].well_until).collect();
        of_host.wells.sort_unstable();
    }
    for of_peer in peers.values_mut() {
        of_peer.sort_by_key(|index| (incidents[*index].failed_at, *index));
    }
    let ages = ages(incidents);
    let found = incidents.iter().enumerate().map(|(index, incident)| {
        let mut together =
            Together { of_one_age: ages.get(&index).copied().unwrap_or(0), ..Together::default() };
        let Some(of_host) = hosts.get(&incident.mute_host()).filter(|_| counts(incident)) else {
            return together;
        };
        // Intervals that share a moment: all but those that ended before this one began, or began after it ended.
        let begun = of_host.wells.partition_point(|well| *well < incident.failed_at);
        let over = of_host.fails.partition_point(|failed| *failed <= incident.well_until);
        together.flows = begun.saturating_sub(over).max(1) as u64;
        let others = of_host.order.iter().skip(over).take(LOOKED_AT).copied();
        let others = others.filter(|other| *other != index && shares_moment(&incidents[*other], incident));
        let others: Vec<usize> = others.collect();
        let shortest = shortest_idle(incident, others.iter().map(|other| &incidents[*other]));
        for other in others {
            let candidate = &incidents[other];
            together.heard = together.heard.max(heard(other));
            if in_use_beside(candidate, shortest) {
                together.in_use.get_or_insert(candidate.failed_frame());
            } else if outlived(other) {
                together.outlived.get_or_insert(candidate.failed_frame());
            }
        }
        let peer = (incident.endpoint(incident.speaker()).addr, incident.flow.realm);
        let of_peer = peers.get(&peer).map(Vec::as_slice).unwrap_or_default();
        let first = of_peer.partition_point(|other| incidents[*other].failed_at <= incident.well_until);
        let unanswered = |other: &&Incident| matches!(other.how, How::Unanswered(_));
        let mute: HashSet<(IpAddr, Realm)> = of_peer[first..]
            .iter()
            .take(LOOKED_AT)
            .map(|other| &incidents[*other])
            .filter(|other| shares_moment(other, incident))
            .filter(unanswered)
            .map(Incident::mute_host)
            .collect();
        together.hosts = mute.len() as u64;
        together
    });
    found.collect()
}

fn shares_moment(one: &Incident, other: &Incident) -> bool {
    one.well_until < other.failed_at && other.well_until < one.failed_at
        || (one.failed_at == other.failed_at && one.well_until <= other.failed_at)
}

fn silence_of(incident: &Incident) -> Span {
    incident.any.or(incident.payload).map_or(Span::MAX, |idle| idle.length)
}

/// The shortest silence among those that broke together and were idle: ten times as short is use beside that of `incident`.
fn shortest_idle<'a>(incident: &Incident, others: impl Iterator<Item = &'a Incident>) -> Span {
    let own = silence_of(incident);
    let idle = |silence: &Span| silence.times(10) > own;
    others.map(silence_of).filter(idle).min().map_or(own, |shortest| shortest.min(own))
}

/// Whether `one` was in use when it broke, beside silences of at least `silence`: payload went both ways within a tenth of it.
fn in_use_beside(one: &Incident, silence: Span) -> bool {
    one.any.is_none_or(|idle| idle.length.times(10) <= silence)
        && one.failed_at.since(one.well_until).times(2) <= silence
}

/// Ages differ by this, or by half a hundredth, at the most: timers of boxes and programs are checked once a second or
/// so.
const ONE_AGE: Span = Span::from_millis(500);

/// Flows of one age that were opened at one moment only share that moment.
const APART: Span = Span::from_secs(1);

/// For incidents that share their age with others of their service: how many do.
fn ages(incidents: &[Incident]) -> HashMap<usize, u64> {
    let mut services: HashMap<_, Vec<(Span, Timestamp, usize)>> = HashMap::new();
    for (index, incident) in incidents.iter().enumerate() {
        if let Some(age) = incident.age {
            let opened = incident.failed_at - age;
            services.entry(incident.service()).or_default().push((age, opened, index));
        }
    }
    let mut found = HashMap::new();
    for mut of_service in services.into_values() {
        of_service.sort_unstable();
        let mut end = 0;
        for start in 0..of_service.len() {
            let (age, _, _) = of_service[start];
            let agreement = ONE_AGE.max(age.divided_by(200));
            while of_service.get(end).is_some_and(|(other, ..)| *other <= age + agreement) {
                end += 1;
            }
            let group = &of_service[start..end];
            let opened = group.iter().map(|(_, opened, _)| *opened);
            let apart = opened
                .clone()
                .max()
                .zip(opened.min())
                .is_some_and(|(last, first)| last.since(first) >= APART);
            if group.len() >= 2 && apart {
                for (_, _, index) in group.iter().take(LOOKED_AT) {
                    let known = found.entry(*index).or_insert(0);
                    *known = (*known).max(group.len() as u64);
                }
            }
        }
    }
    found
}
