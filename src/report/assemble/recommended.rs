//! What to set.

use crate::findings::InferredStand;
use crate::policy::{Keepalive, Names, keepalive_below, pause_of};
use crate::recommend::{Grounds, Recommendation, Recommendations};
use crate::report::{KnobWord, Recommended, RoleWord, Seconds};
use crate::time::Span;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// One of a service, as logs of `tune` carry it.
#[derive(Clone, Serialize, Deserialize)]
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
    /// What flows survived and what broke them, where it rests on that.
    seen: Option<Seen>,
}

/// Silences of a service.
#[derive(Clone, Copy, Serialize, Deserialize)]
struct Seen {
    survived: Span,
    cut: Span,
    /// The timer's own event shows its value.
    is_exact: bool,
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
        seen: match &it.grounds {
            Grounds::Observed(limit) => Some(Seen {
                survived: limit.survived.length,
                cut: limit.cut,
                is_exact: limit.stand == InferredStand::Exact,
            }),
            _ => None,
        },
    });
    logged.filter_map(|it| serde_json::to_value(it).ok()).collect()
}

impl Logged {
    /// Takes in what another log says of the same service, setting and side: the longest silence that any flow survived and the
    /// shortest that broke one; of what does not rest on silences, the tighter bound.
    fn take_in(&mut self, other: Logged) {
        let bound = |it: &Logged| (it.at_most.unwrap_or(Span::MAX), std::cmp::Reverse(it.at_least));
        let (Some(mine), Some(theirs)) = (self.seen, other.seen) else {
            if bound(&other) < bound(self) {
                *self = other;
            }
            return;
        };
        let seen = Seen {
            survived: mine.survived.max(theirs.survived),
            cut: mine.cut.min(theirs.cut),
            is_exact: mine.is_exact && theirs.is_exact,
        };
        self.seen = Some(seen);
        let half = seen.cut.divided_by(2);
        let pause = pause_of(if seen.is_exact && seen.survived == Span::ZERO {
            half
        } else {
            half.min(seen.survived)
        });
        if Some(pause) == self.at_most {
            return;
        }
        self.at_most = Some(pause);
        self.keepalive = self.keepalive.map(|_| keepalive_below(pause.times(2), None));
        let what = match self.knob {
            KnobWord::Keepalive => "Set the keepalive time of one end",
            KnobWord::Heartbeat => "Let the application send payload",
            _ => "Let the end that closes do so",
        };
        let of =
            self.service.as_ref().map(|service| format!(" on connections to {service}")).unwrap_or_default();
        self.sentence = format!(
            "{what}{of} after {pause} or less: over all logs, flows broke after {} of silence, and {} did no harm.",
            seen.cut, seen.survived
        );
    }
}

/// Of several logs: one for each service, setting and side.
pub(super) fn of_logs(logged: &[serde_json::Value]) -> Vec<Recommended> {
    let mut by_key: BTreeMap<_, Logged> = BTreeMap::new();
    for it in logged.iter().filter_map(|value| serde_json::from_value::<Logged>(value.clone()).ok()) {
        let key =
            (it.service.is_none(), it.service.clone(), it.knob, it.side, it.path.clone(), it.hop.clone());
        match by_key.get_mut(&key) {
            None => {
                by_key.insert(key, it);
            }
            Some(known) => known.take_in(it),
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
    (1..).zip(by_key.into_values()).map(line).collect()
}

/// The shortest limit that packets restart, as far as logs show: twice the pause that is safe before it.
pub(super) fn shown_by(recommended: &[Recommended]) -> Option<Span> {
    let of_services = recommended.iter().filter(|it| it.knob == KnobWord::Keepalive && it.service.is_some());
    of_services.filter_map(|it| it.at_most_s).map(|pause| pause.0.times(2)).min()
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
