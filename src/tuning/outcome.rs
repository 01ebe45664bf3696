//! What each timeout and each keepalive time comes to, once the capture has been read.

use super::course::Level;
use super::entries::levels_of_each;
use super::flow_study::REFRESHES;
use super::limit_counts::LimitCounts;
use super::measured::Measured;
use super::plan::Plan;
use super::study::Study;
use super::survival::Confidence;
use super::tally::Tally;
use super::wilson::Proportion;
use crate::flow::Service;
use crate::policy::{Keepalive, Path, Refresh};
use crate::segment::Endpoint;
use crate::stats::{EndedGaps, LengthCounts, ServiceTimes};
use crate::time::{Span, Timestamp};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::Arc;

/// What a timeout with one refresh would have done.
#[derive(Clone, PartialEq, Debug)]
pub struct TimeoutOutcome {
    /// What restarts it.
    pub refresh: Refresh,
    /// The timeout.
    pub timeout: Span,
    /// Ended gaps longer than it, seen whole.
    pub gaps_cut: u64,
    /// Flows cut.
    pub cut: u64,
    /// Flows that only their probes save.
    pub saved_by_keepalive: u64,
    /// Flows of which the capture does not show enough.
    pub unknown: u64,
    /// Flows cut and used again, of those that were used again after idling for [`Plan::idle_from`].
    pub used_again: Proportion,
    /// Entries held.
    pub entries: Level,
    /// Sum of the time that each entry is held.
    pub entry_time: f64,
    /// Of it, in long silences of half-open connections; seconds.
    pub half_open: f64,
    /// Of it, in long silences of half-closed connections; seconds.
    pub half_closed: f64,
}

/// What a keepalive time would have done if all sockets had it, and no other.
#[derive(Clone, PartialEq, Debug)]
pub struct KeepaliveOutcome {
    /// The setting.
    pub keepalive: Keepalive,
    /// Behind each hop, or each known limit that anything is at risk of.
    pub saved: Vec<Saved>,
    /// Probes, when one end of each flow probes.
    pub probes: u64,
    /// Sockets held without a sign of life until the end.
    pub stale: Level,
    /// What they do to the limit of sockets for each client.
    pub slots: Option<Slots>,
}

impl Slots {
    /// The nearer to its limit, with all clients that reach one. Of equally full ones the least address: clients come
    /// in no order.
    pub(super) fn fuller(&self, other: &Slots) -> Slots {
        let of = |held: u64, allowed: u64| u128::from(held) * u128::from(allowed);
        let is_fuller = of(other.most, self.allowed).cmp(&of(self.most, other.allowed));
        let is_less =
            || self.service.is_none_or(|known| other.service.is_some_and(|service| service < known));
        let fuller = if is_fuller.is_gt() || (is_fuller.is_eq() && is_less()) { other } else { self };
        Slots { clients_at_limit: self.clients_at_limit.saturating_add(other.clients_at_limit), ..*fuller }
    }
}

/// What a keepalive time saves behind one limit.
#[derive(Clone, PartialEq, Debug)]
pub struct Saved {
    /// The hop, by its place on the path.
    pub hop: Option<usize>,
    /// Its limit.
    pub limit: Span,
    /// What restarts its timer.
    pub refresh: Refresh,
    /// Flows that it cuts when nobody probes.
    pub at_risk: u64,
    /// Of these, flows that the keepalive saves.
    pub saved: u64,
    /// Of those, flows that were used again.
    pub saved_used_again: u64,
    /// Probes that may be lost on the way; `None`: it does not protect at all.
    pub probes_to_spare: Option<u32>,
}

/// Sockets that single clients hold at a service: where they come nearest to what it allows.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Slots {
    /// The service; `None`: no client holds any at a service with a limit.
    pub service: Option<Endpoint>,
    /// What it allows a client.
    pub allowed: u64,
    /// Most held by one client at one time.
    pub most: u64,
    /// Clients that reach what a service allows, counted at each.
    pub clients_at_limit: u64,
}

/// All that was gathered.
#[derive(Debug)]
pub struct Outcome {
    /// What the rows are made of.
    pub tally: Tally,
    /// What was asked.
    pub plan: Arc<Plan>,
    /// How long was recorded.
    pub recorded: Span,
    /// Flows.
    pub flows: u64,
    /// Flows without a close that were silent until the end.
    pub stale_flows: u64,
    /// By refresh, then ascending.
    pub timeouts: Vec<TimeoutOutcome>,
    /// Ascending.
    pub keepalives: Vec<KeepaliveOutcome>,
    /// What was measured.
    pub measured: Measured,
    /// By service.
    pub services: BTreeMap<Service, ServiceTimes>,
}

impl Outcome {
    /// Lays together what the workers gathered, each with the names of its services.
    pub fn of(
        plan: Arc<Plan>,
        path: &Path,
        parts: Vec<(Study, EndedGaps, Vec<Service>)>,
        recording: (Timestamp, Timestamp, Span),
    ) -> Outcome {
        let mut whole: Option<Study> = None;
        let mut services: BTreeMap<Service, ServiceTimes> = BTreeMap::new();
        let mut measured = Measured::default();
        for (mut study, ended, names) in parts {
            for (name, times) in names.into_iter().zip(std::mem::take(&mut study.services)) {
                services.entry(name).or_default().add(&times);
            }
            match &mut whole {
                Some(whole) => whole.merge(study),
                None => whole = Some(study),
            }
            for (basis, kind, gaps) in ended.packed() {
                measured.ended.entry((basis, kind as u8)).or_default().add(&gaps);
            }
        }
        let whole = whole.unwrap_or_else(|| Study::new(plan));
        measured.open = whole.open.each_ref().map(LengthCounts::packed);
        measured.lifetimes = whole.lifetimes.packed();
        measured.probe_delays = whole.probe_delays.packed();
        Outcome { services, ..Outcome::of_tally(Tally::of(whole, recording), path, measured) }
    }

