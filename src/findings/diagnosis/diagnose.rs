//! All incidents of a capture, beside each other and beside all other flows.

use super::at_limit::{self, AtLimit};
use super::evidence::Around;
use super::explain::{Explanation, explain, outlasts, outlasts_payload};
use super::far::FarFact;
use super::incident::{How, Idle, Incident};
use super::kin::kin;
use super::together::together;
use crate::findings::inferred::{InferredClock, Survivors};
use crate::findings::others::{AllDistances, AllHeard, AllStarts, HeardAt, Outlived};
use crate::findings::rules::SOON;
use crate::flow::{Role, SilenceClass};
use crate::frame::FrameNumber;
use crate::segment::{Endpoint, Realm};
use crate::time::{Span, Timestamp};
use hashbrown::HashMap;

/// What all flows of a service show.
#[derive(Clone, Copy, Debug, Default)]
pub(in crate::findings) struct KnownService {
    /// The longest silences of all packets that flows survived.
    pub survived: Survivors,
    /// The longest silence of payload that a flow survived.
    pub payload: Option<Idle>,
    /// Age of its oldest flow.
    pub oldest: Span,
    /// When it last sent payload in a flow that nobody closed after a silence.
    pub alive_at: Timestamp,
}

/// What is known beside the incidents.
pub(in crate::findings) struct Surroundings<'a> {
    pub heard: &'a AllHeard,
    pub starts: &'a AllStarts,
    pub distances: &'a AllDistances,
    pub services: &'a dyn Fn((Endpoint, Realm)) -> KnownService,
    /// What flows of the same client to the same service survived.
    pub same_client: &'a dyn Fn(&Incident) -> Survivors,
    pub far: &'a [FarFact],
}

/// What comparable flows show of one incident.
pub(in crate::findings) struct Comparable {
    /// The longest silences that they survived, of all packets and of payload.
    pub survived: [Option<Idle>; 2],
    /// Whether they survived one of all packets as long as the one before it.
    pub is_outlived: bool,
}

/// Explains every incident, and finds the limits at which services close; `told` takes each with its place.
pub(in crate::findings) fn diagnose(
    incidents: &[Incident],
    around: &Surroundings<'_>,
    mut told: impl FnMut(usize, Vec<Explanation>, Comparable),
) -> Vec<AtLimit> {
    let services: HashMap<(Endpoint, Realm), KnownService> = incidents
        .iter()
        .map(Incident::service)
        .map(|service| (service, (around.services)(service)))
        .collect();
    let of = |incident: &Incident| services.get(&incident.service()).copied().unwrap_or_default();
    let survived = |incident: &Incident| comparable(incident, &(around.same_client)(incident));
    let of_service = |incident: &Incident| {
        let known = of(incident);
        let [any, _] = comparable(incident, &known.survived);
        [any, known.payload]
    };
    let stands: Vec<bool> =
        incidents.iter().map(|incident| outlasts(incident, survived(incident)[0])).collect();
    let idle = |index: usize| incidents[index].any.is_some() && !stands[index];
    let on_payload: Vec<bool> = incidents
        .iter()
        .enumerate()
        .map(|(index, incident)| idle(index) && outlasts_payload(incident, survived(incident)[1]))
        .collect();
    let outlived: Vec<bool> = (0..incidents.len()).map(|index| idle(index) && !on_payload[index]).collect();
    let mut payload_kin: HashMap<((Endpoint, Realm), Role), u64> = HashMap::new();
    for (_, incident) in incidents.iter().enumerate().filter(|(index, _)| on_payload[*index]) {
        *payload_kin.entry((incident.service(), incident.mute)).or_default() += 1;
    }
    let asks = |incident: &Incident| !matches!(incident.how, How::Closed(_) | How::Attempt(_));
    let heard: Vec<Option<HeardAt>> = incidents
        .iter()
        .map(|incident| {
            let within = (incident.failed_at, incident.over_at);
            asks(incident)
                .then(|| around.heard.last_within(incident.mute_host(), within.0, within.1))
                .flatten()
        })
        .collect();
    let together = together(incidents, |index| outlived[index], |index| heard[index]);
    let kin = kin(incidents, |index| stands[index]);
    let limits = at_limit::find(incidents, |service| {
        services.get(&service).map(|known| known.alive_at).unwrap_or_default()
    });
    let mut limit_of: HashMap<usize, usize> = HashMap::new();
    for (place, limit) in limits.iter().enumerate() {
        limit_of.extend(limit.members.iter().map(|member| (*member, place)));
    }
    let mut far: HashMap<FrameNumber, Vec<FarFact>> = HashMap::new();
    for fact in around.far {
        far.entry(fact.flow).or_default().push(fact.clone());
    }
    for (index, incident) in incidents.iter().enumerate() {
        let mute = incident.mute_host();
        let asks = asks(incident);
        let opened = (asks && incident.mute == Role::Initiator).then(|| {
            let pair = (incident.flow.initiator.addr, incident.flow.responder, incident.flow.realm);
            around.starts.first_within(pair, incident.failed_at, incident.over_at + SOON)
        });
        let soon = || around.heard.last_within(mute, incident.failed_at, incident.over_at + SOON);
        let explanations = explain(
            incident,
            &Around {
                survived: survived(incident),
                survived_by_others: of_service(incident),
                oldest: of(incident).oldest,
                heard: heard[index],
                heard_soon: asks.then(soon).flatten(),
                opened: opened.flatten().map(|(frame, _)| frame),
                is_shared_address: incident.mute == Role::Responder && around.distances.differ(mute),
                lived_through: asks
                    && around.heard.lived_through(mute, incident.well_until, incident.failed_at),
                together: &together[index],
                kin: kin[index],
                payload_kin: payload_kin.get(&(incident.service(), incident.mute)).copied().unwrap_or(0),
                limit: limit_of.get(&index).and_then(|place| limits.get(*place)),
                far: far.get(&incident.flow.first_frame).map(Vec::as_slice).unwrap_or_default(),
            },
        );
        let is_outlived = idle(index) && incident.survived_alike < 2;
        told(index, explanations, Comparable { survived: survived(incident), is_outlived });
    }
    limits
}

/// The longest silences that comparable flows survived: of the same client and service, ended by the same side, in the same
/// state.
fn comparable(incident: &Incident, survived: &Survivors) -> [Option<Idle>; 2] {
    let clock = InferredClock::of(incident.class);
    let speaker = match incident.how {
        // Whoever closes lets the timer run out; who ended other silences does not matter to it.
        How::Closed(_) => None,
        _ => Some(incident.speaker()),
    };
    let any = match incident.class {
        SilenceClass::Established | SilenceClass::HalfClosed => idle_of(survived.of(clock, speaker)),
        SilenceClass::Busy | SilenceClass::Transitory => None,
    };
    [any, idle_of(survived.of(InferredClock::Payload, None))]
}

fn idle_of(outlived: Outlived) -> Option<Idle> {
    let idle = Idle { length: outlived.length, start_at: outlived.began_at(), frames: outlived.frames };
    (outlived.length > Span::ZERO).then_some(idle)
}
