//! One connection's packets on both sides: which are the same, and which way they went.

use super::clocks::Sighting;
use super::concluded::Beside;
use super::mark::{Base, Care, Mark, Shift, Tail};
use crate::segment::{Endpoint, FlowKey, Sender};
use crate::time::{Span, Timestamp};
use hashbrown::{HashMap, HashSet};

/// A packet this close to the end of the other capture may not have been written any more.
const MARGIN: Span = Span::from_millis(500);

/// Packets of one connection on both sides, matched.
pub(super) struct Matched {
    pub(super) marks: [Vec<Mark>; 2],
    /// For each mark its counterpart.
    pub(super) other: [Vec<Option<usize>>; 2],
    /// Ends of each flow.
    pub(super) keys: [HashMap<u64, FlowKey>; 2],
    /// Flows whose SYN was seen.
    pub(super) begun: [HashSet<u64>; 2],
    /// Before this instant packets of a side were not kept.
    pub(super) kept_from: [Option<Timestamp>; 2],
    /// Which sender of each flow is the same end: the one that end 0 is.
    pub(super) ends: [HashMap<u64, Sender>; 2],
    /// Side nearer to each end.
    pub(super) near: [usize; 2],
}

impl Matched {
    /// Matches the tails of a group. `opened` says who sent the SYN, by side and flow of the group, `shift` what the box
    /// is thought to do to sequence numbers: where it does not after all, they are taken as they are.
    pub fn of(tails: [&[Tail]; 2], opened: &[HashMap<u64, Sender>; 2], shift: Shift) -> Matched {
        let plain = Matched::with(tails, opened, Shift::default());
        if shift.is_none() {
            return plain;
        }
        let shifted = Matched::with(tails, opened, shift);
        if shifted.pairs().count() > plain.pairs().count() { shifted } else { plain }
    }

    fn with(tails: [&[Tail]; 2], opened: &[HashMap<u64, Sender>; 2], shift: Shift) -> Matched {
        let mut marks = tails.map(|tails| {
            let mut marks: Vec<Mark> = tails.iter().flat_map(|tail| tail.marks.iter().copied()).collect();
            marks.sort_by_key(|mark| (mark.at, mark.frame));
            marks
        });
        for mark in &mut marks[1] {
            if let Some(opener) = opened[1].get(&mark.flow) {
                *mark = mark.unshifted(shift, *opener);
            }
        }
        let kept_from = tails.map(|tails| {
            let cut = tails.iter().filter(|tail| tail.elided > 0);
            cut.filter_map(|tail| tail.marks.front().map(|mark| mark.at)).max()
        });
        let keys = tails.map(|tails| {
            let known = tails.iter().filter_map(|tail| Some((tail.marks.front()?.flow, tail.key?)));
            known.collect::<HashMap<u64, FlowKey>>()
        });
        let begun = [0, 1].map(|side: usize| opened[side].keys().copied().collect());
        let mut best: Option<([Vec<Option<usize>>; 2], usize)> = None;
        for care in Care::ALL {
            let (other, count) = pair_up([&marks[0], &marks[1]], care);
            if best.as_ref().is_none_or(|(_, most)| count > *most) {
                best = Some((other, count));
            }
        }
        let other = best.map(|(other, _)| other).unwrap_or_default();
        let mut matched =
            Matched { marks, other, keys, begun, kept_from, ends: Default::default(), near: [0, 1] };
        matched.orient(opened.clone());
        matched.place();
        matched
    }

    /// Settles which sender of each flow is which end.
    fn orient(&mut self, opened: [HashMap<u64, Sender>; 2]) {
        self.ends = opened;
        if self.ends.iter().all(HashMap::is_empty)
            && let Some(first) = self.marks[0].first()
        {
            self.ends[0].insert(first.flow, first.sender);
        }
        loop {
            let mut learned = false;
            for (index, other) in self.other[0].iter().enumerate() {
                let Some(other) = other else { continue };
                let pair = [&self.marks[0][index], &self.marks[1][*other]];
                for side in [0, 1] {
                    let (known, unknown) = (pair[side], pair[1 - side]);
                    let Some(end) = self.ends[side].get(&known.flow).copied() else { continue };
                    let sender = if known.sender == end { unknown.sender } else { unknown.sender.peer() };
                    learned |= self.ends[1 - side].try_insert_new(unknown.flow, sender);
                }
            }
            if !learned {
                return;
            }
        }
    }

    /// Settles which side is nearer to each end: there its packets have the higher TTL. Where it does not fall, the
    /// sides are taken in the order given, from the end that opened the connection.
    fn place(&mut self) {
        let mut higher = [0i64; 2];
        for (a, b) in self.pairs() {
            if let Some(end) = self.end_of(0, a) {
                higher[end] += i64::from(a.ttl) - i64::from(b.ttl);
            }
        }
        self.near = match higher {
            [0, 0] => [0, 1],
            [0, responder] => {
                if responder > 0 {
                    [1, 0]
                } else {
                    [0, 1]
                }
            }
            [initiator, _] => {
                if initiator > 0 {
                    [0, 1]
                } else {
                    [1, 0]
                }
            }
        };
    }

