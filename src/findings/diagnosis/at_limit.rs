//! Closes of a service's flows that agree on one length of silence: a timer of the side that closes.

use super::incident::{Close, How, Incident};
use crate::flow::Role;
use crate::segment::{Endpoint, Realm};
use crate::time::{Span, Timestamp};
use std::net::IpAddr;

/// Closes of one length differ by this, or by a hundredth, at the most: measured 1 to 27 ms at 3 to 8 s.
const AGREEMENT: Span = Span::from_millis(50);

/// Silences that begin within this time of each other may end in one close of all.
const ONE_MOMENT: Span = Span::from_secs(1);

/// Flows of one service, or of one of its clients, that one side closed at one length of silence.
#[derive(Clone, Debug)]
pub(in crate::findings) struct AtLimit {
    pub service: (Endpoint, Realm),
    /// The client, where each has a limit of its own.
    pub client: Option<IpAddr>,
    pub closer: Role,
    /// The shortest and the longest silence of payload.
    pub lengths: (Span, Span),
    /// Indexes of the incidents, in order of their flows.
    pub members: Vec<usize>,
    /// When the silences began, how many moments apart.
    pub moments: u64,
    /// Somebody kept one of these flows open, or they were reset, or used again.
    pub kept_open: bool,
    /// Flows that the close did harm to.
    pub harmed: u64,
}

/// The closes among incidents, with their places.
fn closes(incidents: &[Incident]) -> impl Iterator<Item = (usize, &Incident, &Close, Span)> {
    incidents.iter().enumerate().filter_map(|(index, incident)| match &incident.how {
        How::Closed(close) => Some((index, incident, close, incident.payload?.length)),
        _ => None,
    })
}

/// Finds the limits at which services close, the most closes first. `alive_at`: when a service last sent payload in a flow
/// that nobody closed.
pub(in crate::findings) fn find(
    incidents: &[Incident],
    alive_at: impl Fn((Endpoint, Realm)) -> Timestamp,
) -> Vec<AtLimit> {
    let mut order: Vec<(Span, usize)> =
        closes(incidents).map(|(index, _, _, length)| (length, index)).collect();
    let group = |index: usize| (incidents[index].service(), incidents[index].mute);
    let client = |index: usize| incidents[index].flow.initiator.addr;
    order
        .sort_unstable_by_key(|(length, index)| (group(*index), *length, incidents[*index].flow.first_frame));
    let mut limits = Vec::new();
    for of_group in order.chunk_by(|a, b| group(a.1) == group(b.1)) {
        let Some((_, first)) = of_group.first() else { continue };
        let (service, closer) = group(*first);
        let alive = alive_at(service);
        let of_service = limit_of(incidents, of_group, closer, alive);
        if let Some(limit) = of_service {
            limits.push(limit);
            continue;
        }
        let mut of_clients = of_group.to_vec();
        of_clients.sort_by_key(|(length, index)| (client(*index), *length));
        for of_client in of_clients.chunk_by(|a, b| client(a.1) == client(b.1)) {
            let limit = limit_of(incidents, of_client, closer, alive);
            limits.extend(
                limit.map(|limit| AtLimit { client: of_client.first().map(|(_, i)| client(*i)), ..limit }),
            );
        }
    }
    limits.sort_by_key(|limit| {
        (std::cmp::Reverse(limit.members.len()), limit.service, limit.closer, limit.client)
    });
    limits
}

/// The length at which most of the closes of one group agree; they are sorted by length.
fn limit_of(
    incidents: &[Incident],
    group: &[(Span, usize)],
    closer: Role,
    alive_at: Timestamp,
) -> Option<AtLimit> {
    let mut best: &[(Span, usize)] = &[];
    let mut end = 0;
    for (start, (shortest, _)) in group.iter().enumerate() {
        let agreement = AGREEMENT.max(shortest.divided_by(100));
        while group.get(end).is_some_and(|(length, _)| *length <= *shortest + agreement) {
            end += 1;
        }
        if end - start > best.len() {
            best = &group[start..end];
        }
    }
    // Chance brings pairs together; a timer brings most.
    if best.len() < 2 || best.len() * 5 < group.len() * 3 {
        return None;
    }
    let (shortest, longest) = (best.first()?.0, best.last()?.0);
    let mut members: Vec<usize> = best.iter().map(|(_, index)| *index).collect();
    members.sort_unstable_by_key(|index| incidents[*index].flow.first_frame);
    let of_members = || members.iter().map(|index| &incidents[*index]);
    let mut starts: Vec<Timestamp> = of_members().map(|incident| incident.well_until).collect();
    starts.sort_unstable();
    let moments = moments(&starts);
    let closed_at = of_members().map(|incident| incident.failed_at).max()?;
    let went_on = closer == Role::Responder && alive_at > closed_at + ONE_MOMENT;
    // A program that ends closes all that it has at one moment.
    if moments < 2 && !went_on {
        return None;
    }
    let closes = || {
        of_members().filter_map(|incident| match &incident.how {
            How::Closed(close) => Some(close),
            _ => None,
        })
    };
    // What ends connections at one age ends them after one silence where they beat at one pace.
    if are_of_one_age(of_members(), longest) {
        return None;
    }
    let head = incidents.get(*members.first()?)?;
    let kept_open = closes().any(|close| close.kept_open || close.refused.is_some() || close.request_open);
    let harmed = of_members().filter(|incident| incident.is_failure()).count() as u64;
    Some(AtLimit {
        service: head.service(),
        client: None,
        closer,
        lengths: (shortest, longest),
        moments,
        kept_open,
        harmed,
        members,
    })
}

/// A connection that grew so many times older than its silence had a life of its own: its age was not that of the silence.
const LIVES: u64 = 4;

/// Ages differ by this, or by a thousandth, at the most.
const ONE_AGE: Span = Span::from_millis(500);

/// Whether all grew equally old, and much older than the silence is long.
fn are_of_one_age<'i>(incidents: impl Iterator<Item = &'i Incident>, silence: Span) -> bool {
    let ages: Option<Vec<Span>> = incidents.map(|incident| incident.age).collect();
    let Some((least, most)) = ages.as_ref().and_then(|ages| ages.iter().min().zip(ages.iter().max())) else {
        return false;
    };
    *least >= silence.times(LIVES) && most.saturating_sub(*least) <= ONE_AGE.max(least.divided_by(1000))
}

/// How many moments times come to, sorted: those within [`ONE_MOMENT`] of the first of them are one.
pub(in crate::findings) fn moments(sorted: &[Timestamp]) -> u64 {
    let mut count = 0;
    let mut began: Option<Timestamp> = None;
    for at in sorted {
        if began.is_none_or(|began| at.since(began) >= ONE_MOMENT) {
            began = Some(*at);
            count += 1;
        }
    }
    count
}
