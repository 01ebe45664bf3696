//! What a capture came to under a plan, before any row is made of it. Tallies of captures add up to that of all.

use super::course::Course;
use super::flow_study::REFRESHES;
use super::limit_counts::{CountChanges, LimitCounts};
use super::occupancy::Occupancy;
use super::outcome::Slots;
use super::plan::Plan;
use super::study::{StateTime, Study};
use crate::policy::{Refresh, SlotLimit};
use crate::time::{Span, Timestamp};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// Bins of a level in a log at the most: an hour in steps of 8 s, which is finer than a week is told.
const MOST_BINS_IN_LOG: usize = 512;

/// One capture.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug, Serialize, Deserialize)]
pub struct Part {
    /// First frame.
    pub from: Timestamp,
    /// End.
    pub to: Timestamp,
    /// How long was recorded in between.
    pub recorded: Span,
    /// Flows without a close.
    pub open: u64,
    /// Flows that were there before.
    pub midstream: u64,
}

/// What captures came to.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Tally {
    /// What was asked.
    #[serde(with = "super::tally_log::plan")]
    pub plan: Arc<Plan>,
    /// The limits of connections that were asked about, as they are written.
    pub(super) slots_asked: Vec<String>,
    /// The captures; those without a frame left out.
    pub parts: Vec<Part>,
    /// Flows.
    pub flows: u64,
    /// Flows without a close that were silent until the end.
    pub stale_flows: u64,
    /// By refresh, then by limit.
    pub(super) counts: Vec<Vec<LimitCounts>>,
    /// Entries of a box that never forgets.
    pub(super) base: Occupancy,
    /// What each limit changes in these: by refresh with entries of its own ([`entries_of`]), then by limit.
    pub(super) taken: Vec<Vec<Occupancy>>,
    pub(super) half_open: StateTime,
    pub(super) half_closed: StateTime,
    /// By keepalive time.
    pub(super) probes: Vec<u64>,
    /// Sockets without a sign of life, by keepalive time.
    pub(super) stale: Vec<Occupancy>,
    /// By keepalive time; empty when nobody asks.
    pub(super) slots: Vec<Slots>,
}

/// Tallies of other questions.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error(
    "it tried other {what} than the logs before it; write all with the same --hop, --candidates, --keepalives, \
     --half-open, --half-closed and --slots"
)]
pub struct OtherPlan {
    what: &'static str,
}

/// Whose entries a refresh has. Both directions' silences overlap: entries are at most those of one timer for both.
pub(super) fn entries_of(refresh: Refresh) -> usize {
    let alike = if refresh == Refresh::PayloadPerDirection { Refresh::Payload } else { refresh };
    REFRESHES
        .iter()
        .filter(|known| **known != Refresh::PayloadPerDirection)
        .position(|known| *known == alike)
        .unwrap_or(0)
}

impl Tally {
    /// What all workers gathered of one capture.
    pub(super) fn of(mut study: Study, (from, to, recorded): (Timestamp, Timestamp, Span)) -> Tally {
        for starts in study.slots.values_mut() {
            starts.sort_unstable();
        }
        let plan = Arc::clone(&study.plan);
        let own =
            REFRESHES.iter().enumerate().filter(|(_, refresh)| **refresh != Refresh::PayloadPerDirection);
        let limits = plan.slots.as_deref().unwrap_or_default();
        Tally {
            // Of no frame there is no time.
            parts: match from == Timestamp::MIN {
                true => Vec::new(),
                false => {
                    vec![Part { from, to, recorded, open: study.open_flows, midstream: study.midstream }]
                }
            },
            slots_asked: limits.iter().map(ToString::to_string).collect(),
            flows: study.flows,
            stale_flows: study.stale.flows,
            counts: study.counts.iter().map(CountChanges::totals).collect(),
            taken: own.map(|(number, _)| taken(&study, number)).collect(),
            stale: plan
                .keepalives
                .iter()
                .map(|keepalive| study.stale.held_with(keepalive.period()))
                .collect(),
            slots: match limits {
                [] => Vec::new(),
                limits => plan.keepalives.iter().map(|it| slots_held(&study, limits, it.period())).collect(),
            },
            base: study.base,
            half_open: study.half_open,
            half_closed: study.half_closed,
            probes: study.probes,
            plan,
        }
    }

    /// First frame of all.
    pub fn from(&self) -> Timestamp {
        self.parts.iter().map(|part| part.from).min().unwrap_or_default()
    }

    /// End of the last.
    pub fn to(&self) -> Timestamp {
        self.parts.iter().map(|part| part.to).max().unwrap_or_default()
    }

    /// How long was recorded, of all together.
    pub fn recorded(&self) -> Span {
        self.parts.iter().fold(Span::ZERO, |sum, part| sum + part.recorded)
    }

    /// How long was recorded without a break.
    pub fn longest(&self) -> Span {
        self.parts.iter().map(|part| part.recorded).max().unwrap_or_default()
    }