    pub(super) fn pairs(&self) -> impl Iterator<Item = (&Mark, &Mark)> {
        let matched = self.other[0].iter().enumerate();
        matched.filter_map(|(index, other)| Some((&self.marks[0][index], &self.marks[1][(*other)?])))
    }

    pub(super) fn end_of(&self, side: usize, mark: &Mark) -> Option<usize> {
        self.ends[side].get(&mark.flow).map(|end| usize::from(*end != mark.sender))
    }

    /// Packets that both saw, for the clocks.
    pub fn sightings(&self) -> impl Iterator<Item = Sighting> {
        self.pairs().filter_map(|(a, b)| {
            let end = self.end_of(0, a)?;
            Some(Sighting { at: [a.at, b.at], forward: self.near[end] == 0 })
        })
    }

    /// Packets that each side's capture should have and does not: those that their end's side lacks although the other
    /// has them, and those that are missing before a later one that crossed. The path or a capture lost them.
    pub fn missed(&self, beside: &Beside<'_>) -> [u64; 2] {
        let mut missed = [0; 2];
        for end in [0, 1] {
            let (near, far) = (self.near[end], 1 - self.near[end]);
            let alone = |side: usize, index: usize| {
                let mark = &self.marks[side][index];
                self.other[side][index].is_none()
                    && self.end_of(side, mark) == Some(end)
                    && !mark.is_reset()
                    && self.is_fair(side, mark, beside)
            };
            let crossed = |index: &usize| {
                self.other[near][*index].is_some()
                    && self.end_of(near, &self.marks[near][*index]) == Some(end)
            };
            let last = (0..self.marks[near].len()).rfind(crossed).unwrap_or(0);
            missed[far] += (0..last).filter(|index| alone(near, *index)).count() as u64;
            missed[near] += (0..self.marks[far].len()).filter(|index| alone(far, *index)).count() as u64;
        }
        missed
    }

    /// Whether a packet's absence on the other side says something: that side was capturing, and its packets of that
    /// time were kept.
    pub(super) fn is_fair(&self, side: usize, mark: &Mark, beside: &Beside<'_>) -> bool {
        let there = elsewhere(side, mark.at, beside.offset);
        let watch = &beside.watches[1 - side];
        let kept = self.kept_from[1 - side].is_none_or(|from| there > from + MARGIN);
        kept && there >= watch.from && there + MARGIN <= watch.until
    }
    /// When the last packet crossed, by the first side's clock.
    pub fn last_crossed_at(&self) -> Option<Timestamp> {
        self.pairs().map(|(a, _)| a.at).max()
    }

    /// Ends of a flow: the one that opened the connection, if that is known, and the other.
    pub(super) fn ends_of(&self, side: usize, flow: u64) -> Option<[Endpoint; 2]> {
        let (key, first) = (self.keys[side].get(&flow)?, *self.ends[side].get(&flow)?);
        Some([key.endpoint(first), key.endpoint(first.peer())])
    }

    /// Who sends a packet.
    pub(super) fn sender_of(&self, side: usize, mark: &Mark) -> Option<Endpoint> {
        self.keys[side].get(&mark.flow).map(|key| key.endpoint(mark.sender))
    }
}

/// A time of one side by the other's clock. `offset` takes times of the first side to the second.
pub(super) fn elsewhere(side: usize, at: Timestamp, offset: i64) -> Timestamp {
    let shift = if side == 0 { offset } else { offset.saturating_neg() };
    Timestamp::from_nanos(at.as_nanos().saturating_add(shift))
}

/// Pairs equal packets in order, and counts them.
fn pair_up(marks: [&[Mark]; 2], care: Care) -> ([Vec<Option<usize>>; 2], usize) {
    let mut waiting: HashMap<Base, Vec<usize>> = HashMap::new();
    for (index, mark) in marks[1].iter().enumerate() {
        waiting.entry(mark.base).or_default().push(index);
    }
    let mut other = [vec![None; marks[0].len()], vec![None; marks[1].len()]];
    let mut count = 0;
    for (index, mark) in marks[0].iter().enumerate() {
        let Some(candidates) = waiting.get_mut(&mark.base) else { continue };
        let fitting = candidates.iter().position(|candidate| mark.may_be(&marks[1][*candidate], care));
        if let Some(place) = fitting {
            let found = candidates.remove(place);
            other[0][index] = Some(found);
            other[1][found] = Some(index);
            count += 1;
        }
    }
    (other, count)
}

/// Insertion that says whether it taught something.
trait Learn {
    fn try_insert_new(&mut self, flow: u64, sender: Sender) -> bool;
}

impl Learn for HashMap<u64, Sender> {
    fn try_insert_new(&mut self, flow: u64, sender: Sender) -> bool {
        let known = self.contains_key(&flow);
        if !known {
            self.insert(flow, sender);
        }
        !known
    }
}
