//! The tracker: all flows of one worker.

use super::Settings;
use super::advance::Surroundings;
use super::copies::is_copy;
use super::handshake::belongs_to_displaced;
use super::history::{EVENTS_KEPT, Record};
use super::index::Slot;
use super::join::Joined;
use super::joining::Answer;
use super::life::{Flow, Life, flow_mark};
use super::linger::{Lingerer, Lingering, is_over};
use super::lives::{begins_new_life, first_life, initiator_of};
use super::lone::LoneFlows;
use super::orderly::{self, Taken};
use super::service::{Service, Services};
use super::sparse::Elided;
use super::steady;
use super::table::FlowTable;
use super::view::FlowView;
use super::watcher::{Phase, Silence, Watcher};
use crate::frame::FrameNumber;
use crate::memory::{LongList, prefetch};
use crate::segment::{HashSeed, IcmpQuote, Segment, TcpFlags};
use crate::time::Timestamp;

/// How far before its look-up a segment and its flow's memory are asked for, in segments.
const PREFETCH_SEGMENT: usize = 48;
const PREFETCH_BUCKET: usize = 24;
const PREFETCH_FLOW: usize = 12;
const PREFETCH_RECORD: usize = 5;

/// Flows that are let go together, once their memory has been asked for.
const LET_GO_AT_ONCE: usize = 16;

/// Places for what was found out ahead.
const AHEAD: usize = PREFETCH_FLOW.next_power_of_two();

/// What a tracker counted beside what it told its watcher.
#[derive(Clone, Debug, Default)]
pub struct TrackerCounts {
    /// Copies of segments, left out.
    pub duplicates: u64,
    /// Flows given up at the memory bound.
    pub evicted: u64,
    /// First frame of every flow, in no order: a flow's id is the rank of its own.
    pub(crate) starts: LongList<FrameNumber>,
    /// Directions that come in another realm than their flow, in no order.
    pub(crate) joined: LongList<Joined>,
    /// ICMP quotes of flows that the capture does not have.
    pub stray_icmp: u64,
}

/// All flows of one worker.
pub struct Tracker<W: Watcher> {
    pub(super) table: FlowTable<W::Annex>,
    /// One-way flows, where there are several realms.
    pub(super) lone: LoneFlows,
    /// Flows for which segments are held.
    pub(super) joining: usize,
    watcher: W,
    pub(super) settings: Settings,
    pub(super) seed: HashSeed,
    pub(super) services: Services,
    pub(super) counts: TrackerCounts,
    /// Silences that began before this frame go on across an unsound clock.
    clock_step: FrameNumber,
    /// Place of the table at which the next search for a flow to give up goes on.
    cursor: usize,
    lingering: Lingering,
    scratch: Vec<Silence>,
}

/// A segment with the hash of its key.
#[derive(Clone, Copy, Debug)]
pub struct Routed {
    /// The segment.
    pub segment: Segment,
    /// [`crate::segment::FlowKey::hash`] of its key.
    pub hash: u64,
}

impl<W: Watcher> Tracker<W> {
    /// A tracker without flows. All trackers of a run must share `seed` with whoever hashes keys.
    pub fn new(watcher: W, settings: Settings, seed: HashSeed) -> Self {
        Tracker {
            table: FlowTable::new(),
            lone: LoneFlows::default(),
            joining: 0,
            watcher,
            settings,
            seed,
            services: Services::default(),
            counts: TrackerCounts::default(),
            clock_step: FrameNumber(0),
            cursor: 0,
            lingering: Lingering::default(),
            scratch: Vec::new(),
        }
    }

