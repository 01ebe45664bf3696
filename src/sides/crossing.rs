//! One connection on both sides: what crossed, and what did not.

use super::clocks::Sighting;
use super::mark::{Base, Care, Mark, Tail};
use crate::findings::Certainty;
use crate::frame::FrameNumber;
use crate::segment::Sender;
use crate::time::{Span, Timestamp};
use hashbrown::HashMap;

/// Frames named of one conclusion.
const FRAMES_KEPT: usize = 16;
/// A packet this close to the end of the other capture may not have been written any more.
const MARGIN: Span = Span::from_millis(500);

/// What is concluded.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum ConclusionKind {
    /// Packets reach one side and not the other, and nothing of their sender crosses any more.
    Dropped,
    /// A RST is seen behind the box only, not where its claimed sender is.
    ResetMadeBetween,
    /// A RST is seen on both sides: it came from its sender's side, and the box let it through.
    ResetCrossed,
    /// A RST of its claimed sender did not reach the other side.
    ResetStopped,
}

/// One conclusion about a connection.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Conclusion {
    /// What.
    pub kind: ConclusionKind,
    /// How sure it is: a capture that lost frames makes it no more than likely.
    pub certainty: Certainty,
    /// Side (0 or 1) on which the packets were seen; for [`ConclusionKind::ResetCrossed`] the sender's.
    pub side: usize,
    /// The first of these packets, in that side's numbers; for [`ConclusionKind::ResetCrossed`] the RST on each side.
    pub frames: Vec<FrameNumber>,
    /// How many there are.
    pub frames_total: u64,
    /// When the first was seen.
    pub at: Timestamp,
    /// How long the connection had been silent in this direction's own side before it.
    pub silent: Span,
}

/// The last packet that crossed one way.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct LastCrossed {
    /// Its frame on either side.
    pub frames: [FrameNumber; 2],
    /// Whether it went from the first side to the second.
    pub forward: bool,
}

/// One connection on both sides.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Crossing {
    /// Ids of its flows on either side, ascending: several where its addresses or ports changed midway.
    pub flows: [Vec<u64>; 2],
    /// Packets compared that both sides saw.
    pub crossed: u64,
    /// Packets compared that one side saw only.
    pub one_side_only: [u64; 2],
    /// The last that crossed, one for each way.
    pub last_crossed: Vec<LastCrossed>,
    /// What follows.
    pub conclusions: Vec<Conclusion>,
}

/// What must be known of each side to call something absent there.
#[derive(Clone, Copy, Debug)]
pub(super) struct Watch {
    /// When its capture began and ended.
    pub from: Timestamp,
    pub until: Timestamp,
    /// Whether it was read whole, and says of no lost frames.
    pub sound: bool,
}

/// Packets of one connection on both sides, matched.
pub(super) struct Matched {
    marks: [Vec<Mark>; 2],
    /// For each mark its counterpart.
    other: [Vec<Option<usize>>; 2],
    /// Before this instant packets of a side were not kept.
    kept_from: [Option<Timestamp>; 2],
    /// Which sender of each flow is the same end: the one that end 0 is.
    ends: [HashMap<u64, Sender>; 2],
    /// Side nearer to each end.
    near: [usize; 2],
}

