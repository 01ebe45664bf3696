//! Two neighbouring sides laid beside each other.

use super::clocks::ClockOffset;
use super::concluded::Beside;
use super::crossing::{ConclusionKind, Crossing};
use super::mark::Tail;
use super::matched::{Matched, elsewhere};
use super::matching::{Group, groups};
use super::roster::{Roster, each_segment};
use super::watch::{Runs, Watch};
use crate::capture::{Input, OpenError, OpenOptions, Source};
use crate::findings::Certainty;
use crate::pipeline::{Origin, Unjudged};
use crate::segment::Sender;
use crate::time::Timestamp;
use hashbrown::{HashMap, HashSet};
use std::collections::BTreeSet;

/// Connections compared beside those with findings, so that clocks can be laid beside each other.
const OTHERS_COMPARED: usize = 64;

/// One side of a box.
pub struct Side<'a> {
    /// In the user's word.
    pub name: &'a str,
    /// What it was read from; files only.
    pub inputs: &'a [Input],
    /// How.
    pub options: &'a OpenOptions,
    /// What was found in it by itself.
    pub analysis: &'a Unjudged,
}

/// What two neighbouring sides say together.
#[derive(Clone, PartialEq, Debug)]
pub struct Between {
    /// Their names, in path order.
    pub names: [String; 2],
    /// Connections seen on both.
    pub matched: u64,
    /// Of them: those that had several addresses or ports on one side.
    pub joined: u64,
    /// Of them: those whose sequence numbers the box moves.
    pub rewritten: u64,
    /// Flows of each side that the other does not have.
    pub unmatched: [u64; 2],
    /// How their clocks differ.
    pub clocks: Option<ClockOffset>,
    /// Connections compared, in order of the first side's ids: those with findings on either side, and some others.
    pub compared: u64,
    /// Of those compared: the ones of which something follows.
    pub crossings: Vec<Crossing>,
}