    /// Takes segments in capture order.
    pub fn ingest_batch(&mut self, batch: &[Routed]) {
        for routed in batch.iter().take(PREFETCH_BUCKET) {
            self.table.prefetch_bucket(routed.hash);
        }
        let mut foreseen = [None; AHEAD];
        for (i, routed) in batch.iter().enumerate() {
            if let Some(ahead) = batch.get(i + PREFETCH_SEGMENT) {
                prefetch::whole(ahead);
            }
            if let Some(ahead) = batch.get(i + PREFETCH_BUCKET) {
                self.table.prefetch_bucket(ahead.hash);
            }
            if let Some(ahead) = batch.get(i + PREFETCH_FLOW) {
                foreseen[(i + PREFETCH_FLOW) % AHEAD] = self.table.prefetch_flow(ahead.hash);
            }
            if i + PREFETCH_RECORD < batch.len()
                && let Some(slot) = foreseen[(i + PREFETCH_RECORD) % AHEAD]
                && let Some(record) = &self.table.flow(slot).record
            {
                prefetch::whole(&**record);
            }
            let Routed { segment, hash } = routed;
            match foreseen[i % AHEAD] {
                // What lay there then may have gone since, and another flow come.
                Some(slot) if self.table.flow(slot).holds(&segment.key) => self.take(slot, segment, *hash),
                _ => self.ingest(segment, *hash),
            }
        }
    }

    /// Takes one segment.
    #[inline(never)]
    pub fn ingest(&mut self, segment: &Segment, hash: u64) {
        match self.table.find(hash, &segment.key) {
            Some(slot) => self.take(slot, segment, hash),
            None => self.ingest_stranger(segment, hash),
        }
    }

    /// Takes a segment of the flow that lies at `slot`, by the shortest way that fits it. `hash` is that of the segment's
    /// key, which may have another realm.
    #[inline(always)]
    pub(super) fn take(&mut self, slot: Slot, segment: &Segment, hash: u64) {
        let floor = self.settings.floor_at(segment.frame);
        if !steady::take(&mut self.watcher, self.table.flow_mut(slot), segment, floor) {
            self.take_unsteady(slot, segment, hash);
        }
    }

    #[inline(never)]
    fn take_unsteady(&mut self, slot: Slot, segment: &Segment, hash: u64) {
        let floor = self.settings.floor_at(segment.frame);
        let flow = self.table.flow_mut(slot);
        match orderly::take(&mut self.watcher, flow, segment, floor) {
            Taken::Yes => {}
            Taken::AndClosed => self.lingering.push(Lingerer::of(slot, &flow.life)),
            Taken::No => self.take_the_long_way(slot, segment, hash),
        }
    }

    #[inline(always)]
    fn take_the_long_way(&mut self, slot: Slot, segment: &Segment, hash: u64) {
        if self.table.flow(slot).life.key.realm() != segment.key.realm() {
            self.ingest_from_elsewhere(slot, segment, hash);
        } else if !(self.lone.are_kept() && self.crosses(slot, segment, hash)) {
            self.ingest_into(slot, segment, hash);
        }
    }

    /// [`Self::ingest`] without the short ways.
    #[cfg(test)]
    pub fn ingest_the_long_way(&mut self, segment: &Segment, hash: u64) {
        let elsewhere = || self.table.find_elsewhere(hash, &segment.key, segment.sender);
        match self.table.find(hash, &segment.key).or_else(elsewhere) {
            Some(slot) => self.take_the_long_way(slot, segment, hash),
            None => self.begin_or_join(segment, hash),
        }
    }

    /// Takes a segment on the key of the flow that lies at `slot`.
    #[inline(never)]
    pub(super) fn ingest_into(&mut self, slot: Slot, segment: &Segment, hash: u64) {
        let was_closed = self.table.flow(slot).life.is_closed();
        if (was_closed || segment.flags.contains(TcpFlags::SYN)) && self.renew(slot, segment, hash) {
            return;
        }
        self.advance(slot, segment);
        let life = &self.table.flow(slot).life;
        if !was_closed && life.is_closed() {
            self.lingering.push(Lingerer::of(slot, life));
        }
    }

