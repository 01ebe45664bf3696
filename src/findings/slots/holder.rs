//! The slots of one client at one service over time.

use super::ledger::{Fact, Hold, Holder, Part, Refusal, Release};
use crate::frame::FrameNumber;
use crate::time::Timestamp;
use hashbrown::HashMap;
use std::net::IpAddr;

/// Points of the curve that are kept: of more, the highest of each stretch.
const POINTS_KEPT: usize = 128;

/// Refused attempts at one occupancy from which a limit may be inferred.
pub(super) const INFERRED_FROM: usize = 3;

/// Fewer slots than this are no limit that anybody sets, but chance.
pub(super) const FEWEST_SLOTS: usize = 4;

/// A moment and the frame that shows it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Mark {
    /// When.
    pub at: Timestamp,
    /// Frame to look at.
    pub frame: FrameNumber,
}

/// How many slots were taken from a moment on.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct SlotPoint {
    /// From when.
    pub at: Timestamp,
    /// Slots taken.
    pub taken: u64,
    /// Of them by connections whose client is not heard of again.
    pub silent: u64,
}

/// An attempt that was refused, and how many slots were taken then.
#[derive(Clone, Copy, Debug)]
pub(super) struct Attempt {
    pub mark: Mark,
    pub kind: Refusal,
    pub taken: u64,
}

/// A slot that came free.
#[derive(Clone, Copy, Debug)]
pub(super) struct Freed {
    pub mark: Mark,
    pub by: Release,
}

/// All that happened to the slots of one client at one service.
#[derive(Debug)]
pub(super) struct Tenancy<'a> {
    /// In order of their start.
    facts: &'a [Fact],
    /// By fact: until when it holds its slot.
    until: Vec<(Timestamp, Option<Release>)>,
    pub attempts: Vec<Attempt>,
    pub curve: Vec<SlotPoint>,
    pub peak: u64,
}

/// What happens at one moment, in this order: slots come free before others are asked for.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Event {
    Free,
    Refused,
    Taken,
    Silent,
}

impl<'a> Tenancy<'a> {
    /// `facts` are those of one holder, in order of their start.
    pub fn of(facts: &'a [Fact]) -> Self {
        let mut until: Vec<(Timestamp, Option<Release>)> = facts.iter().map(released).collect();
        let mut holds_port: HashMap<u16, usize> = HashMap::new();
        for (index, fact) in facts.iter().enumerate() {
            if !matches!(fact.part, Part::Held(_)) {
                continue;
            }
            if let Some(earlier) = holds_port.insert(fact.client_port, index)
                && until[earlier].0 > fact.start
            {
                until[earlier] = (fact.start, Some(Release::Replaced));
            }
        }
        let mut tenancy = Tenancy { facts, until, attempts: Vec::new(), curve: Vec::new(), peak: 0 };
        tenancy.sweep();
        tenancy
    }

    fn sweep(&mut self) {
        let mut events: Vec<(Timestamp, Event, usize)> = Vec::new();
        for (index, fact) in self.facts.iter().enumerate() {
            match fact.part {
                Part::Refused(_) => events.push((fact.start, Event::Refused, index)),
                Part::Held(_) => {
                    let until = self.until[index].0;
                    events.push((fact.start, Event::Taken, index));
                    events.push((until, Event::Free, index));
                    if fact.heard_at() < until {
                        events.push((fact.heard_at(), Event::Silent, index));
                    }
                }
            }
        }
        events.sort_unstable();
        let (mut taken, mut silent) = (0_u64, 0_u64);
        for (at, event, index) in events {
            let fact = &self.facts[index];
            match event {
                Event::Free if at == Timestamp::MAX => break,
                Event::Free => {
                    taken -= 1;
                    silent -= u64::from(fact.heard_at() < at);
                }
                Event::Refused => {
                    if let Part::Refused(kind) = fact.part {
                        let mark = Mark { at, frame: fact.last_frame() };
                        self.attempts.push(Attempt { mark, kind, taken });
                    }
                    continue;
                }
                Event::Taken => taken += 1,
                Event::Silent => silent += 1,
            }
            self.peak = self.peak.max(taken);
            let point = SlotPoint { at, taken, silent };
            match self.curve.last_mut() {
                Some(last) if last.at == at => *last = point,
                _ => self.curve.push(point),
            }
        }
    }

