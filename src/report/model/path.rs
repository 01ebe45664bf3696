//! The path as the report states it.

use super::{ExpiryWord, PickupWord, RefreshWord, Seconds};
use crate::findings::Terms;
use crate::policy::{
    Hop, Keepalive, KeepaliveSetting, Names, Path, PathFault, Proposal, Route, lint, propose,
};
use crate::time::Span;
use schemars::JsonSchema;
use serde::Serialize;
use std::collections::BTreeMap;

/// Hops in order from the initiator to the responder, and the endpoints' keepalive.
#[derive(Clone, PartialEq, Debug, Default, Serialize, JsonSchema)]
pub struct PathDescription {
    /// From the initiator to the responder; empty: the survey stands instead.
    pub hops: Vec<PathHop>,
    /// What the endpoints' sockets are set to, when the user said so.
    pub keepalive: Option<PathKeepalive>,
    /// What to know about the path that is no fault; faults are findings of scope `path`.
    pub notes: Vec<String>,
    /// The path put right; null: nothing has to change.
    pub proposal: Option<PathProposal>,
    /// Paths that only some flows take. Their hops are among `hops`, behind those of all other flows.
    pub routes: Vec<PathRoute>,
    /// What addresses and services are called, by address or `ip:port`.
    #[schemars(with = "BTreeMap<String, String>")]
    pub names: Names,
}

/// A path that only some flows take.
#[derive(Clone, PartialEq, Debug, Serialize, JsonSchema)]
pub struct PathRoute {
    /// What the user calls it.
    pub name: String,
    /// Which flows take it, as in `10.0.0.0/8:443`.
    pub matches: Vec<String>,
    /// How many do.
    pub flows: u64,
    /// Names of its hops, from the initiator to the responder.
    pub hops: Vec<String>,
    /// Keepalive of its endpoints, when the user said so.
    pub keepalive: Option<PathKeepalive>,
    /// As of the path of all other flows.
    pub notes: Vec<String>,
    /// As of the path of all other flows.
    pub proposal: Option<PathProposal>,
}

/// A path put right.
#[derive(Clone, PartialEq, Debug, Serialize, JsonSchema)]
pub struct PathProposal {
    /// All hops with their new limits.
    pub hops: Vec<PathHop>,
    /// Keepalive, changed or as it was.
    pub keepalive: Option<PathKeepalive>,
    /// Each change in words.
    pub changes: Vec<String>,
    /// Faults that no change mends which the boxes' makers allow.
    pub remaining: Vec<String>,
}

/// One middlebox.
#[derive(Clone, PartialEq, Debug, Serialize, JsonSchema)]
pub struct PathHop {
    /// What the user calls it; unique on the path.
    pub name: String,
    /// Id of the preset it was made from.
    pub preset: Option<String>,
    /// Idle limit of an established flow; null: none.
    pub established_s: Option<Seconds>,
    /// Limits of other states that differ, by the state's name.
    pub other_timers_s: BTreeMap<String, Seconds>,
    /// What restarts its timer.
    pub refresh: RefreshWord,
    /// What it does when the timer runs out.
    pub expiry: ExpiryWord,
    /// What it does with a segment of a flow that it has forgotten.
    pub pickup: PickupWord,
    /// Whether it probes the ends itself before it gives a flow up.
    pub self_probe: Option<PathSelfProbe>,
    /// Keepalive on its own sockets, of a proxy.
    pub own_keepalive: Option<PathKeepalive>,
}

/// Probes that a box sends by itself.
#[derive(Clone, Copy, PartialEq, Debug, Serialize, JsonSchema)]
pub struct PathSelfProbe {
    /// Idle time before the first.
    pub after_s: Seconds,
    /// Between them.
    pub interval_s: Seconds,
    /// Unanswered ones after which it gives up.
    pub probes: u32,
}

/// Keepalive setting.
#[derive(Clone, Copy, PartialEq, Debug, Serialize, JsonSchema)]
pub struct PathKeepalive {
    /// Silence before the first probe; null: keepalive is off.
    pub time_s: Option<Seconds>,
    /// Between unanswered probes; null: keepalive is off.
    pub interval_s: Option<Seconds>,
    /// Unanswered probes after which the connection is dropped.
    pub probes: u32,
    /// What each end has, when that was stated by end; the values above are those of the one that probes first.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub by_end: Option<PathEndKeepalives>,
}

/// Keepalive of each end.
#[derive(Clone, Copy, PartialEq, Debug, Serialize, JsonSchema)]
pub struct PathEndKeepalives {
    /// Of who opens connections.
    pub initiator: PathEndKeepalive,
    /// Of who accepts them.
    pub responder: PathEndKeepalive,
}