    /// Takes a segment of the life that lies at `slot`, or of the one that it displaced.
    #[inline(always)]
    fn advance(&mut self, slot: Slot, segment: &Segment) {
        let flow = self.table.flow_mut(slot);
        if is_copy(flow, segment) {
            self.counts.duplicates += 1;
            return;
        }
        let mut surroundings = Surroundings {
            watcher: &mut self.watcher,
            silence_floor: self.settings.floor_at(segment.frame),
            observed_from: self.settings.observation.at(segment.frame),
            clock_step: self.clock_step,
        };
        if let Some(record) = &mut flow.record
            && let Some(displaced) = &mut record.displaced
        {
            if belongs_to_displaced(&flow.life, segment) {
                surroundings.advance_displaced(displaced, segment);
                return;
            }
            if flow.life.phase() != Phase::SynSent
                && let Some(displaced) = record.displaced.take()
            {
                let until = Some(flow.life.first_at);
                let mut displaced = *displaced;
                retire(
                    &mut self.watcher,
                    &mut displaced,
                    until,
                    &mut self.scratch,
                    &self.settings,
                    self.clock_step,
                );
                let flow = self.table.flow_mut(slot);
                let mut surroundings = Surroundings {
                    watcher: &mut self.watcher,
                    silence_floor: self.settings.floor_at(segment.frame),
                    observed_from: self.settings.observation.at(segment.frame),
                    clock_step: self.clock_step,
                };
                surroundings.advance(flow, segment);
                return;
            }
        }
        surroundings.advance(flow, segment);
    }

    /// Starts a new life where the segment begins one; whether it did, and the segment is taken care of.
    #[cold]
    fn renew(&mut self, slot: Slot, segment: &Segment, hash: u64) -> bool {
        if !begins_new_life(&self.table.flow(slot).life, segment) {
            return false;
        }
        let life = &self.table.flow(slot).life;
        if life.is_closed() && is_over(life.last_at(), segment.at) {
            // As if it had been let go before, which is a matter of when that is looked for.
            self.let_go(slot, hash, None);
            self.begin_or_join(segment, hash);
            return true;
        }
        let keep = segment.flags.contains(TcpFlags::SYN) && !life.is_closed();
        let life = self.first_life(segment);
        // In the same place, so that directions in other realms find it there.
        let new = Flow { life, record: None };
        let mut old = std::mem::replace(self.table.flow_mut(slot), new);
        if keep {
            let before = old.record.as_mut().and_then(|record| record.displaced.take());
            if let Some(mut before) = before {
                let until = Some(old.life.first_at);
                retire(
                    &mut self.watcher,
                    &mut before,
                    until,
                    &mut self.scratch,
                    &self.settings,
                    self.clock_step,
                );
            }
            let mut record = Record::new();
            record.displaced = Some(Box::new(old));
            self.table.flow_mut(slot).record = Some(record);
        } else {
            retire(&mut self.watcher, &mut old, None, &mut self.scratch, &self.settings, self.clock_step);
        }
        self.note_begin(slot, segment, hash);
        true
    }

    /// Starts a flow with `segment`.
    pub(super) fn begin(&mut self, segment: &Segment, hash: u64) {
        if self.table.len() >= self.settings.max_flows {
            self.evict(segment.at);
        }
        let life = self.first_life(segment);
        let slot = self.table.insert(hash, life);
        self.note_begin(slot, segment, hash);
    }

    fn first_life(&mut self, segment: &Segment) -> Life {
        let service = self.services.id_of(Service {
            endpoint: segment.key.endpoint(initiator_of(segment).peer()),
            realm: segment.key.realm(),
        });
        first_life(segment, service)
    }

    fn note_begin(&mut self, slot: Slot, segment: &Segment, hash: u64) {
        let life = &self.table.flow(slot).life;
        if life.is_closed() {
            self.lingering.push(Lingerer::of(slot, life));
        }
        self.counts.starts.push(segment.frame);
        if self.lone.are_kept() {
            self.lone.enter(hash, slot, &self.table);
        }
    }

    /// Retires the flow at `slot`, followed until `end` if it has not closed, and frees its place.
    pub(super) fn let_go(&mut self, slot: Slot, hash: u64, end: Option<Timestamp>) {
        let flow = self.table.flow_mut(slot);
        retire(&mut self.watcher, flow, end, &mut self.scratch, &self.settings, self.clock_step);
        self.lone.leave(hash, slot);
        self.table.vacate(hash, slot);
    }

