//! What follows from one connection's packets on both sides.

use super::crossing::{Conclusion, ConclusionKind, Crossing, LastCrossed, Renamed};
use super::mark::Mark;
use super::matched::{Matched, elsewhere};
use super::watch::Watch;
use crate::findings::Certainty;
use crate::time::{Span, Timestamp};

/// Packets between one and its repetition at the most: what fits into a window.
const TRIES_COMPARED: usize = 256;

/// Frames named of one conclusion.
const FRAMES_KEPT: usize = 16;

/// What is known beside one connection.
#[derive(Clone, Copy)]
pub(super) struct Beside<'a> {
    /// Takes times of the first side to the second.
    pub offset: i64,
    /// What is known of the captures.
    pub watches: &'a [Watch; 2],
    /// When another connection crossed last, by the first side's clock.
    pub others_crossed: Option<Timestamp>,
}

/// Packets of one end, and what became of them.
struct Sent<'a> {
    /// Side nearer to the sender.
    near: usize,
    /// Its packets there, in order, with their counterpart on the far side.
    marks: Vec<(&'a Mark, Option<&'a Mark>)>,
    /// How many of them there are up to the last that crossed.
    crossed_until: usize,
    /// Its packets on the far side that are not on the near one.
    only_far: Vec<&'a Mark>,
}

impl Matched {
    /// What crossed.
    pub fn crossing(&self, flows: [Vec<u64>; 2], beside: &Beside<'_>) -> Crossing {
        let mut last_crossed = Vec::new();
        let mut conclusions = Vec::new();
        for end in [0, 1] {
            let sent = self.sent_by(end, beside);
            last_crossed.extend(sent.last_crossed());
            conclusions.extend(self.stopped(&sent, beside));
            conclusions.extend(self.made_between(&sent, beside));
            conclusions.extend(self.reset_crossed(&sent, beside));
            conclusions.extend(self.mapping_lost(&sent, beside));
            conclusions.extend(self.unanswered(end, &sent, beside));
        }
        conclusions.sort_by_key(|conclusion| conclusion.at);
        let alone = [0, 1].map(|side| {
            let marks = self.marks[side].iter().zip(&self.other[side]);
            let alone = marks.filter(|(mark, other)| other.is_none() && self.is_fair(side, mark, beside));
            alone.count() as u64
        });
        let crossed = self.pairs().count() as u64;
        let ends = [0, 1].map(|side| self.ends_of(side, *flows[side].first()?));
        Crossing { flows, ends, crossed, one_side_only: alone, last_crossed, conclusions }
    }