    /// What captures come to whose tally was kept.
    pub fn of_tally(tally: Tally, path: &Path, measured: Measured) -> Outcome {
        Outcome {
            plan: Arc::clone(&tally.plan),
            recorded: tally.recorded(),
            flows: tally.flows,
            stale_flows: tally.stale_flows,
            timeouts: timeouts(&tally),
            keepalives: keepalives(&tally, path),
            measured,
            services: BTreeMap::new(),
            tally,
        }
    }

    /// The time over which entries are averaged.
    pub fn bin_width(&self) -> Span {
        self.tally.course().width()
    }

    /// From the first frame to the end.
    pub fn span(&self) -> Span {
        self.tally.to().since(self.tally.from())
    }
}

fn timeouts(tally: &Tally) -> Vec<TimeoutOutcome> {
    let plan = &tally.plan;
    let seconds = |nanos: u128| nanos as f64 / 1e9;
    let span = tally.to().since(tally.from()).as_secs_f64();
    let levels = levels_of_each(tally);
    let mut rows = Vec::new();
    for (number, refresh) in REFRESHES.into_iter().enumerate() {
        let counts = &tally.counts[number];
        let idle = plan.limits().partition_point(|limit| *limit < plan.idle_from());
        let reused = counts[idle].used_again;
        for (limit, timeout) in plan.limits().iter().copied().enumerate() {
            if !plan.is_asked(timeout) {
                continue;
            }
            let counts = &counts[limit];
            let entries = levels[number][limit];
            rows.push(TimeoutOutcome {
                refresh,
                timeout,
                gaps_cut: counts.gaps,
                cut: counts.cut,
                saved_by_keepalive: counts.saved_by_keepalive,
                unknown: counts.unknown,
                used_again: Proportion::new(counts.used_again, reused, Confidence::default()),
                entries,
                entry_time: entries.mean * span,
                half_open: seconds(tally.half_open.held_nanos(timeout, limit)),
                half_closed: seconds(tally.half_closed.held_nanos(timeout, limit)),
            });
        }
    }
    rows
}

fn keepalives(tally: &Tally, path: &Path) -> Vec<KeepaliveOutcome> {
    let behind = limits_to_save_from(tally, path);
    let mut held = tally.course();
    let none = held.clone();
    let mut rows = Vec::with_capacity(tally.plan.keepalives.len());
    for (number, keepalive) in tally.plan.keepalives.iter().enumerate() {
        held.copy(&none);
        held.add(&tally.stale[number]);
        rows.push(KeepaliveOutcome {
            keepalive: *keepalive,
            saved: behind
                .iter()
                .map(|(hop, counts, limit, refresh)| {
                    let in_time = keepalive.time < *limit && refresh.counts_packets();
                    let saved = |count: u64| if in_time { count } else { 0 };
                    Saved {
                        hop: *hop,
                        limit: *limit,
                        refresh: *refresh,
                        at_risk: counts.at_risk,
                        saved: saved(counts.saveable),
                        saved_used_again: saved(counts.saveable_used_again),
                        probes_to_spare: in_time.then(|| to_spare(keepalive, *limit)),
                    }
                })
                .collect(),
            probes: tally.probes[number],
            stale: held.level(),
            slots: tally.slots.get(number).copied(),
        });
    }
    rows
}

/// Hop, its counts, limit and refresh.
type Behind = (Option<usize>, LimitCounts, Span, Refresh);

fn limits_to_save_from(tally: &Tally, path: &Path) -> Vec<Behind> {
    let plan = &tally.plan;
    let counts = |refresh: Refresh, limit: Span| {
        let number = REFRESHES.iter().position(|known| *known == refresh)?;
        Some(tally.counts[number][plan.limits().binary_search(&limit).ok()?])
    };
    if !path.hops.is_empty() {
        let hops = path.hops.iter().enumerate();
        return hops
            .filter_map(|(index, hop)| {
                let limit = hop.timers.established;
                Some((Some(index), counts(hop.refresh, limit)?, limit, hop.refresh))
            })
            .collect();
    }
    let asked = plan.limits().iter().copied().filter(|limit| plan.is_asked(*limit));
    asked
        .filter_map(|limit| Some((None, counts(Refresh::AnyPacket, limit)?, limit, Refresh::AnyPacket)))
        .filter(|(_, counts, ..)| counts.at_risk > 0)
        .collect()
}

/// Probes that may be lost and one still comes before the limit. The prober sends the next one an interval
/// later while none is answered.
fn to_spare(keepalive: &Keepalive, limit: Span) -> u32 {
    let rest = limit.saturating_sub(keepalive.time).saturating_sub(Span::from_nanos(1));
    let more = rest.as_nanos().checked_div(keepalive.interval.as_nanos()).unwrap_or(0);
    u32::try_from(more).unwrap_or(u32::MAX).min(keepalive.probes.saturating_sub(1))
}