    /// Takes a TCP header quoted in an ICMP error.
    pub fn quote(&mut self, quote: &IcmpQuote) {
        let hash = quote.key.hash(self.seed);
        let elsewhere = || self.quoted_elsewhere(quote, hash);
        match self.table.find(hash, &quote.key).or_else(elsewhere) {
            Some(slot) => {
                let history = &mut self.table.flow_mut(slot).record.get_or_insert_with(Record::new).history;
                if history.icmp.len() < EVENTS_KEPT {
                    history.icmp.push(*quote);
                }
            }
            None => self.counts.stray_icmp += 1,
        }
    }

    /// Takes what a sparse source left out of one flow before the segment that comes next.
    pub fn elide(&mut self, elided: &Elided) {
        if let Some(slot) = self.table.find(elided.key.hash(self.seed), &elided.key) {
            elided.apply(self.table.flow_mut(slot));
            self.counts.duplicates += elided.copies;
        }
    }

    /// The time of `frame` is in doubt: silences that begin with it, end with it or go on across it are suspect. Told
    /// before its segment comes.
    pub fn time_in_doubt(&mut self, frame: FrameNumber) {
        self.clock_step = self.clock_step.max(FrameNumber(frame.0.saturating_add(1)));
    }

    /// The capture's clock stepped at `frame`, having come to `until`: silences across it are suspect.
    pub fn clock_stepped(&mut self, frame: FrameNumber, until: Timestamp) {
        self.decide_all();
        // Which of them the segments after the step find must not depend on which other flows came before it.
        self.lingering.put_in_order();
        self.tidy_up(until);
        self.lingering.put_in_order();
        self.clock_step = self.clock_step.max(frame);
    }

    /// Lets go of the closed flows that no segment from `now` on can belong to. Costs nothing in the report: they could
    /// not have changed.
    pub fn tidy_up(&mut self, now: Timestamp) {
        let mut looked_at = Vec::with_capacity(LET_GO_AT_ONCE);
        let mut over = Vec::with_capacity(LET_GO_AT_ONCE);
        loop {
            while looked_at.len() < LET_GO_AT_ONCE
                && let Some(lingerer) = self.lingering.pop_over(now)
            {
                prefetch::whole(self.table.flow(lingerer.slot));
                looked_at.push(lingerer);
            }
            if looked_at.is_empty() {
                return;
            }
            for lingerer in looked_at.drain(..) {
                let Flow { life, record } = self.table.flow(lingerer.slot);
                if life.is(flow_mark::VACANT) || !lingerer.is(life) {
                    continue;
                }
                // A refused SYN that is answered all the same opens its flow again.
                if !life.is_closed() {
                    continue;
                }
                if is_over(life.last_at(), now) {
                    if let Some(record) = record {
                        prefetch::whole(&**record);
                    }
                    let hash = life.key.hash(self.seed);
                    self.table.prefetch_bucket(hash);
                    over.push((lingerer.slot, hash));
                } else {
                    self.lingering.push(Lingerer::of(lingerer.slot, life));
                }
            }
            for (slot, hash) in over.drain(..) {
                // Closed twice, it is there twice.
                if !self.table.flow(slot).life.is(flow_mark::VACANT) {
                    self.let_go(slot, hash, None);
                }
            }
        }
    }

    /// Live: the watcher hears of the silences that go on at `now`.
    pub fn tell_silences(&mut self, now: Timestamp) {
        self.tidy_up(now);
        for place in 0..self.table.places() {
            let Some((slot, flow)) = self.table.nth(place) else { continue };
            if flow.life.is_closed() || self.joining > 0 && self.decide_if_silent(slot, now) {
                continue;
            }
            let flow = self.table.flow_mut(slot);
            self.scratch.clear();
            let surroundings = Surroundings {
                watcher: &mut self.watcher,
                silence_floor: self.settings.silence_floor,
                observed_from: self.settings.observation.later,
                clock_step: self.clock_step,
            };
            surroundings.open_silences(flow, now, &mut self.scratch);
            for silence in &self.scratch {
                let record = flow.record.get_or_insert_with(Record::new);
                let view = FlowView { life: &flow.life, history: Some(&record.history) };
                self.watcher.still_silent(&view, &mut record.annex, silence);
            }
        }
    }

