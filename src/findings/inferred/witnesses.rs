//! What limits are read from: silences that broke flows, and those that others survived.

use super::bracket::of_service;
use super::{InferredClock, InferredLimit, InferredScope, InferredStand, Survivors, agreement, sort};
use crate::findings::diagnosis::{
    AtLimit, Cause, CauseStanding, Explanation, How, IdleClock, Incident, KnownService,
};
use crate::findings::others::Outlived;
use crate::flow::{Role, Service};
use crate::frame::FrameNumber;
use crate::time::{Span, Timestamp};
use std::collections::BTreeMap;
use std::net::IpAddr;

/// How much a break says of a timer.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(in crate::findings) enum Weight {
    /// An idle timer is at least likely.
    Stands,
    /// Others survived as long a silence; without them it would stand.
    Contradicted,
    /// The same, and something was seen that only an idle timer does.
    ContradictedThoughCertain,
}

/// A flow that broke at the end of a silence.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(in crate::findings) struct Break {
    /// First frame of the flow.
    pub flow: FrameNumber,
    /// Whether the capture shows what restarts the timer.
    pub is_clock_shown: bool,
    pub service: Service,
    /// Who opened the flow.
    pub client: IpAddr,
    pub clock: InferredClock,
    /// Who ended the silence.
    pub speaker: Role,
    pub length: Span,
    /// Last activity before it, first after it.
    pub frames: [FrameNumber; 2],
    pub began_at: Timestamp,
    /// By RST, not by silence.
    pub by_reset: bool,
    pub weight: Weight,
}

impl Break {
    /// `contradicted`: other flows survived as long a silence of all packets.
    pub fn of(incident: &Incident, explanations: &[Explanation], contradicted: bool) -> Option<Break> {
        if matches!(incident.how, How::Closed(_)) {
            return None;
        }
        let idle = explanations.iter().find(|explanation| explanation.cause == Cause::IdleTimer)?;
        let weight = match idle.standing {
            standing if standing >= CauseStanding::Likely => Weight::Stands,
            CauseStanding::Refuted if contradicted && idle.has_proof() => Weight::ContradictedThoughCertain,
            CauseStanding::Refuted if contradicted && idle.has_support() => Weight::Contradicted,
            _ => return None,
        };
        let clock = match idle.clock {
            Some(IdleClock::Payload) => InferredClock::Payload,
            _ => InferredClock::of(incident.class),
        };
        let silence = incident.silence_on(idle.clock)?;
        let (endpoint, realm) = incident.service();
        Some(Break {
            flow: incident.flow.first_frame,
            is_clock_shown: matches!(idle.clock, Some(IdleClock::Any | IdleClock::Payload)),
            service: Service { endpoint, realm },
            client: incident.flow.initiator.addr,
            clock,
            speaker: incident.speaker(),
            length: silence.length,
            frames: silence.frames,
            began_at: silence.start_at,
            by_reset: incident.reset().is_some(),
            weight,
        })
    }

    pub fn ended_at(&self) -> Timestamp {
        self.began_at + self.length
    }
}

/// Closes at one length, as a limit.
pub(in crate::findings) struct Closes<'a> {
    pub limit: &'a AtLimit,
    pub clock: IdleClock,
    /// The shortest silence among them: last activity before it, first after it.
    pub frames: [FrameNumber; 2],
    /// First frames of the flows, the first ones.
    pub members: Vec<FrameNumber>,
    /// By RST, which ends a connection whatever the other end wants.
    pub by_reset: bool,
}

/// Brackets limits from breaks and from closes at one length; the most cuts first.
pub(in crate::findings) fn infer(
    mut breaks: Vec<Break>,
    closes: &[Closes<'_>],
    known: impl Fn(Service) -> KnownService,
    of_client: impl Fn(Service, IpAddr) -> Survivors,
) -> Vec<InferredLimit> {
    breaks.sort_unstable_by_key(|broke| (broke.began_at, broke.frames, broke.service));
    let mut groups: BTreeMap<(Service, InferredClock), Vec<&Break>> = BTreeMap::new();
    for broke in &breaks {
        groups.entry((broke.service, broke.clock)).or_default().push(broke);
    }
    let mut limits: Vec<InferredLimit> = Vec::new();
    for ((service, clock), breaks) in groups {
        let survivors = comparable(&breaks, &survivors(&known(service)), |client| of_client(service, client));
        limits.extend(of_service((service, clock), &survivors, &breaks));
    }
    limits.extend(agreement::of(&limits));
    limits.extend(closes.iter().map(|closes| {
        let (endpoint, realm) = closes.limit.service;
        InferredLimit::of_closes(closes, &known(Service { endpoint, realm }))
    }));
    for limit in &mut limits {
        limit.name_boxes();
    }
    sort(&mut limits);
    limits
}

/// What the clients whose flows broke survived. What others survived narrows the limit, and contradicts nothing: they may take
/// another way.
fn comparable(breaks: &[&Break], others: &Survivors, of_client: impl Fn(IpAddr) -> Survivors) -> Survivors {
    let shortest = breaks.iter().map(|broke| broke.length).min().unwrap_or(Span::ZERO);
    let mut clients: Vec<IpAddr> = breaks.iter().map(|broke| broke.client).collect();
    clients.sort_unstable();
    clients.dedup();
    let mut same = Survivors::default();
    for client in clients {
        same.add(&of_client(client));
    }
    same.widened_by(others, shortest)
}

fn survivors(known: &KnownService) -> Survivors {
    let payload = known.payload.map_or_else(Outlived::default, |idle| Outlived {
        length: idle.length,
        frames: idle.frames,
        ended_at: idle.start_at + idle.length,
        flows: 1,
    });
    Survivors { payload, ..known.survived }
}

impl InferredLimit {
    /// The limit at which one side closes.
    fn of_closes(closes: &Closes<'_>, known: &KnownService) -> InferredLimit {
        let Closes { limit, clock, frames, .. } = *closes;
        let (endpoint, realm) = limit.service;
        let is_clock_shown = clock != IdleClock::Unknown;
        let clock = match clock {
            IdleClock::Any => InferredClock::Established,
            IdleClock::Payload | IdleClock::Unknown => InferredClock::Payload,
        };
        InferredLimit {
            scope: InferredScope::Service(Service { endpoint, realm }),
            services: 1,
            speaker: Some(limit.closer),
            clock,
            stand: InferredStand::Exact,
            survived: survivors(known).of(clock, None),
            other_side: None,
            cut: limit.lengths.0,
            cut_frames: frames,
            cuts: limit.members.len() as u64,
            contradictions: 0,
            members: closes.members.clone(),
            is_clock_shown,
            is_unwanted: limit.kept_open || limit.harmed > 0 || is_clock_shown || closes.by_reset,
            boxes: Vec::new(),
        }
    }
}
