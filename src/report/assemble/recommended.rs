//! What to set.

use crate::policy::{Keepalive, Names};
use crate::recommend::{Recommendation, Recommendations};
use crate::report::{KnobWord, Recommended, RoleWord, Seconds};
use crate::time::Span;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// One of a service, as logs of `tune` carry it.
#[derive(Serialize, Deserialize)]
struct Logged {
    service: Option<String>,
    knob: KnobWord,
    side: Option<RoleWord>,
    path: Option<String>,
    hop: Option<String>,
    at_most: Option<Span>,
    at_least: Option<Span>,
    keepalive: Option<Keepalive>,
    sentence: String,
}

/// For a log. What cures findings of one capture says nothing about another: the findings stay behind.
pub(super) fn for_log(recommendations: &Recommendations, names: &Names) -> Vec<serde_json::Value> {
    let logged = recommendations.list.iter().map(|it| Logged {
        service: it.service.map(|service| service.endpoint.to_string()),
        knob: it.knob.into(),
        side: it.side.map(Into::into),
        path: it.path.clone(),
        hop: it.hop.clone(),
        at_most: it.at_most,
        at_least: it.at_least,
        keepalive: it.keepalive,
        sentence: names.put_into(&it.sentence()),
    });
    logged.filter_map(|it| serde_json::to_value(it).ok()).collect()
}

/// Of several logs: for each service, setting and side the tightest.
pub(super) fn of_logs(logged: &[serde_json::Value]) -> Vec<Recommended> {
    let mut tightest: BTreeMap<_, Logged> = BTreeMap::new();
    for it in logged.iter().filter_map(|value| serde_json::from_value::<Logged>(value.clone()).ok()) {
        let key =
            (it.service.is_none(), it.service.clone(), it.path.clone(), it.knob, it.side, it.hop.clone());
        match tightest.get_mut(&key) {
            None => {
                tightest.insert(key, it);
            }
            Some(known) => {
                let bound = |it: &Logged| (it.at_most.unwrap_or(Span::MAX), std::cmp::Reverse(it.at_least));
                if bound(&it) < bound(known) {
                    *known = it;
                }
            }
        }
    }
    let line = |(id, it): (u64, Logged)| Recommended {
        id,
        service: it.service,
        knob: it.knob,
        side: it.side,
        path: it.path,
        hop: it.hop,
        at_most_s: it.at_most.map(Seconds::from),
        at_least_s: it.at_least.map(Seconds::from),
        keepalive: it.keepalive.map(Into::into),
        because: Vec::new(),
        sentence: it.sentence,
    };
    (1..).zip(tightest.into_values()).map(line).collect()
}

pub(super) fn list(recommendations: &Recommendations, names: &Names) -> Vec<Recommended> {
    recommendations.list.iter().enumerate().map(|(index, it)| line(index as u64 + 1, it, names)).collect()
}

pub(super) fn line(id: u64, it: &Recommendation, names: &Names) -> Recommended {
    Recommended {
        id,
        service: it.service.map(|service| service.endpoint.to_string()),
        knob: it.knob.into(),
        side: it.side.map(Into::into),
        path: it.path.clone(),
        hop: it.hop.clone(),
        at_most_s: it.at_most.map(Seconds::from),
        at_least_s: it.at_least.map(Seconds::from),
        keepalive: it.keepalive.map(Into::into),
        because: it.because.iter().map(|finding| *finding as u64).collect(),
        sentence: names.put_into(&it.sentence()),
    }
}