    /// Gives up one flow: a closed one where one is found, else a half-open one, else the one that spoke
    /// last. The most idle flow, which is what we are here for, never goes first.
    #[cold]
    fn evict(&mut self, now: Timestamp) {
        const CANDIDATES: usize = 64;
        let total = self.table.places();
        let mut chosen: Option<((u8, Timestamp), Slot)> = None;
        let mut seen = 0;
        for step in 1..=total {
            let place = (self.cursor + step) % total;
            let Some((slot, flow)) = self.table.nth(place) else { continue };
            let life = &flow.life;
            let rank = match life.phase() {
                Phase::Closed => 2,
                Phase::SynSent => 1,
                _ => 0,
            };
            let worth = (rank, life.last_at());
            if chosen.is_none_or(|(best, _)| worth > best) {
                chosen = Some((worth, slot));
            }
            seen += 1;
            if seen >= CANDIDATES {
                self.cursor = place;
                break;
            }
        }
        if let Some((_, slot)) = chosen {
            // What was held must not begin a flow while there is no room for one.
            self.decide(slot, Answer::One);
            let life = &self.table.flow(slot).life;
            if !life.is(flow_mark::VACANT) {
                self.let_go(slot, life.key.hash(self.seed), Some(now));
                self.counts.evicted += 1;
            }
        }
    }

    /// Flows held now.
    pub fn flows(&self) -> usize {
        self.table.len()
    }

    /// Access to the watcher while the capture goes on.
    pub fn watcher_mut(&mut self) -> &mut W {
        &mut self.watcher
    }

    /// Ends the capture at `end`: every flow is retired.
    pub fn finish(mut self, end: Timestamp) -> (W, TrackerCounts, Vec<Service>) {
        self.decide_all();
        self.tidy_up(end);
        let Tracker { table, mut watcher, settings, mut scratch, clock_step, .. } = self;
        table.drain(|flow| retire(&mut watcher, flow, Some(end), &mut scratch, &settings, clock_step));
        watcher.close();
        (watcher, self.counts, self.services.into_list())
    }
}

/// Hands a flow that is over to the watcher, and the one that it displaced; `end`: until when it was followed, when it
/// had not closed.
fn retire<W: Watcher>(
    watcher: &mut W,
    flow: &mut Flow<W::Annex>,
    end: Option<Timestamp>,
    scratch: &mut Vec<Silence>,
    settings: &Settings,
    clock_step: FrameNumber,
) {
    retire_one(watcher, flow, end, scratch, settings, clock_step);
    let until = Some(flow.life.first_at);
    if let Some(mut old) = flow.record.as_mut().and_then(|record| record.displaced.take()) {
        retire_one(watcher, &mut old, until, scratch, settings, clock_step);
    }
}

fn retire_one<W: Watcher>(
    watcher: &mut W,
    flow: &mut Flow<W::Annex>,
    end: Option<Timestamp>,
    scratch: &mut Vec<Silence>,
    settings: &Settings,
    clock_step: FrameNumber,
) {
    scratch.clear();
    let mut surroundings = Surroundings {
        watcher: &mut *watcher,
        silence_floor: settings.silence_floor,
        observed_from: settings.observation.close,
        clock_step,
    };
    surroundings.settle_at_end(flow);
    if flow.record.as_ref().is_some_and(|record| record.history.asks()) {
        let until = end.unwrap_or(flow.life.last_at());
        surroundings.close_question(flow, until);
    }
    surroundings.close_farewell(flow);
    // Nothing has shown that a RST with an inexact number was refused.
    if let Some(end) = end
        && !flow.life.is_closed()
        && !flow.life.is(flow_mark::DOUBTFUL_RESET)
    {
        surroundings.open_silences(flow, end, scratch);
    }
    let life = &flow.life;
    match &mut flow.record {
        Some(record) => {
            let view = FlowView { life, history: Some(&record.history) };
            watcher.retire(&view, Some(&mut record.annex), scratch);
        }
        None => watcher.retire(&FlowView { life, history: None }, None, scratch),
    }
}