    /// Flows that may be in two captures: those without a close at the end of all captures but the last, and those
    /// that were there before all but the first. By as many can a count of flows differ from one over the
    /// captures themselves.
    pub fn may_span(&self) -> u64 {
        let first = self.parts.iter().min_by_key(|part| part.from).map_or(0, |part| part.midstream);
        let last = self.parts.iter().max_by_key(|part| part.to).map_or(0, |part| part.open);
        let all = self
            .parts
            .iter()
            .fold(0, |sum: u64, part| sum.saturating_add(part.open.saturating_add(part.midstream)));
        all.saturating_sub(first).saturating_sub(last)
    }

    /// Whether captures overlap in time: what is in two of them counts twice.
    pub fn overlaps(&self) -> bool {
        let mut parts = self.parts.clone();
        parts.sort_unstable_by_key(|part| (part.from, part.to));
        parts.windows(2).any(|pair| pair[1].from < pair[0].to)
    }

    /// Whether other captures were asked the same.
    ///
    /// # Errors
    /// [`OtherPlan`] with what differs.
    pub fn is_asked_alike(&self, other: &Tally) -> Result<(), OtherPlan> {
        let is_other = |is: bool, what| if is { Err(OtherPlan { what }) } else { Ok(()) };
        is_other(self.plan.limits() != other.plan.limits(), "timeouts")?;
        is_other(self.plan.keepalives != other.plan.keepalives, "keepalive times")?;
        is_other(self.plan.half_open != other.plan.half_open, "half-open timers")?;
        is_other(self.plan.half_closed != other.plan.half_closed, "half-closed timers")?;
        is_other(self.slots_asked != other.slots_asked, "slots")
    }

    /// Adds other captures.
    ///
    /// # Errors
    /// [`OtherPlan`] when they were asked something else.
    pub fn add(&mut self, other: &Tally) -> Result<(), OtherPlan> {
        self.is_asked_alike(other)?;
        self.parts.extend(&other.parts);
        self.flows = self.flows.saturating_add(other.flows);
        self.stale_flows = self.stale_flows.saturating_add(other.stale_flows);
        for (mine, theirs) in self.counts.iter_mut().flatten().zip(other.counts.iter().flatten()) {
            *mine = mine.with(theirs, u64::saturating_add);
        }
        self.base.merge(other.base.clone());
        for (mine, theirs) in self.taken.iter_mut().flatten().zip(other.taken.iter().flatten()) {
            mine.merge(theirs.clone());
        }
        self.half_open.add(&other.half_open);
        self.half_closed.add(&other.half_closed);
        for (mine, theirs) in self.probes.iter_mut().zip(&other.probes) {
            *mine = mine.saturating_add(*theirs);
        }
        for (mine, theirs) in self.stale.iter_mut().zip(&other.stale) {
            mine.merge(theirs.clone());
        }
        for (mine, theirs) in self.slots.iter_mut().zip(&other.slots) {
            *mine = mine.fuller(theirs);
        }
        Ok(())
    }

    /// The same in as little space as a log has for it.
    pub(super) fn for_log(&self) -> Tally {
        let mut tally = self.clone();
        let levels = tally.taken.iter_mut().flatten().chain(&mut tally.stale).chain([&mut tally.base]);
        levels.for_each(|level| level.narrow_to(MOST_BINS_IN_LOG));
        tally
    }

    /// The capture's time, in bins that no level is finer than.
    pub(super) fn course(&self) -> Course {
        let levels = self.taken.iter().flatten().chain(&self.stale).chain([&self.base]);
        let widest = levels.map(|level| level.doublings).max().unwrap_or(0);
        Course::new(self.from(), self.to(), widest)
    }
}

/// What each limit takes from the entries of a box that never forgets. A silence that exceeds a limit may exceed longer ones
/// too, and is given back under the longest.
fn taken(study: &Study, refresh: usize) -> Vec<Occupancy> {
    let limits = study.plan.limits();
    let mut given_back = Occupancy::default();
    let mut taken = vec![Occupancy::default(); limits.len()];
    for (number, limit) in limits.iter().enumerate().rev() {
        given_back.merge(study.resumed[study.place(refresh, number)].clone());
        if study.plan.is_asked(*limit) {
            taken[number] = given_back.clone();
            taken[number].merge(study.expired[refresh].of(number).clone());
        }
    }
    taken
}

/// Sockets that began to be silent within one period of each other are held at the same time.
fn slots_held(study: &Study, limits: &[SlotLimit], period: Span) -> Slots {
    let strictest = limits.iter().map(|limit| u64::from(limit.slots.get())).min();
    let mut slots = Slots { allowed: strictest.unwrap_or(0), ..Slots::default() };
    for ((_, service, _), starts) in &study.slots {
        let Some(allowed) = SlotLimit::of(limits, service).map(u64::from) else { continue };
        let mut first = 0;
        let mut most = 0;
        for (last, start) in starts.iter().enumerate() {
            while starts[first] + period < *start {
                first += 1;
            }
            most = most.max((last - first + 1) as u64);
        }
        let held =
            Slots { service: Some(*service), allowed, most, clients_at_limit: u64::from(most >= allowed) };
        slots = slots.fuller(&held);
    }
    slots
}
