//! Heartbeats of applications: small payload at a regular period while a flow is otherwise idle.

use super::{RefreshWord, RoleWord, Seconds, SecondsRange};
use crate::findings::ReachCounts;
use crate::flow::Heartbeat;
use schemars::JsonSchema;
use serde::Serialize;
use std::collections::BTreeMap;

/// Sizes of payload.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, JsonSchema)]
pub struct BytesRange {
    /// Smallest.
    pub low: u32,
    /// Largest.
    pub high: u32,
}

/// The heartbeat that one side of a flow keeps up.
#[derive(Clone, PartialEq, Debug, Serialize, JsonSchema)]
pub struct FlowHeartbeat {
    /// Who sends it.
    pub sender: RoleWord,
    /// Beats counted.
    pub beats: u64,
    /// Mean interval.
    pub period_s: Seconds,
    /// Standard deviation of the intervals.
    pub jitter_s: Seconds,
    /// Shortest and longest interval.
    pub intervals_s: SecondsRange,
    /// Payload of a beat.
    pub size_bytes: BytesRange,
    /// Whether the peer answers with payload.
    pub answered: bool,
    /// Frame of the first beat.
    pub first_frame: u64,
    /// Frame of the last beat.
    pub last_frame: u64,
}

impl From<&Heartbeat> for FlowHeartbeat {
    fn from(heartbeat: &Heartbeat) -> Self {
        let [first, last] = heartbeat.frames;
        FlowHeartbeat {
            sender: heartbeat.sender.into(),
            beats: heartbeat.beats,
            period_s: heartbeat.period.into(),
            jitter_s: heartbeat.jitter.into(),
            intervals_s: SecondsRange { low: heartbeat.shortest.into(), high: heartbeat.longest.into() },
            size_bytes: heartbeat.size.into(),
            answered: heartbeat.answered,
            first_frame: first.0,
            last_frame: last.0,
        }
    }
}

impl From<(u32, u32)> for BytesRange {
    fn from((low, high): (u32, u32)) -> Self {
        BytesRange { low, high }
    }
}

/// The heartbeats that one side of a service's flows keeps up.
#[derive(Clone, PartialEq, Debug, Serialize, JsonSchema)]
pub struct ServiceHeartbeat {
    /// Who sends them.
    pub sender: RoleWord,
    /// Flows with one.
    pub flows: u64,
    /// Of them, those in which the peer answers with payload.
    pub answered_flows: u64,
    /// Beats in all of them.
    pub beats: u64,
    /// Median of the flows' mean intervals, to the hundredth part.
    pub period_s: Seconds,
    /// Largest standard deviation of the intervals of one flow.
    pub jitter_s: Seconds,
    /// Shortest and longest interval.
    pub intervals_s: SecondsRange,
    /// Payload of a beat.
    pub size_bytes: BytesRange,
    /// What they do for those flows, by hop name.
    pub hops: BTreeMap<String, HeartbeatReach>,
    /// Limits of the catalogue that the longest interval does not stay below; empty when hops were given.
    pub too_slow_for: Vec<LimitMissed>,
}

/// Flows by what their heartbeat does for them at one hop.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, JsonSchema)]
pub struct HeartbeatReach {
    /// It comes before the timer runs out.
    pub held: u64,
    /// It comes after.
    pub too_slow: u64,
    /// It comes in time, but nobody answers, and the hop has a timer for the other direction.
    pub one_direction: u64,
}

impl From<ReachCounts> for HeartbeatReach {
    fn from(counts: ReachCounts) -> Self {
        HeartbeatReach { held: counts.held, too_slow: counts.too_slow, one_direction: counts.one_direction }
    }
}

/// A limit of the catalogue for which a heartbeat is too slow.
#[derive(Clone, PartialEq, Debug, Serialize, JsonSchema)]
pub struct LimitMissed {
    /// Idle limit.
    pub limit_s: Seconds,
    /// What restarts the timer.
    pub refresh: RefreshWord,
    /// Ids of the presets that have this limit.
    pub presets: Vec<String>,
}