/// Keepalive of one end.
#[derive(Clone, Copy, PartialEq, Debug, Serialize, JsonSchema)]
pub struct PathEndKeepalive {
    /// Silence before the first probe; null: keepalive is off.
    pub time_s: Option<Seconds>,
    /// Between unanswered probes; null: keepalive is off.
    pub interval_s: Option<Seconds>,
    /// Unanswered probes after which the connection is dropped.
    pub probes: u32,
}

impl From<Keepalive> for PathEndKeepalive {
    fn from(keepalive: Keepalive) -> Self {
        let Keepalive { time, interval, probes } = keepalive;
        PathEndKeepalive { time_s: limit(time), interval_s: limit(interval), probes }
    }
}

impl From<Keepalive> for PathKeepalive {
    fn from(keepalive: Keepalive) -> Self {
        KeepaliveSetting::Same(keepalive).into()
    }
}

impl From<KeepaliveSetting> for PathKeepalive {
    fn from(setting: KeepaliveSetting) -> Self {
        let PathEndKeepalive { time_s, interval_s, probes } = setting.first().into();
        let by_end = match setting {
            KeepaliveSetting::Same(_) => None,
            KeepaliveSetting::ByEnd(ends) => {
                Some(PathEndKeepalives { initiator: ends.initiator.into(), responder: ends.responder.into() })
            }
        };
        PathKeepalive { time_s, interval_s, probes, by_end }
    }
}

/// `None` for a timer that never runs out.
fn limit(span: Span) -> Option<Seconds> {
    (span != Span::MAX).then_some(Seconds(span))
}

impl From<&Hop> for PathHop {
    fn from(hop: &Hop) -> Self {
        let others = hop.timers.by_state();
        PathHop {
            name: hop.name.clone(),
            preset: hop.preset.map(str::to_owned),
            established_s: limit(hop.timers.established),
            other_timers_s: others
                .into_iter()
                .filter_map(|(state, timer)| Some((state.to_owned(), limit(timer?)?)))
                .collect(),
            refresh: hop.refresh.into(),
            expiry: hop.expiry.into(),
            pickup: hop.pickup.into(),
            self_probe: hop.self_probe.map(|own| PathSelfProbe {
                after_s: own.after.into(),
                interval_s: own.interval.into(),
                probes: own.probes,
            }),
            own_keepalive: hop.own_keepalive.map(PathKeepalive::from),
        }
    }
}

impl From<&Path> for PathDescription {
    fn from(path: &Path) -> Self {
        PathDescription {
            hops: path.hops.iter().map(PathHop::from).collect(),
            keepalive: path.setting().map(PathKeepalive::from),
            notes: notes(path),
            proposal: propose(path).as_ref().map(PathProposal::from),
            routes: Vec::new(),
            names: Names::default(),
        }
    }
}

impl PathDescription {
    /// The hops that some flow passes, as far as paths of their own tell.
    pub fn hops_taken(&self) -> impl Iterator<Item = &PathHop> {
        let idle = self.routes.iter().filter(|route| route.flows == 0);
        let untaken: Vec<&String> = idle.flat_map(|route| &route.hops).collect();
        self.hops.iter().filter(move |hop| !untaken.contains(&&hop.name))
    }

    /// All paths of a run, with the names of addresses.
    pub fn of(terms: &Terms, flows: &[u64]) -> Self {
        let default = terms.routes.default_path();
        PathDescription {
            hops: terms.path.hops.iter().map(PathHop::from).collect(),
            routes: terms
                .routes
                .list()
                .iter()
                .enumerate()
                .map(|(index, route)| PathRoute {
                    flows: flows.get(index + 1).copied().unwrap_or(0),
                    ..PathRoute::from(route)
                })
                .collect(),
            names: terms.names.clone(),
            ..PathDescription::from(default)
        }
    }
}

impl From<&Route> for PathRoute {
    fn from(route: &Route) -> Self {
        let path = &route.path;
        PathRoute {
            name: route.name.clone(),
            matches: route.matches.iter().map(ToString::to_string).collect(),
            flows: 0,
            hops: path.hops.iter().map(|hop| hop.name.clone()).collect(),
            keepalive: path.setting().map(PathKeepalive::from),
            notes: notes(path),
            proposal: propose(path).as_ref().map(PathProposal::from),
        }
    }
}

fn notes(path: &Path) -> Vec<String> {
    sentences(&lint(path).into_iter().filter(PathFault::is_note).collect::<Vec<_>>())
}

impl From<&Proposal> for PathProposal {
    fn from(proposal: &Proposal) -> Self {
        let Proposal { path, changes, remaining } = proposal;
        PathProposal {
            hops: path.hops.iter().map(PathHop::from).collect(),
            keepalive: path.setting().map(PathKeepalive::from),
            changes: changes.iter().map(ToString::to_string).collect(),
            remaining: sentences(
                &remaining.iter().filter(|fault| !fault.is_note()).cloned().collect::<Vec<_>>(),
            ),
        }
    }
}

fn sentences(faults: &[PathFault]) -> Vec<String> {
    faults.iter().map(ToString::to_string).collect()
}