impl Matched {
    /// Matches the tails of a group. `opened` says who sent the SYN, by side and flow of the group.
    pub fn of(tails: [&[Tail]; 2], opened: [HashMap<u64, Sender>; 2]) -> Matched {
        let marks = tails.map(|tails| {
            let mut marks: Vec<Mark> = tails.iter().flat_map(|tail| tail.marks.iter().copied()).collect();
            marks.sort_by_key(|mark| (mark.at, mark.frame));
            marks
        });
        let kept_from = tails.map(|tails| {
            let cut = tails.iter().filter(|tail| tail.elided > 0);
            cut.filter_map(|tail| tail.marks.front().map(|mark| mark.at)).max()
        });
        let mut best: Option<([Vec<Option<usize>>; 2], usize)> = None;
        for care in Care::ALL {
            let (other, count) = pair_up([&marks[0], &marks[1]], care);
            if best.as_ref().is_none_or(|(_, most)| count > *most) {
                best = Some((other, count));
            }
        }
        let other = best.map(|(other, _)| other).unwrap_or_default();
        let mut matched = Matched { marks, other, kept_from, ends: Default::default(), near: [0, 1] };
        matched.orient(opened);
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

    fn pairs(&self) -> impl Iterator<Item = (&Mark, &Mark)> {
        let matched = self.other[0].iter().enumerate();
        matched.filter_map(|(index, other)| Some((&self.marks[0][index], &self.marks[1][(*other)?])))
    }

    fn end_of(&self, side: usize, mark: &Mark) -> Option<usize> {
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
    pub fn missed(&self, offset: i64, watches: &[Watch; 2]) -> [u64; 2] {
        let mut missed = [0; 2];
        for end in [0, 1] {
            let (near, far) = (self.near[end], 1 - self.near[end]);
            let alone = |side: usize, index: usize| {
                let mark = &self.marks[side][index];
                self.other[side][index].is_none()
                    && self.end_of(side, mark) == Some(end)
                    && !mark.is_reset()
                    && self.is_fair(side, mark, offset, watches)
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

    /// What crossed. `offset` takes times of the first side to the second.
    pub fn crossing(&self, flows: [Vec<u64>; 2], offset: i64, watches: &[Watch; 2]) -> Crossing {
        let mut last_crossed = Vec::new();
        let mut conclusions = Vec::new();
        let fair = |side: usize| {
            self.other[side]
                .iter()
                .enumerate()
                .filter(move |(index, _)| self.is_fair(side, &self.marks[side][*index], offset, watches))
        };
        for end in [0, 1] {
            let near = self.near[end];
            let of_end = |side: usize, mark: &Mark| self.end_of(side, mark) == Some(end);
            let sent: Vec<usize> =
                (0..self.marks[near].len()).filter(|i| of_end(near, &self.marks[near][*i])).collect();
            let last = sent.iter().rposition(|index| self.other[near][*index].is_some());
            if let Some(other) =
                last.and_then(|last| self.other[near][sent[last]].map(|other| (sent[last], other)))
            {
                let mut frames = [self.marks[near][other.0].frame, self.marks[1 - near][other.1].frame];
                if near == 1 {
                    frames.reverse();
                }
                last_crossed.push(LastCrossed { frames, forward: near == 0 });
            }
            // Packets missing before the last one that crossed were lost, by the path or by a capture.
            let (before, after) = sent.split_at(last.map_or(0, |last| last + 1));
            let lost = before.iter().any(|index| {
                self.other[near][*index].is_none()
                    && self.is_fair(near, &self.marks[near][*index], offset, watches)
            });
            let stopped: Vec<&Mark> = after
                .iter()
                .map(|index| &self.marks[near][*index])
                .filter(|mark| self.is_fair(near, mark, offset, watches))
                .collect();
            let (resets, others): (Vec<&Mark>, Vec<&Mark>) = stopped.iter().partition(|mark| mark.is_reset());
            let sound = watches[1 - near].sound && !lost && last.is_some();
            // One packet may have been lost on the way.
            let certain = if sound && others.len() >= 2 { Certainty::Certain } else { Certainty::Likely };
            conclusions.extend(self.conclude(ConclusionKind::Dropped, certain, near, &others));
            let certain = if sound { Certainty::Certain } else { Certainty::Likely };
            conclusions.extend(self.conclude(ConclusionKind::ResetStopped, certain, near, &resets));

            let far = 1 - near;
            let made: Vec<&Mark> = fair(far)
                .filter(|(_, other)| other.is_none())
                .map(|(index, _)| &self.marks[far][index])
                .filter(|mark| of_end(far, mark) && mark.is_reset())
                .collect();
            let unseen = fair(far).any(|(index, other)| {
                let mark = &self.marks[far][index];
                other.is_none() && of_end(far, mark) && !mark.is_reset()
            });
            let sound = watches[near].sound && !unseen && last.is_some();
            let certain = if sound { Certainty::Certain } else { Certainty::Likely };
            conclusions.extend(self.conclude(ConclusionKind::ResetMadeBetween, certain, far, &made));
            let through = sent
                .iter()
                .find(|index| self.marks[near][**index].is_reset() && self.other[near][**index].is_some());
            if let Some(index) = through
                && let Some(other) = self.other[near][*index]
            {
                let crossed = [&self.marks[near][*index], &self.marks[far][other]];
                conclusions.extend(self.conclude(
                    ConclusionKind::ResetCrossed,
                    Certainty::Certain,
                    near,
                    &crossed,
                ));
            }
        }
        conclusions.sort_by_key(|conclusion| conclusion.at);
        let alone = [0, 1].map(|side| fair(side).filter(|(_, other)| other.is_none()).count() as u64);
        let crossed = self.pairs().count() as u64;
        Crossing { flows, crossed, one_side_only: alone, last_crossed, conclusions }
    }

    fn conclude(
        &self,
        kind: ConclusionKind,
        certainty: Certainty,
        side: usize,
        marks: &[&Mark],
    ) -> Option<Conclusion> {
        let first = marks.first()?;
        let before = self.marks[side].iter().filter(|mark| mark.at < first.at).map(|mark| mark.at).max();
        Some(Conclusion {
            kind,
            certainty,
            side,
            frames: marks.iter().take(FRAMES_KEPT).map(|mark| mark.frame).collect(),
            frames_total: marks.len() as u64,
            at: first.at,
            silent: before.map_or(Span::ZERO, |before| first.at.since(before)),
        })
    }

    /// Whether a packet's absence on the other side says something: that side was capturing, and its packets of that
    /// time were kept.
    fn is_fair(&self, side: usize, mark: &Mark, offset: i64, watches: &[Watch; 2]) -> bool {
        let shift = if side == 0 { offset } else { offset.saturating_neg() };
        let there = Timestamp::from_nanos(mark.at.as_nanos().saturating_add(shift));
        let watch = &watches[1 - side];
        let kept = self.kept_from[1 - side].is_none_or(|from| there > from + MARGIN);
        kept && there >= watch.from && there + MARGIN <= watch.until
    }
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
