//! Flows of a service that broke alike: the same side spoke first, in the same way, after silences that no other flow
//! of the service survived.

use super::at_limit::moments;
use super::incident::{How, Incident};
use crate::flow::{Role, SilenceClass};
use crate::segment::{Endpoint, Realm};
use crate::time::Timestamp;
use hashbrown::HashMap;

/// How many flows broke alike.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(in crate::findings) struct Kin {
    /// Flows, this one among them.
    pub flows: u64,
    /// Moments at which they had fallen idle.
    pub moments: u64,
}

#[derive(Clone, Copy, PartialEq, Eq, Hash)]
struct Kind {
    service: (Endpoint, Realm),
    mute: Role,
    class: u8,
    by_reset: bool,
}

fn kind(incident: &Incident) -> Option<Kind> {
    let by_reset = match incident.how {
        How::Unanswered(_) => false,
        How::Refused(_) | How::ResetIdle(_) => true,
        How::ResetInUse(_) | How::Stuck { .. } | How::Stalled { .. } | How::Attempt(_) | How::Closed(_) => {
            return None;
        }
    };
    let class = SilenceClass::index(incident.class) as u8;
    Some(Kind { service: incident.service(), mute: incident.mute, class, by_reset })
}

/// Those of each incident whose silence nothing refutes.
pub(in crate::findings) fn kin(incidents: &[Incident], stands: impl Fn(usize) -> bool) -> Vec<Kin> {
    let mut kinds: HashMap<Kind, Vec<Timestamp>> = HashMap::new();
    for (index, incident) in incidents.iter().enumerate() {
        if let Some(kind) = kind(incident).filter(|_| stands(index)) {
            let idle = incident.any.filter(|_| incident.is_clean);
            kinds.entry(kind).or_default().extend(idle.map(|idle| idle.start_at));
        }
    }
    let counted: HashMap<Kind, Kin> = kinds
        .into_iter()
        .map(|(kind, mut starts)| {
            starts.sort_unstable();
            (kind, Kin { flows: starts.len() as u64, moments: moments(&starts) })
        })
        .collect();
    let of = |(index, incident): (usize, &Incident)| {
        let kind = kind(incident).filter(|_| stands(index))?;
        counted.get(&kind).copied()
    };
    incidents.iter().enumerate().map(|it| of(it).unwrap_or_default()).collect()
}