    pub fn client(&self) -> Option<IpAddr> {
        self.facts.first().map(Fact::client)
    }

    pub fn is_of(&self, holder: Holder) -> bool {
        self.facts.first().is_some_and(|fact| fact.holder() == holder)
    }

    /// Whether `at` lies between the first refused attempt and the last.
    pub fn refuses_at(&self, at: Timestamp) -> bool {
        let (first, last) = (self.attempts.first(), self.attempts.last());
        first.is_some_and(|first| first.mark.at <= at) && last.is_some_and(|last| at <= last.mark.at)
    }

    /// The limit that the refusals show: all of them at the highest occupancy there was.
    pub fn inferred_limit(&self) -> Option<u64> {
        let told: Vec<&Attempt> =
            self.attempts.iter().filter(|attempt| attempt.kind != Refusal::Unanswered).collect();
        let at_the_peak = told.iter().all(|attempt| attempt.taken == self.peak);
        let enough = told.len() >= INFERRED_FROM && self.peak >= FEWEST_SLOTS as u64;
        (enough && at_the_peak).then_some(self.peak)
    }

    /// The connection that took the last of `limit` slots, for the first time.
    pub fn reached(&self, limit: u64) -> Option<Mark> {
        let at = self.curve.iter().find(|point| point.taken >= limit)?.at;
        let fact = self.facts.iter().find(|fact| matches!(fact.part, Part::Held(_)) && fact.start == at)?;
        Some(Mark { at, frame: fact.first_frame })
    }

    /// The last moment before a slot that was held at `at` comes free.
    pub fn free_again(&self, at: Timestamp) -> Timestamp {
        let ends = self
            .held_at(Timestamp::from_nanos(at.as_nanos().saturating_add(1)))
            .map(|(_, (until, _))| *until);
        Timestamp::from_nanos(ends.min().unwrap_or(Timestamp::MAX).as_nanos().saturating_sub(1))
    }

    /// Connections that hold a slot at `at` and whose client is not heard of afterwards.
    pub fn silent_at(&self, at: Timestamp) -> impl Iterator<Item = &'a Fact> + '_ {
        self.held_at(at).map(|(fact, _)| fact).filter(move |fact| fact.heard_at() < at)
    }

    /// Slots held at `at` that came free later, in order.
    pub fn freed_after(&self, at: Timestamp) -> Vec<Freed> {
        let mut freed: Vec<Freed> = self
            .held_at(at)
            .filter_map(|(fact, (until, by))| {
                Some(Freed { mark: Mark { at: *until, frame: fact.last_frame() }, by: (*by)? })
            })
            .collect();
        freed.sort_unstable_by_key(|freed| freed.mark);
        freed
    }

    /// The first connection after `at` that got a slot.
    pub fn succeeded_after(&self, at: Timestamp) -> Option<Mark> {
        let fact = self.facts.iter().find(|fact| matches!(fact.part, Part::Held(_)) && fact.start > at)?;
        Some(Mark { at: fact.start, frame: fact.first_frame })
    }

    /// Slots still held when the capture ended.
    pub fn held_at_end(&self) -> u64 {
        self.curve.last().map_or(0, |point| point.taken)
    }

    /// The curve, thinned.
    pub fn thinned_curve(&self) -> Vec<SlotPoint> {
        if self.curve.len() <= POINTS_KEPT {
            return self.curve.clone();
        }
        let stretch = self.curve.len().div_ceil(POINTS_KEPT);
        self.curve.chunks(stretch).filter_map(|part| part.iter().copied().max_by_key(|p| p.taken)).collect()
    }

    fn held_at(&self, at: Timestamp) -> impl Iterator<Item = (&'a Fact, &(Timestamp, Option<Release>))> + '_ {
        self.facts.iter().zip(&self.until).filter(move |(fact, (until, _))| {
            matches!(fact.part, Part::Held(_)) && fact.start < at && *until > at
        })
    }
}

fn released(fact: &Fact) -> (Timestamp, Option<Release>) {
    match fact.part {
        Part::Held(Hold::Freed(release)) => (fact.until, Some(release)),
        Part::Held(Hold::Open | Hold::Stale) => (fact.until, None),
        Part::Refused(_) => (fact.start, None),
    }
}