    fn sent_by(&self, end: usize, beside: &Beside<'_>) -> Sent<'_> {
        let near = self.near[end];
        let far = 1 - near;
        let of_end = |side: usize| {
            let marks = self.marks[side].iter().zip(&self.other[side]);
            marks.filter(move |(mark, _)| self.end_of(side, mark) == Some(end))
        };
        let marks: Vec<(&Mark, Option<&Mark>)> = of_end(near)
            .map(|(mark, other)| (mark, other.and_then(|index| self.marks[far].get(index))))
            .collect();
        let crossed_until = marks.iter().rposition(|(_, other)| other.is_some()).map_or(0, |last| last + 1);
        let only_far = of_end(far)
            .filter(|(mark, other)| other.is_none() && self.is_fair(far, mark, beside))
            .map(|(mark, _)| mark)
            .collect();
        Sent { near, marks, crossed_until, only_far }
    }

    /// Packets after the last one that crossed.
    fn stopped(&self, sent: &Sent<'_>, beside: &Beside<'_>) -> impl Iterator<Item = Conclusion> {
        let near = sent.near;
        let (before, after) = sent.marks.split_at(sent.crossed_until);
        let is_fair = |mark: &Mark| self.is_fair(near, mark, beside);
        // Packets missing before the last one that crossed were lost, by the path or by a capture.
        let lost = before.iter().any(|(mark, other)| other.is_none() && is_fair(mark));
        let sound = beside.watches[1 - near].sound && !lost && !before.is_empty();
        let stopped = after.iter().map(|(mark, _)| *mark).filter(|mark| is_fair(mark));
        let (resets, others): (Vec<&Mark>, Vec<&Mark>) = stopped.partition(|mark| mark.is_reset());
        let watched = |marks: &[&Mark]| marks.iter().filter(|mark| beside.is_watched(near, mark)).count();
        // One packet may have been lost on the way.
        let dropped = certain_if(sound && watched(&others) >= 2);
        let reset = certain_if(sound && watched(&resets) >= 1);
        [
            self.conclude(ConclusionKind::Dropped, dropped, near, &others, beside),
            self.conclude(ConclusionKind::ResetStopped, reset, near, &resets, beside),
        ]
        .into_iter()
        .flatten()
    }

    /// RSTs that its end's side does not have.
    fn made_between(&self, sent: &Sent<'_>, beside: &Beside<'_>) -> Option<Conclusion> {
        let (made, unseen): (Vec<&Mark>, Vec<&Mark>) = sent.only_far.iter().partition(|mark| mark.is_reset());
        let far = 1 - sent.near;
        let watched = made.first().is_some_and(|mark| beside.is_watched(far, mark));
        let sound = beside.watches[sent.near].sound && unseen.is_empty() && sent.crossed_until > 0;
        self.conclude(ConclusionKind::ResetMadeBetween, certain_if(sound && watched), far, &made, beside)
    }

    fn reset_crossed(&self, sent: &Sent<'_>, beside: &Beside<'_>) -> Option<Conclusion> {
        let crossed = sent.crossed().find(|(mark, _)| mark.is_reset())?;
        let marks = [crossed.0, crossed.1];
        self.conclude(ConclusionKind::ResetCrossed, Certainty::Certain, sent.near, &marks, beside)
    }

    /// The first packet that comes out under another name than those before it, in a flow that no handshake began.
    fn mapping_lost(&self, sent: &Sent<'_>, beside: &Beside<'_>) -> Option<Conclusion> {
        let far = 1 - sent.near;
        let mut crossed = sent.crossed();
        let (_, known) = crossed.next()?;
        let (mark, renamed) =
            crossed.find(|(_, there)| there.flow != known.flow && !self.begun[far].contains(&there.flow))?;
        // Boxes that spread one connection over several addresses have forgotten nothing.
        if sent.crossed().any(|(_, there)| there.flow == known.flow && there.at > renamed.at) {
            return None;
        }
        let (before, then) = (self.sender_of(far, known)?, self.sender_of(far, renamed)?);
        let untranslated = self.sender_of(sent.near, mark) == Some(then);
        let marks = [mark, renamed];
        let kind = ConclusionKind::MappingLost;
        let conclusion = self.conclude(kind, Certainty::Certain, sent.near, &marks, beside)?;
        let renamed = Some(Renamed { before, then, untranslated });
        (before != then).then_some(Conclusion { renamed, ..conclusion })
    }

    /// Packets that crossed after the last of the other end that either side saw, one of them at least twice.
    fn unanswered(&self, end: usize, sent: &Sent<'_>, beside: &Beside<'_>) -> Option<Conclusion> {
        // All went through to the end.
        if sent.crossed_until < sent.marks.len() {
            return None;
        }
        let heard = |side: usize| {
            let others = self.marks[side].iter().filter(|mark| self.end_of(side, mark) == Some(1 - end));
            others.map(|mark| mark.at).max()
        };
        let (near, far) = (sent.near, 1 - sent.near);
        let (heard_near, heard_far) = (heard(near), heard(far));
        let unheard = |(mark, there): &(&Mark, &Mark)| {
            heard_near.is_none_or(|at| mark.at > at) && heard_far.is_none_or(|at| there.at > at)
        };
        let tries: Vec<&Mark> = sent.crossed().filter(unheard).map(|(mark, _)| mark).collect();
        let again = tries.iter().enumerate().any(|(at, mark)| {
            let lately = &tries[at.saturating_sub(TRIES_COMPARED)..at];
            !mark.is_reset() && lately.iter().any(|before| before.is_sent_again_as(mark))
        });
        let name = sent.crossed().next().map(|(_, there)| there.flow);
        let renamed = sent.crossed().any(|(_, there)| Some(there.flow) != name);
        let tries: Vec<&Mark> = tries.into_iter().filter(|mark| !mark.is_reset()).collect();
        (again && !renamed)
            .then(|| self.conclude(ConclusionKind::Unanswered, Certainty::Certain, near, &tries, beside))
            .flatten()
    }

    fn conclude(
        &self,
        kind: ConclusionKind,
        certainty: Certainty,
        side: usize,
        marks: &[&Mark],
        beside: &Beside<'_>,
    ) -> Option<Conclusion> {
        let first = marks.first()?;
        let before = self.marks[side].iter().filter(|mark| mark.at < first.at).map(|mark| mark.at).max();
        // To the first side's clock.
        let at = if side == 0 { first.at } else { elsewhere(1, first.at, beside.offset) };
        Some(Conclusion {
            kind,
            certainty,
            side,
            frames: marks.iter().take(FRAMES_KEPT).map(|mark| mark.frame).collect(),
            frames_total: marks.len() as u64,
            at: first.at,
            silent: before.map_or(Span::ZERO, |before| first.at.since(before)),
            others_crossed: beside.others_crossed.is_some_and(|crossed| crossed > at),
            renamed: None,
        })
    }
}

impl<'a> Sent<'a> {
    fn crossed(&self) -> impl Iterator<Item = (&'a Mark, &'a Mark)> {
        self.marks.iter().filter_map(|(mark, other)| Some((*mark, (*other)?)))
    }

    fn last_crossed(&self) -> Option<LastCrossed> {
        let (near, far) = self.crossed().last()?;
        let frames = if self.near == 0 { [near.frame, far.frame] } else { [far.frame, near.frame] };
        Some(LastCrossed { frames, forward: self.near == 0 })
    }
}

impl Beside<'_> {
    /// Whether the other side's capture is known to have been running when this packet should have been in it.
    fn is_watched(&self, side: usize, mark: &Mark) -> bool {
        self.watches[1 - side].runs.cover(elsewhere(side, mark.at, self.offset))
    }
}

fn certain_if(proven: bool) -> Certainty {
    if proven { Certainty::Certain } else { Certainty::Likely }
}
