//! The path as the report states it.

use super::{ExpiryWord, PickupWord, RefreshWord, Seconds};
use crate::policy::{Hop, Keepalive, Path, PathFault, Proposal, lint, propose};
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
}

impl From<Keepalive> for PathKeepalive {
    fn from(keepalive: Keepalive) -> Self {
        PathKeepalive {
            time_s: limit(keepalive.time),
            interval_s: limit(keepalive.interval),
            probes: keepalive.probes,
        }
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
            keepalive: path.keepalive.map(PathKeepalive::from),
            notes: sentences(&lint(path).into_iter().filter(PathFault::is_note).collect::<Vec<_>>()),
            proposal: propose(path).as_ref().map(PathProposal::from),
        }
    }
}

impl From<&Proposal> for PathProposal {
    fn from(proposal: &Proposal) -> Self {
        let Proposal { path, changes, remaining } = proposal;
        PathProposal {
            hops: path.hops.iter().map(PathHop::from).collect(),
            keepalive: path.keepalive.map(PathKeepalive::from),
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
