//! Two neighbouring sides laid beside each other.

use super::clocks::ClockOffset;
use super::crossing::{ConclusionKind, Crossing, Matched, Watch};
use super::mark::Tail;
use super::matching::{Group, groups};
use super::roster::{Roster, each_segment};
use crate::capture::{Input, OpenError, OpenOptions, Source};
use crate::findings::{Certainty, Proof, Rule};
use crate::pipeline::{Analysis, Origin};
use crate::segment::Sender;
use crate::time::Timestamp;
use hashbrown::{HashMap, HashSet};

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
    pub analysis: &'a Analysis,
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
        each_segment(open(side)?, side.analysis, &mut |id, segment| {
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
            Matched::of([&of_side(0), &of_side(1)], openers)
        })
        .collect();
    let clocks = ClockOffset::of(matched.iter().flat_map(Matched::sightings).collect());
    let mut watches = analyses.map(watch);
    let offset = clocks.map_or(0, |clocks| clocks.nanos);
    // A capture that lacks one packet may lack others.
    let missed = matched.iter().map(|matched| matched.missed(offset, &watches));
    let missed = missed.fold([0; 2], |sum, more| [sum[0] + more[0], sum[1] + more[1]]);
    for (watch, missed) in watches.iter_mut().zip(missed) {
        watch.sound &= missed == 0;
    }
    let mut crossings: Vec<Crossing> = chosen
        .iter()
        .zip(&matched)
        .map(|(group, matched)| {
            let flows = [0, 1].map(|side: usize| group.flows[side].iter().copied().collect());
            matched.crossing(flows, offset, &watches)
        })
        .collect();
    crossings.retain(|crossing| !crossing.conclusions.is_empty());
    // Without clocks that can be laid beside each other nothing is known to be absent.
    if clocks.is_none() {
        crossings.clear();
    }
    let count = |side: usize| all.iter().map(|group| group.flows[side].len() as u64).sum::<u64>();
    let unmatched = [0, 1].map(|side| analyses[side].judgement.totals.flows.saturating_sub(count(side)));
    Ok(Between {
        names: sides.map(|side| side.name.to_owned()),
        matched: all.len() as u64,
        joined: all.iter().filter(|group| group.flows.iter().any(|flows| flows.len() > 1)).count() as u64,
        unmatched,
        clocks,
        compared: chosen.len() as u64,
        crossings,
    })
}

/// The connections that are compared: what a side has findings about, and some that it has none about.
fn choose<'a>(all: &'a [Group], analyses: [&Analysis; 2]) -> Vec<&'a Group> {
    let suspects = analyses.map(|analysis| -> HashSet<u64> {
        let flows = analysis.judgement.flows.iter();
        let with_findings = flows.filter(|flow| !flow.findings.is_empty());
        with_findings.map(|flow| analysis.id_of(flow.first_frame)).collect()
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

fn watch(analysis: &Analysis) -> Watch {
    let (from, until) = (analysis.reading.first_at.unwrap_or(Timestamp::MAX), analysis.end_at);
    let sound = match &analysis.origin {
        Origin::Files(summary) => summary.is_complete() && summary.dropped().unwrap_or(0) == 0,
        Origin::Interface { .. } => false,
    };
    Watch { from, until, sound }
}

impl Between {
    /// Whether something certain is held against the box between.
    pub fn accuses(&self) -> bool {
        let conclusions = self.crossings.iter().flat_map(|crossing| &crossing.conclusions);
        conclusions.into_iter().any(|conclusion| {
            conclusion.certainty == Certainty::Certain
                && matches!(conclusion.kind, ConclusionKind::Dropped | ConclusionKind::ResetMadeBetween)
        })
    }
}

/// Makes certain what one side could only suppose: silent drops whose packets did not cross, and resets that were
/// made between.
pub fn prove(between: &Between, analyses: [&mut Analysis; 2]) {
    for crossing in &between.crossings {
        for conclusion in crossing.conclusions.iter().filter(|it| it.certainty == Certainty::Certain) {
            let (rules, what): (&[Rule], &str) = match conclusion.kind {
                ConclusionKind::Dropped => {
                    (&[Rule::ObservedSilentDrop, Rule::HalfClosedIdle], "was dropped on the way there")
                }
                ConclusionKind::ResetMadeBetween => (
                    &[Rule::ObservedReset, Rule::HalfClosedIdle, Rule::MiddleboxReset],
                    "was not sent there but made between",
                ),
                ConclusionKind::ResetCrossed | ConclusionKind::ResetStopped => continue,
            };
            let side = conclusion.side;
            let Some(frame) = conclusion.frames.first() else { continue };
            let words = format!("{} does not have frame {frame}, which {what}", between.names[1 - side]);
            let analysis = &mut *analyses[side];
            for id in &crossing.flows[side] {
                let Some(flow) = analysis.first_frame_of(*id) else { continue };
                let proof = Proof { flow, rules, frames: &conclusion.frames, words: &words };
                analysis.judgement.prove(&proof);
            }
        }
    }
}