/// Lays two sides beside each other.
///
/// # Errors
/// [`OpenError`] when the inputs cannot be read again.
pub fn compare(sides: [&Side<'_>; 2]) -> Result<Between, OpenError> {
    let open = |side: &Side<'_>| Source::open(side.inputs, side.options);
    let rosters =
        [Roster::read(open(sides[0])?, sides[0].analysis), Roster::read(open(sides[1])?, sides[1].analysis)];
    let analyses = sides.map(|side| side.analysis);
    let all = groups([&rosters[0], &rosters[1]], analyses, &mut |side| open(sides[side]).ok());
    let chosen = choose(&all, analyses);
    let mut tails = Vec::new();
    for (index, side) in sides.iter().enumerate() {
        let wanted: HashSet<u64> =
            chosen.iter().flat_map(|group| group.flows[index].iter().copied()).collect();
        let mut kept: HashMap<u64, Tail> = HashMap::new();
        let _ = each_segment(open(side)?, side.analysis, &mut |id, segment, _| {
            if wanted.contains(&id) {
                kept.entry(id).or_default().push(segment, id);
            }
        });
        tails.push(kept);
    }
    let opened = |side: usize, id: u64| -> Option<Sender> {
        let flow = rosters[side].flows.get(usize::try_from(id).ok()?)?;
        flow.syn.map(|(_, sender)| sender)
    };
    let matched: Vec<Matched> = chosen
        .iter()
        .map(|group| {
            let of_side = |side: usize| -> Vec<Tail> {
                group.flows[side].iter().map(|id| tails[side].get(id).cloned().unwrap_or_default()).collect()
            };
            let openers = [0, 1].map(|side| -> HashMap<u64, Sender> {
                group.flows[side].iter().filter_map(|id| Some((*id, opened(side, *id)?))).collect()
            });
            Matched::of([&of_side(0), &of_side(1)], &openers, group.shift)
        })
        .collect();
    let clocks = ClockOffset::of(matched.iter().flat_map(Matched::sightings).collect());
    let mut watches = [0, 1].map(|side: usize| watch(analyses[side], rosters[side].runs.clone()));
    let offset = clocks.map_or(0, |clocks| clocks.nanos);
    // A capture that lacks one packet may lack others.
    let alone = Beside { offset, watches: &watches, others_crossed: None };
    let missed = matched.iter().map(|matched| matched.missed(&alone));
    let missed = missed.fold([0; 2], |sum, more| [sum[0] + more[0], sum[1] + more[1]]);
    for (watch, missed) in watches.iter_mut().zip(missed) {
        watch.sound &= missed == 0;
    }
    let lived = last_crossings(&all, &chosen, &matched, [&rosters[0], &rosters[1]], offset);
    let mut crossings: Vec<Crossing> = chosen
        .iter()
        .zip(&matched)
        .map(|(group, matched)| {
            let flows = [0, 1].map(|side: usize| group.flows[side].iter().copied().collect());
            let others = lived.iter().find(|(other, _)| *other != *group).map(|(_, at)| *at);
            matched.crossing(flows, &Beside { offset, watches: &watches, others_crossed: others })
        })
        .collect();
    crossings.retain(|crossing| !crossing.conclusions.is_empty());
    // Without clocks that can be laid beside each other nothing is known to be absent.
    if clocks.is_none() {
        crossings.clear();
    }
    let count = |side: usize| all.iter().map(|group| group.flows[side].len() as u64).sum::<u64>();
    let unmatched = [0, 1].map(|side| analyses[side].judgement.flows().saturating_sub(count(side)));
    Ok(Between {
        names: sides.map(|side| side.name.to_owned()),
        matched: all.len() as u64,
        joined: all.iter().filter(|group| group.flows.iter().any(|flows| flows.len() > 1)).count() as u64,
        rewritten: all.iter().filter(|group| !group.shift.is_none()).count() as u64,
        unmatched,
        clocks,
        compared: chosen.len() as u64,
        crossings,
    })
}

/// The two connections that crossed last, the very last first, with when they did by the first side's clock. Of those
/// that are not compared, whose ends have nothing to complain of, it is the last time that both sides saw them.
fn last_crossings<'a>(
    all: &'a [Group],
    chosen: &[&Group],
    matched: &[Matched],
    rosters: [&Roster; 2],
    offset: i64,
) -> Vec<(&'a Group, Timestamp)> {
    let compared: HashMap<&BTreeSet<u64>, Option<Timestamp>> = chosen
        .iter()
        .zip(matched)
        .map(|(group, matched)| (&group.flows[0], matched.last_crossed_at()))
        .collect();
    let seen = |group: &Group, side: usize| {
        let flows = group.flows[side].iter().filter_map(|id| usize::try_from(*id).ok());
        let last = flows.filter_map(|index| rosters[side].flows.get(index)).map(|flow| flow.last_at).max()?;
        Some(if side == 0 { last } else { elsewhere(1, last, offset) })
    };
    let mut last: Vec<(&Group, Timestamp)> = Vec::new();
    for group in all {
        let at = match compared.get(&group.flows[0]) {
            Some(at) => *at,
            None => seen(group, 0).zip(seen(group, 1)).map(|(a, b)| a.min(b)),
        };
        if let Some(at) = at {
            let place = last.iter().position(|(_, known)| at > *known).unwrap_or(last.len());
            last.insert(place, (group, at));
            last.truncate(2);
        }
    }
    last
}

/// The connections that are compared: those that failed on a side, and some that did not.
fn choose<'a>(all: &'a [Group], analyses: [&Unjudged; 2]) -> Vec<&'a Group> {
    let suspects = analyses.map(|analysis| -> HashSet<u64> {
        analysis.judgement.failed().map(|first_frame| analysis.id_of(first_frame)).collect()
    });
    let is_suspect = |group: &Group| {
        group
            .flows
            .iter()
            .zip(&suspects)
            .any(|(flows, suspects)| flows.iter().any(|id| suspects.contains(id)))
    };
    let mut others = 0;
    let chosen = all.iter().filter(|group| {
        is_suspect(group) || {
            others += 1;
            others <= OTHERS_COMPARED
        }
    });
    chosen.collect()
}

fn watch(analysis: &Unjudged, runs: Runs) -> Watch {
    let (from, until) = (analysis.reading.first_at.unwrap_or(Timestamp::MAX), analysis.end_at);
    let sound = match &analysis.origin {
        Origin::Files(summary) => summary.is_complete() && summary.dropped().unwrap_or(0) == 0,
        Origin::Interface { .. } => false,
    };
    Watch { from, until, sound, runs }
}

impl Between {
    /// Whether something certain is held against the box between.
    pub fn accuses(&self) -> bool {
        let conclusions = self.crossings.iter().flat_map(|crossing| &crossing.conclusions);
        conclusions.into_iter().any(|conclusion| {
            conclusion.certainty == Certainty::Certain
                && matches!(
                    conclusion.kind,
                    ConclusionKind::Dropped | ConclusionKind::ResetMadeBetween | ConclusionKind::MappingLost
                )
        })
    }
}
